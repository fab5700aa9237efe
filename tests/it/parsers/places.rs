//! Whether an error names a place that the text has.

/// The number of lines that any reader could count.
fn lines(bytes: &[u8]) -> u64 {
    let ends = bytes.iter().filter(|byte| b"\n\r".contains(byte)).count();
    ends as u64 + 1
}

/// Checks a line, counted from 1.
pub(super) fn check_line(line: u64, bytes: &[u8], said: &str) {
    let most = lines(bytes);
    assert!(
        (1..=most).contains(&line),
        "line {line} of {most} is named: {said}"
    );
}

/// Checks the place of an error of serde: `at line 3 column 17`.
pub(super) fn check_json_place(bytes: &[u8], said: &str) {
    let Some((_, place)) = said.rsplit_once(" at line ") else {
        return;
    };
    let numbers: Vec<u64> = place
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    if let Some(line) = numbers.first() {
        // Line 0 stands for the end of nothing.
        check_line((*line).max(1), bytes, said);
    }
    if let Some(column) = numbers.get(1) {
        let most = bytes.len() as u64 + 1;
        assert!(*column <= most, "column {column} of {most}: {said}");
    }
}

#[test]
fn places_outside_the_text_are_found() {
    let text = b"one\ntwo";
    check_line(2, text, "");
    check_json_place(text, "expected value at line 2 column 3");
    let outside: [fn(); 3] = [
        || check_line(3, b"one\ntwo", ""),
        || check_line(0, b"one\ntwo", ""),
        || check_json_place(b"one\ntwo", "expected value at line 2 column 30"),
    ];
    for check in outside {
        assert!(std::panic::catch_unwind(check).is_err());
    }
}
