//! Writes a page to a file, in the form that its name asks for.

use super::{html, image};
use crate::domain::analysis::overview::Overview;
use crate::ops::context::OpenDataset;
use crate::ops::error::OpsError;
use crate::ops::explore::export::write_text;
use std::ffi::OsStr;
use std::path::Path;

/// The form of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PageForm {
    Html,
    Svg,
}

impl PageForm {
    /// The form that a file name asks for.
    fn of(path: &Path) -> Option<Self> {
        let ending = path.extension().and_then(OsStr::to_str)?;
        match ending.to_lowercase().as_str() {
            "html" | "htm" => Some(Self::Html),
            "svg" => Some(Self::Svg),
            _ => None,
        }
    }
}

/// Writes an overview to a new file; one of its sources is refused.
pub fn write(overview: &Overview, opened: &OpenDataset, target: &Path) -> Result<(), OpsError> {
    let Some(form) = PageForm::of(target) else {
        return Err(OpsError::Usage(format!(
            "{}: unknown type of page; use a name ending in .html or .svg",
            target.display()
        )));
    };
    let text = match form {
        PageForm::Html => html::html(overview),
        PageForm::Svg => image::svg(overview),
    };
    write_text(&text, opened, target)
}

#[cfg(test)]
mod tests {
    use super::PageForm;
    use std::path::Path;

    #[test]
    fn the_name_of_a_file_names_its_form() {
        for (name, form) in [
            ("october.html", Some(PageForm::Html)),
            ("October.HTM", Some(PageForm::Html)),
            ("a.b/october.svg", Some(PageForm::Svg)),
            ("october.csv", None),
            ("october", None),
            ("", None),
        ] {
            assert_eq!(PageForm::of(Path::new(name)), form, "{name}");
        }
    }
}
