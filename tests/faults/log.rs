//! The journal of a seed as a person reads it.

use crate::journal::{Entry, Event, Place, Times};
use chrono::TimeDelta;

/// One line for each thing that happened. News that say nothing new are left out.
pub(crate) fn lines(entries: &[Entry]) -> String {
    let mut text = String::new();
    let mut told: Option<(&'static str, Option<String>)> = None;
    for entry in entries {
        let words = match &entry.event {
            Event::Told { state, note, .. } => {
                let now = (*state, note.clone());
                if told.as_ref() == Some(&now) {
                    continue;
                }
                told = Some(now);
                match note {
                    Some(note) => format!("   {state}: {note}"),
                    None => format!("   {state}"),
                }
            }
            event => {
                if matches!(event, Event::Begun { .. }) {
                    told = None;
                }
                words(event)
            }
        };
        text.push_str(&line(entry, &words));
    }
    text
}

fn line(entry: &Entry, words: &str) -> String {
    let since = entry.times.steady - Times::first().steady;
    let wall = entry.times.wall.format("%d. %H:%M:%S%.3f");
    format!(
        "run {} {:>12} s  {wall}  {words}\n",
        entry.run,
        seconds(since)
    )
}

fn seconds(time: TimeDelta) -> String {
    let millis = time.num_milliseconds();
    let sign = if millis < 0 { "-" } else { "" };
    format!("{sign}{}.{:03}", millis.abs() / 1000, millis.abs() % 1000)
}

fn words(event: &Event) -> String {
    match event {
        Event::Begun {
            role,
            refresh,
            max_wait,
        } => {
            let refresh = if *refresh {
                ", ordered with --refresh"
            } else {
                ""
            };
            let most = max_wait.num_seconds();
            format!("== a new run ({role:?}, --max-wait {most} s{refresh})")
        }
        Event::Asked {
            place, line, token, ..
        } => {
            let place = match place {
                Place::Arm => "ARM",
                Place::Storage => "storage",
            };
            // The signature of a link is long and says nothing.
            let line = line.split("&sig=").next().unwrap_or_default();
            format!("-> {place}: {line} (token: {token:?})")
        }
        Event::Answered {
            named,
            facts,
            words,
            ..
        } => {
            let named =
                named.map_or_else(String::new, |wait| format!("; names {} s", seconds(wait)));
            let accepted = if facts.accepted { "; accepted" } else { "" };
            let ends = if facts.ends {
                "; the report is gone"
            } else {
                ""
            };
            let cause = facts
                .cause
                .map_or_else(String::new, |cause| format!("; fault: {cause:?}"));
            format!("<- {words}{named}{accepted}{ends}{cause}")
        }
        Event::Waited { wanted, took } => {
            format!("   waited {} s of {} s", seconds(*took), seconds(*wanted))
        }
        Event::Jumped { by } => format!("** the wall clock is set by {} s", seconds(*by)),
        Event::Outage { length } => {
            format!("** the ARM host is away for {} s", seconds(*length))
        }
        Event::Told { state, .. } => format!("   {state}"),
        Event::Stopped => "** the user stops it".to_owned(),
        Event::Killed { ambiguous } => {
            let how = if *ambiguous { "anywhere" } else { "in a wait" };
            format!("** the run is killed {how}")
        }
        Event::Ended(ending) => {
            let failure = ending
                .failure
                .map_or_else(String::new, |(kind, code)| format!(" {kind}, exit {code}"));
            let sums: Vec<String> = ending
                .totals
                .money
                .iter()
                .map(|(currency, units)| format!("{units}e-18 {currency}"))
                .collect();
            let (status, rows) = (ending.status, ending.totals.rows);
            let sums = sums.join(" and ");
            format!(
                "== {status}{failure}: {rows} rows, {sums} {}",
                ending.message
            )
        }
    }
}
