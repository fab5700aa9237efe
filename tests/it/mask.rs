//! The mask: no identifying text and no amount on any screen. Every screen of every other test is drawn masked and
//! searched too; these tests cover the search itself and the text that must not be copied.

use crate::support::bills::BILL_HEADER;
use crate::support::file;
use crate::support::mask::leaks;
use crate::support::screen_text::masked;
use crate::support::ui_harness::Stage;
use chrono::{DateTime, Utc};
use costscope::data::dataset::Dataset;
use costscope::domain::query::Query;
use costscope::domain::query::columns::Role;
use costscope::domain::query::group_key::GroupKey;
use costscope::emulator::bills::accounts::{EA_ACCOUNT, TENANT};
use costscope::tui::app::Model;
use costscope::tui::app::update::{start, update};
use costscope::tui::key::Key;
use costscope::tui::message::Message;
use costscope::tui::question::{Answer, TableQuestion};
use costscope::tui::said::{Mask, Masked, Said};
use costscope::tui::shell::SignInPlace;
use costscope::tui::shell::overlay::PickerKind;
use costscope::tui::shell::status::StatusLine;
use costscope::tui::state::picker::{Caption, Choice, Picker};
use costscope::tui::ticket::{Problem, Ticket};
use std::borrow::Cow;
use tempfile::TempDir;

fn model(place: SignInPlace, width: u16) -> Model {
    let now: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
    Model::new(place, (width, 24), now)
}

/// A mask that hides everything.
struct Dots;

impl Mask for Dots {
    fn hides(&self) -> bool {
        true
    }

    fn name(&self, _: &str) -> String {
        "•".to_owned()
    }

    fn exact_name(&self, _: &str) -> String {
        "=".to_owned()
    }

    fn sentence<'a>(&self, _: &'a str) -> Cow<'a, str> {
        Cow::Borrowed("…")
    }
}

#[test]
fn names_and_closed_sentences_are_told_by_a_mask_only() {
    let (open, closed) = (Said::from("fixed words"), Said::from("rg-web".to_owned()));
    assert_eq!(open.told(&Dots), "fixed words");
    assert_eq!(closed.told(&Dots), "…");
    let name = Masked::from("rg-web");
    assert_eq!(name.shown(&Dots), "•");
    assert_eq!(name.in_clear(), "rg-web");
    assert_eq!(closed.in_clear(), "rg-web");
    assert!(!format!("{closed:?} {name:?}").contains("rg-web"));
}

#[test]
fn an_entry_of_a_picker_is_masked_if_it_may_identify_somebody() {
    let choice = |name: &str, caption: Caption| Choice {
        caption,
        ..Choice::new(name, "")
    };
    let team = GroupKey::Tag("team".to_owned());
    let group = GroupKey::Role(Role::ResourceGroup);
    let choices = vec![
        choice("a", Caption::of(&team, "payments".to_owned())),
        choice("c", Caption::of(&group, "rg-web".to_owned())),
        choice("d", Caption::of_column(&team, "-tag:team = web".to_owned())),
        choice("b", Caption::of(&GroupKey::Month, "2026-10".to_owned())),
        Choice::new("all", ""),
    ];
    let ticked = ["b", "a", "gone"].map(str::to_owned).to_vec();
    let amount = Choice {
        masked: Some("50.0%".to_owned()),
        ..Choice::new("c", "12.30 EUR")
    };
    assert_eq!(amount.hinted(&Dots), "50.0%");
    let mut picker = Picker::several("Values", choices, ticked);
    let shown: Vec<String> = picker.choices.iter().map(|one| one.shown(&Dots)).collect();
    // The values of a tag compare exactly, and the key of a column is no secret.
    assert_eq!(shown, ["=", "•", "-tag:team = =", "2026-10", "all"]);
    // What is ticked but not listed is masked if an entry of the list is.
    assert_eq!(picker.ticks(&Dots), ["2026-10", "=", "•"]);
    picker.choices.drain(..3);
    assert_eq!(picker.ticks(&Dots), ["2026-10", "a", "gone"]);
}

