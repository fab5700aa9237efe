//! Classes of rows in the bridge, and patterns for the keys of tags.

use super::column::squeezed;
use super::columns::{ColumnType, ReadAs, ServerColumn, ServerTable};
use super::parts::part;
use super::tags::{braced, sound, value, written};
use crate::domain::query::columns::Role;

/// A table of texts with these roles, in order.
fn table(roles: &[Role], is_focus: bool) -> ServerTable {
    let column = |at: usize| ServerColumn {
        name: format!("s{at}"),
        header: format!("h{at}"),
        kind: ColumnType::Text,
        read_as: ReadAs::Text,
    };
    let places = roles.iter().enumerate();
    ServerTable {
        columns: (0..roles.len()).map(column).collect(),
        roles: places.map(|(at, role)| (*role, at)).collect(),
        is_focus,
        day_first: false,
    }
}

#[test]
fn rows_of_own_layouts_are_classed_by_model_ids_and_charge_type() {
    let roles = [
        Role::ChargeType,
        Role::PricingModel,
        Role::PublisherType,
        Role::Reservation,
        Role::Benefit,
    ];
    let letters = |column: &str| format!("LOWER({})", squeezed(&format!("COALESCE({column}, '')")));
    let (word, model) = (letters("`c0`"), letters("`c1`"));
    let filled = |column: &str| format!("TRANSLATE(COALESCE({column}, ''), '0- ', '') <> ''");
    let (reservation, benefit) = (filled("`c3`"), filled("`c4`"));
    let unused = "LOWER(SUBSTRING(COALESCE(`c0`, ''), 1, 6)) = 'unused'";
    assert_eq!(
        part(&table(&roles, false)),
        format!(
            "CASE WHEN LOWER(COALESCE(`c2`, '')) = 'marketplace' THEN 0 WHEN NOT ({model} IN ('reservation', 'savingsplan') OR \
             ({model} = '' AND ({reservation} OR {benefit} OR {unused}))) THEN 0 WHEN {word} = 'purchase' THEN 1 WHEN {word} = \
             'refund' THEN 2 WHEN {word} = 'unusedreservation' THEN 4 WHEN {word} = 'unusedsavingsplan' THEN 5 WHEN {unused} \
             THEN CASE WHEN {model} = 'savingsplan' THEN 5 ELSE 4 END ELSE 3 END"
        )
    );
}

#[test]
fn rows_of_focus_are_classed_by_commitment_and_category() {
    let roles = [
        Role::ChargeType,
        Role::ChargeSubcategory,
        Role::BenefitStatus,
        Role::ChargeClass,
        Role::PublisherType,
        Role::Benefit,
        Role::BenefitType,
    ];
    let lower = |at: usize| format!("LOWER(COALESCE(`c{at}`, ''))");
    let (category, subcategory, class) = (lower(0), lower(1), lower(3));
    let is = |word: &str| {
        format!(
            "({} = '{word}' OR (`c2` IS NULL AND {subcategory} = '{word} commitment'))",
            lower(2)
        )
    };
    let (unused, used) = (is("unused"), is("used"));
    let back = format!("{subcategory} = 'refund' OR {class} = 'correction'");
    assert_eq!(
        part(&table(&roles, true)),
        format!(
            "CASE WHEN {} IN ('vendor', 'marketplace') OR NOT (TRANSLATE(COALESCE(`c5`, ''), '0- ', '') <> '' OR {unused}) THEN \
             0 WHEN {category} = 'purchase' THEN CASE WHEN {back} THEN 2 ELSE 1 END WHEN NOT {used} AND NOT {unused} AND ({back} \
             OR {category} IN ('credit', 'adjustment')) THEN 2 WHEN NOT {unused} THEN 3 WHEN CONTAINS({}, 'saving') THEN 5 ELSE \
             4 END",
            lower(4),
            lower(6)
        )
    );
}

