//! JSON texts in windows of every size, and what is said about wrong ones.

use super::{JsonError, JsonText};
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::HashMap;
use std::io::Cursor;

const CHUNKS: [usize; 6] = [1, 2, 3, 7, 64, 1 << 20];

fn text_of(text: &str, chunk: usize) -> JsonText<'static> {
    let source = Box::new(Cursor::new(text.as_bytes().to_vec()));
    JsonText::with_sizes(source, (chunk, 1 << 20)).unwrap()
}

/// The problem and its line.
fn told(error: JsonError) -> String {
    match error {
        JsonError::Broken { problem, .. } => without_column(&problem),
        JsonError::Io(error) => error.to_string(),
        JsonError::Taker(error) => error.to_string(),
    }
}

fn without_column(said: &str) -> String {
    let cut = said.rsplit_once(" column ");
    cut.map_or(said, |(said, _)| said).to_owned()
}

/// The values of a list.
fn listed(text: &str, chunk: usize) -> Result<Vec<Value>, String> {
    let mut values = Vec::new();
    let mut json = text_of(text, chunk);
    let read = json.list(|value| {
        values.push(value.read()?);
        Ok(())
    });
    read.and_then(|()| json.end()).map_err(told)?;
    Ok(values)
}

#[test]
fn lists_are_read_as_serde_reads_them() {
    let texts = [
        "[]",
        " [ ] ",
        "[1,22,333]",
        "[-1.5e-7,0,-0.25E+2]",
        "[-]",
        "[1.]",
        "[1e,",
        "[01]",
        "\u{feff}[\"ä\",\"\\u00e4\\n\",null]",
        "\n[ {\"a\":[1,{\"b\":\"]}\"}]} ,\r\n -1.50e3 , true ]\n\n",
        "[",
        "[1",
        "[1,",
        "[1,\n]",
        "[1 2]",
        "[1;",
        "[\n\n{\"a\":1,}]",
        "[\n{\"a\" 1}]",
        "[\n1,\n  {\"a\":tru}]",
        "[\"open",
        "[1]\n x",
        "[1]]",
        "[,]",
    ];
    for text in texts {
        let plain = text.trim_start_matches('\u{feff}');
        let whole = serde_json::from_str::<Vec<IgnoredAny>>(plain)
            .map(|_| serde_json::from_str::<Vec<Value>>(plain).unwrap())
            .map_err(|error| without_column(&error.to_string()));
        for chunk in CHUNKS {
            assert_eq!(listed(text, chunk), whole, "{text:?} by {chunk}");
        }
    }
}

#[test]
fn objects_are_read_as_serde_reads_them() {
    let texts = [
        "{}",
        "{\"a\":1}",
        "{ \"a\" : [1, 2] , \"long\" : [ 3, {\"long\":[4]} ],\"long\":5 }",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "{\"a\":1;}",
        "{\"long\":[1,}",
        "{\"long\":\n[1,2}",
    ];
    for text in texts {
        let whole = serde_json::from_str::<HashMap<String, Value>>(text);
        let whole = whole
            .map(drop)
            .map_err(|error| without_column(&error.to_string()));
        for chunk in CHUNKS {
            let mut long = Vec::new();
            let mut json = text_of(text, chunk);
            let read = json.object(
                |name| name == "long",
                |_, value| {
                    long.push(value.read::<Value>()?);
                    Ok(())
                },
            );
            let what = format!("{text:?} by {chunk}");
            match read {
                Ok(outline) => {
                    assert!(whole.is_ok(), "{what}");
                    assert_eq!(outline.listed, text.contains("long"), "{what}");
                    assert!(serde_json::from_str::<IgnoredAny>(&outline.text).is_ok());
                    if outline.listed {
                        assert_eq!(long, [Value::from(3), serde_json::json!({"long": [4]})]);
                        assert_eq!(outline.text, "{\"a\":[1, 2],\"long\":[],\"long\":5}");
                    }
                }
                Err(error) => assert_eq!(Err(told(error)), whole, "{what}"),
            }
        }
    }
}

#[test]
fn values_follow_each_other() {
    for chunk in CHUNKS {
        let mut json = text_of("{\"a\":1}{\"a\":2}\n{\"a\":3}", chunk);
        let mut all = Vec::new();
        while json.peek().unwrap().is_some() {
            all.push(json.value().unwrap().text().unwrap().to_owned());
        }
        assert_eq!(all, ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"]);
    }
}

#[test]
fn a_value_that_is_too_large_is_refused() {
    let text = format!("[1,\"{}\"]", "x".repeat(5000));
    let source = Box::new(Cursor::new(text.clone().into_bytes()));
    let mut json = JsonText::with_sizes(source, (16, 1000)).unwrap();
    let told = json.list(|_| Ok(())).map_err(told).unwrap_err();
    assert!(told.contains("of JSON, which is too much"), "{told}");
    assert_eq!(listed(&text, 16).unwrap().len(), 2);
}
