//! The key table and the model's reactions to keys: no terminal, no waiting.

use crate::tui::action::{Action, View};
use crate::tui::app::Model;
use crate::tui::app::draw::screen;
use crate::tui::app::update::{start, update};
use crate::tui::clipboard::{Clipboard, Copier};
use crate::tui::effect::Effect;
use crate::tui::key::{Key, Mouse};
use crate::tui::keymap::{BINDINGS, Context, Keymap};
use crate::tui::message::Message;
use crate::tui::shell::SignInPlace;
use crate::tui::shell::copy::copied;
use crate::tui::shell::overlay::Overlay;
use crate::tui::shell::status::StatusLine;
use crate::tui::theme::Theme;
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::scopes::state::Focus;
use chrono::{DateTime, Utc};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;

fn model() -> Model {
    let now: DateTime<Utc> = DateTime::parse_from_rfc3339("2026-11-22T10:00:00Z")
        .unwrap()
        .to_utc();
    let place = SignInPlace {
        demo: true,
        identity: crate::ops::Identity::default(),
        origin: "demo".to_owned(),
    };
    Model::new(place, (80, 24), now)
}

fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for c in keys.chars() {
        let key = match c {
            '\n' => Key::Enter,
            '\t' => Key::Tab,
            '\u{8}' => Key::Backspace,
            '\u{1b}' => Key::Esc,
            '→' => Key::Right,
            c => Key::Char(c),
        };
        effects.extend(update(model, Message::Key(key)));
    }
    effects
}

#[test]
fn no_context_binds_a_key_twice() {
    for (at, binding) in BINDINGS.iter().enumerate() {
        for other in &BINDINGS[at + 1..] {
            if binding.context == other.context {
                let both = binding.keys.iter().find(|key| other.keys.contains(key));
                assert!(both.is_none(), "{:?}: {both:?}", binding.context);
            }
        }
        assert!(!binding.help.is_empty() && !binding.keys.is_empty());
    }
}

#[test]
fn keys_follow_the_documented_table() {
    let table = [Context::Table, Context::Everywhere, Context::Always];
    let cases = [
        (Key::Char('?'), Action::Help),
        (Key::Char('q'), Action::Quit),
        (Key::Ctrl('c'), Action::Quit),
        (Key::Enter, Action::Enter),
        (Key::Backspace, Action::Back),
        (Key::Char('f'), Action::Filter),
        (Key::Char('g'), Action::GroupBy),
        (Key::Char('s'), Action::SortBy),
        (Key::Char('x'), Action::Compare),
        (Key::Char('j'), Action::Down),
        (Key::Char('k'), Action::Up),
        (Key::Char('h'), Action::Left),
        (Key::Char('l'), Action::Right),
        (Key::PageDown, Action::PageDown),
        (Key::Home, Action::Home),
        (Key::Char('3'), Action::Show(View::Jobs)),
        (Key::Char('G'), Action::End),
        (Key::Ctrl('d'), Action::PageDown),
        (Key::Ctrl('u'), Action::PageUp),
        (Key::Ctrl('l'), Action::Redraw),
        (Key::Ctrl('z'), Action::Suspend),
    ];
    for (key, action) in cases {
        assert_eq!(Keymap::default().action(&table, key), Some(action), "{key}");
    }
    assert_eq!(
        Keymap::default().action(&[Context::Jobs, Context::Everywhere], Key::Char('d')),
        Some(Action::CancelJob)
    );
    assert_eq!(
        Keymap::default().action(&[Context::Scopes, Context::Everywhere], Key::Char('/')),
        Some(Action::Search)
    );
    assert_eq!(
        Keymap::default().action(&table, Key::Esc),
        Some(Action::Escape)
    );
}

#[test]
fn the_start_asks_for_scopes_and_the_ledger() {
    let mut model = model();
    let effects = start(&mut model, Vec::new());
    assert!(
        matches!(
            effects.as_slice(),
            [
                Effect::ListLedger(_),
                Effect::ReadMarks,
                Effect::ListScopes(_),
                Effect::ListNoted
            ]
        ),
        "{effects:?}"
    );
    let mut opened = self::model();
    let effects = start(&mut opened, vec!["costs.csv".to_owned()]);
    assert!(
        matches!(
            effects.as_slice(),
            [
                Effect::ListLedger(_),
                Effect::ReadMarks,
                Effect::Open { .. }
            ]
        ),
        "{effects:?}"
    );
    assert_eq!(opened.shell.view, View::Table);
}

