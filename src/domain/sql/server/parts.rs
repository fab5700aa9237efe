//! The class of a row in the bridge from actual to amortized, as a number: 0 no benefit, 1 purchase, 2 refund, 3 used,
//! 4 unused reservation, 5 unused savings plan.

use super::column::squeezed;
use super::columns::ServerTable;
use crate::domain::query::columns::Role;

pub(super) fn part(table: &ServerTable) -> String {
    if table.is_focus {
        of_focus(table)
    } else {
        of_own(table)
    }
}

/// Whether an id is filled in: older files fill the column with zeros.
fn is_filled(id: &str) -> String {
    format!("TRANSLATE(COALESCE({id}, ''), '0- ', '') <> ''")
}

fn lower(text: &str) -> String {
    format!("LOWER(COALESCE({text}, ''))")
}

fn of_own(table: &ServerTable) -> String {
    let charge = table.role(Role::ChargeType);
    let letters = |text: &str| format!("LOWER({})", squeezed(&format!("COALESCE({text}, '')")));
    let (model, word) = (letters(&table.role(Role::PricingModel)), letters(&charge));
    let publisher = lower(&table.role(Role::PublisherType));
    let unused = format!("LOWER(SUBSTRING(COALESCE({charge}, ''), 1, 6)) = 'unused'");
    let [reservation, benefit] =
        [Role::Reservation, Role::Benefit].map(|role| is_filled(&table.role(role)));
    format!(
        "CASE WHEN {publisher} = 'marketplace' THEN 0 \
         WHEN NOT ({model} IN ('reservation', 'savingsplan') OR ({model} = '' AND ({reservation} OR {benefit} OR {unused}))) \
         THEN 0 WHEN {word} = 'purchase' THEN 1 WHEN {word} = 'refund' THEN 2 WHEN {word} = 'unusedreservation' THEN 4 \
         WHEN {word} = 'unusedsavingsplan' THEN 5 WHEN {unused} THEN CASE WHEN {model} = 'savingsplan' THEN 5 ELSE 4 END \
         ELSE 3 END"
    )
}

fn of_focus(table: &ServerTable) -> String {
    let role = |role| lower(&table.role(role));
    let (category, subcategory) = (role(Role::ChargeType), role(Role::ChargeSubcategory));
    let (status, class) = (table.role(Role::BenefitStatus), role(Role::ChargeClass));
    let status_is = |word: &str, before: &str| {
        format!(
            "({} = '{word}' OR ({status} IS NULL AND {subcategory} = '{before}'))",
            lower(&status)
        )
    };
    let unused = status_is("unused", "unused commitment");
    let used = status_is("used", "used commitment");
    let given_back = format!("{subcategory} = 'refund' OR {class} = 'correction'");
    format!(
        "CASE WHEN {} IN ('vendor', 'marketplace') OR NOT ({} OR {unused}) THEN 0 \
         WHEN {category} = 'purchase' THEN CASE WHEN {given_back} THEN 2 ELSE 1 END \
         WHEN NOT {used} AND NOT {unused} AND ({given_back} OR {category} IN ('credit', 'adjustment')) THEN 2 \
         WHEN NOT {unused} THEN 3 WHEN CONTAINS({}, 'saving') THEN 5 ELSE 4 END",
        role(Role::PublisherType),
        is_filled(&table.role(Role::Benefit)),
        role(Role::BenefitType)
    )
}
