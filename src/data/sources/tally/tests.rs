//! Bytes are counted, and hashed as far as the answer needs it.

use super::{Counted, Tally};
use crate::data::progress::Progress;
use std::io::{Cursor, Read};

fn read_by(tally: &Tally, text: &'static [u8]) -> (u64, String) {
    let progress = Progress::default();
    let mut source = Counted::new(Box::new(Cursor::new(text)), tally, &progress);
    std::io::copy(&mut Read::by_ref(&mut source), &mut std::io::sink()).unwrap();
    assert_eq!(progress.bytes().0, text.len() as u64);
    (tally.bytes(), tally.digest())
}

#[test]
fn a_question_hashes_only_to_tell_sources_apart() {
    let (bytes, sha) = read_by(&Tally::default(), b"abc");
    assert_eq!(bytes, 3);
    assert_eq!(
        sha,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(
        read_by(&Tally::of_question(false), b"abc"),
        (3, String::new())
    );
    let of = |text| read_by(&Tally::of_question(true), text).1;
    assert_eq!(of(b"abc"), of(b"abc"));
    assert_ne!(of(b"abc"), of(b"abd"));
    assert_eq!(of(b"abc").len(), 32);
}
