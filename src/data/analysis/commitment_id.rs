//! Ids of reservations and savings plans.

/// What tells a commitment from others: its id in small letters, and the currency.
pub(crate) type Id = (Option<String>, Option<String>);

/// The id of a reservation, or of any benefit where that is blank.
pub(crate) fn id_of<'a>(reservation: Option<&'a str>, benefit: Option<&'a str>) -> Option<&'a str> {
    let filled = |id: &&str| crate::data::columns::charge_class::is_filled(id);
    reservation.filter(filled).or(benefit.filter(filled))
}
