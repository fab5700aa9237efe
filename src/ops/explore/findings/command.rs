//! The command that answers the question of a finding.

use super::Searched;
use crate::domain::analysis::findings::{Proof, ProofSide};
use crate::domain::query::sort::list_text;
use crate::domain::text::shell::word;
use crate::ops::engine::Engine;
use crate::ops::explore::command_flags::{money_flag, question_flags, source, source_list};
use crate::ops::repeated_flags::RepeatedFlags;

/// The headless command of a question.
pub fn command(proof: &Proof, searched: Searched<'_>, repeated: &RepeatedFlags) -> String {
    let now = searched.now;
    let (verb, side) = match proof.side {
        ProofSide::Now => ("show", now),
        ProofSide::Before => ("show", searched.before.unwrap_or(now)),
        ProofSide::Amortized => ("show", searched.amortized.unwrap_or(now)),
        ProofSide::Both => ("compare", searched.amortized.unwrap_or(now)),
    };
    let mut words = vec![format!("costscope {verb}")];
    if proof.side == ProofSide::Both {
        words.push(source_list(side));
    } else {
        words.extend(side.names.iter().map(|name| source(side, name, false)));
    }
    words.extend(question_flags(&proof.group_by, proof.filter.as_ref()));
    if !proof.measures.is_empty() {
        let names: Vec<&str> = proof.measures.iter().map(|m| m.name()).collect();
        words.push(format!("--columns {}", names.join(",")));
    }
    if !proof.sort.is_empty() {
        words.push(format!("--sort={}", word(&list_text(&proof.sort))));
    }
    if Engine::of(&side.data) == Engine::Polars {
        words.push("--engine polars".to_owned());
    }
    words.extend(money_flag(side));
    words.extend(repeated.on(&side.names));
    words.join(" ")
}
