//! The kind of an item by its header: costs, or what is left out with a reason.

use crate::data::columns::layout::Layout;
use crate::data::error::DataError;
use crate::data::ingest::head;
use crate::data::progress::Progress;
use crate::data::sources::candidate::CandidateKind;
use crate::data::sources::content::Input;
use crate::data::sources::tally::Tally;

/// The location of an item.
#[derive(Clone, Copy)]
pub(in crate::data::sources) struct ItemPlace<'a> {
    pub(in crate::data::sources) path: &'a str,
    pub(in crate::data::sources) origin: usize,
    /// Given directly, not found in a folder or an archive.
    pub(in crate::data::sources) named: bool,
    pub(in crate::data::sources) depth: usize,
}

impl ItemPlace<'_> {
    /// The location of an item in this folder or archive.
    pub(in crate::data::sources) fn inside<'b>(&self, path: &'b str) -> ItemPlace<'b> {
        ItemPlace {
            path,
            origin: self.origin,
            named: false,
            depth: self.depth + 1,
        }
    }
}

/// Detects the kind of a text by its header.
pub(in crate::data::sources) fn text_kind(
    input: Input<'static>,
    place: ItemPlace<'_>,
) -> Result<CandidateKind, DataError> {
    if let Some(headers) = input.column_names() {
        let read = Layout::read(place.path, &headers);
        // Reading it refuses the type of its cost.
        if read.is_err() && input.types.decisive().is_some() {
            return Ok(CandidateKind::Costs);
        }
        return kind_of(read, place);
    }
    let input = input.named(place.path);
    let (tally, progress) = (Tally::default(), Progress::default());
    // Reading the text reports the error with its location.
    let Ok(mut text) = input.open(&tally, &progress) else {
        return Ok(CandidateKind::Costs);
    };
    kind_of(head::read(place.path, &mut text), place)
}

/// Leaves out a file without cost data if it was found in a folder or archive, and refuses it if it was given directly.
pub(in crate::data::sources) fn kind_of<T>(
    read: Result<T, DataError>,
    place: ItemPlace<'_>,
) -> Result<CandidateKind, DataError> {
    let why = match read {
        Ok(_) => return Ok(CandidateKind::Costs),
        Err(DataError::OtherDataset { kind, .. }) => kind.to_owned(),
        Err(error) if place.named => return Err(error),
        Err(DataError::NoCost { .. }) => "no cost column was found in it".to_owned(),
        // Costs that cannot be read must not make the total smaller.
        Err(DataError::NotCsv { kind, .. }) if !kind.starts_with("separated by") => {
            kind.into_owned()
        }
        // A text that is not a table may have quotes anywhere.
        Err(DataError::Line { .. }) if !has_cost_ending(place.path) => {
            "not a table of costs".to_owned()
        }
        Err(error) => return Err(error),
    };
    Ok(CandidateKind::Other(why))
}

fn has_cost_ending(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [".csv", ".csv.gz", ".parquet"]
        .iter()
        .any(|ending| lower.ends_with(ending))
}
