//! First numbers: sums of what is read so far, while sources are opened, and files that are being written.

use crate::support::cached_files::opened_by;
use crate::support::file;
use crate::support::screen_text::draw_model;
use chrono::{DateTime, Utc};
use costscope::azure::credential::Identity;
use costscope::azure::net::Network;
use costscope::data::dataset::DataPart;
use costscope::data::dataset::early::EarlyRows;
use costscope::data::dataset::wanted::Wanted;
use costscope::domain::money::{Amount, Money};
use costscope::domain::query::Query;
use costscope::domain::query::columns::Role;
use costscope::domain::query::group_key::GroupKey;
use costscope::domain::query::money_column::MoneyColumn;
use costscope::domain::table::group::Group;
use costscope::domain::table::{Body, Table};
use costscope::ops::Dataset;
use costscope::ops::context::{OpenContext, OpenDataset};
use costscope::ops::engine::Engine;
use costscope::ops::explore::early::EarlyNumbers;
use costscope::ops::explore::export::{self, FileForm};
use costscope::ops::explore::open::{self, Progress};
use costscope::tui::app::Model;
use costscope::tui::app::update::{start, update};
use costscope::tui::effect::Effect;
use costscope::tui::key::Key;
use costscope::tui::message::{Loaded, Message, ReadShare, SoFar, Written};
use costscope::tui::question::{Answer, OutputQuestion, QuestionKind};
use costscope::tui::shell::SignInPlace;
use costscope::tui::shell::overlay::{Overlay, PromptKind};
use costscope::tui::ticket::{Problem, Ticket};
use costscope::tui::views::table::state::Open;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

fn model(size: (u16, u16), sources: &[&str]) -> (Model, Ticket) {
    let now: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
    let place = SignInPlace {
        demo: false,
        identity: Identity::default(),
        origin: "public".to_owned(),
    };
    let mut model = Model::new(place, size, now);
    let sources = sources.iter().map(|source| (*source).to_owned()).collect();
    let effects = start(&mut model, sources);
    let ticket = effects.iter().find_map(|effect| match effect {
        Effect::Open { ticket, first, .. } => {
            let usual = [GroupKey::Role(Role::ResourceGroup)];
            assert_eq!(first.group_by, usual);
            Some(*ticket)
        }
        _ => None,
    });
    (model, ticket.unwrap())
}

fn group(name: Option<&str>, cost: u64, currency: &str, share: i64) -> Group {
    Group {
        keys: vec![name.map(ToOwned::to_owned)],
        labels: vec![None],
        cost: Money {
            currency: Some(currency.to_owned()),
            amount: Amount::from_whole(cost),
        },
        rows: cost / 3,
        share: Some(share),
        running: None,
        days: None,
        quantity: None,
    }
}

fn table(groups: Vec<Group>, totals: &[(&str, u64)]) -> Table {
    let total = |(currency, amount): &(&str, u64)| Money {
        currency: Some((*currency).to_owned()),
        amount: Amount::from_whole(*amount),
    };
    let others = None;
    Table {
        of: groups.len() + 180,
        rows: 341_000,
        totals: totals.iter().map(total).collect(),
        body: Body::Groups { groups, others },
    }
}

fn so_far(read: u64, sums: Option<Table>) -> SoFar {
    let reading = ReadShare {
        bytes: read,
        of: 739_000_000,
        rows: read / 700,
    };
    SoFar {
        reading,
        before: None,
        sums,
    }
}

fn one_currency() -> Table {
    let mut groups = vec![
        group(Some("rg-shared-platform"), 12_480, "EUR", 312),
        group(Some("rg-web"), 8_011, "EUR", 200),
        group(None, 2_500, "EUR", 62),
    ];
    groups.extend((0..60).map(|at| group(Some(&format!("rg-{at:02}")), 100 - at, "EUR", 2)));
    table(groups, &[("EUR", 39_998)])
}

