//! An overview as a table of text: one line for each figure, exact.

use super::{CostTrend, Overview, RankedGroup, UnusedBenefit};
use crate::domain::money::Amount;
use crate::domain::table::text_table::{Heading, Sheet};
use crate::domain::text::{counted, percent};

/// A line of the table.
struct Figure<'a> {
    panel: String,
    name: Option<String>,
    currency: Option<&'a str>,
    trend: CostTrend,
    share: Option<i64>,
}

/// A figure that is compared with nothing.
fn plain(cost: Amount) -> CostTrend {
    CostTrend::new(cost, None)
}

fn ranked<'a>(panel: &str, name: Option<String>, group: &'a RankedGroup) -> Figure<'a> {
    Figure {
        panel: panel.to_owned(),
        name,
        currency: group.currency.as_deref(),
        trend: group.trend,
        share: group.share,
    }
}

impl Overview {
    /// The figures of all panels, in one table.
    pub fn sheet(&self) -> Sheet {
        let headings = vec![
            Heading::text("panel"),
            Heading::text("name"),
            Heading::number("cost"),
            Heading::text("currency"),
            Heading::number("share"),
            Heading::number("before"),
            Heading::number("difference"),
            Heading::number("change"),
        ];
        let row = |figure: Figure<'_>| {
            let text = |amount: Amount| amount.to_string();
            vec![
                Some(figure.panel),
                figure.name,
                Some(text(figure.trend.cost)),
                figure.currency.map(ToOwned::to_owned),
                figure.share.map(percent),
                figure.trend.before.map(text),
                figure.trend.difference().map(text),
                figure.trend.change().map(percent),
            ]
        };
        let mut figures = self.totals();
        figures.extend(self.pair());
        figures.extend(self.days());
        figures.extend(self.groups());
        figures.extend(self.benefits());
        figures.extend(self.found());
        Sheet::new(headings, figures.into_iter().map(row))
    }

    /// The name of the month, or of all rows.
    fn month_name(&self) -> String {
        let span = self.frame.span.as_ref();
        span.map_or_else(|| "all rows".to_owned(), |span| span.month.to_string())
    }

    fn totals(&self) -> Vec<Figure<'_>> {
        let mut all = Vec::new();
        for total in &self.frame.totals {
            let mut figure = |panel: &str, trend| {
                all.push(Figure {
                    panel: panel.to_owned(),
                    name: Some(self.month_name()),
                    currency: total.currency.as_deref(),
                    trend,
                    share: None,
                });
            };
            figure("total", total.trend);
            if let Some(rate) = total.run_rate {
                figure("run-rate", plain(rate));
            }
        }
        let outside = self.frame.outside.iter().map(|money| Figure {
            panel: "left out".to_owned(),
            name: Some("other days, or without a date".to_owned()),
            currency: money.currency.as_deref(),
            trend: plain(money.amount),
            share: None,
        });
        all.extend(outside);
        all
    }

    fn pair(&self) -> impl Iterator<Item = Figure<'_>> {
        let totals = self.bridge.iter().flatten();
        totals.flat_map(|total| {
            let steps = total.bridge.steps().into_iter();
            steps.map(move |step| Figure {
                panel: "bridge".to_owned(),
                name: Some(step.step.to_owned()),
                currency: total.currency.as_deref(),
                trend: plain(step.cost),
                share: None,
            })
        })
    }

    fn days(&self) -> impl Iterator<Item = Figure<'_>> {
        self.frame.days.iter().map(|day| Figure {
            panel: "day".to_owned(),
            name: Some(day.date.to_string()),
            currency: day.currency.as_deref(),
            trend: day.trend,
            share: None,
        })
    }

    fn groups(&self) -> Vec<Figure<'_>> {
        let mut all = Vec::new();
        for panel in &self.panels {
            let key = panel.key.name();
            for total in &self.frame.totals {
                let currency = total.currency.as_deref();
                let groups = panel.of(currency);
                all.extend(groups.map(|group| ranked(&key, group.value.clone(), group)));
                let others = panel.others_of(currency);
                all.extend(others.map(|rest| Figure {
                    panel: key.clone(),
                    name: Some(format!("({})", counted(rest.groups as u64, "other"))),
                    currency: rest.currency.as_deref(),
                    trend: rest.trend,
                    share: rest.share,
                }));
            }
        }
        let without = self.tag.as_ref().map_or_else(
            || "no tag at all".to_owned(),
            |tag| format!("without tag:{tag}"),
        );
        let untagged = self.untagged.iter();
        all.extend(untagged.map(|group| ranked("untagged", Some(without.clone()), group)));
        all
    }

    fn found(&self) -> impl Iterator<Item = Figure<'_>> {
        self.largest().map(move |one| Figure {
            panel: "finding".to_owned(),
            name: Some(self.sentence(&one.finding)),
            currency: one.finding.money.currency.as_deref(),
            trend: plain(one.finding.money.amount),
            share: None,
        })
    }

    fn benefits(&self) -> impl Iterator<Item = Figure<'_>> {
        let unused = self.unused.iter().flatten();
        unused.map(|unused| Figure {
            panel: "unused".to_owned(),
            name: Some(unused.label()),
            currency: unused.currency.as_deref(),
            trend: plain(unused.cost),
            share: None,
        })
    }
}

impl UnusedBenefit {
    /// Its kind, and its name or the end of its id.
    pub fn label(&self) -> String {
        let id = self.id.as_deref();
        let end = id.map(|id| id.rsplit('/').next().unwrap_or(id));
        let name = self.name.as_deref().or(end).unwrap_or("without an id");
        format!("{} {name}", self.kind.word())
    }
}