#[test]
fn text_typed_into_a_list_of_names_is_hidden_before_the_names_are_there() {
    let team = GroupKey::Tag("team".to_owned());
    let service = GroupKey::Role(Role::Service);
    for (key, is_hidden) in [(team, true), (service, false)] {
        let mut model = model(someone(), 80);
        start(&mut model, Vec::new());
        let kind = PickerKind::Facets(key.clone(), None);
        model.shell.open_facets(&key, kind);
        for letter in "pay".chars() {
            update(&mut model, Message::Key(Key::Char(letter)));
        }
        let shown = masked(&model);
        assert_eq!(shown.contains("/ •••▏"), is_hidden, "{shown}");
        assert_eq!(shown.contains("/ pay▏"), !is_hidden, "{shown}");
    }
}

fn someone() -> SignInPlace {
    SignInPlace {
        demo: false,
        identity: costscope::azure::credential::Identity {
            source: "az",
            tenant: Some(TENANT.to_owned()),
            who: Some("ops@contoso.example".to_owned()),
            ..Default::default()
        },
        origin: "management.contoso.example".to_owned(),
    }
}

#[test]
fn search_finds_planted_names() {
    let model = model(someone(), 80);
    for planted in [
        "signed in as ops@contoso.example",
        "5c0ffee0-1234-4abc-9def-00c05750ca1e",
        "tenant 5c0ff…a1e",
        "writing october.csv …",
        "cost 12.30 EUR",
        "12,480.11",
        "/subscriptions/x/y",
        "https://management.azure.com",
    ] {
        assert!(!leaks(&model, planted).is_empty(), "{planted}");
    }
    for open in [
        "•a1b2c3 31.2% 14.2 MB 2026-10-03 100.0",
        "2026-10..2026-11 1,488 rows",
        "•3f1c2b 8d2e4…",
    ] {
        assert_eq!(leaks(&model, open), Vec::<String>::new(), "{open}");
    }
}

#[test]
fn user_and_tenant_are_hidden_at_every_width() {
    for width in [80, 120, 160, 200] {
        let mut model = model(someone(), width);
        start(&mut model, Vec::new());
        let picture = masked(&model);
        assert_eq!(leaks(&model, &picture), Vec::<String>::new(), "{picture}");
    }
}

#[test]
fn messages_are_hidden_except_error_codes() {
    let mut model = model(someone(), 120);
    start(&mut model, Vec::new());
    let text =
        "403 RBACAccessDenied: ops@contoso.example may not read 8608480 (request id 4711-ab)";
    let said = |at| {
        Err(Problem {
            text: text.to_owned().into(),
            at,
        })
    };
    update(&mut model, Message::Saved(said(None)));
    let picture = masked(&model);
    assert!(
        !picture.contains("8608480") && !picture.contains("4711"),
        "{picture}"
    );
    assert!(
        picture.contains("403 RBACAccessDenied (the rest is hidden)"),
        "{picture}"
    );
    update(
        &mut model,
        Message::Saved(Ok("scp ops@host:/home/ops/october.csv .".to_owned())),
    );
    let picture = masked(&model);
    assert!(
        picture.contains("(hidden)") && !picture.contains("october"),
        "{picture}"
    );
}

#[test]
fn an_answer_that_comes_late_is_neither_shown_nor_copied() {
    let mut model = model(someone(), 80);
    start(&mut model, Vec::new());
    update(&mut model, Message::Key(Key::Char('p')));
    let nothing = TableQuestion::Show {
        data: Dataset::join(Vec::new()),
        query: Query::default(),
    };
    let (asked, _) = model.shell.ask(nothing);
    let copy = Answer::Rendered(Ok("rg-web\t12.30".to_owned()));
    let effects = update(&mut model, Message::Answered(asked, Box::new(copy)));
    assert!(effects.is_empty(), "{effects:?}");
    assert!(
        matches!(&model.shell.status, StatusLine::Error(why) if why.told(&model.shell).contains("the output would have names"))
    );
    let ticket: Ticket = model.shell.ticket();
    update(
        &mut model,
        Message::Answered(
            ticket,
            Box::new(Answer::Row(Err(Problem {
                text: "rg-web".to_owned().into(),
                at: None,
            }))),
        ),
    );
    assert!(!masked(&model).contains("rg-web"));
}

