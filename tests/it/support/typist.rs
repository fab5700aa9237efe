//! What a random hand types at a terminal, and bytes that terminals send by themselves.

use super::bills::Dice;

/// What happens at the terminal next.
pub(crate) enum Step {
    Bytes(Vec<u8>),
    Size(u16, u16),
    /// The view is copied as a command, which is run.
    Copy,
}

/// Keys with a meaning on some screen; `q` ends a session too early.
const BOUND: &str = "gfsxzFcdCmr iey/nuUovVSwWt[]<>H!_:=EabxrlhjkpM?12345=0 +-+-FHr[]";
const NAMED: [&str; 26] = [
    "\r",
    "\r",
    "\t",
    "\u{1b}[Z",
    "\u{7f}",
    "\u{1b}[A",
    "\u{1b}[B",
    "\u{1b}[B",
    "\u{1b}[C",
    "\u{1b}[D",
    "\u{1b}OA",
    "\u{1b}[5~",
    "\u{1b}[6~",
    "\u{1b}[H",
    "\u{1b}[F",
    "\u{1b}[3~",
    "\u{1b}[2~",
    "\u{1b}OP",
    "\u{1b}[15~",
    "\u{1b}[1;5C",
    "\u{1b}[1;2A",
    "\u{1b}f",
    "\u{1b}[I",
    "\u{1b}[O",
    "\u{1b}[97;5u",
    "\u{1b}",
];
const WORDS: [&str; 24] = [
    "rg",
    "charge-type = Usage",
    "tag:env = prod",
    "cost > 1",
    "resource-group",
    "date >= 2026-10-01",
    "not (",
    "service",
    "meter,service",
    "month",
    "region",
    "2026-10",
    "prod-online",
    "last-month",
    "\u{15}select count(*) from costs",
    "\u{15}select sum(cost) from costs group by 1",
    "漢字",
    "e\u{301}",
    "👩\u{200d}👩",
    "\u{202e}",
    "\u{2028}",
    "view 1",
    "'; ls",
    "*",
];
const ENDS: [&str; 5] = ["", "\r", "\r", "\t", "\u{1b}"];
const PASTES: [&str; 9] = [
    "rg-a",
    "a\nb\rc",
    "\u{1b}[31mX\u{7}",
    "\u{202e}abc\u{2028}",
    "prod\ttab",
    "'; ls",
    "subscriptions/3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02",
    "select * from costs",
    "",
];
/// Answers that nobody asked for, and sequences that are cut or wrong.
const NOISE: [&[u8]; 24] = [
    b"\x1b[<0;5",
    b"\x1b[<0;0;0M",
    b"\x1b[M !!",
    b"\x1b[?1;2c",
    b"\x1b[0n",
    b"\x1b[12;40R",
    b"\x1b[?2026;2$y",
    b"\x1bP1$r0m\x1b\\",
    b"\x1bP1$r0m",
    b"\x1b]11;rgb:0000/0000/0000\x1b\\",
    b"\x1b]11;rgb:",
    b"\x1b]52;c;cHduZWQ=\x07",
    b"\x1b[>41;354;0c",
    b"\x1b[1;1;1;1;1;1;1;1;1M",
    b"\x1b[999999999999A",
    b"\xff\xfe\xfd",
    b"\xc3",
    b"\xe2\x80",
    b"\xf0\x9f",
    b"\x00",
    b"\x1b\x1b\x1b",
    b"\x1b[",
    b"\x1bO",
    b"\x1b[201~",
];
const SIZES: [(u16, u16); 12] = [
    (1, 1),
    (20, 5),
    (500, 200),
    (80, 24),
    (120, 40),
    (2, 50),
    (200, 3),
    (40, 10),
    (79, 23),
    (60, 15),
    (1, 60),
    (300, 1),
];

fn small(dice: &mut Dice, below: u16) -> u16 {
    u16::try_from(dice.below(usize::from(below))).unwrap()
}

fn bound(dice: &mut Dice) -> u8 {
    BOUND.as_bytes()[dice.below(BOUND.len())]
}

impl Step {
    /// The next step.
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        Self::Bytes(match dice.below(100) {
            0..52 => vec![bound(dice)],
            // Any character but those that end the session.
            52..58 => {
                let char = u8::try_from(0x20 + dice.below(0x5f)).unwrap();
                vec![if char == b'q' || char == b'Q' {
                    b'.'
                } else {
                    char
                }]
            }
            58..71 => dice.pick(&NAMED).into(),
            71..78 => format!("{}{}", dice.pick(&WORDS), dice.pick(&ENDS)).into(),
            // Control keys, but not ctrl-c.
            78..81 => match u8::try_from(1 + dice.below(26)).unwrap() {
                3 => vec![4],
                key => vec![key],
            },
            81..86 => {
                let (columns, rows) = SIZES[dice.below(SIZES.len())];
                let any = (1 + small(dice, 130), 1 + small(dice, 60));
                return match dice.below(3) {
                    0 => Self::Size(any.0, any.1),
                    _ => Self::Size(columns, rows),
                };
            }
            86..89 => {
                let text = match dice.below(4) {
                    0 => "x".repeat(3000),
                    _ => dice.pick(&PASTES).to_owned(),
                };
                format!("\u{1b}[200~{text}\u{1b}[201~").into()
            }
            89..92 => {
                let (button, end) = (
                    dice.pick(&["0", "2", "35", "64", "65"]),
                    dice.pick(&["M", "m"]),
                );
                let (column, row) = (small(dice, 210), small(dice, 70));
                format!("\u{1b}[<{button};{column};{row}{end}").into()
            }
            92..94 => NOISE[dice.below(NOISE.len())].into(),
            94..96 => (0..5 + dice.below(40)).map(|_| bound(dice)).collect(),
            _ => return Self::Copy,
        })
    }
}