#[test]
fn late_answers_are_told_from_the_current_one() {
    let mut model = model();
    start(&mut model, Vec::new());
    let wrong = Problem {
        text: "late".into(),
        at: None,
    };
    update(&mut model, Message::Scopes(Ticket(999), Err(wrong.clone())));
    assert!(model.scopes.all().is_empty());
    let picture = format!("{:?}", model.scopes.listing);
    assert!(picture.starts_with("Asking"), "{picture}");
}

#[test]
fn a_typed_scope_takes_every_printable_key_and_is_checked() {
    let mut model = model();
    press(&mut model, "iq1?2");
    assert!(model.is_typing());
    assert!(press(&mut model, "\n").is_empty());
    assert!(
        matches!(&model.shell.status, StatusLine::Error(why) if why.told(&model.shell).contains("not a scope")),
        "{:?}",
        model.shell.status
    );
    press(&mut model, "\u{1b}i8608480\n");
    assert_eq!(model.shell.view, View::Order);
}

#[test]
fn an_order_fetches_every_part_and_shows_the_jobs() {
    let mut model = model();
    press(&mut model, "i8608480\n");
    // Period: this month, last 3, last 12.
    press(&mut model, "\t→→→");
    let effects = press(&mut model, "\n");
    let (fetches, others): (Vec<_>, Vec<_>) = effects
        .iter()
        .partition(|effect| matches!(effect, Effect::Fetch { .. }));
    assert_eq!(fetches.len(), 24, "twelve months, both metrics");
    assert!(matches!(others.as_slice(), [Effect::Remember(_)]));
    assert_eq!((model.shell.view, model.jobs.running()), (View::Jobs, 24));
    assert!(model.ticks(), "a wait is on the screen");
    press(&mut model, "1");
    assert!(!model.ticks(), "nothing on the screen changes by itself");
}

#[test]
fn dates_are_checked_as_they_are_typed() {
    let mut model = model();
    press(&mut model, "i8608480\n\t→→→→→→→→→→\t");
    assert!(model.order.is_typing());
    press(&mut model, "\u{8}x");
    let today = model.shell.today();
    assert!(model.order.order(today).is_err());
    assert!(press(&mut model, "\n").is_empty());
    assert!(
        matches!(&model.shell.status, StatusLine::Error(why) if why.told(&model.shell).contains("YYYY-MM-DD")),
        "{:?}",
        model.shell.status
    );
}

#[test]
fn quitting_asks_while_jobs_run_and_cancel_explains_itself() {
    let mut model = model();
    press(&mut model, "i8608480\n\n");
    assert!(press(&mut model, "d").is_empty());
    let Overlay::Cancel(question) = &model.shell.overlay else {
        panic!("{:?}", model.shell.overlay)
    };
    assert_eq!(
        question.sentences,
        ["2 reports wait for their turn and leave the queue: nothing was sent."]
    );
    press(&mut model, "\u{1b}");
    assert!(matches!(model.shell.overlay, Overlay::None));
    assert!(matches!(
        press(&mut model, "d\n").as_slice(),
        [Effect::Cancel(_), Effect::Cancel(_)]
    ));
    assert!(
        matches!(&model.shell.status, StatusLine::Hint(words) if words.told(&model.shell).contains("nothing was sent"))
    );
    press(&mut model, "1");
    assert!(press(&mut model, "q").is_empty());
    assert!(matches!(model.shell.overlay, Overlay::Quit));
    press(&mut model, "\u{1b}");
    assert!(matches!(model.shell.overlay, Overlay::None));
    assert!(matches!(
        press(&mut model, "q\n").as_slice(),
        [Effect::Quit]
    ));
}