fn two_currencies() -> Table {
    let groups = vec![
        group(Some("rg-web"), 8_011, "EUR", 500),
        group(Some("rg-web"), 4_000, "USD", 1000),
    ];
    table(groups, &[("EUR", 16_022), ("USD", 4_000)])
}

#[test]
fn sums_so_far_are_marked_as_partial_with_the_share_read() {
    for size in [(60, 20), (80, 24), (200, 50)] {
        let (mut model, ticket) = model(size, &["costs.csv"]);
        for (name, sums) in [("one", one_currency()), ("two", two_currencies())] {
            let now = so_far(252_000_000, Some(sums));
            update(&mut model, Message::SoFar(ticket, Box::new(now)));
            let picture = draw_model(&model);
            for words in ["partial: 34 % read", "34 % read   ", "bksp stops"] {
                assert!(picture.contains(words), "{words}: {picture}");
            }
            let (width, height) = size;
            insta::assert_snapshot!(format!("partial_{name}_{width}x{height}"), picture);
        }
    }
}

#[test]
fn both_sides_of_a_pair_show_a_bar_and_their_sums() {
    for size in [(60, 20), (80, 24), (200, 50)] {
        let (mut model, ticket) = model(size, &["costs.csv"]);
        let sides = [vec!["a.csv".to_owned()], vec!["b.csv".to_owned()]];
        let [actual, amortized] = sides;
        let effects = update(&mut model, Message::Sides(ticket, actual, amortized));
        let ticket = effects.iter().find_map(|effect| match effect {
            Effect::OpenPair { ticket, .. } => Some(*ticket),
            _ => None,
        });
        let ticket = ticket.unwrap();
        let (width, height) = size;
        let begun = [so_far(252_000_000, Some(one_currency())), SoFar::default()];
        update(&mut model, Message::PairSoFar(ticket, Box::new(begun)));
        let picture = draw_model(&model);
        assert!(picture.contains("partial: actual 34 % read"), "{picture}");
        insta::assert_snapshot!(format!("partial_pair_begun_{width}x{height}"), picture);
        let both = [
            so_far(739_000_000, Some(one_currency())),
            so_far(369_500_000, Some(two_currencies())),
        ];
        update(&mut model, Message::PairSoFar(ticket, Box::new(both)));
        let picture = draw_model(&model);
        assert!(picture.contains("partial: 75 % read"), "{picture}");
        insta::assert_snapshot!(format!("partial_pair_{width}x{height}"), picture);
        update(&mut model, Message::Key(Key::Char('e')));
        assert!(draw_model(&model).contains("until both sides are read"));
        let problem = Problem {
            text: "b.csv: line 7 is damaged".to_owned().into(),
            at: None,
        };
        update(&mut model, Message::OpenedPair(ticket, Err(problem)));
        let picture = draw_model(&model);
        assert!(picture.contains("The numbers shown until now"), "{picture}");
        assert!(!picture.contains("rg-web"), "{picture}");
    }
}

fn loaded() -> Loaded {
    let opened = OpenDataset {
        data: Dataset::join(Vec::new()),
        names: vec!["costs.csv".to_owned()],
        entries: Vec::new(),
        notes: Vec::new(),
        without_usd: None,
        plan: Vec::new(),
    };
    Loaded {
        opened,
        tag_keys: Vec::new(),
        last: None,
    }
}

/// The ticket of the question for the lines.
fn asked(effects: &[Effect]) -> Ticket {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Ask(asked) if asked.question.kind() == QuestionKind::Show => Some(asked.ticket),
        _ => None,
    });
    found.unwrap()
}

