//! Marks of rows: hashes of the columns that tell rows apart, made while a file is read. Where sources of one layout have no
//! mark in common, they have no row in common, and none of their other columns has to be read.
//!
//! A mark covers a part of what `data::analysis::row_identity` compares, in the same way: rows that are equal there have
//! equal marks.

use crate::data::columns::column_types::{
    ColumnKind, Filling, NO_AMOUNT, NO_DAY, amounts_of, texts_of,
};
use crate::data::columns::layout::Layout;
use crate::data::columns::text_column::{GrowingTexts, NONE};
use crate::data::ingest::checksums::line_item_hash::{mixed, of_day, with_cost};
use crate::data::ingest::projection::Projection;
use crate::domain::query::columns::{Role, plain};
use xxhash_rust::xxh3::xxh3_64;

/// The marks of the rows of a source.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowMarks {
    /// The names of the columns behind the marks. Only marks of the same columns can be compared.
    pub(crate) columns: Vec<String>,
    /// Marks of the rows that have money or a quantity.
    pub(crate) rows: Vec<u64>,
    /// Marks of the usage of rows that have money, whatever it costs. They only limit the number of equal rows, so that
    /// 32 bits are enough.
    pub(crate) usage: Vec<u32>,
}

impl RowMarks {
    /// Adds the marks of the next rows.
    pub(crate) fn append(&mut self, next: &Self) {
        self.rows.extend_from_slice(&next.rows);
        self.usage.extend_from_slice(&next.usage);
    }
}

/// The columns that are read only for marks, if not for the question: the resource, its meter and quantity, and every
/// amount that may count as cost.
pub(crate) fn columns(layout: &Layout) -> Vec<usize> {
    let roles = [Role::Resource, Role::Quantity, Role::Meter];
    let roles = roles.into_iter().filter_map(|role| layout.role(role));
    let meter = layout.header(METER).and_then(|meter| place(layout, meter));
    roles.chain(meter).chain(money(layout)).collect()
}

const METER: &str = "meterid";

/// The amounts that may count as cost, best first.
fn money(layout: &Layout) -> Vec<usize> {
    let headers = layout.money_headers().into_iter();
    headers.filter_map(|header| place(layout, header)).collect()
}

fn place(layout: &Layout, header: &str) -> Option<usize> {
    layout.headers.iter().position(|known| known == header)
}

/// The name of a column; `None` if that name means another one. Rows are compared by the names of their columns.
fn own_name(layout: &Layout, at: usize) -> Option<String> {
    let header = layout.headers.get(at)?;
    let name = plain(header);
    (layout.header(&name) == Some(header.as_str())).then_some(name)
}

/// The columns that are read and compared as they are, by name: not the day, which stands for its column, and not the
/// tags and further facts, which are written in more ways than one.
fn comparable(layout: &Layout, projection: &Projection) -> Vec<usize> {
    let other = [Role::Date, Role::Tags].map(|role| layout.role(role));
    let tags = layout.tag_columns();
    let name = |at: usize| layout.headers.get(at).map(|header| plain(header));
    let mut places: Vec<usize> = (0..layout.headers.len())
        .filter(|at| projection.reads(*at) && projection.fallback_of(*at).is_none())
        .filter(|at| !other.contains(&Some(*at)) && tags.get(*at) != Some(&true))
        .filter(|at| name(*at).is_some_and(|name| name != "additionalinfo"))
        .collect();
    places.sort_by_key(|at| name(*at));
    places
}

/// Makes the marks of rows.
pub(super) struct Marker {
    names: Vec<String>,
    /// Text columns, by name.
    texts: Vec<usize>,
    /// The amounts that may count as cost, best first.
    money: Vec<usize>,
    date: Option<usize>,
    quantity: Option<usize>,
    /// The text columns that tell usage apart, whatever it costs.
    usage: Vec<usize>,
}

