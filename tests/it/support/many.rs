//! Thousands of things: a ledger of as many reports as one likes, and a list of as many subscriptions. `tests/bench`
//! measures with them, too.
#![allow(clippy::unwrap_used)]

use chrono::{DateTime, Utc};
use costscope::domain::money::{Amount, Money};
use costscope::domain::period::{Month, Period};
use costscope::domain::report::request::ReportRequest;
use costscope::domain::scope::{Agreement, Scope, ScopeId};
use costscope::ops::{FoundScopes, Identity};
use costscope::store::checksum::sum_of_text;
use costscope::store::ledger::LedgerEntry;
use costscope::tui::app::update::{start, update};
use costscope::tui::app::{Model, draw};
use costscope::tui::effect::Effect;
use costscope::tui::key::Key;
use costscope::tui::message::Message;
use costscope::tui::shell::SignInPlace;
use costscope::tui::theme::Theme;
use costscope::tui::views::scopes::sorting::ScopeMonth;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// The stored report that is copied.
const REPORT: &str = "demo@sub-3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02@2026-11@actual";
const PART: &str = "part-0.parquet";

/// The id of a made-up subscription.
fn subscription(number: usize) -> ScopeId {
    ScopeId::parse(&format!("{number:08x}-0001-4e5a-9d10-6b2f4c8a9a02")).unwrap()
}

/// Fills the ledger of a data folder with copies of one report under their own scopes and months. They share the bytes
/// of the table; each has its own `report.json` with a checksum, as the program writes it.
pub(crate) fn reports(data_dir: &Path, count: usize) {
    let stored = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/fixtures/released/ledger")
        .join(REPORT);
    let text = fs::read(stored.join("report.json")).unwrap();
    let entry: LedgerEntry = serde_json::from_slice(&text).unwrap();
    let make = |folder: &Path| {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .unwrap();
    };
    let private = |path: &Path| fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    let ledger = data_dir.join("ledger");
    make(&ledger);
    let part = data_dir.join(PART);
    fs::copy(stored.join(PART), &part).unwrap();
    private(&part);
    for number in 0..count {
        let month = Month::parse(&format!("2026-{:02}", number % 10 + 1)).unwrap();
        let request = ReportRequest {
            scope: subscription(number),
            period: Period::Dates(month.range()),
            ..entry.request.clone()
        };
        let mut own = LedgerEntry {
            key: request.key("demo"),
            request,
            check: None,
            ..entry.clone()
        };
        own.check = Some(sum_of_text(&serde_json::to_vec(&own).unwrap()));
        let folder = ledger.join(own.key.as_str());
        make(&folder);
        fs::hard_link(&part, folder.join(PART)).unwrap();
        let manifest = folder.join("report.json");
        fs::write(&manifest, serde_json::to_vec_pretty(&own).unwrap()).unwrap();
        private(&manifest);
    }
}

/// Subscriptions called `sub-00000` and so on, as Azure lists them.
pub(crate) fn subscriptions(count: usize) -> FoundScopes {
    let mut found = FoundScopes::default();
    let listed = (0..count).map(|number| {
        let agreement = Some(Agreement::Ea);
        Scope::found(
            subscription(number),
            format!("sub-{number:05} team {}", number % 97),
            agreement,
            None,
        )
    });
    found.scopes.extend(listed);
    found
}

/// The Scopes screen without its loop.
pub(crate) struct ScopesScreen {
    model: Model,
    terminal: Terminal<TestBackend>,
    theme: Theme,
}

impl ScopesScreen {
    /// The screen that has asked for the list.
    fn asking() -> (Self, Vec<Effect>) {
        let now: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        let size = (120, 40);
        let place = SignInPlace {
            demo: false,
            identity: Identity::default(),
            origin: "public".to_owned(),
        };
        let mut model = Model::new(place, size, now);
        let effects = start(&mut model, Vec::new());
        let screen = Self {
            model,
            terminal: Terminal::new(TestBackend::new(size.0, size.1)).unwrap(),
            theme: Theme::new(true),
        };
        (screen, effects)
    }

    /// Takes the list and draws it.
    pub(crate) fn painted(found: FoundScopes) -> Self {
        let (mut screen, effects) = Self::asking();
        let ticket = effects.iter().find_map(|effect| match effect {
            Effect::ListScopes(ticket) => Some(*ticket),
            _ => None,
        });
        update(
            &mut screen.model,
            Message::Scopes(ticket.unwrap(), Ok(found)),
        );
        screen.draw();
        screen
    }

    /// Gives a subscription a month in the ledger.
    pub(crate) fn learn_month(&mut self, number: usize) {
        let amount = Amount::parse("12.5").unwrap().amount;
        let currency = Some("EUR".to_owned());
        let month = ScopeMonth {
            totals: vec![Money { currency, amount }],
            ..ScopeMonth::default()
        };
        let months = &mut self.model.scopes.months;
        months.insert(subscription(number), month);
    }

    /// Takes a key and draws the screen.
    pub(crate) fn press(&mut self, key: Key) {
        update(&mut self.model, Message::Key(key));
        self.draw();
    }

    fn draw(&mut self) {
        let (model, theme) = (&self.model, &self.theme);
        self.terminal
            .draw(|frame| draw::screen(frame, model, theme))
            .unwrap();
    }

    /// The text of the screen, line by line.
    pub(crate) fn text(&self) -> String {
        let cells = self.terminal.backend().buffer().content.iter();
        cells.map(ratatui::buffer::Cell::symbol).collect()
    }
}
