//! Lines of two amounts and their difference behind a name, as the panels beside a comparison and beside two periods have
//! them.

use super::differences::{coloured, signed};
use super::lines::plain;
use super::mask::ScreenMask;
use super::text;
use crate::domain::money::Amount;
use crate::domain::text::counted;
use crate::tui::theme::Theme;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// The look of the lines.
pub(crate) struct TwoSides<'a> {
    pub(crate) mask: &'a ScreenMask<'a>,
    pub(crate) theme: &'a Theme,
    /// The width of the panel.
    pub(crate) width: usize,
    /// The width of a column of amounts.
    pub(crate) column: usize,
}

/// Both amounts of a group, or of a part of it.
pub(crate) struct SideAmounts<'a> {
    pub(crate) amounts: [Amount; 2],
    pub(crate) currency: Option<&'a str>,
}

impl TwoSides<'_> {
    /// The largest parts of a group by a key, and all others in one line; `of` is the number of all.
    pub(crate) fn parts(
        &self,
        key: String,
        whole: &SideAmounts<'_>,
        parts: &[(String, SideAmounts<'_>)],
        of: usize,
    ) -> Vec<Line<'static>> {
        let mut lines = vec![plain(key, self.theme.heading)];
        let [mut first, mut second] = whole.amounts;
        for (name, part) in parts {
            lines.push(self.amounts((&format!("  {name}"), self.theme.plain), part));
            let [own, other] = part.amounts;
            (first, second) = (first.saturating_sub(own), second.saturating_sub(other));
        }
        let others = of.saturating_sub(parts.len());
        if others > 0 {
            let name = format!("  {}", counted(others as u64, "other"));
            let rest = SideAmounts {
                amounts: [first, second],
                currency: whole.currency,
            };
            lines.push(self.amounts((&name, self.theme.dim), &rest));
        }
        lines
    }

    /// Both amounts and their difference.
    pub(crate) fn amounts(&self, name: (&str, Style), both: &SideAmounts<'_>) -> Line<'static> {
        let [first, second] = both.amounts;
        let difference = second.saturating_sub(first);
        let cells = [
            self.mask.amount(first, both.currency),
            self.mask.amount(second, both.currency),
            signed(difference, both.currency, self.mask),
        ];
        self.line(name, cells, coloured(difference, false, self.theme))
    }

    /// A line of three cells behind a name; the last one has a style of its own.
    pub(crate) fn line(
        &self,
        (name, style): (&str, Style),
        [first, second, difference]: [String; 3],
        last: Style,
    ) -> Line<'static> {
        let room = self.width.saturating_sub(3 * self.column).min(48);
        let cell = |text: &str| text::cell(text, self.column, true);
        Line::from(vec![
            Span::styled(text::cell(name, room, false), style),
            Span::raw(cell(&first)),
            Span::raw(cell(&second)),
            Span::styled(cell(&difference), last),
        ])
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::money::Amount;
    use crate::tui::draw::mask::ScreenMask;
    use crate::tui::draw::two_sides::{SideAmounts, TwoSides};
    use crate::tui::theme::Theme;

    fn both(first: u64, second: u64) -> SideAmounts<'static> {
        SideAmounts {
            amounts: [first, second].map(Amount::from_whole),
            currency: Some("EUR"),
        }
    }

    #[test]
    fn the_others_are_what_the_largest_parts_leave() {
        let theme = Theme::new(false);
        let mask = ScreenMask::of(&theme, &[]);
        let sides = TwoSides {
            mask: &mask,
            theme: &theme,
            width: 50,
            column: 12,
        };
        let parts = [("a".to_owned(), both(5, 9)), ("b".to_owned(), both(2, 0))];
        let told = |of: usize| -> Vec<String> {
            let lines = sides.parts("meter".to_owned(), &both(10, 10), &parts, of);
            let words = |line: &ratatui::text::Line<'_>| {
                let text = line.to_string();
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            };
            lines.iter().map(words).collect()
        };
        let whole = ["meter", "a 5.00 9.00 +4.00", "b 2.00 0.00 -2.00"];
        assert_eq!(told(2), whole);
        let cut = [&whole[..], &["3 others 3.00 1.00 -2.00"]].concat();
        assert_eq!(told(5), cut);
    }
}
