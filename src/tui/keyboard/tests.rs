//! Bytes of terminals, at once and in pieces.

use super::{Input, LONGEST_PASTE, Parser, Waits};
use crate::tui::key::{Key, Mouse};

fn key(key: Key) -> Input {
    Input::Key(key)
}

fn char(c: char) -> Input {
    key(Key::Char(c))
}

/// The keys of these reads, and then of a pause.
fn read(pieces: &[&[u8]]) -> Vec<Input> {
    let (mut parser, mut out) = (Parser::default(), Vec::new());
    for piece in pieces {
        parser.feed(piece, &mut out);
    }
    if parser.waits() != Waits::Nothing {
        parser.pause(&mut out);
    }
    assert_eq!(parser.waits(), Waits::Nothing, "{pieces:?}");
    out
}

fn in_bytes(text: &[u8]) -> Vec<Input> {
    read(&text.chunks(1).collect::<Vec<_>>())
}

#[test]
fn keys_are_read_at_once_and_byte_by_byte() {
    let press = Mouse::Press { column: 4, row: 9 };
    let cases: [(&[u8], Input); 24] = [
        (b"q", char('q')),
        ("é".as_bytes(), char('é')),
        ("€".as_bytes(), char('€')),
        ("😀".as_bytes(), char('😀')),
        (b"\r", key(Key::Enter)),
        (b"\t", key(Key::Tab)),
        (b"\x7f", key(Key::Backspace)),
        (b"\x03", key(Key::Ctrl('c'))),
        (b"\x1c", key(Key::Ctrl('4'))),
        (b"\0", key(Key::Ctrl(' '))),
        (b"\x1b", key(Key::Esc)),
        (b"\x1b[A", key(Key::Up)),
        (b"\x1bOB", key(Key::Down)),
        (b"\x1b[1;5D", key(Key::Left)),
        (b"\x1b[3~", key(Key::Delete)),
        (b"\x1b[6;2~", key(Key::PageDown)),
        (b"\x1b[Z", key(Key::BackTab)),
        (b"\x1b[99;5u", key(Key::Ctrl('c'))),
        (b"\x1b[27;5;99~", key(Key::Ctrl('c'))),
        (b"\x1b[<0;5;10M", Input::Mouse(press)),
        (b"\x1b[<64;5;10M", Input::Mouse(Mouse::WheelUp)),
        (b"\x1b[M %*", Input::Mouse(press)),
        (
            b"\x1b[200~a\x1b[A\n\x1b[201~",
            Input::Paste("a\u{1b}[A\n".to_owned()),
        ),
        (b"\x1b[200~\x1b\x1b[201~", Input::Paste("\u{1b}".to_owned())),
    ];
    for (bytes, wanted) in cases {
        assert_eq!(read(&[bytes]), std::slice::from_ref(&wanted), "{bytes:?}");
        assert_eq!(in_bytes(bytes), [wanted], "{bytes:?} in pieces");
    }
}

/// Answers of terminals, and keys without use. Some are no answers that a terminal could mean.
const DROPPED: [&[u8]; 22] = [
    b"\x1b[?2026;2$y",
    b"\x1b[?62;22c",
    b"\x1b[>0;276;0c",
    b"\x1b[?0u",
    b"\x1b[5;7R",
    b"\x1b[0;0R",
    b"\x1b[99999;99999R",
    b"\x1b[?1;1R",
    b"\x1b[0n",
    b"\x1b[8;24;80t",
    b"\x1b[I",
    b"\x1b[[A",
    b"\x1b[<0;0;0M",
    b"\x1b[<0;5;10m",
    b"\x1b[M   ",
    b"\x1b[1;1:3A",
    b"\x1bP>|xterm(390)\x1b\\",
    b"\x1bP1+r544e=787465726d\x1b\\",
    b"\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
    b"\x1b]52;c;cXFxcQ==\x1b\\",
    b"\x1b_Gi=31;OK\x1b\\",
    b"\xff\xfe\xc3",
];

#[test]
fn answers_are_dropped_and_the_next_key_is_heard() {
    for bytes in DROPPED {
        assert_eq!(read(&[bytes, b"q"]), [char('q')], "{bytes:?}");
        assert_eq!(
            in_bytes(&[bytes, b"q"].concat()),
            [char('q')],
            "{bytes:?} in pieces"
        );
        // Cut anywhere, it is over after a pause, and enter, ctrl-c and an arrow end it at once.
        for cut in 1..bytes.len() {
            let mut parser = Parser::default();
            let mut out = Vec::new();
            parser.feed(&bytes[..cut], &mut out);
            parser.pause(&mut out);
            out.clear();
            parser.feed(b"q", &mut out);
            assert_eq!(out, [char('q')], "{:?}", &bytes[..cut]);
            let heard = read(&[&bytes[..cut], b"\x03\x1b[B"]);
            let wanted = [key(Key::Ctrl('c')), key(Key::Down)];
            assert!(heard.ends_with(&wanted), "{:?}: {heard:?}", &bytes[..cut]);
        }
    }
}

#[test]
fn escape_is_a_key_unless_the_rest_of_a_sequence_follows() {
    assert_eq!(read(&[b"\x1b", b"q"]), [key(Key::Esc), char('q')]);
    assert_eq!(read(&[b"\x1b", b"["]), [key(Key::Esc), char('[')]);
    assert_eq!(read(&[b"\x1b", b"P"]), [key(Key::Esc), char('P')]);
    assert_eq!(read(&[b"\x1b", b"[", b"D"]), [key(Key::Left)]);
    assert_eq!(read(&[b"\x1b\x1b"]), [key(Key::Esc), key(Key::Esc)]);
    assert_eq!(read(&[b"\x1bq"]), [char('q')], "alt acts like the key");
}

#[test]
fn a_paste_is_one_input_of_a_bounded_size_and_ends_with_a_pause() {
    let text = "abcdefgh ".repeat(120_000);
    let read_at_once = read(&[b"\x1b[200~", text.as_bytes(), b"\x1b[201~", b"q"]);
    let [Input::Paste(kept), last] = read_at_once.as_slice() else {
        panic!("{} inputs", read_at_once.len());
    };
    assert_eq!((kept.len(), last), (LONGEST_PASTE, &char('q')));
    let open = read(&[b"\x1b[200~", b"abc"]);
    assert_eq!(open, [Input::Paste("abc".to_owned())]);
}
