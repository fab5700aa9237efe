//! The lines of a file that describe its rows.

use crate::domain::money::Money;
use crate::domain::query::Query;
use crate::domain::table::text_table::totals_text;
use crate::ops::context::OpenDataset;

/// Totals, with the limits of the reports behind them.
pub(super) fn limited_totals(opened: &OpenDataset, totals: &[Money]) -> String {
    let limits = opened.limits().map(|limits| format!(" ({limits})"));
    format!("{}{}", totals_text(totals), limits.unwrap_or_default())
}

/// The `about` sheet of a workbook.
pub(super) fn about(
    opened: &OpenDataset,
    query: &Query,
    totals: &str,
) -> Vec<(&'static str, String)> {
    let filter = query.filter.as_ref().map(ToString::to_string);
    let periods = query.change.map_or_else(
        || "-".to_owned(),
        |(before, after)| format!("{before} and {after}"),
    );
    vec![
        ("sources", opened.names.join(", ")),
        ("metric", opened.metric_word().to_owned()),
        ("filter", filter.unwrap_or_else(|| "none".to_owned())),
        ("periods", periods),
        ("exact total", totals.to_owned()),
        (
            "note",
            "spreadsheets calculate with 15 digits; amounts with more digits are exact in the CSV, Parquet and \
             JSON exports"
                .to_owned(),
        ),
    ]
}
