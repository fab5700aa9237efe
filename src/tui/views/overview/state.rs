//! State of the overview screen: the panels that are known, the questions that are pending, and the focus.

use super::found::FindingList;
use super::hideable::HideableOverview;
use crate::domain::analysis::overview::found::OverviewFinding;
use crate::domain::analysis::overview::{KeyPanel, Overview};
use crate::domain::period::{DateRange, Month};
use crate::domain::query::Query;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::query::sort::{Sort, SortBy};
use crate::domain::report::request::ReportKey;
use crate::ops::context::OpenDataset;
use crate::ops::overview::panels::KEYS;
use crate::ops::overview::sources::OverviewSources;
use crate::ops::repeated_flags::RepeatedFlags;
use crate::tui::message::Loaded;
use crate::tui::question::{OverviewPanel, OverviewPart, OverviewQuestion};
use crate::tui::said::Masked;
use crate::tui::shell::Shell;
use crate::tui::state::command_flags::{money_flag, question_flags, source, source_list};
use crate::tui::ticket::{Problem, Ticket};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The panels that take the focus: the days, then the groups of each key, then the findings.
const PANELS: usize = 5;
/// The focus of the findings.
pub const FINDINGS: usize = 4;

/// The overview screen.
#[derive(Debug, Default)]
pub struct OverviewScreen {
    /// Whether opened data is shown here first, instead of in the table.
    pub first: bool,
    pub page: Option<Box<OverviewPage>>,
    /// The file that a page was written to last.
    pub file: Option<String>,
}

/// The overview of open data.
#[derive(Debug)]
pub struct OverviewPage {
    pub title: Masked,
    /// The data that the table opens: the actual side of a pair.
    pub loaded: Loaded,
    pub sources: OverviewSources,
    /// The panels that have arrived; the others are empty.
    pub overview: HideableOverview,
    /// The questions that are not answered.
    pub pending: Vec<(Ticket, OverviewPart)>,
    /// The first panel that failed.
    pub problem: Option<Problem>,
    /// The focused panel.
    pub focus: usize,
    /// The line in the focused panel of groups.
    pub line: usize,
    /// The currency that is shown, by its index among the totals.
    pub currency: usize,
    pub list: FindingList,
    /// Whether the findings of these sources are still to be looked for.
    pub lacks_findings: bool,
}

impl OverviewScreen {
    /// Whether the list of all findings is shown.
    pub fn lists_findings(&self) -> bool {
        let page = self.page.as_ref();
        page.is_some_and(|page| page.list.is_open)
    }
}

impl OverviewPage {
    /// An overview of which nothing is known.
    pub fn new(loaded: Loaded, sources: OverviewSources, title: Masked) -> Self {
        let overview = Overview {
            sources: sources.names(),
            metric: loaded.opened.metric_word(),
            limited: loaded.opened.limits(),
            ..Overview::default()
        };
        Self {
            title,
            loaded,
            sources,
            overview: overview.into(),
            pending: Vec::new(),
            problem: None,
            focus: 1,
            line: 0,
            currency: 0,
            list: FindingList::default(),
            lacks_findings: true,
        }
    }

    /// The title of the page in words that get shorter. Of several months it names the one whose sums are shown, as soon as
    /// that is known.
    pub fn headings(&self) -> [Masked; 2] {
        let span = self.overview.frame.span.as_ref();
        let known = self.loaded.days().zip(span.map(|span| span.month));
        let headings = known.and_then(|(days, month)| of_month(self.title.in_clear(), days, month));
        headings.map_or_else(
            || [(); 2].map(|()| self.title.clone()),
            |headings| headings.map(Masked::from),
        )
    }

    /// The title of the table behind the page. The page of a pair has another one.
    pub fn table_title(&self, shell: &Shell) -> Masked {
        if self.loaded.opened.entries.is_empty() {
            return self.title.clone();
        }
        shell.title_of(&self.loaded)
    }

