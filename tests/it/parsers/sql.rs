//! Statements: only one query over the cost table passes, an error points into its line, and what passes is answered.

use super::play::{Parser, Verdict};
use crate::support::bills::ODD;
use crate::support::file;
use costscope::data::dataset::Dataset;
use costscope::data::dataset::convert::Options;
use costscope::data::dataset::read::read_file;
use costscope::data::error::DataError;
use costscope::data::progress::Progress;
use costscope::data::sql::execute;
use costscope::domain::query::group_key::GroupKey;
use costscope::domain::query::{Query, filter_text};
use costscope::domain::sql;
use costscope::domain::sql::dialect::SqlDialect;
use costscope::domain::sql::statement::StatementError;
use std::sync::OnceLock;
use tempfile::TempDir;

pub(super) const PARSER: Parser = Parser {
    name: "sql",
    slice: 100,
    valid,
    words: &[
        "; DROP TABLE costs",
        ";",
        " INTO x ",
        " UNION ALL SELECT ",
        "read_csv('/etc/passwd')",
        " FROM costs, costs ",
        " JOIN costs b ON ",
        "WITH RECURSIVE ",
        "INSERT INTO costs ",
        " -- ",
        "/*",
        "*/",
        "\"tag:env\"",
        "charge-type",
        "((((((((((((((((",
        " OVER (",
        "SUM(",
        "CAST(",
        "NULL",
        "'",
        "$$",
        " EXCEPT ",
        " LIMIT 0",
        "::text",
    ],
    one,
};

/// Filters of which statements are made.
const FILTERS: [&str; 4] = [
    "cost > 0.000000000000000001 and not (tag:env is missing)",
    "meter = \"it's \"\"x\"\" \\ _\" or resource-group ~ A",
    "charge-type in (Usage, Refund) and date >= 2026-10-01",
    "month = 2026-10 and service != Storage",
];

fn valid() -> Vec<Vec<u8>> {
    let texts = [
        "SELECT resource-group, SUM(cost) AS cost FROM costs GROUP BY 1 ORDER BY cost DESC",
        "SELECT * FROM costs WHERE service LIKE '%Storage%' LIMIT 3",
        "WITH a AS (SELECT charge-type AS kind, cost FROM costs WHERE cost > 0)\nSELECT kind, COUNT(*) AS n FROM a GROUP BY kind HAVING COUNT(*) > 1",
        "SELECT tag:env, SUM(cost) FROM costs GROUP BY 1;",
        "SELECT CASE WHEN cost IS NULL THEN 'none' ELSE 'some' END AS c, COUNT(*) FROM costs GROUP BY 1",
    ];
    let made = FILTERS.map(|filter| {
        let query = Query {
            filter: Some(filter_text::parse(filter).unwrap()),
            ..Query::default()
        };
        let data = costs();
        let holds = |key: &GroupKey| data.holds(&key.name());
        sql::rows::rows(&query, data.headers(), &holds, SqlDialect::Polars)
    });
    let texts = texts.map(ToOwned::to_owned).into_iter().chain(made);
    texts.map(String::into_bytes).collect()
}

/// A small table with odd values, opened once.
fn costs() -> &'static Dataset {
    static COSTS: OnceLock<Dataset> = OnceLock::new();
    COSTS.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let path = file(folder.path(), "odd.csv", ODD);
        let progress = Progress::default();
        let options = Options::new(&progress);
        Dataset::join(read_file(&path, "odd.csv", folder.path(), &options).unwrap())
    })
}

/// Checks that the caret stands under the line that is quoted, or behind its end.
fn check_place(error: &StatementError, text: &str) {
    let said = error.to_string();
    assert!(!error.wrong.is_empty(), "{said}");
    let Some(at) = error.at else {
        return;
    };
    let lines = text.matches('\n').count() + 1;
    assert!(error.line.is_none_or(|line| line <= lines), "{said}");
    assert!(text.contains(&error.text), "{said}");
    assert!(at <= error.text.chars().count(), "column {at}: {said}");
}

/// The statement without texts, quoted names and comments.
fn bare(text: &str) -> String {
    const QUOTES: [(&str, &str); 4] = [("'", "'"), ("\"", "\""), ("--", "\n"), ("/*", "*/")];
    let (mut out, mut rest) = (String::new(), text);
    while let Some(c) = rest.chars().next() {
        let opened = QUOTES.iter().find(|(open, _)| rest.starts_with(open));
        let Some((open, close)) = opened else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        out.push(' ');
        let inside = &rest[open.len()..];
        let end = inside.find(close).map(|at| at + close.len());
        rest = &inside[end.unwrap_or(inside.len())..];
    }
    out.to_uppercase()
}

fn one(bytes: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(bytes);
    let answer = match execute::run(costs(), &text, Some(20), || true) {
        Ok(answer) => answer,
        Err(DataError::Place(error)) => {
            check_place(&error, &text);
            return Verdict::Refused;
        }
        // Polars refuses types that do not fit; it knows no places.
        Err(error) => {
            let said = error.to_string();
            assert!(!said.is_empty() && !said.contains("panicked"), "{said}");
            return Verdict::Refused;
        }
    };
    let bare = bare(&text);
    let words: Vec<&str> = bare
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let first = words.first().copied().unwrap_or_default();
    assert!(
        [
            "SELECT", "WITH", "EXPLAIN", "DESCRIBE", "DESC", "VALUES", "FROM"
        ]
        .contains(&first),
        "{first} is answered: {text}"
    );
    // Empty statements do not count.
    let is_single = bare.trim_matches([';', ' ', '\n', '\r', '\t']);
    // Other quotes and nested comments are left to the parser.
    let is_plain = !text.contains(['$', '\\', '`']) && !text.contains("/*");
    assert!(
        !is_plain || !is_single.contains(';'),
        "several statements: {text}"
    );
    // A plan is answered whole.
    let most = match first {
        "SELECT" | "WITH" | "VALUES" | "FROM" => 20,
        _ => usize::MAX,
    };
    assert!(answer.rows.len() <= answer.of.min(most), "{}", answer.of);
    for row in &answer.rows {
        assert_eq!(row.len(), answer.columns.len());
    }
    Verdict::Read
}

#[test]
fn bare_statements_have_no_quoted_words() {
    let text = "SELECT 'it''s; x' AS \"a;b\" -- c;\nFROM costs /* d; */ ;";
    assert_eq!(bare(text).matches(';').count(), 1);
}
