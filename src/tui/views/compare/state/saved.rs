//! The view of a pair as a saved view, and back.

use super::Pair;
use super::columns::{ChosenColumns, PairColumn};
use super::pivot::PairPivot;
use super::step::PairStep;
use crate::domain::analysis::comparison::{Sort, SortBy};
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::query::saved_view::{ChangeView, ComparisonView, SavedView, cell_order_text};
use crate::domain::query::sort;
use crate::domain::query::sort::CellOrder;
use crate::ops::money::put_on;
use crate::tui::message::Loaded;

/// The parts of a saved view that a comparison applies.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SavedLook {
    order: Sort,
    pivot: Option<GroupKey>,
    /// The order by a column of the pivot.
    cells: Option<CellOrder>,
    columns: Option<Vec<PairColumn>>,
    /// The other parts, in words.
    left_out: Vec<String>,
}

impl Pair {
    /// The view for other data, which the table can apply, too.
    pub fn saved(&self) -> SavedView {
        let step = self.step();
        let pivot = self.pivot_key().map(GroupKey::name);
        let (of_table, own) = match pivot.as_deref() {
            Some("month" | "date") => (pivot, None),
            _ => (None, pivot),
        };
        let comparison = ComparisonView {
            sort: self.order_word(),
            pivot: own,
            pivot_sort: self.cell_order().map(cell_order_text),
            columns: self
                .chosen_columns()
                .map(|columns| PairColumn::names(columns)),
        };
        SavedView {
            group_by: step.group_by.iter().map(GroupKey::name).collect(),
            filter: step.filter.as_ref().map(ToString::to_string),
            pivot: of_table,
            money: self.money().given(),
            comparison: Some(comparison).filter(|parts| *parts != ComparisonView::default()),
            ..SavedView::default()
        }
    }

    /// The money that counts as cost on both sides.
    pub fn money(&self) -> MoneyColumn {
        self.actual.opened.data.money()
    }

    /// Counts this money as cost on both sides, or says why one of them has none.
    pub(super) fn put_money(&mut self, money: MoneyColumn) -> Result<(), String> {
        let put = |side: &Loaded| put_on(&side.opened.data, money).map_err(|why| why.to_string());
        let (actual, amortized) = (put(&self.actual)?, put(&self.amortized)?);
        self.actual.opened.data = actual;
        self.amortized.opened.data = amortized;
        Ok(())
    }

    /// Applies a saved view as the first step. It can be undone. Returns the parts that it leaves out, in words.
    pub fn look_as(&mut self, view: &SavedView) -> Result<Vec<String>, String> {
        if view.sql.is_some() {
            return Err(
                "it is an SQL statement, which the table (⟦everywhere.show-table⟧) runs".to_owned(),
            );
        }
        let (mut keys, filter) = (view.keys()?, view.tests()?);
        let rows = keys.is_empty();
        if rows {
            keys.clone_from(&self.step().group_by);
        }
        let mut look = look_of(view, &keys)?;
        if rows {
            look.left_out.insert(0, "rows instead of groups".to_owned());
        }
        let money = view.money.as_deref().map(MoneyColumn::parse).transpose()?;
        self.note();
        if let Some(money) = money
            && let Err(why) = self.put_money(money)
        {
            look.left_out.push(format!("money {}: {why}", money.word()));
        }
        self.first = PairStep::new(self.title.clone(), filter, keys);
        self.deeper.clear();
        self.order = look.order;
        self.chosen = ChosenColumns::of(look.columns, look.pivot.is_some());
        self.pivot = PairPivot {
            by: look.pivot,
            order: look.cells,
        };
        self.column = None;
        self.forget();
        Ok(look.left_out)
    }
}

