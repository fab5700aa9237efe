//! Escapes for spreadsheets, Markdown and pages.

use crate::domain::text::escape::{Csv, harmless, html, markdown, terminal_json};

#[test]
fn spreadsheet_formulas_get_an_apostrophe() {
    let cases = [
        ("=1+1", "'=1+1"),
        ("@sum", "'@sum"),
        ("-x", "'-x"),
        ("-5.20", "-5.20"),
        ("+1e3", "+1e3"),
        ("rg=a", "rg=a"),
        ("", ""),
        ("-5 +cmd|' /C calc'!A0", "'-5 +cmd|' /C calc'!A0"),
        ("-5 Hours", "'-5 Hours"),
        (" =1+1", "' =1+1"),
        ("\u{a0}=1+1", "'\u{a0}=1+1"),
        ("\u{feff}=1+1", "'\u{feff}=1+1"),
        ("\u{200b}@x", "'\u{200b}@x"),
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("\"=1+1", "'\"=1+1"),
        ("a;=1+1", "a;'=1+1"),
        ("a; \"=1+1\";-2", "a;' \"=1+1\";-2"),
        ("a\t@x", "a\t'@x"),
        ("a\n=x\r\n+y", "a\n'=x\r\n'+y"),
        ("-5;b", "-5;b"),
        ("1;-2;+3;", "1;-2;+3;"),
        ("1;-2x;3", "1;'-2x;3"),
        ("-1;=2", "-1;'=2"),
        ("2026-10-01", "2026-10-01"),
        ("a;b;c", "a;b;c"),
        ("-", "'-"),
        ("=", "'="),
        ("-1,5", "-1,5"),
        ("-1+1", "'-1+1"),
        ("a\t\t\t=1", "a\t\t\t'=1"),
        (" \t =1", "' \t' =1"),
    ];
    for (text, safe) in cases {
        assert_eq!(harmless(text), safe);
    }
}

#[test]
fn long_texts_are_escaped_quickly() {
    let began = std::time::Instant::now();
    harmless(&format!("a{}b", "\t".repeat(100_000)));
    harmless(&"=".repeat(100_000));
    harmless(&" ;".repeat(100_000));
    markdown(&"a.".repeat(200_000));
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

#[test]
fn markdown_syntax_in_text_is_escaped() {
    let cases = [
        ("rg-prod_01 / West Europe", "rg-prod_01 / West Europe"),
        ("[x](https://a.example)", "\\[x\\]\\(https&#58;//a.example)"),
        ("![x](a)", "!\\[x\\]\\(a)"),
        ("<img src=x onerror=y>", "&lt;img src=x onerror=y&gt;"),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ("@team see #12", "@&#8203;team see #&#8203;12"),
        ("www.a.example", "www&#46;a.example"),
        ("a|b\\|c", "a\\|b\\\\\\|c"),
        (
            "`rm` *b* _i_ ~s~ $m$",
            "\\`rm\\` \\*b\\* \\_i\\_ \\~s\\~ \\$m\\$",
        ),
        ("a\nb", "a␊b"),
    ];
    for (text, safe) in cases {
        assert_eq!(markdown(text), safe);
    }
}

#[test]
fn markup_in_text_is_text_in_a_page() {
    let cases = [
        ("rg-prod_01 / West Europe", "rg-prod_01 / West Europe"),
        (
            "</td><script>x()</script>",
            "&lt;/td&gt;&lt;script&gt;x()&lt;/script&gt;",
        ),
        ("\" onload='x'", "&quot; onload=&#39;x&#39;"),
        ("&lt;", "&amp;lt;"),
        ("a\u{ffff}b\u{1}", "a\u{fffd}b\u{2401}"),
    ];
    for (text, safe) in cases {
        assert_eq!(html(text), safe);
    }
}

#[test]
fn signs_of_markdown_without_a_meaning_stay() {
    let cases = [
        ("12:30 C:\\", "12:30 C:\\\\"),
        ("a_b _c d_", "a_b \\_c d\\_"),
        ("f(x) ](y", "f(x) \\]\\(y"),
        ("# 1 #a", "# 1 #&#8203;a"),
        ("WWW.a ww.a. w", "WWW&#46;a ww.a. w"),
    ];
    for (text, safe) in cases {
        assert_eq!(markdown(text), safe);
    }
}

#[test]
fn fields_are_quoted_where_their_reader_needs_it() {
    use Csv::{Guarded, Raw, Spreadsheet};
    for (value, spreadsheet, guarded, raw) in [
        (None, "", "", ""),
        (Some(""), "\"\"", "\"\"", "\"\""),
        (Some("a"), "\"a\"", "a", "a"),
        (Some("1.5"), "1.5", "1.5", "1.5"),
        (Some("-1.5"), "-1.5", "-1.5", "-1.5"),
        (Some("+1"), "+1", "+1", "+1"),
        (Some(".5"), ".5", ".5", ".5"),
        (Some("1 day"), "\"1 day\"", "1 day", "1 day"),
        (Some("a,b"), "\"a,b\"", "\"a,b\"", "\"a,b\""),
        (Some("a;b"), "\"a;b\"", "\"a;b\"", "\"a;b\""),
        (Some("a\"b"), "\"a\"\"b\"", "\"a\"\"b\"", "\"a\"\"b\""),
        (Some("\"\""), "\"\"\"\"\"\"", "\"\"\"\"\"\"", "\"\"\"\"\"\""),
        (Some("a\nb"), "\"a\nb\"", "\"a\nb\"", "\"a\nb\""),
        (Some("=1"), "\"'=1\"", "'=1", "=1"),
    ] {
        for (csv, expected) in [(Spreadsheet, spreadsheet), (Guarded, guarded), (Raw, raw)] {
            let mut field = "before".to_owned();
            csv.field(value, &mut field);
            assert_eq!(field, expected, "{csv:?}");
        }
    }
}

#[test]
fn json_on_a_terminal_has_no_control_characters() {
    for (text, safe) in [
        ("{\n\"a\": 1 ~}", "{\n\"a\": 1 ~}"),
        ("\"ä 日\"\n", "\"ä 日\"\n"),
        ("\"\u{7f}\"", "\"\\u007f\""),
        ("\"a\u{9b}\u{202e}ä\"", "\"a\\u009b\\u202eä\""),
        ("\"\u{e0041}\"", "\"\\udb40\\udc41\""),
    ] {
        assert_eq!(terminal_json(text), safe);
    }
}
