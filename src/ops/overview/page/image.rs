//! An overview as one picture.

use super::charts::{DrawnChart, WIDTH, by_day, running, shortened};
use super::html::MASKED;
use super::svg::{Anchor, Svg};
use crate::domain::analysis::overview::days::CurrencyDays;
use crate::domain::analysis::overview::{CostTrend, CurrencyTotal, KeyPanel, Overview};
use crate::domain::table::value_names::visible_name;
use crate::domain::text::counted;
use crate::ops::overview::facts::{change, code, comparison, facts, found, share_text};
use crate::ops::overview::panels::STACKED;

/// The margin around the picture, and the height of a line, in tenths of a pixel.
const MARGIN: i64 = 200;
const LINE: i64 = 180;
/// The most letters of a name, and of a line.
const NAMED: usize = 44;
const LETTERS: usize = 118;

/// A column of lines that grows downwards.
struct LineStack {
    svg: Svg,
    y: i64,
}

impl LineStack {
    fn line(&mut self, size: u32, attributes: &str, text: &str) {
        self.y += LINE + i64::from(size.saturating_sub(12)) * 10;
        let at = (0, self.y);
        let text = shortened(text, LETTERS);
        self.svg.styled(at, Anchor::Start, size, attributes, &text);
    }

    /// A sentence in as many lines as it needs.
    fn sentence(&mut self, size: u32, attributes: &str, words: &str) {
        let mut line = String::new();
        for word in words.split(' ') {
            if !line.is_empty() && line.chars().count() + word.chars().count() >= LETTERS {
                self.line(size, attributes, &line);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(size, attributes, &line);
    }

    fn picture(&mut self, picture: &DrawnChart) {
        self.svg.group((0, self.y + LINE), &picture.svg);
        self.y += LINE + picture.height;
    }

    /// A group: its name, cost, share and change.
    fn group(&mut self, name: &str, cost: &str, share: Option<i64>, trend: CostTrend) {
        self.y += LINE;
        let y = self.y;
        let cells = [
            (4_300, cost.to_owned()),
            (5_100, share_text(share)),
            (6_000, change(trend)),
        ];
        let name = shortened(name, NAMED);
        self.svg.text((200, y), Anchor::Start, 12, &name);
        for (x, text) in cells.into_iter().filter(|(_, text)| !text.is_empty()) {
            self.svg.text((x, y), Anchor::End, 12, &text);
        }
    }

    fn panel(&mut self, overview: &Overview, panel: &KeyPanel, total: &CurrencyTotal) {
        let bold = "font-weight=\"bold\"";
        self.y += LINE / 2;
        self.line(12, bold, &panel.key.name());
        let currency = total.currency.as_deref();
        for group in panel.of(currency) {
            let name = visible_name(group.value.as_deref());
            let cost = overview.shown(group.trend.cost);
            self.group(&name, &cost, group.share, group.trend);
        }
        for rest in panel.others_of(currency) {
            let cost = overview.shown(rest.trend.cost);
            let name = counted(rest.groups as u64, "other");
            self.group(&name, &cost, rest.share, rest.trend);
        }
    }

    fn currency(&mut self, overview: &Overview, total: &CurrencyTotal) {
        let currency = total.currency.as_deref();
        let cost = overview.shown(total.trend.cost);
        let headline = format!("{cost} {}", code(currency));
        self.y += LINE;
        self.line(20, "font-weight=\"bold\"", &headline);
        for words in comparison(overview, total) {
            self.line(12, "", &words);
        }
        if let Some(days) = CurrencyDays::of(overview, currency, STACKED) {
            self.picture(&by_day(overview, &days));
            self.picture(&running(overview, (&days, total)));
        }
        for panel in &overview.panels {
            self.panel(overview, panel, total);
        }
        self.y += LINE / 2;
        self.line(12, "font-weight=\"bold\"", "findings");
        let found = found(overview, currency);
        for words in found.iter().chain(&facts(overview, currency)) {
            self.sentence(12, "", words);
        }
    }
}

/// The overview as an SVG document.
pub fn svg(overview: &Overview) -> String {
    let mut column = LineStack {
        svg: Svg::default(),
        y: 0,
    };
    let title = format!("Cost overview · {}", overview.title());
    column.line(16, "font-weight=\"bold\"", &title);
    column.line(12, "fill=\"#555555\"", &overview.sources.join(", "));
    for total in &overview.frame.totals {
        column.currency(overview, total);
    }
    column.y += LINE / 2;
    let masked = overview.masked.then(|| MASKED.to_owned());
    for words in masked.into_iter().chain(overview.words()) {
        column.sentence(11, "fill=\"#555555\"", &words);
    }
    let size = (WIDTH + 2 * MARGIN, column.y + 2 * MARGIN);
    let mut svg = Svg::default();
    svg.rect((0, 0), size, "#ffffff", "");
    svg.group((MARGIN, MARGIN), &column.svg);
    svg.finish(size, &title)
}
