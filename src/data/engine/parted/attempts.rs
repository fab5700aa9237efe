//! Tries an answer at once, then in more and more parts.

use super::estimate::{self, PartedQuestion};
use super::parts::Parts;
use crate::data::error::DataError;
use std::cell::Cell;

/// Takes a part of an answer.
pub(crate) type Take<'a, T> = &'a mut dyn FnMut(T) -> Result<(), DataError>;

/// Answers at once, or in parts if the answer is refused for want of memory before anything was passed on.
pub(crate) fn or_in_parts<T>(
    asked: &PartedQuestion<'_>,
    mut take: impl FnMut(T) -> Result<(), DataError>,
    mut answer: impl FnMut(Parts, Take<'_, T>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let has_taken = Cell::new(false);
    let mut take = |part| {
        has_taken.set(true);
        take(part)
    };
    // A SQL engine sums all groups together.
    let is_ours = asked.sets.iter().all(|(data, _)| data.engine().is_none());
    let splits = is_ours && !asked.keys.is_empty();
    let mut parts = Parts::ONE;
    loop {
        match answer(parts, &mut take) {
            Err(DataError::Room(limit)) if splits && !has_taken.get() => {
                parts = if parts == Parts::ONE {
                    estimate::parts(asked)?
                } else {
                    parts.more().ok_or(DataError::Room(limit))?
                };
                let shares = parts.lines.saturating_mul(parts.items);
                tracing::info!(shares, "the sums do not fit the memory at once");
            }
            done => return done,
        }
    }
}

/// The only part of an answer that is not split.
pub(crate) fn whole<T>(
    each: impl FnOnce(Take<'_, T>) -> Result<(), DataError>,
) -> Result<T, DataError> {
    let mut whole = None;
    each(&mut |part| {
        whole = Some(part);
        Ok(())
    })?;
    whole.ok_or_else(|| DataError::Stored("there is no answer".to_owned()))
}

#[cfg(test)]
mod tests {
    use crate::data::engine::parted::attempts::{or_in_parts, whole};
    use crate::data::engine::parted::estimate::PartedQuestion;
    use crate::data::engine::parted::parts::Parts;
    use crate::data::error::DataError;
    use crate::domain::query::columns::Role;
    use crate::domain::query::group_key::GroupKey;

    fn refused() -> DataError {
        DataError::Room("256 MB".to_owned())
    }

    /// The parts that are tried where `fails` refuses some of them.
    fn tried(fails: impl Fn(Parts) -> Result<(), DataError>, takes: bool) -> (usize, bool) {
        let keys = [GroupKey::Role(Role::Meter)];
        let asked = PartedQuestion {
            sets: &[],
            keys: &keys,
            line: 1,
            reduces: false,
        };
        let mut tries = 0;
        let done = or_in_parts(
            &asked,
            |()| Ok(()),
            |parts, take| {
                tries += 1;
                if takes {
                    take(())?;
                }
                fails(parts)
            },
        );
        (tries, done.is_ok())
    }

    #[test]
    fn only_what_does_not_fit_is_tried_again() {
        assert_eq!(tried(|_| Ok(()), false), (1, true));
        let at_first = |parts: Parts| {
            if parts == Parts::ONE {
                Err(refused())
            } else {
                Ok(())
            }
        };
        assert_eq!(tried(at_first, false), (2, true));
        // Lines that were passed on cannot be taken back.
        assert_eq!(tried(at_first, true), (1, false));
        assert_eq!(tried(|_| Err(DataError::Cancelled), false), (1, false));
        let (tries, done) = tried(|_| Err(refused()), false);
        assert!(tries > 2 && !done, "{tries}");
    }

    #[test]
    fn a_whole_answer_is_its_only_part() {
        assert_eq!(whole(|take| take(7)).unwrap(), 7);
        assert!(whole::<u8>(|_| Ok(())).is_err());
        assert!(whole::<u8>(|_| Err(refused())).is_err());
    }
}
