//! Numbers in texts, as Spark reads them.

/// A number as text, without trailing zeros.
pub(in crate::domain::sql) fn digits(text: &str) -> String {
    let (zeros, point) = (literal(r"(\.[0-9]*?)0+$"), literal(r"\.$"));
    format!("REGEXP_REPLACE(REGEXP_REPLACE({text}, {zeros}, '$1'), {point}, '')")
}

/// A text as an amount; NULL if it is not a number.
pub(in crate::domain::sql) fn number_of(text: &str) -> String {
    let plain = literal(r"^ *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+) *$");
    let exponent = literal(r"^ *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+ *$");
    let moved = without_exponent(&format!("TRIM({text})"));
    format!(
        "CASE WHEN {text} RLIKE {plain} THEN TRY_CAST(TRIM({text}) AS DECIMAL(38,18)) WHEN {text} RLIKE {exponent} THEN \
         TRY_CAST({moved} AS DECIMAL(38,18)) END"
    )
}

/// `1.5E-7` as `0.00000015`: the point is moved in the text, which is exact on every server.
pub(crate) fn without_exponent(text: &str) -> String {
    let pattern = literal(r"^([+-]?)([0-9]*)\.?([0-9]*)[eE]([+-]?[0-9]+)$");
    let part = |at: usize| format!("REGEXP_EXTRACT({text}, {pattern}, {at})");
    let point = format!(
        "70 + LENGTH({}) + GREATEST(-70, LEAST(70, CAST({} AS INT)))",
        part(2),
        part(4)
    );
    let digits = format!(
        "CONCAT(REPEAT('0', 70), {}, {}, REPEAT('0', 70))",
        part(2),
        part(3)
    );
    let is_one = literal(r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+$");
    format!(
        "CASE WHEN {text} RLIKE {is_one} THEN CONCAT({}, TRIM(LEADING '0' FROM SUBSTRING({digits}, 1, {point})), '.', \
         SUBSTRING({digits}, {point} + 1, 40)) ELSE {text} END",
        part(1)
    )
}

/// A text literal of Spark, with backslashes; the server would expand `${` as a variable.
pub(crate) fn literal(text: &str) -> String {
    let mut out = String::from("'");
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '\\' | '\'' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            '{' if before == '$' => out.push_str("\\{"),
            c => out.push(c),
        }
        before = c;
    }
    out.push('\'');
    out
}
