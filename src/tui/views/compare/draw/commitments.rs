//! Draws the table of reservations and savings plans.

use crate::domain::analysis::commitments::Commitment;
use crate::domain::money::Money;
use crate::domain::text::{counted, grouped};
use crate::ops::compare::commitments::honest_percent;
use crate::tui::draw::grid;
use crate::tui::draw::grid::{Column as Cell, Gives, Grid};
use crate::tui::draw::lines::{plain, put};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::said::Masked;
use crate::tui::shell::Shell;
use crate::tui::theme::Theme;
use crate::tui::views::compare::state::Pair;
use crate::tui::views::compare::state::commitments::{CommitmentColumn, CommitmentTable};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

/// Draws the headings in a row, the commitments below it and the totals at the bottom.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    (pair, table): (&Pair, &CommitmentTable),
    shell: &Shell,
    (mask, theme): (&ScreenMask<'_>, &Theme),
) {
    const TOP: u16 = 2;
    let visible = shell.list_height(pair.other_lines());
    let first = table.cursor.top;
    let shown = table.all().iter().skip(first).take(visible);
    let lines: Vec<Vec<(String, Style)>> = shown.map(|one| cells(one, mask, theme)).collect();
    let columns = CommitmentColumn::ALL
        .iter()
        .enumerate()
        .map(|(at, (column, title))| {
            let values = lines.iter().filter_map(|line| line.get(at));
            let values = values.map(|(value, _)| value.as_str());
            match column {
                CommitmentColumn::Name => {
                    let wide = grid::wanted(title, values, 12, 40);
                    Cell::growing(title, wide).giving(Gives::Name)
                }
                CommitmentColumn::Kind => {
                    let wide = grid::wanted(title, values, 4, 12);
                    Cell::text(title, wide).giving(Gives::Id)
                }
                CommitmentColumn::Currency => {
                    let wide = grid::wanted("", values, 3, 4);
                    Cell::text("", wide).giving(Gives::Kept)
                }
                CommitmentColumn::Bought | CommitmentColumn::Used => {
                    Cell::number(title, grid::wanted(title, values, 9, 32))
                }
                CommitmentColumn::Unused => {
                    let wide = grid::wanted(title, values, 9, 32);
                    Cell::number(title, wide).giving(Gives::Kept)
                }
                CommitmentColumn::Share => {
                    let wide = grid::wanted(title, values, 6, 8);
                    Cell::number(title, wide).giving(Gives::Share)
                }
            }
        });
    let grid = Grid::new(columns.collect(), usize::from(area.width));
    let heading = grid.heading_at(Some(table.column), theme.heading, theme.column);
    put(frame, area, TOP, heading);
    for ((row, at), line) in (TOP + 1..).zip(first..).zip(&lines) {
        let selected = (at == table.cursor.selected).then_some(theme.selected);
        let cell = Some((table.column, theme.cell));
        put(frame, area, row, grid.line_at(line, selected, cell));
    }
    totals(frame, area, table, mask, theme);
}

fn cells(one: &Commitment, mask: &ScreenMask<'_>, theme: &Theme) -> Vec<(String, Style)> {
    let currency = one.currency.as_deref();
    // An amount that the files cannot show is not 0.
    let amount = |amount, visible: bool| {
        if visible {
            (mask.amount(amount, currency), theme.plain)
        } else {
            ("-".to_owned(), theme.dim)
        }
    };
    let share = honest_percent(one.used, one.cost()).filter(|_| one.unused_visible);
    CommitmentColumn::ALL
        .iter()
        .map(|(column, _)| match column {
            CommitmentColumn::Name => (Masked::from(one.label()).shown(mask), theme.plain),
            CommitmentColumn::Kind => (one.kind.word().to_owned(), theme.plain),
            CommitmentColumn::Currency => (currency.unwrap_or("-").to_owned(), theme.dim),
            CommitmentColumn::Bought => amount(one.bought, !one.buyers.is_empty()),
            CommitmentColumn::Used => amount(one.used, true),
            CommitmentColumn::Unused => amount(one.unused, one.unused_visible),
            CommitmentColumn::Share => match &share {
                Some(share) => (format!("{share}%"), theme.plain),
                None => ("-".to_owned(), theme.dim),
            },
        })
        .collect()
}

/// Draws the number of commitments, and what was bought, used and unused in each currency.
fn totals(
    frame: &mut Frame<'_>,
    area: Rect,
    table: &CommitmentTable,
    mask: &ScreenMask<'_>,
    theme: &Theme,
) {
    let totals = table.totals();
    let lines = u16::try_from(totals.len()).unwrap_or(1);
    let first = area.height.saturating_sub(lines);
    let of = table.all().len() as u64;
    let amount = |money: &Money| mask.amount(money.amount, money.currency.as_deref());
    let sums = totals.iter().map(|[bought, used, unused]| {
        format!(
            "   bought {} · used {} · unused {} {}",
            amount(bought),
            amount(used),
            amount(unused),
            bought.code()
        )
    });
    let sums: Vec<String> = sums.collect();
    let widest = sums.iter().map(|sum| sum.width()).max().unwrap_or_default();
    // The sums matter more than the words before them.
    let counts = [
        format!("   Σ {}", counted(of, "commitment")),
        format!("   Σ {}", grouped(of)),
    ];
    let mut counts = counts.into_iter();
    let fits = |count: &String| count.width() + widest <= usize::from(area.width);
    let count = counts.find(fits).unwrap_or_default();
    for (row, (at, sum)) in (first..).zip(sums.iter().enumerate()) {
        let start = if at == 0 {
            count.clone()
        } else {
            " ".repeat(count.width())
        };
        put(
            frame,
            area,
            row,
            plain(format!("{start}{sum}"), theme.strong),
        );
    }
}
