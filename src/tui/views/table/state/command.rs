//! Builds command lines that print the same numbers as a view.

use super::explorer::Explorer;
use super::step::Step;
use crate::domain::query::Query;
use crate::domain::query::group_key::keys_text;
use crate::domain::query::sort::list_text;
use crate::domain::text::shell::word;
use crate::ops::engine::Engine;
use crate::ops::repeated_flags::RepeatedFlags;
use crate::tui::state::command_flags::{money_flag, question_flags, source, source_list};
use std::slice::from_ref;

impl Explorer {
    /// The headless command of this view.
    pub fn command(&self, repeated: &RepeatedFlags) -> String {
        let step = self.step();
        let mut words = vec!["costscope".to_owned()];
        let opened = &self.loaded.opened;
        if let Some((before, after)) = step.change {
            words.extend(["change".to_owned(), source_list(opened)]);
            words.push(format!("--before-days {before}"));
            words.push(format!("--after-days {after}"));
            flags(&mut words, step);
        } else {
            words.push("show".to_owned());
            words.extend(opened.names.iter().map(|name| source(opened, name, false)));
            flags(&mut words, step);
            self.show_flags(&mut words, step);
        }
        if Engine::of(&opened.data) == Engine::Polars {
            words.push("--engine polars".to_owned());
        }
        words.extend(money_flag(opened));
        words.extend(repeated.on(&opened.names));
        words.join(" ")
    }

    /// The headless command of a statement over the open data.
    pub fn statement_command(&self, statement: &str, repeated: &RepeatedFlags) -> String {
        // A leading dash would be read as a flag.
        let blank = if statement.starts_with('-') { " " } else { "" };
        let mut words = vec![
            "costscope sql".to_owned(),
            word(&format!("{blank}{statement}")),
        ];
        let opened = &self.loaded.opened;
        words.extend(opened.names.iter().map(|name| source(opened, name, false)));
        words.push("--top 0".to_owned());
        words.extend(money_flag(opened));
        words.extend(repeated.on(&opened.names));
        words.join(" ")
    }

    fn show_flags(&self, words: &mut Vec<String>, step: &Step) {
        match step.top {
            // By default `show` prints only the first rows.
            _ if step.group_by.is_empty() => words.push("--top 0".to_owned()),
            Some(top) => {
                words.push(format!("--top {top} --others"));
            }
            None => {}
        }
        if let Some(by) = &step.pivot {
            words.push(format!("--pivot {}", word(&keys_text(from_ref(by)))));
        }
        let query: Query = self.query();
        if !query.measures.is_empty() && step.pivot.is_none() {
            let names: Vec<&str> = query.measures.iter().map(|m| m.name()).collect();
            words.push(format!("--columns {}", names.join(",")));
        }
        if step.group_by.is_empty() && step.columns.shown.is_some() {
            let names: Vec<String> = self
                .columns()
                .iter()
                .map(|col| crate::domain::query::group_key::listed(&col.name))
                .collect();
            words.push(format!("--columns {}", word(&names.join(","))));
        }
    }
}

fn flags(words: &mut Vec<String>, step: &Step) {
    // A change has no pivot: each column becomes lines with the value as a key.
    let mut group_by = step.group_by.clone();
    group_by.extend(step.differences().map(|pivot| pivot.by.clone()));
    words.extend(question_flags(&group_by, step.filter.as_ref()));
    let sorts = step.sorts();
    if !sorts.is_empty() {
        words.push(format!("--sort={}", word(&list_text(&sorts))));
    }
}
