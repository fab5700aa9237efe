//! A cost file whose texts would drive a terminal, a spreadsheet or a shell.

use super::bills::Dice;
use super::file;
use std::path::Path;

/// Names as no cloud would have them, and as files may have them all the same.
const ODD: [&str; 36] = [
    "\u{1b}[31mred\u{1b}[0m",
    "\u{7}bell",
    "\u{1b}]0;title\u{7}",
    "\u{9b}31mc1",
    "a\u{202e}b\u{202c}",
    "x\u{2028}y",
    "x\u{2029}y",
    "\u{200b}z",
    "\u{ad}shy",
    "👩\u{200d}👩\u{200d}👧 family",
    "e\u{301}e\u{301}",
    "漢字漢字",
    "it's \"q\" `b`",
    "-rg",
    "--format",
    "a,b",
    "$(touch stolen)",
    "cr\rlf\nend",
    "tab\tx",
    "nul\0x",
    "\u{feff}bom",
    "=cmd|' /C calc'!A0",
    "'; rm -rf x; '",
    "\u{7f}del",
    "\u{e}shift",
    "\u{1b}Pdcs\u{1b}\\",
    "\u{1b}[6n",
    "\u{1b}[?1049l",
    "\u{1b}]52;c;c3RvbGVu\u{1b}\\",
    "100%",
    "(none)",
    "not",
    "cost > 1",
    "*",
    "rg-a",
    "rg-b",
];

/// A cost file with such names in every place.
pub(crate) fn odd_file(folder: &Path) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let amounts = [
        "1.5",
        "-2.25",
        "0.000000000000000001",
        "123456789012.123456789",
        "",
        "-0.004",
        "99999999.995",
    ];
    let mut dice = Dice(5);
    let mut text = String::from(
        "Date,ResourceGroup,MeterCategory,MeterName,CostInBillingCurrency,BillingCurrencyCode,Tags,ChargeType,odd \u{1b}[32mname\u{202e}\n",
    );
    for _ in 0..150 {
        let date = format!("2026-{:02}-{:02}", 9 + dice.below(2), 1 + dice.below(28));
        let tags = format!(
            "\"env\": \"{}\"",
            dice.pick(&["prod", "t\u{202e}x", "x\u{1b}[1m"])
        );
        let fields = [
            date.as_str(),
            dice.pick(&ODD),
            dice.pick(&ODD),
            dice.pick(&ODD),
            dice.pick(&amounts),
            dice.pick(&["EUR", "EUR", "USD", "E\u{1b}[1MU"]),
            tags.as_str(),
            dice.pick(&["Usage", "Purchase", "\u{1b}[5mX"]),
            dice.pick(&ODD),
        ];
        text.push_str(&fields.map(quoted).join(","));
        text.push('\n');
    }
    let path = file(folder, "odd.csv", text);
    path.to_str().unwrap().to_owned()
}