#[test]
fn a_key_that_cannot_act_says_why() {
    let mut model = model();
    start(&mut model, Vec::new());
    for (keys, words) in [
        ("3d", "no jobs"),
        ("4\n", "ledger is empty"),
        ("5g", "nothing is compared"),
        ("1\n", "no scope is selected"),
        ("2\n", "pick a scope"),
    ] {
        press(&mut model, keys);
        assert!(
            matches!(&model.shell.status, StatusLine::Error(why) if why.told(&model.shell).contains(words)),
            "{keys}: {:?}",
            model.shell.status
        );
    }
}

#[test]
fn trying_again_orders_twice_only_when_the_user_must_decide() {
    use crate::domain::report::reply::Failure;
    use crate::ops::orders::outcome::PartOutcome;
    let message = "x".to_owned();
    let cases = [
        (
            Failure::GaveUp {
                message: message.clone(),
            },
            false,
        ),
        (
            Failure::Unreachable {
                message: message.clone(),
            },
            false,
        ),
        (Failure::Undecided { message }, true),
    ];
    for (failure, refresh) in cases {
        let mut model = model();
        // One metric; `r` in the form orders again, which a second try must not repeat.
        let effects = press(&mut model, "i8608480\n→r\n");
        let [Effect::Remember(_), Effect::Fetch { job, order, .. }] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        assert!(order.refresh);
        update(
            &mut model,
            Message::Finished(*job, Box::new(PartOutcome::Failed(failure.clone()))),
        );
        let again = press(&mut model, "r");
        let [Effect::Fetch { order, .. }] = again.as_slice() else {
            panic!("{again:?}");
        };
        assert_eq!(order.refresh, refresh, "{failure:?}");
    }
}

#[test]
fn keys_without_a_meaning_here_name_keys_that_act() {
    let mut model = model();
    press(&mut model, "x");
    assert!(
        matches!(&model.shell.status, StatusLine::Error(why) if {
            let why = why.told(&model.shell);
            why.starts_with("x does nothing here; try ")
                && why.contains("/ search")
        }),
        "{:?}",
        model.shell.status
    );
    press(&mut model, "y");
    assert!(
        matches!(&model.shell.status, StatusLine::Error(why) if model.shell.keymap.spell(&why.told(&model.shell)).contains("? lists the keys"))
    );
}

#[test]
fn ctrl_keys_act_in_text_fields_and_a_second_ctrl_c_quits() {
    let mut model = model();
    press(&mut model, "iabc");
    let redraw = update(&mut model, Message::Key(Key::Ctrl('l')));
    assert!(matches!(redraw.as_slice(), [Effect::Redraw]));
    press(&mut model, "\u{1b}i8608480\n\n1");
    assert!(update(&mut model, Message::Key(Key::Ctrl('c'))).is_empty());
    let quit = update(&mut model, Message::Key(Key::Ctrl('c')));
    assert!(matches!(quit.as_slice(), [Effect::Quit]));
}

#[test]
fn the_question_before_quitting_is_answered_on_any_size() {
    let mut model = model();
    model.shell.size = (40, 5);
    model.shell.overlay = Overlay::Quit;
    press(&mut model, "\u{1b}");
    assert!(matches!(model.shell.overlay, Overlay::None));
    model.shell.overlay = Overlay::Quit;
    let quit = press(&mut model, "\n");
    assert!(matches!(quit.as_slice(), [Effect::Quit]));
    // A group that is not on the screen is not entered.
    model.shell.overlay = Overlay::None;
    assert!(press(&mut model, "i\n").is_empty());
    assert!(!model.is_typing());
}

