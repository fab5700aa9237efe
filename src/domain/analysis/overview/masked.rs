//! Masks an overview: names become pseudonyms, and amounts an index in which the total of a currency is 100.

use super::found::{OverviewFinding, OverviewFindings};
use super::{
    BridgeTotal, CostTrend, CurrencyTotal, DayCost, EarlierDays, GroupDays, KeyPanel, MonthFrame,
    Overview, RankedGroup, RestOfGroups, UnusedBenefit,
};
use crate::domain::analysis::comparison::Bridge;
use crate::domain::analysis::cost_mask::CostMask;
use crate::domain::analysis::findings::Smaller;
use crate::domain::money::{Amount, Money};
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::domain::text::counted;

/// The pseudonyms and indices of one overview.
struct OverviewMask(CostMask);

impl Overview {
    /// The same overview without names and amounts. Pseudonyms are the same wherever the salt is.
    #[must_use]
    pub fn masked(&self, salt: u64) -> Self {
        let mask = OverviewMask(CostMask {
            salt,
            wholes: wholes(&self.frame),
        });
        let tag = GroupKey::Tag(self.tag.clone().unwrap_or_default());
        let untagged = self.untagged.iter().map(|group| mask.group(&tag, group));
        let unused = self.unused.as_ref();
        let bridge = self.bridge.as_ref();
        let findings = self.findings.as_ref();
        let hidden = self.notes.len() as u64;
        let hidden =
            (hidden > 0).then(|| format!("{} may name somebody: hidden", counted(hidden, "note")));
        Self {
            sources: mask.0.names(&self.sources),
            before_sources: mask.0.names(&self.before_sources),
            metric: self.metric,
            limited: self
                .limited
                .as_ref()
                .map(|_| "limited (the rest is hidden)".to_owned()),
            frame: mask.frame(&self.frame),
            panels: self.panels.iter().map(|panel| mask.panel(panel)).collect(),
            stacks: self
                .stacks
                .iter()
                .map(|days| mask.group_days(days))
                .collect(),
            tag: self.tag.clone(),
            untagged: untagged.collect(),
            unused: unused.map(|all| all.iter().map(|one| mask.unused(one)).collect()),
            bridge: bridge.map(|all| all.iter().map(|one| mask.bridge(one)).collect()),
            findings: findings.map(|found| mask.findings(found)),
            notes: hidden.into_iter().collect(),
            masked: true,
        }
    }
}

/// The total of each currency, or its largest day if the total is zero.
fn wholes(frame: &MonthFrame) -> Vec<Money> {
    let whole = |total: &CurrencyTotal| {
        let days = frame.days.iter();
        let days = days.filter(|day| day.currency == total.currency);
        let largest = days.map(|day| day.trend.cost.abs()).max();
        let amount = match total.trend.cost.abs() {
            Amount::ZERO => largest.unwrap_or_default(),
            cost => cost,
        };
        Money {
            currency: total.currency.clone(),
            amount,
        }
    };
    frame.totals.iter().map(whole).collect()
}

impl OverviewMask {
    fn value(&self, key: &GroupKey, value: Option<&String>) -> Option<String> {
        let value = value?;
        // An empty value does not identify anybody.
        if key.is_anonymous() || value.is_empty() {
            return Some(value.clone());
        }
        Some(self.0.value(key, value))
    }

    fn amount(&self, amount: Amount, currency: Option<&str>) -> Amount {
        self.0.amount(amount, currency)
    }

    fn trend(&self, trend: CostTrend, currency: Option<&str>) -> CostTrend {
        let index = |amount| self.0.exact_index(amount, currency);
        CostTrend {
            cost: self.amount(trend.cost, currency),
            before: trend.before.map(|before| self.amount(before, currency)),
            exact: trend
                .before
                .and_then(|before| index(trend.cost).zip(index(before))),
        }
    }

    fn money(&self, money: &[Money]) -> Vec<Money> {
        money.iter().map(|money| self.0.money(money)).collect()
    }

    fn frame(&self, frame: &MonthFrame) -> MonthFrame {
        let total = |total: &CurrencyTotal| {
            let currency = total.currency.as_deref();
            CurrencyTotal {
                currency: total.currency.clone(),
                trend: self.trend(total.trend, currency),
                run_rate: total.run_rate.map(|rate| self.amount(rate, currency)),
            }
        };
        let day = |day: &DayCost| DayCost {
            trend: self.trend(day.trend, day.currency.as_deref()),
            ..day.clone()
        };
        let before = |before: &EarlierDays| EarlierDays {
            totals: self.money(&before.totals),
            ..before.clone()
        };
        MonthFrame {
            span: frame.span.clone(),
            totals: frame.totals.iter().map(total).collect(),
            days: frame.days.iter().map(day).collect(),
            outside: self.money(&frame.outside),
            outside_rows: frame.outside_rows,
            before: frame.before.as_ref().map(before),
        }
    }

    fn group(&self, key: &GroupKey, group: &RankedGroup) -> RankedGroup {
        RankedGroup {
            value: self.value(key, group.value.as_ref()),
            trend: self.trend(group.trend, group.currency.as_deref()),
            ..group.clone()
        }
    }

    fn panel(&self, panel: &KeyPanel) -> KeyPanel {
        let groups = panel.groups.iter();
        let others = panel.others.iter().map(|rest| RestOfGroups {
            trend: self.trend(rest.trend, rest.currency.as_deref()),
            ..rest.clone()
        });
        KeyPanel {
            key: panel.key.clone(),
            groups: groups.map(|group| self.group(&panel.key, group)).collect(),
            others: others.collect(),
        }
    }

    fn group_days(&self, days: &GroupDays) -> GroupDays {
        let currency = days.currency.as_deref();
        let costs = days.days.iter();
        GroupDays {
            value: self.value(&GroupKey::Role(Role::Service), days.value.as_ref()),
            currency: days.currency.clone(),
            days: costs
                .map(|(day, cost)| (*day, self.amount(*cost, currency)))
                .collect(),
        }
    }

    fn unused(&self, unused: &UnusedBenefit) -> UnusedBenefit {
        let name = |name: &String| self.0.name(name);
        UnusedBenefit {
            id: unused.id.as_ref().map(name),
            name: unused.name.as_ref().map(name),
            cost: self.amount(unused.cost, unused.currency.as_deref()),
            ..unused.clone()
        }
    }

    fn findings(&self, found: &OverviewFindings) -> OverviewFindings {
        let finding = |one: &OverviewFinding| OverviewFinding {
            finding: self.0.finding(&one.finding),
            command: String::new(),
        };
        let smaller = |sum: &Smaller| Smaller {
            money: self.0.money(&sum.money),
            ..sum.clone()
        };
        OverviewFindings {
            all: found.all.iter().map(finding).collect(),
            smaller: found.smaller.iter().map(smaller).collect(),
            not_looked_for: found.not_looked_for.clone(),
        }
    }

    fn bridge(&self, total: &BridgeTotal) -> BridgeTotal {
        let index = |amount: Amount| self.amount(amount, total.currency.as_deref());
        let bridge = &total.bridge;
        BridgeTotal {
            currency: total.currency.clone(),
            bridge: Bridge {
                actual: index(bridge.actual),
                purchases: index(bridge.purchases),
                refunds: index(bridge.refunds),
                benefit_usage: index(bridge.benefit_usage),
                unused_reservation: index(bridge.unused_reservation),
                unused_savings_plan: index(bridge.unused_savings_plan),
                residual: index(bridge.residual),
                amortized: index(bridge.amortized),
            },
        }
    }
}
