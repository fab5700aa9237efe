//! An overview as a page for a mail. Every figure of a picture is also text, for readers whose program shows no pictures.

use super::charts::{DrawnChart, WIDTH, by_day, running};
use crate::domain::analysis::overview::days::CurrencyDays;
use crate::domain::analysis::overview::{CostTrend, CurrencyTotal, KeyPanel, Overview};
use crate::domain::money::Amount;
use crate::domain::table::value_names::visible_name;
use crate::domain::text::counted;
use crate::domain::text::escape::html as escaped;
use crate::ops::overview::facts::{change, code, comparison, facts, found, share_text};
use crate::ops::overview::panels::STACKED;
use std::fmt::Write;

/// The remark on masked pages.
pub(super) const MASKED: &str = "Masked: names are pseudonyms, and amounts are an index in which the total of a currency is 100.";

/// The start of the page. Its policy lets a browser load and run nothing.
const HEAD: &str = "<meta charset=\"utf-8\">\n\
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
<style>\n\
body { font: 14px/1.4 sans-serif; color: #222; background: #fff; max-width: 800px; margin: 20px auto; padding: 0 16px; }\n\
h1 { font-size: 20px; } h2 { font-size: 24px; margin: 28px 0 4px; } h3 { font-size: 14px; margin: 18px 0 4px; }\n\
.note { color: #555; } svg { max-width: 100%; height: auto; }\n\
table { border-collapse: collapse; width: 100%; }\n\
th, td { text-align: right; padding: 2px 8px; border-bottom: 1px solid #eee; white-space: nowrap; }\n\
th:first-child, td:first-child { text-align: left; white-space: normal; overflow-wrap: anywhere; }\n\
</style>\n";

/// The page so far.
struct HtmlPage<'a> {
    overview: &'a Overview,
    out: String,
}

impl HtmlPage<'_> {
    /// An element with a text.
    fn element(&mut self, tag: &str, class: &str, text: &str) {
        let class = if class.is_empty() {
            String::new()
        } else {
            format!(" class=\"{class}\"")
        };
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "<{tag}{class}>{}</{tag}>", escaped(text));
    }

    /// Whether a month before is known: without one, the columns about it are left out.
    fn is_compared(&self) -> bool {
        self.overview.frame.before.is_some()
    }

    /// A row of a table; amounts show two decimals, and the exact value under the pointer. `share` is a finished cell, or
    /// nothing in a table without shares.
    fn row(&mut self, name: &str, trend: CostTrend, share: &str) {
        let amount = |amount: Option<Amount>| match amount {
            Some(amount) => format!(
                "<td title=\"{amount}\">{}</td>",
                escaped(&self.overview.shown(amount))
            ),
            None => "<td></td>".to_owned(),
        };
        let cost = amount(Some(trend.cost));
        let compared = if self.is_compared() {
            let before = amount(trend.before);
            format!("{before}<td>{}</td>", escaped(&change(trend)))
        } else {
            String::new()
        };
        let name = escaped(name);
        let _ = writeln!(self.out, "<tr><td>{name}</td>{cost}{share}{compared}</tr>");
    }

    fn head(&mut self, name: &str, share: bool) {
        let share = if share { "<th>share</th>" } else { "" };
        let compared = if self.is_compared() {
            "<th>before</th><th>change</th>"
        } else {
            ""
        };
        let name = escaped(name);
        let _ = writeln!(
            self.out,
            "<table>\n<tr><th>{name}</th><th>cost</th>{share}{compared}</tr>"
        );
    }

    fn panel(&mut self, panel: &KeyPanel, total: &CurrencyTotal) {
        self.element("h3", "", &panel.key.name());
        self.head(&panel.key.name(), true);
        let currency = total.currency.as_deref();
        for group in panel.of(currency) {
            let name = visible_name(group.value.as_deref());
            self.row(&name, group.trend, &share_cell(group.share));
        }
        for rest in panel.others_of(currency) {
            let name = counted(rest.groups as u64, "other");
            self.row(&name, rest.trend, &share_cell(rest.share));
        }
        self.out.push_str("</table>\n");
    }

    fn picture(&mut self, picture: DrawnChart, about: &str) {
        let size = (WIDTH, picture.height);
        self.out.push_str(&picture.svg.finish(size, about));
    }

    fn currency(&mut self, total: &CurrencyTotal) {
        let overview = self.overview;
        let currency = total.currency.as_deref();
        let cost = overview.shown(total.trend.cost);
        self.element("h2", "", &format!("{cost} {}", code(currency)));
        for words in comparison(overview, total) {
            self.element("p", "", &words);
        }
        if let Some(days) = CurrencyDays::of(overview, currency, STACKED) {
            self.picture(by_day(overview, &days), "Cost of each day, by service");
            self.picture(running(overview, (&days, total)), "Running total");
        }
        for panel in &overview.panels {
            self.panel(panel, total);
        }
        self.element("h3", "", "findings");
        for found in found(overview, currency) {
            self.element("p", "", &found);
        }
        self.element("h3", "", "tags and commitments");
        for fact in facts(overview, currency) {
            self.element("p", "", &fact);
        }
        self.days(total);
    }

    fn days(&mut self, total: &CurrencyTotal) {
        let days = self.overview.frame.days.iter();
        let days = days.filter(|day| day.currency == total.currency);
        let days: Vec<(String, CostTrend)> =
            days.map(|day| (day.date.to_string(), day.trend)).collect();
        if days.is_empty() {
            return;
        }
        self.element("h3", "", "days");
        self.head("day", false);
        for (day, trend) in days {
            self.row(&day, trend, "");
        }
        self.out.push_str("</table>\n");
    }
}

/// The cell of a share; blank if it is unknown.
fn share_cell(share: Option<i64>) -> String {
    format!("<td>{}</td>", share_text(share))
}

/// The overview as an HTML document.
pub fn html(overview: &Overview) -> String {
    let title = format!("Cost overview · {}", overview.title());
    let mut page = HtmlPage {
        overview,
        out: "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n".to_owned(),
    };
    page.out.push_str(HEAD);
    page.element("title", "", &title);
    page.out.push_str("</head>\n<body>\n");
    page.element("h1", "", &title);
    page.element("p", "note", &overview.sources.join(", "));
    if overview.masked {
        page.element("p", "note", MASKED);
    }
    for total in &overview.frame.totals {
        page.currency(total);
    }
    if overview.frame.totals.is_empty() {
        page.element("p", "", "The sources have no rows.");
    }
    page.element("h3", "", "notes");
    for words in overview.words() {
        page.element("p", "note", &words);
    }
    page.out.push_str("</body>\n</html>\n");
    page.out
}
