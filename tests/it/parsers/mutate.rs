//! Damages valid input as a seed says: flipped bits, cuts, repeats, quotes, separators, marks, NULs, long digits, other
//! encodings, swapped lines, spliced files.

use crate::support::bills::Dice;

/// Input that grows beyond this is cut.
const LARGEST: usize = 128 << 10;

/// Bytes that mean something to a parser, or should not be there at all.
const MARKS: [&[u8]; 24] = [
    b"\"",
    b"\"\"",
    b"'",
    b",",
    b";",
    b"\t",
    b"|",
    b":",
    b"\\",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"{",
    b"}",
    b"[",
    b"(",
    b")",
    b"\0",
    b"\x1b[2J",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    "\u{202e}".as_bytes(),
    "\u{201c}\u{e9}\u{1f600}".as_bytes(),
];

/// Text around digits that makes them another number, or none.
const AROUND: [(&str, &str); 10] = [
    ("", ""),
    ("-", ""),
    ("+", ""),
    ("0.", ""),
    (".", ""),
    ("", "."),
    ("1E", ""),
    ("1e-", ""),
    ("", ",5"),
    ("(", ")"),
];

/// The input of a seed: the first seeds are the valid inputs themselves.
pub(super) fn input(seed: u64, valid: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    if let Some(whole) = usize::try_from(seed).ok().and_then(|at| valid.get(at)) {
        return whole.clone();
    }
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed);
    let mut bytes = valid[dice.below(valid.len())].clone();
    for _ in 0..=dice.below(4) {
        bytes = mutated(bytes, &mut dice, valid, words);
        bytes.truncate(LARGEST);
    }
    bytes
}

/// A place in the input, its end included.
fn place(dice: &mut Dice, bytes: &[u8]) -> usize {
    dice.below(bytes.len() + 1)
}

/// A short range of the input.
fn range(dice: &mut Dice, bytes: &[u8]) -> std::ops::Range<usize> {
    let from = place(dice, bytes);
    let most = [2, 16, 200][dice.below(3)];
    from..(from + dice.below(most)).min(bytes.len())
}

fn inserted(mut bytes: Vec<u8>, at: usize, what: &[u8]) -> Vec<u8> {
    bytes.splice(at..at, what.iter().copied());
    bytes
}

fn mutated(mut bytes: Vec<u8>, dice: &mut Dice, valid: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    match dice.below(14) {
        0 if !bytes.is_empty() => {
            let at = dice.below(bytes.len());
            bytes[at] ^= 1 << dice.below(8);
        }
        1 if !bytes.is_empty() => {
            let at = dice.below(bytes.len());
            bytes[at] = u8::try_from(dice.below(256)).unwrap();
        }
        2 => bytes.truncate(place(dice, &bytes)),
        3 => {
            bytes.drain(range(dice, &bytes));
        }
        4 => {
            let what = range(dice, &bytes);
            let (at, again) = (what.end, bytes[what].repeat(1 + dice.below(40)));
            return inserted(bytes, at, &again);
        }
        5 | 6 => {
            let (at, mark) = (place(dice, &bytes), MARKS[dice.below(MARKS.len())]);
            return inserted(bytes, at, mark);
        }
        7 => {
            let (at, mark) = (place(dice, &bytes), MARKS[dice.below(MARKS.len())]);
            return inserted(bytes, at, &mark.repeat(1 + dice.below(70)));
        }
        8 => return with_number(bytes, dice),
        9 if !words.is_empty() => {
            let (at, word) = (place(dice, &bytes), dice.pick(words));
            return inserted(bytes, at, word.as_bytes());
        }
        10 => return with_other_lines(&bytes, dice),
        11 => {
            let other = &valid[dice.below(valid.len())];
            let (end, start) = (place(dice, &bytes), place(dice, other));
            bytes.truncate(end);
            bytes.extend_from_slice(&other[start..]);
        }
        12 => return encoded(&bytes, dice),
        _ => {
            // The first bytes decide the format and the encoding.
            let mark = MARKS[dice.below(MARKS.len())];
            return inserted(bytes, 0, mark);
        }
    }
    bytes
}

/// Puts a number of many digits in the place of one of the text, or anywhere if it has none.
fn with_number(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let many = [1, 5, 18, 39, 400][dice.below(5)];
    let digits: String = (0..=dice.below(many))
        .map(|_| char::from(b"0123456789"[dice.below(10)]))
        .collect();
    let (before, after) = AROUND[dice.below(AROUND.len())];
    let number = format!("{before}{digits}{after}");
    let at = place(dice, &bytes);
    let rest = &bytes[at..];
    let start = rest.iter().position(u8::is_ascii_digit).unwrap_or(0);
    let length = rest[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
        .count();
    bytes.splice(at + start..at + start + length, number.into_bytes());
    bytes
}

/// Swaps, repeats or removes whole lines, or changes how they end.
fn with_other_lines(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let (one, other) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(5) {
        0 => lines.swap(one, other),
        1 => lines.insert(other, lines[one]),
        2 => {
            lines.remove(one);
        }
        3 => return replaced(bytes, b"\r\n"),
        _ => return replaced(bytes, b"\r"),
    }
    lines.concat()
}

fn replaced(bytes: &[u8], end: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    lines.join(end)
}

/// The text in another encoding, with a byte-order mark or without.
fn encoded(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let marked = format!("\u{feff}{text}");
    let text = if dice.below(2) == 0 { text } else { marked };
    match dice.below(4) {
        0 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        1 => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        2 => text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
            .collect(),
        _ => text.into_bytes(),
    }
}

#[test]
fn seeds_repeat_their_input_and_differ() {
    let valid = [b"a,b\n1,2\n3,4\n".to_vec(), b"x\n".to_vec()];
    let all: Vec<Vec<u8>> = (0..500).map(|seed| input(seed, &valid, &["w"])).collect();
    assert_eq!(all[..2], valid);
    let again: Vec<Vec<u8>> = (0..500).map(|seed| input(seed, &valid, &["w"])).collect();
    assert_eq!(all, again);
    let distinct: std::collections::BTreeSet<&Vec<u8>> = all.iter().collect();
    assert!(distinct.len() > 250, "{}", distinct.len());
}