    /// The overview as the screen shows it: without names and amounts under a salt.
    pub fn shown(&self, hidden: Option<u64>) -> Cow<'_, Overview> {
        self.overview.under(hidden)
    }

    /// Whether a panel is missing, so that the page is not whole.
    pub fn is_unfinished(&self) -> bool {
        let panels = self.pending.iter();
        let mut panels = panels.filter(|(_, part)| !matches!(part, OverviewPart::Dismiss { .. }));
        panels.next().is_some() || self.problem.is_some()
    }

    /// The question for a panel.
    pub fn asking(&self, part: OverviewPart) -> OverviewQuestion {
        OverviewQuestion {
            sources: Box::new(self.sources.clone()),
            frame: self.overview.frame.clone(),
            part,
        }
    }

    /// Expects no answers to the questions so far, except to those that change what is stored.
    pub fn forget_questions(&mut self) {
        let saves = |part: &OverviewPart| matches!(part, OverviewPart::Dismiss { .. });
        self.pending.retain(|(_, part)| saves(part));
        self.list.problem = None;
    }

    /// Whether a panel is being calculated.
    pub fn expects(&self, part: &OverviewPart) -> bool {
        self.pending.iter().any(|(_, pending)| pending == part)
    }

    /// Whether the unused commitments are being calculated.
    pub fn expects_commitments(&self) -> bool {
        let mut pending = self.pending.iter();
        pending.any(|(_, part)| matches!(part, OverviewPart::Commitments(_)))
    }

    /// Whether the ledger may have more of the data later: the month before, or the amortized costs.
    pub fn lacks_reports(&self) -> bool {
        self.overview.frame.before.is_none() || self.sources.amortized_side().is_none()
    }

    /// Stores an answer. Returns the question it answered, unless a newer one replaced that.
    pub fn take(
        &mut self,
        ticket: Ticket,
        result: Result<Box<OverviewPanel>, Problem>,
    ) -> Option<OverviewPart> {
        let place = self
            .pending
            .iter()
            .position(|(asked, _)| *asked == ticket)?;
        let (_, part) = self.pending.remove(place);
        match result {
            Ok(panel) => self.store(*panel),
            Err(problem) if matches!(part, OverviewPart::Findings) => {
                self.list.problem = Some(problem);
            }
            Err(problem) => {
                self.problem.get_or_insert(problem);
            }
        }
        Some(part)
    }

    fn store(&mut self, panel: OverviewPanel) {
        match panel {
            OverviewPanel::Month {
                sources,
                frame,
                notes,
            } => {
                self.overview.before_sources = sources.before_names();
                self.sources = *sources;
                self.overview.frame = frame;
                self.overview.notes = notes;
            }
            OverviewPanel::Groups { panel, stacks } => {
                if !stacks.is_empty() {
                    self.overview.stacks = stacks;
                }
                self.add(panel);
            }
            OverviewPanel::Tag {
                tag,
                panel,
                untagged,
            } => {
                self.overview.tag = tag;
                self.overview.untagged = untagged;
                if let Some(panel) = panel {
                    self.add(panel);
                }
            }
            OverviewPanel::Commitments {
                unused,
                bridge,
                paired,
            } => {
                if let Some((sources, notes)) = paired {
                    self.overview.sources = sources.names();
                    self.overview.notes = notes;
                    self.sources = *sources;
                    self.lacks_findings = true;
                }
                self.overview.unused = unused;
                self.overview.bridge = bridge;
            }
            OverviewPanel::Findings {
                found,
                before_tags,
                amortized_tags,
            } => {
                self.overview.findings = Some(self.list.with_unseen(found));
                self.lacks_findings = false;
                self.list.before_tags = before_tags;
                self.list.amortized_tags = amortized_tags;
            }
            OverviewPanel::Dismissed => {}
        }
    }

    /// Leaves out the amortized costs and the month before that were found in the ledger if one of their reports was replaced
    /// or removed. Returns whether any was.
    pub(crate) fn forget_replaced(&mut self, replaced: &BTreeSet<ReportKey>) -> bool {
        let sources = &mut self.sources;
        let is_replaced = |side: &Option<OpenDataset>| {
            let mut entries = side.iter().flat_map(|side| &side.entries);
            entries.any(|entry| replaced.contains(&entry.key))
        };
        let amortized = sources.is_paired && is_replaced(&sources.amortized);
        let before = is_replaced(&sources.before);
        if amortized {
            (sources.amortized, sources.is_paired) = (None, false);
            self.overview.sources = sources.names();
        }
        if before {
            sources.before = None;
            // The groups may change although the totals do not.
            self.lacks_findings = true;
        }
        amortized || before
    }

    /// Adds a panel of groups at its place.
    fn add(&mut self, panel: KeyPanel) {
        let panels = &mut self.overview.panels;
        panels.retain(|known| known.key != panel.key);
        panels.push(panel);
        panels.sort_by_key(|panel| place_of(&panel.key));
    }

    /// The panel of groups at a focus; `None` for the days, or if it is not known.
    pub fn panel(&self, focus: usize) -> Option<&KeyPanel> {
        let mut panels = self.overview.panels.iter();
        panels.find(|panel| place_of(&panel.key) == focus)
    }

    /// The currency that is shown.
    pub fn currency(&self) -> Option<&str> {
        let total = self.overview.frame.totals.get(self.currency);
        total.and_then(|total| total.currency.as_deref())
    }

    /// The number of lines in the focused panel.
    pub fn lines(&self) -> usize {
        if self.focus == FINDINGS {
            // The last line opens the list.
            return self.largest().len() + 1;
        }
        let groups = self
            .panel(self.focus)
            .map_or(&[][..], |panel| &panel.groups);
        let own = groups.iter();
        own.filter(|group| group.currency.as_deref() == self.currency())
            .count()
    }

    /// Moves the focus to the next or the previous panel.
    pub fn turn(&mut self, forward: bool) {
        let step = if forward { 1 } else { PANELS - 1 };
        self.focus = (self.focus + step) % PANELS;
        self.line = 0;
    }

    /// Moves the line in the focused panel.
    pub fn go(&mut self, down: bool) {
        let last = self.lines().saturating_sub(1);
        self.line = if down {
            (self.line + 1).min(last)
        } else {
            self.line.min(last).saturating_sub(1)
        };
    }

    /// Shows the next currency.
    pub fn next_currency(&mut self) {
        let count = self.overview.frame.totals.len().max(1);
        self.currency = (self.currency + 1) % count;
        self.line = 0;
    }

    /// The largest findings of the currency that is shown.
    pub fn largest(&self) -> Vec<&OverviewFinding> {
        let found = self.overview.findings.iter();
        found
            .flat_map(|found| found.largest(self.currency()))
            .collect()
    }

    /// The finding at the line of the focused panel; `None` if that opens the list.
    pub fn finding_here(&self) -> Option<OverviewFinding> {
        let here = self.largest().get(self.line).copied();
        here.filter(|_| self.focus == FINDINGS).cloned()
    }

    /// The findings in the list.
    pub fn listed(&self) -> Vec<&OverviewFinding> {
        let found = self.overview.findings.as_ref();
        found.map_or_else(Vec::new, |found| self.list.listed(found))
    }

    /// The finding under the cursor of the list.
    pub fn selected(&self) -> Option<OverviewFinding> {
        let listed = self.listed();
        listed.get(self.list.cursor.selected).copied().cloned()
    }

    /// The money that counts as cost.
    pub fn money(&self) -> MoneyColumn {
        self.sources.opened.data.money()
    }

    /// Whether these sources are one side of the overview: the month, the month before, or the amortized costs.
    pub fn is_about(&self, names: &[String]) -> bool {
        let sides = [&self.sources.before, &self.sources.amortized];
        let others = sides.into_iter().flatten();
        let mut all = std::iter::once(&self.sources.opened).chain(others);
        all.any(|side| side.names == *names)
    }

    /// The key behind the focused panel.
    fn key(&self) -> Option<GroupKey> {
        match self.focus {
            0 => Some(GroupKey::Role(Role::Date)),
            FINDINGS => None,
            focus => match KEYS.get(focus - 1) {
                Some(key) => Some(key.clone()),
                None => self.overview.tag.clone().map(GroupKey::Tag),
            },
        }
    }

    /// The question behind the focused panel; `None` if the data has no tags, and for the findings.
    pub fn question(&self) -> Option<Query> {
        let key = self.key()?;
        let sort = match self.focus {
            0 => vec![Sort {
                by: SortBy::Key(key.clone()),
                ascending: true,
            }],
            _ => Vec::new(),
        };
        Some(Query {
            filter: self.overview.frame.filter(),
            group_by: vec![key],
            sort,
            ..Query::default()
        })
    }

    /// The headless command of the focused panel.
    pub fn command(&self, repeated: &RepeatedFlags) -> Option<String> {
        if self.focus == FINDINGS {
            let here = self.finding_here().map(|one| one.command);
            return Some(here.unwrap_or_else(|| self.findings_command(repeated)));
        }
        let query = self.question()?;
        let opened = &self.loaded.opened;
        let mut words = vec!["costscope show".to_owned()];
        words.extend(opened.names.iter().map(|name| source(opened, name, false)));
        words.extend(question_flags(&query.group_by, query.filter.as_ref()));
        if self.focus == 0 {
            words.push("--sort=date".to_owned());
        }
        words.extend(money_flag(opened));
        words.extend(repeated.on(&opened.names));
        Some(words.join(" "))
    }
}

