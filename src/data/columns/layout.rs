//! The header row of a file: its columns, their roles, and the layout.

use crate::data::error::DataError;
use crate::domain::query::column_kinds::other_dataset;
use crate::domain::query::columns::{Dialect, Role, is_plain, plain};
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::money_column::in_usd;
use std::collections::{HashMap, HashSet};

/// Columns of one file, by position and by role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Headers as received, made unique.
    pub headers: Vec<String>,
    roles: HashMap<Role, usize>,
    pub dialect: Dialect,
    /// Whether the table mixes rows of two layouts.
    mixed: bool,
}

impl Layout {
    /// Reads a header row. A file without a cost column is refused; one without any column is an empty report.
    pub fn read(file: &str, fields: &[String]) -> Result<Self, DataError> {
        let plains: Vec<String> = fields.iter().map(|field| plain(field)).collect();
        if let Some(kind) = other_dataset(&plains) {
            return Err(DataError::OtherDataset {
                file: file.to_owned(),
                kind,
            });
        }
        let dialect = Dialect::of(&plains);
        let mut roles: HashMap<Role, usize> = Role::ALL
            .into_iter()
            .filter_map(|role| {
                // The layout's own names come first: an added column may be spelled like another layout's.
                let own = role.in_dialect(dialect).iter();
                own.chain(role.candidates())
                    .find_map(|name| plains.iter().position(|p| p == name))
                    .map(|at| (role, at))
            })
            .collect();
        // If the amortized amount is the only one, it is the cost.
        if !roles.contains_key(&Role::Cost)
            && let Some(at) = roles.remove(&Role::EffectiveCost)
        {
            roles.insert(Role::Cost, at);
        }
        for role in [Role::Cost, Role::EffectiveCost, Role::Currency, Role::Date] {
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
            return Err(without_cost(file, fields));
        }
        Ok(Self {
            headers: unique(fields),
            roles,
            dialect,
            mixed: false,
        })
    }

    /// Appends a column that the file does not have.
    pub(crate) fn push_header(&mut self, name: String) {
        let mut headers = std::mem::take(&mut self.headers);
        headers.push(name);
        self.headers = unique(&headers);
    }

    /// Marks the table as a mix of two layouts. A column that only one of them has, such as a second amount, does not
    /// apply to the rows of the other.
    pub(crate) fn set_mixed(&mut self) {
        self.mixed = true;
        self.dialect = Dialect::Mixed;
        self.roles.remove(&Role::EffectiveCost);
    }

    /// Whether FOCUS rows are mixed with rows of another layout.
    pub(crate) fn mixes_focus(&self) -> bool {
        self.mixed && self.header("billedcost").is_some()
    }

    /// Whether the amortized amount is the only one.
    pub(crate) fn is_amortized_only(&self) -> bool {
        self.role_header(Role::Cost)
            .is_some_and(|header| is_plain(header, "effectivecost"))
    }

    /// For each column, the columns that other layouts use for the same role.
    pub(crate) fn rivals(&self) -> Vec<Vec<usize>> {
        let plains: Vec<String> = self.headers.iter().map(|header| plain(header)).collect();
        let mut rivals = vec![Vec::new(); self.headers.len()];
        for (role, at) in &self.roles {
            let Some(own) = plains.get(*at) else { continue };
            let others = role
                .rivals(own)
                .filter_map(|name| plains.iter().position(|plain| plain == name));
            if let Some(slot) = rivals.get_mut(*at) {
                *slot = others.collect();
            }
        }
        rivals
    }

    /// For each column, whether blanks around its values are ignored. In JSON they are kept.
    pub(crate) fn trimmed(&self) -> Vec<bool> {
        let tags = self.role(Role::Tags);
        let headers = self.headers.iter().enumerate();
        headers
            .map(|(at, header)| {
                Some(at) != tags
                    && !is_plain(header, "additionalinfo")
                    && GroupKey::tag_of(header).is_none()
            })
            .collect()
    }

    /// For each column, whether it holds the values of a tag, where empty and missing differ. Files written by
    /// costscope have such columns.
    pub(crate) fn tag_columns(&self) -> Vec<bool> {
        let headers = self.headers.iter();
        headers
            .map(|header| GroupKey::tag_of(header).is_some())
            .collect()
    }

    /// Tags that have a column of their own.
    pub(crate) fn tag_names(&self) -> Vec<String> {
        self.headers
            .iter()
            .filter_map(|header| GroupKey::tag_of(header))
            .collect()
    }