/// The pattern for a key, as a Spark literal has it.
fn key(tag: &str) -> String {
    let text = written("`t`", tag);
    let start = text.rfind(")*?\"").unwrap() + 4;
    let rest = &text[start..];
    let end = rest.find("\"[ \\\\t\\\\n\\\\r]*:").unwrap();
    rest[..end].replace("\\\\", "\\").replace("\\'", "'")
}

#[test]
fn a_key_of_a_tag_is_found_in_any_case_and_with_any_escapes() {
    for (tag, pattern) in [
        ("a", r"(?:A|\\u0041|a|\\u0061)"),
        ("Z", r"(?:Z|\\u005[aA]|z|\\u007[aA])"),
        // The Kelvin sign has the same lower case as K.
        (
            "k",
            "(?:K|\\\\u004[bB]|k|\\\\u006[bB]|\u{212a}|\\\\u212[aA])",
        ),
        ("1", r"(?:1|\\u0031)"),
        (" ", r"(?:\x20|\\u0020)"),
        ("-", r"(?:\x2d|\\u002[dD])"),
        ("\"", r#"(?:\\"|\\u0022)"#),
        ("\\", r"(?:\\\\|\\u005[cC])"),
        ("/", r"(?:\x2f|\\/|\\u002[fF])"),
        ("\u{8}", r"(?:\\b|\\u0008)"),
        ("\u{c}", r"(?:\\f|\\u000[cC])"),
        ("\n", r"(?:\\n|\\u000[aA])"),
        ("\r", r"(?:\\r|\\u000[dD])"),
        ("\t", r"(?:\\t|\\u0009)"),
        ("\u{1}", r"(?:\\u0001)"),
        ("\u{e4}", "(?:\u{c4}|\\\\u00[cC]4|\u{e4}|\\\\u00[eE]4)"),
        // A letter whose lower case has two characters is only itself.
        ("\u{130}", "(?:\u{130}|\\\\u0130)"),
        ("\u{1f600}", "(?:\u{1f600}|\\\\u[dD]83[dD]\\\\u[dD][eE]00)"),
        ("a1", r"(?:A|\\u0041|a|\\u0061)(?:1|\\u0031)"),
    ] {
        assert_eq!(key(tag), pattern, "{tag:?}");
    }
}

#[test]
fn texts_of_tags_are_completed_checked_and_read() {
    let braced = braced("t");
    let start = "CASE WHEN t LIKE '{%' THEN CASE WHEN t LIKE '%}' THEN t ELSE CONCAT(t, '}') END WHEN t LIKE '%}' THEN CASE WHEN \
                 CONCAT('{', t, '}') RLIKE '^\\\\{[ ";
    assert!(braced.starts_with(start), "{braced}");
    let end = " THEN CONCAT('{', t, '}') ELSE CONCAT('{', t) END ELSE CONCAT('{', t, '}') END";
    assert!(braced.ends_with(end), "{braced}");
    let sound = sound("t");
    assert!(
        sound.starts_with("CASE WHEN NOT t RLIKE '^\\\\{[ "),
        "{sound}"
    );
    assert!(
        sound.contains(" THEN NULL WHEN SIZE(ARRAY_DISTINCT(CASE WHEN CONTAINS(t, '\\\\') THEN "),
        "{sound}"
    );
    assert!(sound.ends_with(" THEN t END"), "{sound}");
    assert_eq!(
        value("w"),
        "CASE WHEN w = '' THEN NULL WHEN w = 'null' THEN '' WHEN w LIKE '\"%' THEN CASE WHEN CONTAINS(w, '\\\\') THEN \
         COALESCE(GET_JSON_OBJECT(CONCAT('{\"v\":', w, '}'), '$.v'), w) ELSE SUBSTRING(w, 2, LENGTH(w) - 2) END ELSE w END"
    );
    let written = written("`t`", "a");
    assert!(
        written.starts_with("REGEXP_EXTRACT(`t`, '^\\\\{[ "),
        "{written}"
    );
    assert!(written.ends_with("', 1)"), "{written}");
}
