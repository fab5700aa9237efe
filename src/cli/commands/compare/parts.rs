//! Prints a comparison with more groups than are held, part by part.

use super::json::document;
use super::report::{after_groups, before_groups, groups_line};
use super::sheets::{Report, add_commitments, group_sheet};
use crate::cli::held::HeldOutput;
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::print;
use crate::domain::analysis::comparison::Comparison;
use crate::domain::table::text_table::Sheet;
use crate::ops::compare::in_parts::AskedPair;
use crate::ops::explore::open;
use std::cell::Cell;
use std::io::{self, Write};

/// Prints a report whose groups are asked for.
pub(super) fn write(
    report: &Report<'_>,
    asked: &AskedPair<'_>,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let begun = Cell::new(false);
    let each = |take: &mut dyn FnMut(Comparison) -> io::Result<()>| {
        asked.each(&mut |part| {
            begun.set(true);
            take(part)
        })
    };
    let sheets = |take: &mut dyn FnMut(&Sheet) -> io::Result<()>| {
        output::each_part(
            each,
            |part: Comparison| take(&group_sheet(&part)),
            report.filter,
        )
    };
    match format {
        Format::Json => {
            let written = open::with_parts_of(each, |parts| {
                let document = document(report).in_parts(parts);
                output::json_in_parts(HeldOutput::new(out, &begun), &document)
            });
            output::answer_ended(written, report.filter, begun.get(), out)
        }
        Format::Md => {
            let mut out = HeldOutput::new(out, &begun);
            out.write_all(before_groups(report).as_bytes())?;
            print::in_parts(&mut out, (&sheets, &[groups_line(report)]), format)?;
            out.write_all(after_groups(report).as_bytes())?;
            Ok(out.finish()?)
        }
        Format::Table | Format::Csv(_) => {
            let mut lines = group_sheet(report.compared).footer;
            lines.extend(crate::cli::commands::change::limits(report.opened));
            print::in_parts(out, (&sheets, &lines), format)?;
            add_commitments(report, format, out)
        }
    }
}
