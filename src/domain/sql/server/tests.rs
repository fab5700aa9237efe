//! The table of costs that is derived from a table on a server.

use super::column::{NO_TEXT, amount, day, is_none, squeezed, trim, trimmed, untrimmed};
use super::columns::{ColumnType, ReadAs, ServerColumn, ServerTable, StatementNeeds};
use super::{around, with_view};
use crate::domain::query::columns::Role;
use crate::domain::sql::digits::{digits, without_exponent};

type Column = (&'static str, ColumnType, ReadAs, Option<Role>);

/// A table whose columns have the names of their headers, with an `s.` in front.
fn table(columns: &[Column]) -> ServerTable {
    let roles = columns.iter().enumerate();
    let roles = roles.filter_map(|(at, (_, _, _, role))| Some(((*role)?, at)));
    let columns = columns.iter();
    let columns = columns.map(|(header, kind, read_as, _)| ServerColumn {
        name: format!("s.{header}"),
        header: (*header).to_owned(),
        kind: *kind,
        read_as: *read_as,
    });
    ServerTable {
        columns: columns.collect(),
        roles: roles.collect(),
        is_focus: false,
        day_first: false,
    }
}

fn text(header: &'static str, role: Role) -> Column {
    (header, ColumnType::Text, ReadAs::Text, Some(role))
}

const COST: Column = (
    "Cost",
    ColumnType::Decimal,
    ReadAs::Amount,
    Some(Role::Cost),
);
const DATE: Column = ("Day", ColumnType::Date, ReadAs::Day, Some(Role::Date));

fn wanted(tags: &[&str]) -> StatementNeeds {
    StatementNeeds {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        effective: false,
    }
}

/// The names and the texts of the levels of a view.
fn levels(table: &ServerTable, needs: &StatementNeeds) -> Vec<(String, String)> {
    let view = table.view_as("costs", "t", needs);
    let levels = view.split(",\n").map(|level| {
        let (name, text) = level.split_once(" AS (").unwrap();
        (name.to_owned(), text.strip_suffix(')').unwrap().to_owned())
    });
    levels.collect()
}

fn level(table: &ServerTable, needs: &StatementNeeds, name: &str) -> String {
    let mut levels = levels(table, needs).into_iter();
    levels.find(|(known, _)| known == name).unwrap().1
}

#[test]
fn columns_are_read_by_their_types() {
    use ColumnType::{Boolean, Date, Decimal, Double, Integer, Keyed, Nested, Text, Timestamp};
    let utc = "TO_UTC_TIMESTAMP(`s.x`, CURRENT_TIMEZONE())";
    let string = "CAST(`s.x` AS STRING)";
    let time = |time: &str| format!("DATE_FORMAT({time}, 'yyyy-MM-dd\\'T\\'HH:mm:ss\\'Z\\'')");
    let yes = "CASE WHEN `s.x` THEN 'True' WHEN NOT `s.x` THEN 'False' END";
    let own = "`c0`".to_owned();
    let exact = without_exponent("`c0`");
    let decimal = "CAST(`s.x` AS DECIMAL(38,18))".to_owned();
    for (kind, read_as, first, second) in [
        (Decimal, ReadAs::Amount, decimal.clone(), own.clone()),
        (Integer, ReadAs::Amount, decimal, own.clone()),
        (Double, ReadAs::Amount, trimmed(string), exact.clone()),
        (Text, ReadAs::Amount, trimmed("`s.x`"), exact.clone()),
        (Date, ReadAs::Day, "`s.x`".to_owned(), own.clone()),
        (
            Timestamp { zoned: true },
            ReadAs::Day,
            format!("CAST({utc} AS DATE)"),
            own.clone(),
        ),
        (
            Timestamp { zoned: false },
            ReadAs::Day,
            "CAST(`s.x` AS DATE)".to_owned(),
            own.clone(),
        ),
        (Text, ReadAs::Day, trimmed("`s.x`"), own.clone()),
        (Text, ReadAs::Text, trimmed("`s.x`"), own.clone()),
        (Date, ReadAs::Text, trimmed(string), own.clone()),
        (Integer, ReadAs::Text, trimmed(string), own.clone()),
        (Decimal, ReadAs::Text, trimmed(string), digits("`c0`")),
        (Double, ReadAs::Text, trimmed(string), digits(&exact)),
        (Boolean, ReadAs::Text, trimmed(yes), own.clone()),
        (Keyed, ReadAs::Text, trimmed("TO_JSON(`s.x`)"), own.clone()),
        (Nested, ReadAs::Text, trimmed(NO_TEXT), own.clone()),
        (
            Timestamp { zoned: true },
            ReadAs::Text,
            trimmed(&time(utc)),
            own.clone(),
        ),
        (
            Timestamp { zoned: false },
            ReadAs::Text,
            trimmed(&time("`s.x`")),
            own.clone(),
        ),
    ] {
        let table = table(&[("x", kind, read_as, None)]);
        let read = level(&table, &wanted(&[]), "costs_trimmed");
        assert_eq!(read, format!("SELECT {first} AS `c0` FROM t"), "{kind:?}");
        let plain = level(&table, &wanted(&[]), "costs_plain");
        let second = if second == own {
            second
        } else {
            format!("{second} AS `c0`")
        };
        assert_eq!(
            plain,
            format!("SELECT {second} FROM costs_trimmed"),
            "{kind:?}"
        );
    }
}

#[test]
fn blanks_stay_in_texts_that_others_read() {
    for (header, role, keeps) in [
        ("Tags", Some(Role::Tags), true),
        ("AdditionalInfo", None, true),
        ("tag:env", None, true),
        ("Meter", Some(Role::Meter), false),
    ] {
        let table = table(&[(header, ColumnType::Text, ReadAs::Text, role)]);
        let name = format!("`s.{header}`");
        let value = if keeps {
            untrimmed(&name)
        } else {
            trimmed(&name)
        };
        let read = level(&table, &wanted(&[]), "costs_trimmed");
        assert_eq!(read, format!("SELECT {value} AS `c0` FROM t"));
    }
    assert_eq!(
        trimmed("x"),
        format!("NULLIF(NULLIF({}, 'NULL'), '')", trim("x"))
    );
    assert_eq!(
        untrimmed("x"),
        format!("CASE WHEN {} NOT IN ('', 'NULL') THEN x END", trim("x"))
    );
    let blanks = trim("x");
    assert!(
        blanks.starts_with("TRIM(BOTH ' \\t\\n\\r\\u000b") && blanks.ends_with("\\u3000' FROM x)")
    );
}

#[test]
fn levels_for_tags_are_only_there_where_they_are_read() {
    let names = |table: &ServerTable, needs: &StatementNeeds| -> Vec<String> {
        levels(table, needs)
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    };
    let plain = ["costs_trimmed", "costs_plain", "costs_keyed", "costs"];
    let with_tags = table(&[COST, text("Tags", Role::Tags)]);
    let without = table(&[COST]);
    assert_eq!(names(&with_tags, &wanted(&[])), plain);
    assert_eq!(names(&without, &wanted(&["env"])), plain);
    let tagged = [
        "costs_trimmed",
        "costs_plain",
        "costs_sound",
        "costs_tagged",
        "costs_keyed",
        "costs",
    ];
    let needs = wanted(&["env", "team"]);
    assert_eq!(names(&with_tags, &needs), tagged);
    let of = |name: &str| level(&with_tags, &needs, name);
    let read = format!("{} AS `t` FROM t", trim("`s.Tags`"));
    assert!(of("costs_trimmed").ends_with(&read));
    assert!(of("costs_plain").contains("CASE WHEN `t` LIKE '{%' THEN "));
    assert!(of("costs_sound").starts_with("SELECT *, CASE WHEN NOT `t` RLIKE "));
    let tagged = of("costs_tagged");
    let first = tagged.find(", 1) AS `t0`, REGEXP_EXTRACT(`tt`, ").unwrap();
    assert!(
        tagged[first..].ends_with(", 1) AS `t1` FROM costs_sound"),
        "{tagged}"
    );
    let keyed = of("costs_keyed");
    for (at, tag) in ["env", "team"].iter().enumerate() {
        let value = format!(
            "SUBSTRING(`t{at}`, 2, LENGTH(`t{at}`) - 2) END ELSE `t{at}` END AS `tag:{tag}`"
        );
        assert!(keyed.contains(&value), "{keyed}");
    }
    assert!(keyed.ends_with(" FROM costs_tagged"));
    let untagged = level(&without, &needs, "costs_keyed");
    assert!(
        untagged.contains(&format!("{NO_TEXT} AS `tag:env`")),
        "{untagged}"
    );
    assert!(untagged.ends_with(" FROM costs_plain"));
    // A table may have a column for each tag.
    let own = table(&[("TAG:Env", ColumnType::Text, ReadAs::Text, None)]);
    let own = level(&own, &needs, "costs_keyed");
    assert!(own.contains("`c0` AS `tag:env`, "), "{own}");
    assert!(
        !own.contains("AS `TAG:Env`"),
        "each name is there once: {own}"
    );
}

#[test]
fn keys_have_their_own_names_and_types() {
    let columns = [
        COST,
        DATE,
        text("Currency", Role::Currency),
        text("Group", Role::ResourceGroup),
        text("Id", Role::Resource),
        text("Sub", Role::Subscription),
        text("Model", Role::PricingModel),
        text("Meter", Role::Meter),
        text("Unit", Role::Unit),
        (
            "Quantity",
            ColumnType::Text,
            ReadAs::Amount,
            Some(Role::Quantity),
        ),
        ("Other", ColumnType::Text, ReadAs::Day, None),
        ("other", ColumnType::Text, ReadAs::Text, None),
        text("Labels", Role::Tags),
    ];
    let whole = table(&columns);
    let keyed = level(&whole, &wanted(&[]), "costs_keyed");
    for (value, name) in [
        ("`c0`".to_owned(), "cost"),
        ("`c1`".to_owned(), "date"),
        ("UPPER(`c2`)".to_owned(), "currency"),
        (
            "COALESCE(`c3`, NULLIF(REGEXP_EXTRACT(`c4`, '(?i)^(?:[^/]*/)*?resourcegroups/([^/]*)', 1), ''))".to_owned(),
            "resource-group",
        ),
        ("`c4`".to_owned(), "resource"),
        (
            "CASE WHEN LOWER(SUBSTRING(`c5`, 1, 15)) = '/subscriptions/' THEN SPLIT_PART(SUBSTRING(`c5`, 16), '/', 1) ELSE `c5` END"
                .to_owned(),
            "subscription",
        ),
        (squeezed("`c6`"), "pricing-model"),
        ("`c7`".to_owned(), "meter"),
        ("`c8`".to_owned(), "unit"),
        (NO_TEXT.to_owned(), "service"),
        (amount("`c9`"), "quantity"),
        (day("`c10`", false), "Other"),
        ("`c12`".to_owned(), "tags-text"),
        ("`c12`".to_owned(), "Labels"),
        ("`c5`".to_owned(), "Sub"),
    ] {
        let output = format!("{value} AS `{name}`");
        let found = [", ", "SELECT "].iter().any(|before| keyed.contains(&format!("{before}{output}")));
        assert!(found, "{output}: {keyed}");
    }
    for name in [
        "Cost", "Currency", "Meter", "Quantity", "Unit", "other", "month",
    ] {
        assert!(!keyed.contains(&format!(" AS `{name}`")), "{name}: {keyed}");
    }
    let costs = level(&whole, &wanted(&[]), "costs");
    let month = "SELECT *, DATE_FORMAT(`date`, 'yyyy-MM') AS `month` FROM costs_keyed";
    assert_eq!(costs, month);
    // Without a date, the month may have a column of its own, and missing keys keep their types.
    for (columns, month) in [
        (&[][..], NO_TEXT),
        (&[("Month", ColumnType::Text, ReadAs::Text, None)], "`c0`"),
    ] {
        let bare = table(columns);
        let keyed = level(&bare, &wanted(&[]), "costs_keyed");
        for output in [
            format!("{month} AS `month`"),
            "CAST(NULL AS DATE) AS `date`".to_owned(),
            "CAST(NULL AS DECIMAL(38,18)) AS `cost`".to_owned(),
            "CAST(NULL AS DECIMAL(38,18)) AS `quantity`".to_owned(),
        ] {
            assert!(keyed.contains(&output), "{output}: {keyed}");
        }
        assert_eq!(
            level(&bare, &wanted(&[]), "costs"),
            "SELECT * FROM costs_keyed"
        );
    }
}

#[test]
fn the_amortized_cost_is_taken_where_it_is_asked_for_and_there() {
    let effective = (
        "Effective",
        ColumnType::Decimal,
        ReadAs::Amount,
        Some(Role::EffectiveCost),
    );
    let (both, one) = (table(&[COST, effective]), table(&[COST]));
    for (table, effective, cost) in [
        (&both, false, "`c0`"),
        (&both, true, "`c1`"),
        (&one, true, "`c0`"),
    ] {
        let needs = StatementNeeds {
            effective,
            ..StatementNeeds::default()
        };
        let keyed = level(table, &needs, "costs_keyed");
        assert!(keyed.contains(&format!(", {cost} AS `cost`")), "{keyed}");
    }
}

#[test]
fn only_columns_whose_names_do_not_say_their_type_are_probed() {
    let probed = table(&[
        ("Cost", ColumnType::Text, ReadAs::Amount, Some(Role::Cost)),
        ("Day", ColumnType::Text, ReadAs::Day, Some(Role::Date)),
        (
            "Effective",
            ColumnType::Text,
            ReadAs::Amount,
            Some(Role::EffectiveCost),
        ),
        ("Meter", ColumnType::Text, ReadAs::Text, None),
        ("Price", ColumnType::Text, ReadAs::Amount, None),
        ("Rate", ColumnType::Decimal, ReadAs::Amount, None),
        (
            "Used",
            ColumnType::Timestamp { zoned: false },
            ReadAs::Day,
            None,
        ),
        ("Ended", ColumnType::Date, ReadAs::Day, None),
        ("Start", ColumnType::Text, ReadAs::Day, None),
    ]);
    let count = |wrong: &str, at: usize| format!("COUNT(CASE WHEN {wrong} THEN 1 END) AS `n{at}`");
    let time = "NOT DATE_FORMAT(`s.Used`, 'yyyy-MM-dd\\'T\\'HH:mm:ss\\'Z\\'') LIKE '%T00:00:00Z'";
    let counts = [
        count(&is_none(&trimmed("`s.Price`"), ReadAs::Amount), 4),
        count(time, 6),
        count(&is_none(&trimmed("`s.Start`"), ReadAs::Day), 8),
    ];
    let statement = format!("SELECT {} FROM t", counts.join(", "));
    assert_eq!(probed.probe("t"), Some((statement, vec![4, 6, 8])));
    assert_eq!(table(&[COST, DATE]).probe("t"), None);
    let number = "NOT x RLIKE '^[+-]?(?:[0-9]+\\\\.?[0-9]*|\\\\.[0-9]+)(?:[eE][+-]?[0-9]+)?$'";
    assert_eq!(is_none("x", ReadAs::Amount), number);
    assert!(is_none("x", ReadAs::Day).starts_with("NOT x RLIKE '^(?:[0-9]{4}-"));
}

#[test]
fn days_with_slashes_begin_with_the_day_or_the_month() {
    for (day_first, long, short) in [
        (true, "'$3-$2-$1'", "'20$3-$2-$1'"),
        (false, "'$3-$1-$2'", "'20$3-$1-$2'"),
    ] {
        let text = day("x", day_first);
        assert!(text.contains(long) && text.contains(short), "{text}");
        let mut read = table(&[("Day", ColumnType::Text, ReadAs::Day, Some(Role::Date))]);
        read.day_first = day_first;
        let keyed = level(&read, &wanted(&[]), "costs_keyed");
        let own = day("`c0`", day_first);
        assert!(keyed.contains(&format!("{own} AS `date`")), "{keyed}");
    }
}

#[test]
fn statements_are_put_behind_the_table_of_costs() {
    for (statement, whole) in [
        ("SELECT 1", "WITH v\nSELECT 1"),
        (
            "WITH a AS (SELECT 1) SELECT 2",
            "WITH v,\na AS (SELECT 1) SELECT 2",
        ),
    ] {
        assert_eq!(with_view("v", statement), whole);
    }
    for (statement, most, end) in [
        (" SELECT 1 ; ", None, "SELECT 1\n) AS question"),
        ("SELECT 1;;\n", Some(5), "SELECT 1\n) AS question LIMIT 5"),
    ] {
        let whole = format!("WITH v\nSELECT * FROM (\n{end}");
        assert_eq!(around("v", statement, most), whole);
    }
}