impl Marker {
    /// The marker of a file of which some columns are read; `None` if its rows cannot be marked.
    pub(super) fn of(
        layout: &Layout,
        kinds: &[ColumnKind],
        projection: &Projection,
    ) -> Option<Self> {
        if !projection.has_marks() {
            return None;
        }
        let is_amount = |at: &usize| matches!(kinds.get(*at), Some(ColumnKind::Amount { .. }));
        let is_text = |at: &usize| kinds.get(*at) == Some(&ColumnKind::Text);
        let is_day = |at: &usize| matches!(kinds.get(*at), Some(ColumnKind::Day { .. }));
        let money = money(layout);
        let date = layout.role(Role::Date).filter(is_day);
        let quantity = layout.role(Role::Quantity).filter(is_amount);
        let meter = layout.header(METER).and_then(|meter| place(layout, meter));
        let usage: Vec<usize> = meter
            .into_iter()
            .chain(layout.role(Role::Resource))
            .collect();
        let mut texts = comparable(layout, projection);
        texts.retain(is_text);
        let numbers = money.iter().chain(&date).chain(&quantity);
        let all = numbers.chain(&usage).copied();
        let is_read = all.clone().all(|at| projection.reads(at));
        if !is_read || !money.iter().all(is_amount) || !usage.iter().all(is_text) {
            return None;
        }
        let counts = [&money, &usage].map(Vec::len);
        let single = [date, quantity].map(|at| at.is_some());
        let names = all.chain(texts.iter().copied());
        let names: Option<Vec<String>> = names.map(|at| own_name(layout, at)).collect();
        let mut names = names?;
        names.push(format!("{counts:?} {single:?}"));
        Some(Self {
            names,
            texts,
            money,
            date,
            quantity,
            usage,
        })
    }

    /// No marks yet, of these columns.
    pub(super) fn empty(&self) -> RowMarks {
        RowMarks {
            columns: self.names.clone(),
            ..RowMarks::default()
        }
    }

    /// The marks of a block; `None` if a text in it cannot be compared.
    pub(super) fn of_block(&self, columns: &[Filling], rows: usize) -> Option<RowMarks> {
        let days = match self.date.and_then(|at| columns.get(at)) {
            Some(Filling::Day(days)) => days.values.as_slice(),
            _ => &[],
        };
        let dated = |row| of_day(days.get(row).copied().unwrap_or(NO_DAY));
        let mut usage: Vec<u64> = (0..rows).map(dated).collect();
        let mut whole = usage.clone();
        for (columns_of, marks) in [(&self.usage, &mut usage), (&self.texts, &mut whole)] {
            for at in columns_of {
                mix_texts(marks, texts_of(columns, Some(*at))?)?;
            }
        }
        let quantities = amounts_of(columns, self.quantity);
        let mut marks = RowMarks::default();
        for (row, (whole, usage)) in whole.into_iter().zip(usage).enumerate() {
            let money = self.money_of(columns, row);
            let quantity = quantities.get(row).copied().unwrap_or(NO_AMOUNT);
            if money == 0 && (quantity == 0 || quantity == NO_AMOUNT) {
                continue;
            }
            marks
                .rows
                .push(with_cost(with_cost(whole, quantity), money));
            if money != 0 {
                let used = with_cost(usage, short(quantity));
                let mark = mixed(used, u64::from(money < 0));
                marks.usage.push(u32::try_from(mark >> 32).ok()?);
            }
        }
        Some(marks)
    }

    /// The first amount of a row that is not 0; 0 if there is none.
    fn money_of(&self, columns: &[Filling], row: usize) -> i128 {
        let mut amounts = self
            .money
            .iter()
            .filter_map(|at| amounts_of(columns, Some(*at)).get(row).copied());
        amounts
            .find(|units| *units != 0 && *units != NO_AMOUNT)
            .unwrap_or_default()
    }
}

/// Mixes the text of each row into its mark, without case and outer blanks.
fn mix_texts(marks: &mut [u64], texts: &GrowingTexts) -> Option<()> {
    let codes = 0..u32::try_from(texts.distinct()).unwrap_or(NONE);
    let mut lower = String::new();
    let mut hashes = Vec::with_capacity(texts.distinct());
    for code in codes {
        let text = std::str::from_utf8(texts.get(code)?).ok()?.trim();
        if text.is_ascii() {
            lower.clear();
            lower.push_str(text);
            lower.make_ascii_lowercase();
        } else {
            lower = text.to_lowercase();
        }
        hashes.push(xxh3_64(lower.as_bytes()));
    }
    for (mark, code) in marks.iter_mut().zip(texts.codes()) {
        let hash = hashes.get(*code as usize).copied();
        *mark = mixed(*mark, hash.unwrap_or_default());
    }
    Some(())
}

/// Rounds a number to twelve digits.
pub(crate) fn short(units: i128) -> i128 {
    const MOST: u128 = 1_000_000_000_000;
    if units == NO_AMOUNT || units.unsigned_abs() < MOST {
        return units;
    }
    let (size, mut scale) = (units.unsigned_abs(), 1_i128);
    while size >= MOST.saturating_mul(scale.unsigned_abs()) {
        scale *= 10;
    }
    let half = if units < 0 { -scale / 2 } else { scale / 2 };
    (units + half) / scale * scale
}