impl OverviewPage {
    /// The command that lists all findings.
    fn findings_command(&self, repeated: &RepeatedFlags) -> String {
        let opened = &self.sources.opened;
        let mut words = vec!["costscope findings".to_owned()];
        words.extend(opened.names.iter().map(|name| source(opened, name, false)));
        if let Some(before) = &self.sources.before {
            words.push(format!("--before {}", source_list(before)));
        }
        // Sources with both costs are their own amortized side.
        let amortized = self.sources.amortized.as_ref();
        if let Some(other) = amortized.filter(|other| other.names != opened.names) {
            words.push(format!("--amortized {}", source_list(other)));
        }
        words.extend(money_flag(opened));
        let sides = [Some(opened), self.sources.before.as_ref(), amortized];
        words.extend(repeated.on(sides.into_iter().flatten().flat_map(|side| &side.names)));
        words.join(" ")
    }
}

/// A title with a month in place of all days of the data, with and without the number of months; `None` if these are no more
/// than that month.
fn of_month(title: &str, days: DateRange, month: Month) -> Option<[String; 2]> {
    let name = title.strip_suffix(&days.to_string())?;
    let months = days.by_month();
    let last = months.last()?.from;
    let short = format!("{name}{month}");
    let of = match months.len() {
        0 | 1 => return None,
        count if Month::of(last) == month => format!("the last of {count} months"),
        count => format!("one of {count} months"),
    };
    Some([format!("{short}, {of}"), short])
}

