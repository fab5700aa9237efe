//! Usage Details of the made-up Azure: rows by days, page by page.

use crate::answer::{Answer, Cut};
use crate::azure::{Azure, Fault, Reaction, SCOPE};
use crate::dice::Dice;
use crate::http::Request;
use crate::journal::{Cause, Facts, Totals};
use crate::rows::{self, Row, day};
use chrono::NaiveDate;

const FIRST: [(u64, Fault); 9] = [
    (14, Fault::Busy),
    (4, Fault::Reset),
    (2, Fault::CutHead),
    (4, Fault::CutBody),
    (3, Fault::Unauthorized),
    (2, Fault::Empty),
    (1, Fault::NotJson),
    (1, Fault::Redirect),
    (1, Fault::Foreign),
];

const LATER: [(u64, Fault); 12] = [
    (14, Fault::Busy),
    (4, Fault::Reset),
    (2, Fault::CutHead),
    (4, Fault::CutBody),
    (3, Fault::Unauthorized),
    (2, Fault::Empty),
    (2, Fault::NoContent),
    (1, Fault::NotJson),
    (1, Fault::Redirect),
    (1, Fault::Foreign),
    (1, Fault::Loop),
    (1, Fault::Forgotten),
];

/// The rows of an account, and how it serves them.
#[derive(Debug)]
pub(crate) struct Usage {
    rows: Vec<Row>,
    page: usize,
    /// Whether the server sends rows of all days, whatever was requested.
    ignores_days: bool,
}

/// What a request for a page asks for.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    from: NaiveDate,
    to: NaiveDate,
    offset: usize,
    is_first: bool,
}

impl Usage {
    pub(crate) fn draw(dice: &mut Dice, bare: bool) -> Self {
        let count = if bare { 0 } else { dice.size(1, 120) };
        let mut rows = rows::draw(dice, count, "usage");
        let ignores_days = dice.chance(200) && !bare;
        if ignores_days {
            let mut others = rows::draw(dice, 9, "other");
            for row in &mut others {
                row.day = dice.pick(&[day(9, 30), day(11, 1)]);
            }
            rows.extend(others);
        }
        dice.shuffle(&mut rows);
        Self {
            rows,
            page: dice.size(3, 40),
            ignores_days,
        }
    }

    /// The sums of the rows of October, which is what was ordered.
    pub(crate) fn totals(&self) -> Totals {
        let is_ordered = |row: &&Row| (day(10, 1)..=day(10, 31)).contains(&row.day);
        rows::totals(self.rows.iter().filter(is_ordered))
    }

    fn rows_of(&self, wanted: Wanted) -> Vec<Row> {
        let is_sent =
            |row: &&Row| self.ignores_days || (wanted.from..=wanted.to).contains(&row.day);
        self.rows.iter().filter(is_sent).cloned().collect()
    }
}

impl Wanted {
    /// The days of a first page, or the place of a later one.
    fn read(target: &str) -> Option<Self> {
        if let Some((_, token)) = target.split_once("skiptoken=") {
            let mut parts = token.split('_');
            return Some(Self {
                from: date(parts.next()?)?,
                to: date(parts.next()?)?,
                offset: parts.next()?.parse().ok()?,
                is_first: false,
            });
        }
        let after = |word: &str| {
            let (_, rest) = target.split_once(word)?;
            (0..rest.len()).find_map(|at| date(rest.get(at..at + 10)?))
        };
        Some(Self {
            from: after("usageStart")?,
            to: after("usageEnd")?,
            offset: 0,
            is_first: true,
        })
    }
}

fn date(text: &str) -> Option<NaiveDate> {
    let is_dash = |at| text.as_bytes().get(at) == Some(&b'-');
    let is_date = is_dash(4) && is_dash(7);
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|_| is_date)
}

impl Azure {
    pub(super) fn page(&mut self, request: &Request) -> Reaction {
        let Some(wanted) = Wanted::read(&request.target) else {
            return Reaction::of(Answer::new(400), Facts::default());
        };
        let fault = if wanted.is_first {
            self.fault(&FIRST)
        } else {
            self.fault(&LATER)
        };
        if let Some(fault) = fault
            && let Some(reaction) = self.plain(fault)
        {
            return reaction;
        }
        let own = format!("{}{}", self.arm, request.target);
        let mut answer = self.rows_as_page(wanted, None);
        match fault {
            Some(Fault::NoContent) => Reaction::because(Answer::new(204), Cause::Cut),
            Some(Fault::Forgotten) => Reaction::because(Answer::new(404), Cause::Gone),
            Some(Fault::Loop) => {
                let answer = self.rows_as_page(wanted, Some(own));
                Reaction::because(answer, Cause::Loop)
            }
            Some(Fault::Foreign) => {
                let there = format!("{}/elsewhere", self.storage);
                let answer = self.rows_as_page(wanted, Some(there));
                Reaction::because(answer, Cause::Foreign)
            }
            Some(Fault::CutHead) => Reaction::of(answer, Facts::default()).cut_head(),
            Some(Fault::CutBody) => {
                if !self.cut_body(&mut answer) {
                    answer.cut = Cut::Head;
                }
                Reaction::because(answer, Cause::Cut)
            }
            _ => Reaction::of(answer, Facts::default()),
        }
    }

    /// One page, with its own next link or with another one.
    fn rows_as_page(&mut self, wanted: Wanted, link: Option<String>) -> Answer {
        let rows = self.usage.rows_of(wanted);
        let end = (wanted.offset + self.usage.page).min(rows.len());
        let here = rows.get(wanted.offset..end).unwrap_or_default();
        let dice = &mut self.dice;
        let here: Vec<String> = here.iter().map(|row| row.json(dice)).collect();
        let link = link.or_else(|| {
            (end < rows.len()).then(|| {
                format!(
                    "{}/{SCOPE}/providers/Microsoft.Consumption/usageDetails?api-version=2024-08-01&$skiptoken={}_{}_{end}",
                    self.arm, wanted.from, wanted.to
                )
            })
        });
        let link = match link {
            Some(link) => format!("\"{link}\""),
            None => self.dice.pick(&["null", "\"\""]).to_owned(),
        };
        let body = format!("{{\"value\":[{}],\"nextLink\":{link}}}", here.join(","));
        self.as_json(200, &body)
    }
}

#[test]
fn the_days_of_a_request_are_found() {
    let first = "/x/usageDetails?api-version=2024-08-01&$filter=properties%2FusageStart%20ge%20%272026-10-05%27%20and%20properties%2FusageEnd%20le%20%272026-10-09%27";
    let wanted = Wanted::read(first).unwrap();
    assert_eq!((wanted.from, wanted.to), (day(10, 5), day(10, 9)));
    assert!(wanted.is_first);
    let wanted = Wanted::read("/x?a=2024-08-01&$skiptoken=2026-10-01_2026-10-31_40").unwrap();
    assert_eq!((wanted.to, wanted.offset), (day(10, 31), 40));
}