#[test]
fn an_export_waits_for_the_whole_and_then_asks_for_its_name() {
    let (mut model, ticket) = model((80, 24), &["costs.csv"]);
    let now = so_far(252_000_000, Some(one_currency()));
    update(&mut model, Message::SoFar(ticket, Box::new(now)));
    for (key, words) in [
        ('y', "the copy waits until everything is read"),
        ('Y', "the copy waits until everything is read"),
        ('e', "the export waits until everything is read"),
    ] {
        let (mut other, _) = self::model((80, 24), &["costs.csv"]);
        let effects = update(&mut other, Message::Key(Key::Char(key)));
        assert!(effects.is_empty());
        let picture = draw_model(&other);
        assert!(picture.contains(words), "{picture}");
    }
    update(&mut model, Message::Key(Key::Char('e')));
    let effects = update(&mut model, Message::Opened(ticket, Ok(Box::new(loaded()))));
    assert!(matches!(model.shell.overlay, Overlay::None));
    assert!(!draw_model(&model).contains("partial"));
    let answer = Answer::Shown(Ok(one_currency()));
    update(
        &mut model,
        Message::Answered(asked(&effects), Box::new(answer)),
    );
    assert!(matches!(
        model.shell.overlay,
        Overlay::Prompt {
            kind: PromptKind::ExportTo,
            ..
        }
    ));
}

#[test]
fn a_refusal_takes_the_numbers_back_and_says_so() {
    let problem = || Problem {
        text: "costs.csv, line 9: a comma is out of place"
            .to_owned()
            .into(),
        at: None,
    };
    for (sums, says) in [(Some(one_currency()), true), (None, false)] {
        let (mut model, ticket) = model((80, 24), &["costs.csv"]);
        let now = so_far(700_000_000, sums);
        update(&mut model, Message::SoFar(ticket, Box::new(now)));
        update(&mut model, Message::Opened(ticket, Err(problem())));
        assert!(matches!(model.table.open, Open::Nothing));
        let picture = draw_model(&model);
        assert!(picture.contains("out of place"), "{picture}");
        assert_eq!(
            picture.contains("The numbers shown until now"),
            says,
            "{picture}"
        );
        assert!(!picture.contains("rg-web"), "{picture}");
    }
}

#[test]
fn escape_stops_an_export_and_the_status_line_says_how_far_it_is() {
    let (mut model, ticket) = model((80, 24), &["costs.csv"]);
    let effects = update(&mut model, Message::Opened(ticket, Ok(Box::new(loaded()))));
    let answer = Answer::Shown(Ok(one_currency()));
    update(
        &mut model,
        Message::Answered(asked(&effects), Box::new(answer)),
    );
    let question = OutputQuestion::Export {
        opened: loaded().opened,
        query: Query::default(),
        path: "out.csv".to_owned(),
    };
    let (export, _) = model.shell.ask(question);
    let written = Written {
        rows: 250_000,
        of: 1_000_000,
    };
    update(&mut model, Message::Writing(export, written));
    let picture = draw_model(&model);
    assert!(
        picture.contains("writing: 25 %, 250,000 rows of 1,000,000; esc stops"),
        "{picture}"
    );
    let effects = update(&mut model, Message::Key(Key::Esc));
    assert!(matches!(effects.as_slice(), [Effect::StopWriting]));
    assert!(draw_model(&model).contains("stopping the export"));
    let stopped = Problem {
        text: "stopped".into(),
        at: None,
    };
    let answer = Answer::Done(Err(stopped));
    update(&mut model, Message::Answered(export, Box::new(answer)));
    assert!(draw_model(&model).contains("it left no file"));
    // Nothing is left to stop.
    let effects = update(&mut model, Message::Key(Key::Esc));
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::StopWriting))
    );
}

#[test]
fn a_stopped_export_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let mut text = "Date,Cost,ResourceGroup\n".to_owned();
    for row in 0..2_000 {
        text.push_str(&format!("2026-10-01,{row},rg\n"));
    }
    let costs = file(folder.path(), "costs.csv", text);
    let mut opened = opened_by(None, costs.to_str().unwrap(), None);
    let stop = Arc::new(AtomicBool::new(true));
    opened.data = opened.data.stopped_by(&stop);
    for name in ["out.csv", "out.json", "out.md", "out.parquet", "out.xlsx"] {
        let target = folder.path().join(name);
        let form = FileForm::of(&target).unwrap();
        let progress = Progress::default();
        let written = export::write(&opened, &Query::default(), (form, &target), &progress);
        assert!(written.is_err(), "{name}");
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "{name}");
    }
}

