//! Switches data to its amounts in USD.

use super::{Dataset, PartData};
use crate::data::columns::column_types::ColumnKind;
use crate::data::columns::layout::Layout;
use crate::data::error::DataError;
use crate::domain::query::columns::{Dialect, Role, plain};
use crate::domain::query::money_column::{MoneyColumn, in_usd};

impl Dataset {
    /// The money that counts as cost.
    pub fn money(&self) -> MoneyColumn {
        self.money
    }

    /// The same rows with this money as their cost. Fails if a source has no such column.
    pub fn in_money(&self, money: MoneyColumn) -> Result<Self, DataError> {
        match money {
            MoneyColumn::Billing => {}
            MoneyColumn::Usd if self.server().is_some() => return Err(DataError::UsdOnServer),
            MoneyColumn::Usd => {
                let parts = self.parts().iter().zip(self.sources());
                // A table without rows has no costs.
                for (part, source) in parts.filter(|(_, source)| source.rows > 0) {
                    check(part, &source.name)?;
                }
            }
        }
        Ok(Self {
            money,
            ..self.clone()
        })
    }
}

/// Whether another header is spelled like this one, apart from the number that makes it unique.
fn is_twice(layout: &Layout, header: &str) -> bool {
    let spelled = |header: &str| {
        let numbered = header.rsplit_once(" #");
        let numbered = numbered.filter(|(_, number)| number.parse::<usize>().is_ok());
        plain(numbered.map_or(header, |(name, _)| name))
    };
    let wanted = plain(header);
    let headers = layout.headers.iter();
    headers.filter(|known| spelled(known) == wanted).count() > 1
}

/// Fails if a cost of a part has no column in USD. A part without columns is empty.
fn check(part: &PartData, file: &str) -> Result<(), DataError> {
    let layout = &part.stored.layout;
    if layout.dialect == Dialect::Mixed {
        return Err(DataError::UsdOfTwoLayouts {
            file: file.to_owned(),
        });
    }
    let is_amount = |header: &str| matches!(part.stored.kind(header), ColumnKind::Amount { .. });
    for role in [Role::Cost, Role::EffectiveCost] {
        let Some(cost) = layout.role_header(role) else {
            continue;
        };
        match layout.usd_header(role) {
            Some(header) if is_twice(layout, header) => {
                return Err(DataError::Twice {
                    file: file.to_owned(),
                    header: header.to_owned(),
                });
            }
            Some(header) if is_amount(header) => {}
            Some(header) => {
                return Err(DataError::UsdNotNumbers {
                    file: file.to_owned(),
                    header: header.to_owned(),
                });
            }
            None => {
                let headers = layout.headers.iter();
                let money =
                    headers.filter(|header| plain(header).contains("cost") && is_amount(header));
                let money: Vec<&str> = money.map(String::as_str).collect();
                return Err(DataError::NoUsd {
                    file: file.to_owned(),
                    wanted: in_usd(cost).first().map_or_else(
                        || format!("beside {cost}"),
                        |name| format!("{name} beside {cost}"),
                    ),
                    has: money.join(", "),
                });
            }
        }
    }
    Ok(())
}
