//! Formats a comparison as a Markdown report for a ticket or an email: sources, bridge, groups and notes.

use super::sheets::{Report, bridge_sheet, exact_lines, group_sheet};
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::text_table::{Heading, Sheet, totals_text};
use crate::domain::text::{escape, grouped, printable};
use crate::ops::compare::pair::same_usage;
use crate::ops::context::OpenDataset;

/// The report as Markdown.
pub(crate) fn markdown(report: &Report<'_>) -> String {
    let groups = if report.compared.group_by.is_empty() {
        String::new()
    } else {
        let sheet = Sheet {
            footer: vec![groups_line(report)],
            ..group_sheet(report.compared)
        };
        sheet.markdown()
    };
    [before_groups(report), groups, after_groups(report)].concat()
}

/// The line under the groups.
pub(crate) fn groups_line(report: &Report<'_>) -> String {
    format!("{} of {} groups", report.shown, report.compared.of)
}

/// The report up to the table of groups, if there is one.
pub(crate) fn before_groups(report: &Report<'_>) -> String {
    let compared = report.compared;
    let mut out = "# Actual and amortized cost\n\n".to_owned();
    out.push_str(&sources(report).markdown());
    let filter = report
        .filter
        .map_or_else(|| "none".to_owned(), escape::markdown);
    out.extend(["\nFilter: ", &filter, "\n\n## The bridge\n\n"]);
    out.push_str(&bridge_sheet(compared).markdown());
    for total in &compared.currencies {
        let (currency, bridge) = (total.currency.as_deref().unwrap_or("-"), &total.bridge);
        let residual = if bridge.residual.units() == 0 {
            if report.why.is_some_and(same_usage) {
                "0: both sides describe the same usage".to_owned()
            } else {
                "0".to_owned()
            }
        } else {
            format!(
                "{}: the sides do not describe the same usage",
                bridge.residual
            )
        };
        let (difference, currency) = (bridge.difference().to_string(), escape::markdown(currency));
        out.extend([
            "\n",
            &currency,
            ": the difference is ",
            &difference,
            ", the residual ",
            &residual,
            ".\n",
        ]);
    }
    if !compared.group_by.is_empty() {
        let keys: Vec<String> = compared.group_by.iter().map(GroupKey::name).collect();
        let keys = escape::markdown(&keys.join(", "));
        out.extend(["\n## By ", &keys, "\n\n"]);
    }
    out
}

/// The report behind the table of groups.
pub(crate) fn after_groups(report: &Report<'_>) -> String {
    let mut out = String::new();
    if report.commitments.is_some() {
        out.push_str("\n## Reservations and savings plans\n\n```text\n");
        for line in exact_lines(report) {
            out.extend([&printable(&line), "\n"]);
        }
        out.push_str("```\n");
    }
    if !report.notes.is_empty() {
        out.push_str("\n## Notes\n\n");
        for note in report.notes {
            out.extend(["- ", &escape::markdown(note), "\n"]);
        }
    }
    out
}

/// Every source of both sides: its days, rows, totals, and the SHA-256 of its file.
fn sources(report: &Report<'_>) -> Sheet {
    let names = [
        "side", "source", "from", "to", "rows", "total", "fetched", "SHA-256",
    ];
    let sides = ["actual", "amortized"].into_iter().zip(report.opened);
    let rows = sides.flat_map(|(side, opened)| side_rows(side, opened));
    Sheet::new(names.map(Heading::text).to_vec(), rows)
}

fn side_rows(side: &str, opened: &OpenDataset) -> Vec<Vec<Option<String>>> {
    let row = |source: &crate::ops::Source| {
        let entry = opened
            .entries
            .iter()
            .find(|entry| entry.key.as_str() == source.name);
        let hashes = match entry {
            Some(entry) => entry.sha256.join(", "),
            None => source.sha256.clone(),
        };
        vec![
            Some(side.to_owned()),
            Some(source.name.clone()),
            source.days.map(|(from, _)| from.to_string()),
            source.days.map(|(_, to)| to.to_string()),
            Some(grouped(source.rows)),
            Some(totals_text(&source.totals)),
            entry.map(|entry| entry.fetched_at.format("%Y-%m-%d %H:%M UTC").to_string()),
            Some(hashes).filter(|hashes| !hashes.is_empty()),
        ]
    };
    opened.data.sources().iter().map(row).collect()
}