/// Passes rows on, and waits for the test each time.
struct Held<'a> {
    numbers: &'a EarlyNumbers,
    taken: Sender<()>,
    goes_on: Mutex<Receiver<()>>,
}

impl EarlyRows for Held<'_> {
    fn wanted(&self) -> &Wanted {
        self.numbers.wanted()
    }

    fn is_due(&self) -> bool {
        self.numbers.is_due()
    }

    fn begin(&self, name: &str) {
        self.numbers.begin(name);
    }

    fn again(&self, name: &str) {
        self.numbers.again(name);
    }

    fn lose(&self) {
        self.numbers.lose();
    }

    fn take(&self, name: &str, rows: DataPart) {
        self.numbers.take(name, rows);
        self.taken.send(()).unwrap();
        self.goes_on.lock().unwrap().recv().unwrap();
    }

    fn whole(&self, part: &DataPart) {
        self.numbers.whole(part);
    }
}

#[test]
fn the_screen_follows_a_reading_that_is_held_and_goes_on() {
    let folder = TempDir::new().unwrap();
    let month = |month: u32, rows: u32| {
        let mut text = "Date,ResourceGroup,Cost,Currency\n".to_owned();
        for row in 0..rows {
            let (day, group) = (
                row % 28 + 1,
                ["rg-web", "RG-web", "rg-db"][row as usize % 3],
            );
            text.push_str(&format!("2026-{month:02}-{day:02},{group},0.25,EUR\n"));
        }
        file(folder.path(), &format!("{month:02}.csv"), text)
    };
    let sources = [month(9, 300), month(10, 600)];
    let sources = sources.map(|path| path.display().to_string());
    let first = Query {
        group_by: vec![GroupKey::Role(Role::ResourceGroup)],
        ..Query::default()
    };
    let numbers = EarlyNumbers::new(&first, MoneyColumn::Billing).unwrap();
    let (taken, hears) = channel();
    let (go_on, goes_on) = channel();
    let goes_on = Mutex::new(goes_on);
    let held = Held {
        numbers: &numbers,
        taken,
        goes_on,
    };
    let (progress, network) = (Progress::default(), Network::default());
    let scratch = std::env::temp_dir();
    let context = OpenContext {
        ledger: None,
        scratch: &scratch,
        cache: None,
        remote: None,
        progress: &progress,
        early: Some(&held),
        dates: None,
        engine: Engine::Own,
        money: MoneyColumn::Billing,
        network: &network,
        offline: true,
    };
    let (mut model, ticket) = model((80, 24), &["costs.csv"]);
    let mut look = || {
        let (bytes, of) = progress.bytes();
        let rows = progress.rows();
        let reading = ReadShare { bytes, of, rows };
        let sums = numbers.table();
        update(
            &mut model,
            Message::SoFar(
                ticket,
                Box::new(SoFar {
                    reading,
                    before: None,
                    sums,
                }),
            ),
        );
        draw_model(&model)
    };
    std::thread::scope(|scope| {
        let opening = scope.spawn(|| open::open(&context, &sources));
        // A check that fails drops it, which ends the reading.
        let go_on = go_on;
        assert!(numbers.table().is_none());
        // The sums are exact: 300 rows of 0.25, then 900.
        for (groups, total) in [("50.00", "75.00 EUR"), ("150.00", "225.00 EUR")] {
            hears.recv().unwrap();
            let picture = look();
            for words in ["partial: ", "2 groups", groups, total] {
                assert!(picture.contains(words), "{words}: {picture}");
            }
            go_on.send(()).unwrap();
        }
        let opened = opening.join().unwrap().unwrap();
        let whole = open::show(&opened.data, &first).unwrap();
        let last = numbers.table().unwrap();
        assert_eq!((last.rows, &last.totals), (whole.rows, &whole.totals));
    });
}
