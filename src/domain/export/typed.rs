//! A new export in one line: its name, dataset, place and storage account.

use super::create::{ExportTarget, NewExport};
use super::definition::{Dataset, Export};
use crate::domain::scope::ScopeId;

/// The form of a line.
pub const FORM: &str = "NAME actual|amortized|focus|usage az://ACCOUNT/CONTAINER/FOLDER STORAGE-ID [monthly] [identity]";

/// Stands for the name of the export in the form, and in the line to begin with.
const NAME: &str = "NAME";

/// Reads a line.
pub fn read(scope: &ScopeId, line: &str) -> Result<NewExport, String> {
    let mut words = line.split_whitespace();
    let mut next = || words.next();
    let (Some(name), Some(kind), Some(place), Some(storage)) = (next(), next(), next(), next())
    else {
        return Err(format!("something is missing: {FORM}"));
    };
    if name == NAME {
        return Err(format!("write a name of your own in place of {NAME}"));
    }
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
    format!("{NAME} actual {} {}", place.source(""), place.account)
}

#[cfg(test)]
mod tests {
    use crate::domain::export::definition::{Dataset, Destination, Export};
    use crate::domain::export::typed::{read, suggested};
    use crate::domain::scope::ScopeId;

    const ID: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/costs";

    #[test]
    fn a_line_has_everything_or_says_what_is_wrong() {
        let scope = ScopeId::parse("8608480").unwrap();
        let id = ID;
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
            (
                format!("NAME actual az://costs/exports {id}"),
                Some("a name of your own"),
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

    #[test]
    fn each_word_of_a_line_has_its_place() {
        let scope = ScopeId::parse("8608480").unwrap();
        for (kind, dataset) in [
            ("actual", Dataset::Actual),
            ("amortized", Dataset::Amortized),
            ("focus", Dataset::Focus),
            ("usage", Dataset::Usage),
        ] {
            for (words, is_monthly, has_identity) in [
                ("", false, false),
                ("monthly", true, false),
                ("identity", false, true),
                ("identity monthly", true, true),
            ] {
                let line = format!(" m {kind} az://costs/exports/a/b {ID}/ {words}");
                let made = read(&scope, &line).unwrap();
                assert_eq!((made.name.as_str(), &made.scope), ("m", &scope));
                assert_eq!(made.dataset, dataset, "{line}");
                assert_eq!(made.storage, ID.trim_matches('/'));
                assert_eq!(
                    (made.container.as_str(), made.folder.as_str()),
                    ("exports", "a/b")
                );
                let flags = (made.is_monthly, made.has_identity);
                assert_eq!(flags, (is_monthly, has_identity), "{line}");
            }
        }
    }

    #[test]
    fn the_first_line_names_the_place_of_an_export_with_a_storage_id() {
        let export = |account: &str| Export {
            name: "daily".to_owned(),
            dataset: Dataset::Focus,
            data_version: None,
            timeframe: "MonthToDate".to_owned(),
            days: None,
            format: "Csv".to_owned(),
            compression: None,
            overwrite: None,
            is_partitioned: true,
            description: None,
            destination: Destination {
                account: account.to_owned(),
                container: "exports".to_owned(),
                folder: "a".to_owned(),
            },
            schedule: None,
            next_run: None,
            etag: None,
            has_identity: false,
            runs: Vec::new(),
        };
        assert_eq!(suggested(&[]), "");
        assert_eq!(suggested(&[export("partner")]), "");
        let line = format!("NAME actual az://costs/exports/a {ID}");
        assert_eq!(suggested(&[export("partner"), export(ID)]), line);
    }
}