/// Divides a view into the parts that a comparison by these keys has, and the others.
fn look_of(view: &SavedView, keys: &[GroupKey]) -> Result<SavedLook, String> {
    let sorts = view.sorts()?;
    let own = view.comparison.clone().unwrap_or_default();
    let mut left_out = Vec::new();
    // Data without this value has no such column, and is in the other order.
    let mut cells = own.cell_order()?;
    let order = match own.sort {
        Some(text) => {
            let order = Sort::parse(&text, keys);
            order.ok_or_else(|| format!("sort: `{text}` is not an order of a comparison"))?
        }
        None => order_of(&sorts, keys, &mut left_out),
    };
    let columns = own.columns.as_deref().map(columns_of).transpose()?;
    left_out.extend(view.top.map(|top| format!("top {top}")));
    left_out.extend(view.columns.iter().map(|_| "columns".to_owned()));
    left_out.extend(view.pinned.map(|_| "pinned columns".to_owned()));
    left_out.extend(view.picture.iter().map(|name| format!("picture {name}")));
    left_out.extend(view.change.iter().map(ChangeView::words));
    left_out.extend((!view.widths.is_empty()).then(|| "column widths".to_owned()));
    let pivot = own.pivot.or_else(|| view.pivot.clone());
    let key = pivot.as_deref().and_then(GroupKey::parse);
    let key = key.filter(|key| key.groups() && !keys.contains(key));
    if key.is_none() {
        left_out.extend(pivot.iter().map(|key| format!("pivot by {key}")));
        cells = None;
    }
    Ok(SavedLook {
        order,
        pivot: key,
        cells,
        columns: columns.filter(|columns| !columns.is_empty()),
        left_out,
    })
}

