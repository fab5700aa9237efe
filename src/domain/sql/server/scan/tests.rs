//! Statements that a server is given in parentheses.

use crate::domain::sql::server::scan::{loose_end, tags_named};

#[test]
fn statements_that_break_out_of_parentheses_are_refused() {
    for (statement, wrong) in [
        ("SELECT 1", None),
        ("SELECT ')' AS a, `b)` FROM costs -- )", None),
        ("SELECT 'it\\\'s (' AS a /* ( */;", None),
        (
            "SELECT 1) UNION SELECT * FROM (SELECT 2",
            Some("a closing parenthesis has no opening one"),
        ),
        ("SELECT (1", Some("a parenthesis is never closed")),
        ("SELECT 1; SELECT 2", Some("only one statement is allowed")),
        ("SELECT 1 /* open", Some("a comment is never closed")),
        ("SELECT 'open", Some("a string is never closed")),
        ("SELECT `open", Some("a name is never closed")),
        ("SELECT `a``)` AS b", None),
        ("SELECT \"it's (\" AS a", None),
        ("SELECT 1 - 2 / 3 * 4", None),
        (
            "SELECT 4 - (2)) - 1",
            Some("a closing parenthesis has no opening one"),
        ),
        (
            "SELECT 4 / (2)) / 1",
            Some("a closing parenthesis has no opening one"),
        ),
        (
            "SELECT 1 -- )\n)",
            Some("a closing parenthesis has no opening one"),
        ),
        (
            "SELECT 1 /* ) * / */ )",
            Some("a closing parenthesis has no opening one"),
        ),
        ("SELECT 1 /*/ )", Some("a comment is never closed")),
        ("SELECT '\\", Some("a string is never closed")),
        ("SELECT (1), (2); ", None),
    ] {
        assert_eq!(loose_end(statement), wrong, "{statement}");
    }
    let tags = tags_named(
        "SELECT `tag:Env`, `TAG:env`, '`tag:no`' FROM costs -- `tag:no`\nWHERE `tag:a``b` IS NULL",
    );
    assert_eq!(tags, ["Env", "a`b"]);
}
