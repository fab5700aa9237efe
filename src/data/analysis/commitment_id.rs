//! Ids of reservations and savings plans.

/// Identifies a commitment: its id in lower case, and the currency.
pub(crate) type Id = (Option<String>, Option<String>);

/// The reservation id, or the benefit id if the reservation id is not set.
pub(crate) fn id_of<'a>(reservation: Option<&'a str>, benefit: Option<&'a str>) -> Option<&'a str> {
    let filled = |id: &&str| crate::data::columns::charge_class::is_filled(id);
    reservation.filter(filled).or(benefit.filter(filled))
}
