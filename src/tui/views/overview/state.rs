//! State of the overview screen: the panels that are known, the questions that are pending, and the focus.

use crate::domain::analysis::overview::{KeyPanel, MonthFrame, Overview};
use crate::domain::query::Query;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::{Sort, SortBy};
use crate::ops::overview::panels::KEYS;
use crate::ops::overview::sources::OverviewSources;
use crate::tui::message::Loaded;
use crate::tui::question::{OverviewPanel, OverviewPart};
use crate::tui::state::command_flags::{folder_flag, question_flags, source};
use crate::tui::state::said::Masked;
use crate::tui::ticket::{Problem, Ticket};

/// The panels that take the focus: the days, then the groups of each key.
const PANELS: usize = 4;

/// The overview screen.
#[derive(Debug, Default)]
pub struct OverviewScreen {
    /// Whether opened data is shown here first, instead of in the table.
    pub first: bool,
    pub page: Option<Box<OverviewPage>>,
}

/// The overview of open data.
#[derive(Debug)]
pub struct OverviewPage {
    pub title: Masked,
    /// The data that the table opens: the actual side of a pair.
    pub loaded: Loaded,
    pub sources: OverviewSources,
    /// The panels that have arrived; the others are empty.
    pub overview: Overview,
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
}

impl OverviewPage {
    /// An overview of which nothing is known.
    pub fn new(loaded: Loaded, sources: OverviewSources, title: Masked) -> Self {
        let overview = Overview {
            sources: sources.names(),
            before_sources: Vec::new(),
            metric: loaded.opened.metric_word(),
            limited: loaded.opened.limits(),
            frame: MonthFrame::default(),
            panels: Vec::new(),
            stacks: Vec::new(),
            tag: None,
            untagged: Vec::new(),
            unused: None,
            bridge: None,
            findings: None,
            notes: Vec::new(),
            masked: false,
        };
        Self {
            title,
            loaded,
            sources,
            overview,
            pending: Vec::new(),
            problem: None,
            focus: 1,
            line: 0,
            currency: 0,
        }
    }

    /// Whether a panel is being calculated.
    pub fn expects(&self, part: &OverviewPart) -> bool {
        self.pending.iter().any(|(_, pending)| pending == part)
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
            OverviewPanel::Commitments { unused, bridge } => {
                self.overview.unused = unused;
                self.overview.bridge = bridge;
            }
        }
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

    /// The key behind the focused panel.
    fn key(&self) -> Option<GroupKey> {
        match self.focus {
            0 => Some(GroupKey::Role(Role::Date)),
            focus => match KEYS.get(focus - 1) {
                Some(key) => Some(key.clone()),
                None => self.overview.tag.clone().map(GroupKey::Tag),
            },
        }
    }

    /// The question behind the focused panel; `None` if the data has no tags.
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
    pub fn command(&self, data_dir: Option<&str>) -> Option<String> {
        let query = self.question()?;
        let opened = &self.loaded.opened;
        let mut words = vec!["costscope show".to_owned()];
        words.extend(opened.names.iter().map(|name| source(opened, name, false)));
        words.extend(question_flags(&query.group_by, query.filter.as_ref()));
        if self.focus == 0 {
            words.push("--sort=date".to_owned());
        }
        words.extend(folder_flag(data_dir));
        Some(words.join(" "))
    }
}

/// The focus of the panel of a key; a tag comes last.
fn place_of(key: &GroupKey) -> usize {
    let place = KEYS.iter().position(|known| known == key);
    place.unwrap_or(KEYS.len()) + 1
}
