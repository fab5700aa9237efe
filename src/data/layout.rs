//! The header row of one file: its columns, what they mean, and which layout it is.

use super::error::DataError;
use crate::domain::columns::{Dialect, Role, plain};
use std::collections::{HashMap, HashSet};

/// Columns of one file, by position and by role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Headers as received, made unique.
    pub headers: Vec<String>,
    roles: HashMap<Role, usize>,
    pub dialect: Dialect,
}

impl Layout {
    /// Reads a header row. A file without a cost column is refused; one without any column is an empty report.
    pub fn read(file: &str, fields: &[String]) -> Result<Self, DataError> {
        let plains: Vec<String> = fields.iter().map(|field| plain(field)).collect();
        let roles: HashMap<Role, usize> = Role::ALL
            .into_iter()
            .filter_map(|role| {
                let names = role.candidates();
                names
                    .iter()
                    .find_map(|name| plains.iter().position(|p| p == name))
                    .map(|at| (role, at))
            })
            .collect();
        for role in [Role::Cost, Role::EffectiveCost, Role::Currency] {
            let name = roles.get(&role).and_then(|at| plains.get(*at));
            let count = plains.iter().filter(|plain| Some(*plain) == name).count();
            if let Some(header) = roles
                .get(&role)
                .and_then(|at| fields.get(*at))
                .filter(|_| count > 1)
            {
                return Err(DataError::Twice {
                    file: file.to_owned(),
                    header: header.trim().to_owned(),
                });
            }
        }
        if !fields.is_empty() && !roles.contains_key(&Role::Cost) {
            let short = |field: &String| field.chars().take(40).collect::<String>();
            let start: Vec<String> = fields.iter().take(8).map(short).collect();
            let money: Vec<String> = fields
                .iter()
                .filter(|field| is_money(&plain(field)))
                .map(short)
                .collect();
            if let Some(kind) = other_kind(fields) {
                return Err(DataError::NotCsv {
                    file: file.to_owned(),
                    kind,
                });
            }
            return Err(DataError::NoCost {
                file: file.to_owned(),
                headers: start.join(", "),
                money: if money.is_empty() {
                    String::new()
                } else {
                    format!(". Columns that may hold money: {}", money.join(", "))
                },
            });
        }
        Ok(Self {
            headers: unique(fields),
            roles,
            dialect: Dialect::of(&plains),
        })
    }

    /// Where the column with this role stands.
    pub fn role(&self, role: Role) -> Option<usize> {
        self.roles.get(&role).copied()
    }

    /// The header of the column with this role.
    pub fn role_header(&self, role: Role) -> Option<&str> {
        self.role(role)
            .and_then(|at| self.headers.get(at))
            .map(String::as_str)
    }
}

impl Layout {
    /// Headers that no layout of Microsoft's has.
    pub fn unknown(&self) -> Vec<String> {
        let role = |name: &str| {
            Role::ALL
                .iter()
                .any(|role| role.candidates().contains(&name))
        };
        let published: HashSet<&str> = KNOWN.split_ascii_whitespace().collect();
        let unknown = |header: &&String| {
            let name = plain(header);
            !role(&name) && !published.contains(name.as_str())
        };
        self.headers.iter().filter(unknown).cloned().collect()
    }
}

/// Every column of the published layouts, as [`plain`] spells them.
const KNOWN: &str = include_str!("known_columns.txt");

/// Whether a header that we do not know sounds like money.
fn is_money(plain: &str) -> bool {
    ["cost", "charge", "amount", "total", "value"]
        .iter()
        .any(|word| plain.ends_with(word) || plain.ends_with(&format!("{word}s")))
}

/// What a file is that was taken for a CSV.
fn other_kind(fields: &[String]) -> Option<&'static str> {
    let first = fields.first().map(String::as_str).unwrap_or_default();
    let starts = [
        ("PK\u{3}\u{4}", "a zip archive; unpack it first"),
        (
            "\u{1f}\u{fffd}",
            "a packed file inside a packed file; unpack it once",
        ),
        ("PAR1", "a Parquet file; give the CSV file or a ledger key"),
        ("\u{fffd}\u{fffd}", "UTF-16 text; save it as UTF-8"),
        (
            "version https://git-lfs",
            "a Git LFS pointer, not the data; fetch the file itself (`git lfs pull`)",
        ),
        ("{", "JSON, not CSV"),
        ("[", "JSON, not CSV"),
        ("<", "HTML or XML, not CSV"),
    ];
    let known = starts
        .iter()
        .find(|(start, _)| first.starts_with(start))
        .map(|(_, kind)| *kind);
    let separators = [
        (';', "separated by semicolons; save it with commas"),
        ('\t', "separated by tabs; save it with commas"),
        ('|', "separated by bars; save it with commas"),
    ];
    let separated = separators
        .iter()
        .find(|(mark, _)| first.contains(*mark))
        .map(|(_, kind)| *kind)
        .filter(|_| fields.len() < 3);
    known.or(separated)
}

/// Headers without byte-order mark and outer blanks; a second `Tags` becomes `Tags #2`.
fn unique(fields: &[String]) -> Vec<String> {
    // The table has a column of this name for itself.
    let mut seen = HashSet::from([super::stored::info::TAGS.to_owned()]);
    let mut out = Vec::with_capacity(fields.len());
    for (index, field) in fields.iter().enumerate() {
        let clean = field.trim_start_matches('\u{feff}').trim();
        let base = if clean.is_empty() {
            format!("column {}", index + 1)
        } else {
            clean.to_owned()
        };
        let mut name = base.clone();
        let mut count = 1;
        while !seen.insert(name.to_lowercase()) {
            count += 1;
            name = format!("{base} #{count}");
        }
        out.push(name);
    }
    out
}
