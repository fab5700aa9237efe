//! The shell around the screens: overlays, the status line, and the context that every screen's update gets.

pub mod copy;
mod facets;
pub mod help;
pub mod level_list;
pub mod overlay;
pub mod pickers;
pub mod request;
pub mod status;
pub mod view_picker;
pub mod writing;

use super::action::View;
use super::clipboard::Clipboard;
use super::draw::mask::ScreenMask;
use super::draw::text;
use super::effect::Effect;
use super::key::Key;
use super::keymap::Keymap;
use super::layout;
use super::message::{Loaded, joined_names};
use super::question::{Asked, Question, QuestionKind};
use super::said::{Mask, Masked, Said};
use super::theme::{Glyphs, Theme};
use super::ticket::Ticket;
use crate::domain::scope::ScopeId;
use crate::ops::repeated_flags::RepeatedFlags;
use crate::ops::{Identity, LedgerEntry};
use chrono::{DateTime, NaiveDate, Utc};
use overlay::Overlay;
use request::Request;
use status::StatusLine;
use std::borrow::Cow;
use std::collections::HashMap;
use writing::Writing;

/// The number of filters kept in the history.
const HISTORY: usize = 50;

/// The sign-in, as the title shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInPlace {
    pub demo: bool,
    /// Who is signed in, and how.
    pub identity: Identity,
    /// The cloud or endpoint, as ledger keys name it.
    pub origin: String,
}

/// The state that the screens share.
#[derive(Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "they are independent of each other"
)]
pub struct Shell {
    pub place: SignInPlace,
    pub now: DateTime<Utc>,
    pub size: (u16, u16),
    pub view: View,
    pub overlay: Overlay,
    pub status: StatusLine,
    /// The instructions to sign in.
    pub prompt: Option<String>,
    /// Whether names, ids and amounts are hidden.
    pub masked: bool,
    /// Keys that wait for an answer.
    pub held: Vec<Key>,
    /// Whether no shell waits behind the program, so that it cannot be suspended.
    pub alone: bool,
    /// Salt that makes masks irreversible; new in every run.
    pub salt: u64,
    /// The flags of this run that copied commands repeat.
    pub repeated: RepeatedFlags,
    /// The pending question for a detail page.
    pub detail: Option<Ticket>,
    /// The pending question for the other side of a file.
    pub partner: Option<Ticket>,
    /// The way to the clipboard.
    pub clipboard: Clipboard,
    /// The start of the message about a copied text.
    pub copy_note: &'static str,
    /// The file name of the last export.
    pub export_name: Option<String>,
    /// Exports that are not finished.
    pub writing: Writing,
    /// Filters used in this run, newest first.
    pub filters: Vec<String>,
    /// The names of the listed scopes.
    pub scope_names: HashMap<ScopeId, Masked>,
    pub keymap: Keymap,
    /// The characters that may be drawn.
    pub glyphs: Glyphs,
    /// Whether the mouse is captured.
    pub mouse: bool,
    /// Whether something changed since the last draw.
    pub dirty: bool,
    /// The newest question of each kind.
    newest: HashMap<QuestionKind, Ticket>,
    /// Requests to other screens, in order.
    pub requests: Vec<Request>,
    tickets: u64,
}

impl Shell {
    /// A shell that shows the scopes.
    pub fn new(place: SignInPlace, size: (u16, u16), now: DateTime<Utc>) -> Self {
        Self {
            place,
            now,
            size,
            view: View::Scopes,
            overlay: Overlay::None,
            status: StatusLine::Silent,
            prompt: None,
            masked: false,
            held: Vec::new(),
            alone: false,
            salt: 0,
            repeated: RepeatedFlags::default(),
            detail: None,
            partner: None,
            clipboard: Clipboard::default(),
            copy_note: "",
            export_name: None,
            writing: Writing::default(),
            filters: Vec::new(),
            scope_names: HashMap::new(),
            keymap: Keymap::default(),
            glyphs: Glyphs::default(),
            mouse: false,
            dirty: true,
            newest: HashMap::new(),
            requests: Vec::new(),
            tickets: 0,
        }
    }

    /// Today, as Azure counts days.
    pub fn today(&self) -> NaiveDate {
        self.now.date_naive()
    }

    /// A new ticket, different from all earlier ones.
    pub fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// Asks a question under a new ticket.
    pub fn ask(&mut self, question: impl Into<Question>) -> (Ticket, Effect) {
        let ticket = self.ticket();
        (ticket, self.ask_under(ticket, question))
    }