/// The columns of these names, each once, or the first name that is invalid.
fn columns_of(names: &[String]) -> Result<Vec<PairColumn>, String> {
    let mut columns = Vec::new();
    for name in names {
        let column = PairColumn::named(name);
        let column =
            column.ok_or_else(|| format!("columns: `{name}` is not a column of a comparison"))?;
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    Ok(columns)
}

/// The order of a table, if it begins with one of these keys. A comparison has no cost and sorts by one key only.
fn order_of(sorts: &[sort::Sort], keys: &[GroupKey], left_out: &mut Vec<String>) -> Sort {
    let by_key = |sort: &sort::Sort| {
        let sort::SortBy::Key(key) = &sort.by else {
            return None;
        };
        let at = keys.iter().position(|known| known == key)?;
        Some(Sort {
            by: SortBy::Key(at),
            reversed: !sort.ascending,
        })
    };
    let order = sorts.first().and_then(by_key);
    let others = sorts.iter().skip(usize::from(order.is_some()));
    left_out.extend(others.map(|sort| format!("sort by {sort}")));
    order.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::domain::analysis::comparison::{Sort, SortBy};
    use crate::domain::query::group_key::GroupKey;
    use crate::domain::query::saved_view::{ComparisonView, SavedView};
    use crate::domain::query::sort::CellOrder;
    use crate::tui::views::compare::state::columns::PairColumn;
    use crate::tui::views::compare::state::saved::look_of;

    fn look(view: &SavedView) -> Result<(Sort, String), String> {
        let keys: Vec<GroupKey> = view.keys()?;
        look_of(view, &keys).map(|look| (look.order, look.left_out.join(", ")))
    }

    fn of(change: impl FnOnce(&mut SavedView)) -> Result<(Sort, String), String> {
        let mut view = SavedView {
            group_by: vec!["service".to_owned(), "tag:env".to_owned()],
            ..SavedView::default()
        };
        change(&mut view);
        look(&view)
    }

    fn sorted(words: &[&str]) -> Result<(Sort, String), String> {
        of(|view| view.sort = words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn the_order_of_a_table_is_taken_if_it_is_one_key() {
        let usual = Sort::default();
        let by = |at, reversed| Sort {
            by: SortBy::Key(at),
            reversed,
        };
        let of_table: [(&[&str], Sort, &str); 6] = [
            (&[], usual, ""),
            (&["tag:env"], by(1, false), ""),
            (&["-service"], by(0, true), ""),
            (&["-service", "cost"], by(0, true), "sort by cost"),
            (
                &["-cost", "service"],
                usual,
                "sort by -cost, sort by service",
            ),
            (&["quantity"], usual, "sort by quantity"),
        ];
        for (words, order, left_out) in of_table {
            assert_eq!(sorted(words), Ok((order, left_out.to_owned())), "{words:?}");
        }
    }

    #[test]
    fn parts_of_a_table_that_a_comparison_lacks_are_named() {
        let found = of(|view| {
            view.top = Some(5);
            view.columns = Some(vec!["cost".to_owned()]);
            view.pinned = Some(1);
            view.picture = Some("heat".to_owned());
            view.widths = [("cost".to_owned(), "wide".to_owned())].into();
        });
        let left_out = "top 5, columns, pinned columns, picture heat, column widths";
        assert_eq!(found, Ok((Sort::default(), left_out.to_owned())));
    }

    #[test]
    fn a_pivot_is_taken_unless_its_key_is_a_group_key() {
        let pivot = |of_table: Option<&str>, own: Option<&str>| {
            let mut view = SavedView {
                group_by: vec!["service".to_owned()],
                pivot: of_table.map(ToOwned::to_owned),
                ..SavedView::default()
            };
            view.comparison = own.map(|key| ComparisonView {
                pivot: Some(key.to_owned()),
                ..ComparisonView::default()
            });
            let look = look_of(&view, &view.keys().unwrap()).unwrap();
            (look.pivot, look.left_out.join(", "))
        };
        assert_eq!(pivot(None, None), (None, String::new()));
        let month = (Some(GroupKey::Month), String::new());
        assert_eq!(pivot(Some("month"), None), month);
        let tag = Some(GroupKey::Tag("env".to_owned()));
        assert_eq!(pivot(None, Some("tag:env")), (tag, String::new()));
        let out = |name: &str| (None, format!("pivot by {name}"));
        assert_eq!(pivot(None, Some("service")), out("service"));
        assert_eq!(pivot(None, Some("cost")), out("cost"));
    }

    #[test]
    fn the_order_by_a_column_goes_with_its_pivot() {
        let cells = |pivot: &str, order: &str| {
            let comparison = ComparisonView {
                pivot: Some(pivot.to_owned()),
                pivot_sort: Some(order.to_owned()),
                ..ComparisonView::default()
            };
            let view = SavedView {
                group_by: vec!["service".to_owned()],
                comparison: Some(comparison),
                ..SavedView::default()
            };
            look_of(&view, &view.keys().unwrap()).map(|look| look.cells)
        };
        let by = |column: &str, smallest| {
            let column = column.to_owned();
            Ok(Some(CellOrder { column, smallest }))
        };
        assert_eq!(cells("charge-type", "+Usage"), by("Usage", true));
        assert_eq!(cells("tag:env", "--x"), by("-x", false));
        assert_eq!(cells("service", "+Usage"), Ok(None));
        let wrong =
            "comparison: `Usage` is not an order; write +VALUE or -VALUE in pivot-sort".to_owned();
        assert_eq!(cells("charge-type", "Usage"), Err(wrong));
    }

    #[test]
    fn the_columns_of_a_comparison_are_checked() {
        let columns = |names: &[&str]| {
            let comparison = ComparisonView {
                columns: Some(names.iter().map(|name| (*name).to_owned()).collect()),
                ..ComparisonView::default()
            };
            let view = SavedView {
                comparison: Some(comparison),
                ..SavedView::default()
            };
            look_of(&view, &[]).map(|look| look.columns)
        };
        assert_eq!(columns(&[]), Ok(None));
        let found = vec![PairColumn::Percent, PairColumn::Actual];
        assert_eq!(columns(&["percent", "actual", "percent"]), Ok(Some(found)));
        for wrong in ["", "cost", "resource-group"] {
            let error = format!("columns: `{wrong}` is not a column of a comparison");
            assert_eq!(columns(&["bar", wrong]), Err(error));
        }
    }

    #[test]
    fn the_order_of_a_comparison_is_checked() {
        let order = |text: &str| {
            of(|view| {
                view.comparison = Some(ComparisonView {
                    sort: Some(text.to_owned()),
                    ..ComparisonView::default()
                });
            })
        };
        let residual = Sort {
            by: SortBy::Residual,
            reversed: true,
        };
        assert_eq!(order("-residual"), Ok((residual, String::new())));
        assert_eq!(
            order("rows"),
            Err("sort: `rows` is not an order of a comparison".to_owned())
        );
    }
}
