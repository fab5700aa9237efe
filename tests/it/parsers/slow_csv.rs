//! A slow reader of CSV that has an answer only where a file leaves nothing to interpret: strict quotes, rows of one
//! width, plain numbers, one header. It shares no code with the program.

use super::cost_files::{Sums, plain_currency, plain_units};
use crate::support::reference_reader::{COSTS, CURRENCIES, DATES, is_header, plain};

/// The rows of a text in which quotes stand only around fields; `None` for any other.
fn strict_rows(text: &str) -> Option<Vec<Vec<String>>> {
    let (mut rows, mut row, mut rest) = (Vec::new(), Vec::new(), text);
    while !rest.is_empty() {
        let (field, behind) = if let Some(inside) = rest.strip_prefix('"') {
            quoted_field(inside)?
        } else {
            let end = rest.find([',', '\n', '\r']).unwrap_or(rest.len());
            let (field, behind) = rest.split_at(end);
            (field.to_owned(), behind)
        };
        if field.contains(['\r', '\n']) || (!rest.starts_with('"') && field.contains('"')) {
            return None;
        }
        row.push(field);
        if let Some(behind) = behind.strip_prefix(',') {
            rest = behind;
            // A field is open, even if nothing follows.
            if rest.is_empty() {
                row.push(String::new());
            }
            continue;
        }
        rest = match behind {
            "" => "",
            _ => behind
                .strip_prefix("\r\n")
                .or_else(|| behind.strip_prefix('\n'))?,
        };
        rows.push(std::mem::take(&mut row));
    }
    if !row.is_empty() {
        rows.push(row);
    }
    Some(rows)
}

/// The field behind an opening quote, and the text behind it.
fn quoted_field(inside: &str) -> Option<(String, &str)> {
    let (mut field, mut rest) = (String::new(), inside);
    loop {
        let end = rest.find('"')?;
        field.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(behind) => {
                field.push('"');
                rest = behind;
            }
            None => return Some((field, rest)),
        }
    }
}

/// The only column with one of these names.
fn only(header: &[String], names: &[&str]) -> Option<usize> {
    let mut found = header
        .iter()
        .enumerate()
        .filter(|(_, name)| names.contains(&name.as_str()));
    let (at, _) = found.next()?;
    found.next().is_none().then_some(at)
}

/// The rows and totals of a file; `None` where its meaning is open to interpretation.
pub(super) fn opinion(bytes: &[u8]) -> Option<Sums> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_odd = |c: char| c == '\u{feff}' || (c.is_control() && c != '\n' && c != '\r');
    if text.contains(is_odd) || text.starts_with(['{', '[']) {
        return None;
    }
    let rows = strict_rows(text)?;
    let (first, rows) = rows.split_first()?;
    let first_line = text.lines().next()?;
    if !first_line.contains(',') || first_line.contains([';', '|', '"']) {
        return None;
    }
    let header: Vec<String> = first.iter().map(|name| plain(name)).collect();
    let distinct: std::collections::BTreeSet<&String> = header.iter().collect();
    if !is_header(&header) || distinct.len() != header.len() {
        return None;
    }
    only(&header, &DATES)?;
    let (cost, currency) = (only(&header, &COSTS)?, only(&header, &CURRENCIES)?);
    // Another sign in a header may make it another column.
    let is_named = |at: usize| first[at].to_lowercase() == header[at];
    if !is_named(cost) || !is_named(currency) {
        return None;
    }
    let mut sums = Sums {
        rows: rows.len() as u64,
        ..Sums::default()
    };
    for row in rows {
        let names: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
        let is_other = is_header(&names) || names.iter().filter(|n| header.contains(n)).count() > 1;
        if row.len() != header.len() || is_other {
            return None;
        }
        let units = match row[cost].as_str() {
            "" => 0,
            text => plain_units(text)?,
        };
        sums.add(&plain_currency(&row[currency])?, units);
    }
    Some(sums.without_zeros())
}

#[test]
fn only_plain_files_have_an_answer() {
    let sums = opinion(b"Date,Cost,Currency\r\n2026-10-01,1.5,EUR\r\n\"2026-10-02\",-0.5,eur\r\n");
    let sums = sums.unwrap();
    assert_eq!(sums.rows, 2);
    let euros = sums.totals[&Some("EUR".to_owned())];
    assert_eq!(euros, 1_000_000_000_000_000_000);
    for text in [
        "Date,Cost,Currency\n2026-10-01,1.5\n",
        "Date,Cost,Currency\n2026-10-01,1.5,EUR,x\n",
        "Date,Cost,Currency\n2026-10-01,1e5,EUR\n",
        "Date,Cost,Currency\n2026-10-01,1,E\"R\n",
        "Date,Cost,Currency\n2026-10-01,1,\"EUR\n",
        "Date,Cost,Currency\n\n2026-10-01,1,EUR\n",
        "Date,Cost,PreTaxCost,Currency\n2026-10-01,1,1,EUR\n",
        "Date,Cost,Currency\nDate,Cost,Currency\n",
        "Date;Cost,Currency\n2026-10-01,1,EUR\n",
        "Date,Cost,Currency\n2026-10-01,1,EUR\r2026-10-01,1,EUR\n",
        "Date,Cost,Currency[\n2026-10-01,1,EUR\n",
    ] {
        assert_eq!(opinion(text.as_bytes()), None, "{text}");
    }
}

/// The fixtures that every reader understands have an answer, so that their mutations are compared with one, too.
#[test]
fn most_valid_files_have_an_answer() {
    let valid = super::csv_text::valid();
    let answered = valid.iter().filter(|bytes| opinion(bytes).is_some());
    let (answered, of) = (answered.count(), valid.len());
    assert!(answered * 2 >= of, "{answered} of {of}");
}
