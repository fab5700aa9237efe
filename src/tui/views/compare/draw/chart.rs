//! Draws both sides of a currency by day, beside each other, in place of the bridge.

use crate::domain::analysis::comparison::Delta;
use crate::domain::money::Amount;
use crate::tui::draw::day_chart::{
    Arrangement, DayChart, DayColumns, DrawnSeries, beside_looks, rhythm,
};
use crate::tui::draw::lines::{plain, put, under};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::theme::{Glyphs, Theme};
use crate::tui::views::compare::state::Pair;
use crate::tui::views::compare::state::chart::PairPicture;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Draws the chart of a currency, or why there is none, into an area whose first row is its legend.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    (pair, total): (&Pair, &Delta),
    mask: &ScreenMask<'_>,
    theme: &Theme,
) {
    let running = pair.chart.picture == PairPicture::Running;
    let mut currencies = pair.currencies().iter();
    let place = currencies.position(|known| known.currency == total.currency);
    let days = pair.chart.days.as_ref();
    let known = days.zip(place);
    let sides = known.and_then(|(days, at)| Some((days.first?, days.of_currency(at, running)?)));
    let Some((first, [actual, amortized])) = sides else {
        let why = if days.is_none() {
            "   calculating days …"
        } else {
            "   no dated rows"
        };
        return put(frame, area, 0, plain(why, theme.dim));
    };
    let [(light, soft), (full, strong)] = beside_looks(theme);
    let currency = total.currency.as_deref();
    let count = actual.len().max(amortized.len());
    // Text lists each day.
    let columns = match theme.glyphs {
        Glyphs::Plain => DayColumns::of(1, usize::from(area.width), Arrangement::Beside),
        Glyphs::Unicode | Glyphs::Ascii => {
            DayColumns::of(count, usize::from(area.width), Arrangement::Beside)
        }
    };
    let rhythm = rhythm(columns, running);
    let legend = Line::from(vec![
        Span::styled(format!("   {light}"), soft),
        Span::raw(" actual   "),
        Span::styled(full, strong),
        Span::raw(" amortized   "),
        Span::styled(format!("{rhythm}, {}", currency.unwrap_or("-")), theme.dim),
    ]);
    put(frame, area, 0, legend);
    let written = |amount: Amount| mask.amount(amount, currency);
    let series = [(&actual, light, soft), (&amortized, full, strong)];
    let chart = DayChart {
        first,
        series: series
            .map(|(days, fill, style)| DrawnSeries { days, fill, style })
            .into(),
        arrangement: Arrangement::Beside,
        running,
        cursor: None,
        written: &written,
    };
    chart.draw(frame, under(area, 1), theme);
}