/// The focus of the panel of a key; a tag comes last.
fn place_of(key: &GroupKey) -> usize {
    let place = KEYS.iter().position(|known| known == key);
    place.unwrap_or(KEYS.len()) + 1
}

#[cfg(test)]
mod tests {
    use super::of_month;
    use crate::domain::period::{DateRange, Month};

    #[test]
    fn the_title_names_the_month_that_is_summed() {
        let days = |first: &str, last: &str| {
            let month = |text| Month::parse(text).unwrap().range();
            DateRange {
                from: month(first).from,
                to: month(last).to,
            }
        };
        for (range, month, expected) in [
            (days("2026-10", "2026-10"), "2026-10", None),
            (
                days("2026-08", "2026-10"),
                "2026-10",
                Some("prod · actual · 2026-10, the last of 3 months"),
            ),
            (
                days("2026-08", "2026-11"),
                "2026-10",
                Some("prod · actual · 2026-10, one of 4 months"),
            ),
        ] {
            let month = Month::parse(month).unwrap();
            let title = format!("prod · actual · {range}");
            let headings = of_month(&title, range, month);
            let long = headings.as_ref().map(|[long, _]| long.as_str());
            assert_eq!(long, expected);
            let short = headings.as_ref().map(|[_, short]| short.as_str());
            assert_eq!(short, expected.map(|_| "prod · actual · 2026-10"));
            // The names of files have no days.
            assert_eq!(of_month("costs.csv", range, month), None);
        }
    }
}