    /// Finds a header by its exact name, or else ignoring case, blanks, `_` and `-`.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let exact = self.headers.iter().find(|known| *known == name);
        let alike = || {
            let wanted = plain(name);
            self.headers.iter().find(|known| is_plain(known, &wanted))
        };
        exact.or_else(alike).map(String::as_str)
    }

    /// The header of the column that holds a tag, if there is one.
    pub(crate) fn tag_header(&self, tag: &str) -> Option<&str> {
        let tag = tag.to_lowercase();
        let is_it = |header: &&String| {
            GroupKey::tag_of(header).is_some_and(|own| own.to_lowercase() == tag)
        };
        self.headers.iter().find(is_it).map(String::as_str)
    }

    /// Whether a column holds a first or last day of the billing period.
    pub(crate) fn is_billing_period(&self, at: usize) -> bool {
        self.headers
            .get(at)
            .is_some_and(|header| plain(header).starts_with("billingperiod"))
    }

    /// Whether the header is Azure's: of a known layout, or with mostly known columns.
    pub(crate) fn is_known(&self) -> bool {
        self.dialect != Dialect::Other || self.unknown().len() * 2 < self.headers.len()
    }

    /// The index of the column with this role.
    pub fn role(&self, role: Role) -> Option<usize> {
        self.roles.get(&role).copied()
    }

    /// Roles whose column is a substitute for a better one that is missing, with its header.
    pub(crate) fn stand_ins(&self) -> Vec<(Role, String)> {
        let found = Role::ALL.into_iter().filter_map(|role| {
            let header = self.role_header(role)?;
            role.is_stand_in(&plain(header))
                .then(|| (role, header.to_owned()))
        });
        found.collect()
    }

    /// The header of the column with this role.
    pub fn role_header(&self, role: Role) -> Option<&str> {
        self.role(role)
            .and_then(|at| self.headers.get(at))
            .map(String::as_str)
    }

    /// The header of the column that holds the amounts of a role in USD.
    pub(crate) fn usd_header(&self, role: Role) -> Option<&str> {
        let cost = self.role_header(role)?;
        in_usd(cost).iter().find_map(|name| self.header(name))
    }

    /// The headers of all amounts that can count as cost: billed and amortized, then both in USD.
    pub(crate) fn money_headers(&self) -> Vec<&str> {
        let roles = [Role::Cost, Role::EffectiveCost];
        let billed = roles.iter().filter_map(|role| self.role_header(*role));
        let in_usd = roles.iter().filter_map(|role| self.usd_header(*role));
        billed.chain(in_usd).collect()
    }

    /// Headers that are not in any Microsoft layout.
    pub fn unknown(&self) -> Vec<String> {
        let role = |name: &str| {
            Role::ALL
                .iter()
                .any(|role| role.candidates().contains(&name))
        };
        let published: HashSet<&str> = KNOWN.split_ascii_whitespace().collect();
        let unknown = |header: &&String| {
            let name = plain(header);
            let ours = OURS.contains(&name.as_str()) || GroupKey::tag_of(header).is_some();
            !role(&name) && !published.contains(name.as_str()) && !ours
        };
        self.headers.iter().filter(unknown).cloned().collect()
    }
}

/// Columns that costscope prints in addition to keys and costs.
const OURS: [&str; 2] = ["rows", "month"];

/// The error for a header without a cost column.
fn without_cost(file: &str, fields: &[String]) -> DataError {
    let short = |field: &String| field.chars().take(40).collect::<String>();
    let start: Vec<String> = fields.iter().take(8).map(short).collect();
    let money: Vec<String> = fields
        .iter()
        .filter(|field| is_money(&plain(field)))
        .map(short)
        .collect();
    if let Some(kind) = other_kind(fields) {
        return DataError::not_csv(file, kind);
    }
    DataError::NoCost {
        file: file.to_owned(),
        headers: start.join(", "),
        money: if money.is_empty() {
            String::new()
        } else {
            format!(". Columns that may hold money: {}", money.join(", "))
        },
    }
}

/// Every column of the published layouts, as [`plain`] spells them.
const KNOWN: &str = include_str!("known_columns.txt");

/// Whether an unknown header looks like money.
fn is_money(plain: &str) -> bool {
    ["cost", "charge", "amount", "total", "value"]
        .iter()
        .any(|word| plain.ends_with(word) || plain.ends_with(&format!("{word}s")))
}

/// Describes a file of another format that was read as CSV.
fn other_kind(fields: &[String]) -> Option<&'static str> {
    let first = fields.first().map(String::as_str).unwrap_or_default();
    let starts = [
        ("PK\u{3}\u{4}", "a zip archive; unpack it first"),
        ("PAR1", "a Parquet file; give the CSV file or a ledger key"),
        (
            "version https://git-lfs",
            "a Git LFS pointer, not the data; fetch the file itself (`git lfs pull`)",
        ),
        ("{", "JSON, not CSV"),
        ("[", "JSON, not CSV"),
        ("<", "HTML or XML, not CSV"),
    ];
    if let Some((_, kind)) = starts.iter().find(|(start, _)| first.starts_with(start)) {
        return Some(*kind);
    }
    let separators = [
        (';', "separated by semicolons; save it with commas"),
        ('\t', "separated by tabs; save it with commas"),
        ('|', "separated by bars; save it with commas"),
    ];
    let mut separators = separators.iter().filter(|_| fields.len() < 3);
    let found = separators.find(|(mark, _)| first.contains(*mark));
    found.map(|(_, kind)| *kind)
}

/// Headers without byte-order mark and outer blanks; a second `Tags` becomes `Tags #2`.
fn unique(fields: &[String]) -> Vec<String> {
    // The stored table has its own column of this name.
    let mut seen = HashSet::from([super::tags::TAGS.to_owned()]);
    // The last number used for each name, so that many equal names are not counted from the start.
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut out = Vec::with_capacity(fields.len());
    for (index, field) in fields.iter().enumerate() {
        // Reading the clean name again must give the same one, since stored tables are opened by it.
        let clean = field
            .trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace())
            .trim_end();
        let base = if clean.is_empty() {
            format!("column {}", index + 1)
        } else {
            clean.to_owned()
        };
        let mut name = base.clone();
        while !seen.insert(name.to_lowercase()) {
            let count = counts.entry(base.to_lowercase()).or_insert(1);
            *count += 1;
            name = format!("{base} #{count}");
        }
        out.push(name);
    }
    out
}

/// The resource group in an ARM ID, with its original spelling.
pub(crate) fn group_of(id: &str) -> Option<&str> {
    let mut parts = id.split('/');
    parts.find(|part| part.eq_ignore_ascii_case("resourcegroups"))?;
    parts.next()
}