#[test]
fn a_copy_says_what_happened() {
    let mut model = model();
    let told = |model: &Model| match &model.shell.status {
        StatusLine::Hint(words) | StatusLine::Error(words) => words.told(&model.shell).into_owned(),
        StatusLine::Silent => String::new(),
    };
    assert!(copied(&mut model.shell, " \n").is_empty());
    assert!(
        told(&model).contains("nothing was copied"),
        "{}",
        told(&model)
    );
    let setting = Clipboard::Terminal("a setting");
    model.shell.clipboard = setting;
    assert!(matches!(
        copied(&mut model.shell, "EUR 1").as_slice(),
        [Effect::Copy(_)]
    ));
    assert_eq!(
        told(&model),
        "copied (if the terminal allows it; a setting): EUR 1"
    );
    let copier = Copier {
        program: "tmux",
        args: &[],
        setting: "set it",
    };
    model.shell.clipboard = Clipboard::Program(copier);
    // More than a terminal takes.
    let long = "x".repeat(80_000);
    let effects = copied(&mut model.shell, &long);
    assert!(matches!(effects.as_slice(), [Effect::CopyWith(_, text)] if *text == long));
    assert_eq!(told(&model), "copying …");
    let text = || "EUR 1\nEUR 2".to_owned();
    let effects = update(&mut model, Message::Copied(copier, text(), Ok(())));
    assert!(effects.is_empty());
    assert_eq!(
        told(&model),
        "copied with tmux (if it is in no other clipboard: set it): EUR 1 and 1 more line"
    );
    let why = "tmux: no server".to_owned();
    let effects = update(&mut model, Message::Copied(copier, text(), Err(why)));
    assert!(
        matches!(effects.as_slice(), [Effect::Copy(_)]),
        "{effects:?}"
    );
    let told = told(&model);
    assert!(
        told.starts_with("tmux: no server; copied (if the terminal allows it)"),
        "{told}"
    );
}

#[test]
fn escape_leaves_a_field_then_goes_back_and_never_quits() {
    let mut model = model();
    press(&mut model, "3");
    press(&mut model, "\u{1b}");
    assert_eq!(model.shell.view, View::Scopes);
    let effects = press(&mut model, "\u{1b}\u{1b}");
    assert!(effects.is_empty(), "{effects:?}");
    assert!(
        matches!(&model.shell.status, StatusLine::Hint(words) if words.told(&model.shell).contains("first screen"))
    );
    press(&mut model, "iab");
    // The backspace key of some terminals.
    update(&mut model, Message::Key(Key::Ctrl('h')));
    assert!(matches!(&model.scopes.focus, Focus::Typing { field, .. } if field.text() == "a"));
    press(&mut model, "\u{1b}");
    assert!(matches!(model.scopes.focus, Focus::Tree));
}

/// The lines of a screen.
fn drawn(model: &Model) -> Vec<String> {
    let (width, height) = model.shell.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let theme = Theme::new(false);
    terminal.draw(|frame| screen(frame, model, &theme)).unwrap();
    let cells = terminal.backend().buffer().content();
    let lines = cells.chunks(usize::from(width));
    let line = |cells: &[Cell]| cells.iter().map(Cell::symbol).collect();
    lines.map(line).collect()
}

#[test]
fn a_long_message_covers_no_line_of_a_list_and_no_click_goes_through_it() {
    let mut model = model();
    for open in [Key::Ctrl('p'), Key::Char('?')] {
        update(&mut model, Message::Key(open));
        update(&mut model, Message::Key(Key::End));
        let alone = drawn(&model);
        let last = |lines: &[String]| lines.iter().position(|line| line.contains('└'));
        assert_eq!(last(&alone), Some(21));
        model.shell.status = StatusLine::error("a long message ".repeat(12));
        let told = drawn(&model);
        let message = told
            .iter()
            .position(|line| line.contains("! a long message"));
        // The list ends above the message, and its last entry is still in view.
        assert_eq!(last(&told).map(|at| at + 1), message, "{told:#?}");
        assert!(told.iter().any(|line| line.contains('›')), "{told:#?}");
        let row = u16::try_from(message.unwrap()).unwrap();
        for row in row..23 {
            let press = Mouse::Press { column: 20, row };
            let effects = update(&mut model, Message::Mouse(press));
            assert!(effects.is_empty(), "{row}");
            assert!(!matches!(model.shell.overlay, Overlay::None), "{row}");
            assert_eq!(drawn(&model), told, "{row}");
        }
        model.shell.status = StatusLine::Silent;
        assert_eq!(drawn(&model), alone);
        update(&mut model, Message::Key(Key::Esc));
    }
}
