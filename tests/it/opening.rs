//! Opening data in the UI: first rows at once, progress, a key that stops it, and the findings of the ingest.

use crate::support::file;
use crate::support::screen_text::draw_model;
use crate::support::ui_harness::Stage;
use chrono::{DateTime, Utc};
use costscope::domain::money::Amount;
use costscope::domain::table::group::Cell;
use costscope::domain::table::{Body, Table};
use costscope::settings_file::SettingsFile;
use costscope::tui::app::Model;
use costscope::tui::app::update::{start, update};
use costscope::tui::effect::Effect;
use costscope::tui::key::Key;
use costscope::tui::keymap::Keymap;
use costscope::tui::message::{Message, ReadShare, SoFar};
use costscope::tui::shell::SignInPlace;
use tempfile::TempDir;

const FAST: &str = "polls = 2\nretry-after = 3\n";
const SMALL: (u16, u16) = (80, 24);

fn opening() -> (Model, Vec<Effect>) {
    let now: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
    let place = SignInPlace {
        demo: false,
        identity: costscope::azure::credential::Identity::default(),
        origin: "public".to_owned(),
    };
    let mut model = Model::new(place, (80, 24), now);
    let effects = start(&mut model, vec!["costs.csv".to_owned()]);
    (model, effects)
}

#[test]
fn first_rows_and_progress_show_while_reading() {
    let (mut model, effects) = opening();
    let ticket = effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Open { ticket, .. } => Some(*ticket),
            _ => None,
        })
        .unwrap();
    let text = |text: &str| Cell::Text(Some(text.to_owned()));
    let rows = Table {
        body: Body::Rows {
            columns: vec!["ResourceGroup".to_owned(), "Cost".to_owned()],
            rows: vec![
                vec![text("rg-a"), Cell::Amount(Some(Amount::from_whole(12)))],
                vec![text("rg-\u{1b}[31m"), Cell::Amount(None)],
            ],
        },
        of: 2,
        rows: 2,
        totals: Vec::new(),
    };
    update(&mut model, Message::Peeked(ticket, Box::new(rows)));
    let so_far = SoFar {
        reading: ReadShare {
            bytes: 252_000_000,
            of: 739_000_000,
            rows: 341_000,
        },
        before: None,
        sums: None,
    };
    update(&mut model, Message::SoFar(ticket, Box::new(so_far.clone())));
    insta::assert_snapshot!("opening", draw_model(&model));
    let own = SettingsFile::parse("[keys.opening]\nback = \"ctrl-b\"").unwrap();
    model.shell.keymap = own.keymap;
    assert!(draw_model(&model).contains("ctrl-b stops"));
    model.shell.keymap = Keymap::default();
    // Keys of the table and of the ledger do nothing while the file is read.
    for key in [Key::Enter, Key::Char('g'), Key::Char('r')] {
        let effects = update(&mut model, Message::Key(key));
        assert!(effects.is_empty(), "{key:?}");
    }
    let stopped = update(&mut model, Message::Key(Key::Backspace));
    assert!(
        stopped
            .iter()
            .any(|effect| matches!(effect, Effect::StopOpening))
    );
    // A late message is ignored.
    update(&mut model, Message::SoFar(ticket, Box::new(so_far)));
    assert!(draw_model(&model).contains("nothing was kept"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_shows_the_findings_of_reading() {
    let folder = TempDir::new().unwrap();
    let text = "CostInBillingCurrency,BillingCurrencyCode,Date,PartNumber,Team\n1.5,EUR,10/01/2026,,a\n2,EUR,10/02/2026\n,EUR,10/03/2026,,b\n";
    let costs = file(folder.path(), "costs.csv", text);
    let mut stage = Stage::open(FAST, SMALL, vec![costs.to_str().unwrap().to_owned()]).await;
    stage.until(&["3.50", "Σ 1"]).await;
    stage.press("t");
    let picture = stage
        .until(&["Can these numbers be trusted?", "SHA-256"])
        .await;
    for words in [
        "EA",
        "3.5 EUR",
        "fewer fields",
        "first in line 3",
        "without an amount",
        "Team",
    ] {
        assert!(picture.contains(words), "{words}: {picture}");
    }
    stage.press("<esc>x");
    stage
        .until(&["Compare with the", "no matching file found"])
        .await;
    stage.press("<esc>");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_is_the_keyboard_in_the_ui() {
    let mut stage = Stage::open("polls = 0\n", SMALL, vec!["-".to_owned()]).await;
    stage.until(&["standard input is the keyboard"]).await;
    stage.quit().await;
}