/// A file with names, tags and amounts.
fn bill(folder: &TempDir) -> String {
    let row = |group: &str, cost: &str| {
        format!(
            "2026-10-03,{group},/subscriptions/3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/vm-{group},\
             D4,Usage,10,1 Hour,{cost},EUR,\"\"\"team\"\": \"\"blue-team\"\"\",\n"
        )
    };
    let text = [
        BILL_HEADER,
        &row("rg-payroll", "1234.56"),
        &row("rg-lottery", "77.10"),
    ]
    .concat();
    file(folder.path(), "bill-of-october.csv", &text)
        .display()
        .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_of_a_table_is_searched_and_nothing_leaves_it() {
    let folder = TempDir::new().unwrap();
    let source = bill(&folder);
    let mut stage = Stage::open("polls = 0\n", (120, 30), vec![source]).await;
    stage.until(&["rg-payroll", "Σ 2"]).await;
    stage.press("F");
    stage.until(&["tick values", "rg-payroll"]).await;
    stage.press("<esc>V");
    stage.until(&["EUR by day"]).await;
    stage.press("<tab>");
    stage.until(&["rg-payroll 1,234.56"]).await;
    stage.press("<tab>VVVgtag:team<enter>");
    stage.until(&["blue-team"]).await;
    stage.press("f");
    stage.press("tag:team = bl");
    stage.until(&["tag:team = bl"]).await;
    stage.press("<esc>/");
    stage.press("blue-team");
    stage.until(&["blue-team▏"]).await;
    stage.press("<esc>t");
    stage.until(&["bill-of-october.csv"]).await;
    stage.press("<esc>r");
    stage.until(&["rg-lottery", "not grouped (rows)"]).await;
    let named = stage.named();
    for name in ["rg-payroll", "blue-team", "1,234.56", "bill-of-october.csv"] {
        assert!(
            named.contains(name),
            "{name} was never searched for: {named:?}"
        );
    }
    stage.press("p");
    stage.until(&["names and ids are hidden"]).await;
    for key in ["y", "Y", "e"] {
        stage.press(key);
        stage.until(&["the output would have names"]).await;
        stage.press("4");
    }
    for key in ["i", "f", "t"] {
        stage.press(key);
        stage.until(&["it would show names"]).await;
        stage.press("4");
    }
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_orders_and_jobs_are_searched() {
    let mut stage = Stage::open("polls = 0\n", (120, 30), Vec::new()).await;
    stage.until(&["Contoso Enrolment"]).await;
    stage.press("<right>");
    stage.until(&["data@contoso.example"]).await;
    stage.press("/locked-down");
    stage.until(&["/ locked-down", "subscription"]).await;
    stage.press("<enter><enter>");
    stage.until(&["= 2 reports"]).await;
    stage.press("<enter>");
    stage.until(&["2 failed"]).await;
    stage.press("<down><enter>");
    stage.until(&["request id"]).await;
    let named = stage.named();
    for name in [
        "contoso enrolment",
        "data@contoso.example",
        EA_ACCOUNT,
        "locked-down",
    ] {
        assert!(
            named.contains(name),
            "{name} was never searched for: {named:?}"
        );
    }
    // A detail opened in clear text closes when the mask is turned on.
    stage.press("p");
    let hidden = stage.until(&["names and ids are hidden"]).await;
    assert!(!hidden.contains("request id"), "{hidden}");
    stage.press("<enter>");
    stage.until(&["it would show names"]).await;
    stage.press("y");
    stage.until(&["the output would have names"]).await;
    stage.quit().await;
}