    /// Asks a question under a ticket that is already known to the state.
    pub fn ask_under(&mut self, ticket: Ticket, question: impl Into<Question>) -> Effect {
        let question = question.into();
        let kind = question.kind();
        if matches!(kind, QuestionKind::Export(_)) {
            self.writing.begin(ticket, self.status.clone());
        }
        self.newest.insert(kind, ticket);
        Effect::Ask(Box::new(Asked { ticket, question }))
    }

    /// Whether no newer question of its kind was asked.
    pub fn is_newest(&self, ticket: Ticket) -> bool {
        self.newest.values().any(|newest| *newest == ticket)
    }

    /// The height of a list on a screen that has this many other lines. A message of several lines takes the place of some.
    pub fn list_height(&self, others: u16) -> usize {
        let more = self.message_lines().saturating_sub(1);
        layout::list_height(self.size.1, others.saturating_add(more))
    }

    /// The message in lines of the width of the screen, its next step last; empty if there is none.
    pub(crate) fn message(&self, mask: &ScreenMask<'_>) -> Vec<String> {
        // The reason of an error and its next step have to be readable: a third of the screen is theirs.
        let most = usize::from(self.size.1 / 3).max(4);
        let sentence = match (&self.prompt, &self.status) {
            // The sign-in prompt comes first. It is never masked: it contains only a URL and a code.
            (Some(prompt), _) => prompt.clone(),
            (None, StatusLine::Silent) => return Vec::new(),
            (None, StatusLine::Hint(sentence)) => sentence.told(mask).into_owned(),
            (None, StatusLine::Error(sentence)) => format!("! {}", sentence.told(mask)),
        };
        let width = usize::from(self.size.0.saturating_sub(2));
        let mut lines = text::wrap(&self.keymap.spell(&sentence), width);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                *last = text::fit(&format!("{last} …"), width);
            }
        }
        lines
    }

    /// The height of the message; a silent program keeps one line free.
    pub(crate) fn message_lines(&self) -> u16 {
        let theme = Theme::measuring(self.masked.then_some(self.salt));
        let lines = self.message(&ScreenMask::of(&theme, &[]));
        u16::try_from(lines.len()).unwrap_or(1).max(1)
    }

    /// Asks another screen for something. It is done right after the current update.
    pub fn request(&mut self, request: Request) {
        self.requests.push(request);
    }

    /// The name of a scope, or the end of its id if it was not listed.
    pub fn scope_name(&self, id: &ScopeId) -> Masked {
        let known = self.scope_names.get(id);
        known.cloned().unwrap_or_else(|| id.into())
    }

    /// The name of sources: the scope of stored reports, or the names of files.
    pub fn name_of(&self, entries: &[LedgerEntry], sources: &[String]) -> Masked {
        match entries.first() {
            Some(entry) => self.scope_name(&entry.request.scope),
            None => joined_names(sources).into(),
        }
    }

    /// The title of open data.
    pub fn title_of(&self, loaded: &Loaded) -> Masked {
        let opened = &loaded.opened;
        let name = self.name_of(&opened.entries, &opened.names);
        loaded.title(name.in_clear()).into()
    }

    /// Shows why an action is not possible; it has no effects.
    pub fn refuse(&mut self, why: impl Into<Said>) -> Vec<Effect> {
        self.status = StatusLine::error(why);
        Vec::new()
    }

    /// Shows lines as a page.
    pub fn show_page(&mut self, title: &str, lines: Vec<String>) {
        self.overlay = Overlay::page(title, lines);
    }

    /// Puts a filter at the front of the history.
    pub fn remember_filter(&mut self, text: String) {
        remember(&mut self.filters, text);
    }
}

/// For texts made while the screen is as it is, such as the reasons in the palette.
impl Mask for Shell {
    fn hides(&self) -> bool {
        self.masked
    }

    fn name(&self, text: &str) -> String {
        self.sentence(text).into_owned()
    }

    fn exact_name(&self, text: &str) -> String {
        self.name(text)
    }

    fn sentence<'a>(&self, text: &'a str) -> Cow<'a, str> {
        Cow::Borrowed(if self.masked { "" } else { text })
    }
}

/// Puts a text at the front of a history.
pub fn remember(history: &mut Vec<String>, text: String) {
    if text.is_empty() {
        return;
    }
    history.retain(|known| *known != text);
    history.insert(0, text);
    history.truncate(HISTORY);
}
