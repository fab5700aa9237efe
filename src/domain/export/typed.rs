//! A new export in one line: its name, dataset, place and storage account.

use super::create::{ExportTarget, NewExport};
use super::definition::{Dataset, Export};
use crate::domain::scope::ScopeId;

/// The form of a line.
pub const FORM: &str = "NAME actual|amortized|focus|usage az://ACCOUNT/CONTAINER/FOLDER STORAGE-ID [monthly] [identity]";

/// Reads a line.
pub fn read(scope: &ScopeId, line: &str) -> Result<NewExport, String> {
    let mut words = line.split_whitespace();
    let mut next = || words.next();
    let (Some(name), Some(kind), Some(place), Some(storage)) = (next(), next(), next(), next())
    else {
        return Err(format!("something is missing: {FORM}"));
    };
    let dataset = match kind {
        "actual" => Dataset::Actual,
        "amortized" => Dataset::Amortized,
        "focus" => Dataset::Focus,
        "usage" => Dataset::Usage,
        other => {
            return Err(format!(
                "`{other}` is not a dataset: write actual, amortized, focus or usage"
            ));
        }
    };
    let target = ExportTarget::read(place)?;
    target.check(storage)?;
    let (mut is_monthly, mut has_identity) = (false, false);
    for word in words {
        match word {
            "monthly" => is_monthly = true,
            "identity" => has_identity = true,
            other => return Err(format!("`{other}` is neither monthly nor identity")),
        }
    }
    Ok(NewExport {
        scope: scope.clone(),
        name: name.to_owned(),
        dataset,
        storage: storage.trim_matches('/').to_owned(),
        container: target.container,
        folder: target.folder,
        is_monthly,
        has_identity,
    })
}

/// The line to begin with: beside an export that is there, else nothing.
pub fn suggested(known: &[Export]) -> String {
    let by_id = |export: &&Export| export.destination.account.contains('/');
    let Some(export) = known.iter().find(by_id) else {
        return String::new();
    };
    let place = &export.destination;
    format!("NAME actual {} {}", place.source(""), place.account)
}

#[cfg(test)]
mod tests {
    use crate::domain::export::typed::read;
    use crate::domain::scope::ScopeId;

    #[test]
    fn a_line_has_everything_or_says_what_is_wrong() {
        let scope = ScopeId::parse("8608480").unwrap();
        let id =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/costs";
        for (line, wrong) in [
            (format!("daily actual az://costs/exports/a {id}"), None),
            (
                format!("daily focus az://costs/exports {id} identity monthly"),
                None,
            ),
            (
                "daily actual az://costs/exports".to_owned(),
                Some("missing"),
            ),
            (
                format!("daily cost az://costs/exports {id}"),
                Some("dataset"),
            ),
            (
                format!("daily actual costs/exports {id}"),
                Some("az://ACCOUNT"),
            ),
            (
                format!("daily actual az://other/exports {id}"),
                Some("same account"),
            ),
            (
                format!("daily actual az://costs/exports {id} weekly"),
                Some("weekly"),
            ),
        ] {
            let made = read(&scope, &line);
            match wrong {
                None => assert!(made.unwrap().refusal(None).is_none(), "{line}"),
                Some(word) => assert!(made.unwrap_err().contains(word), "{line}"),
            }
        }
        let made = read(
            &scope,
            &format!("m usage az://costs/usage/f/g {id} monthly"),
        )
        .unwrap();
        assert_eq!((made.folder.as_str(), made.is_monthly), ("f/g", true));
    }
}
