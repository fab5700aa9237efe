//! What can go wrong with the requests of a blob storage, and how often.

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Busy,
    Reset,
    CutHead,
    CutBody,
    /// A page of a proxy instead of a list.
    NotXml,
    /// The list leads back to the same page.
    Loop,
    Firewall,
    Checksum,
    /// A part of the blob from another byte on than was asked for, or one that ends early in good order.
    OtherRange,
    ShortRange,
    /// The whole blob where a part was asked for.
    Whole,
    /// Another entity tag than the listed one, or the answers that it has changed or is gone although it is there.
    OtherTag,
    Changed,
    Gone,
}

pub(crate) const LIST: [(u64, Fault); 7] = [
    (12, Fault::Busy),
    (4, Fault::Reset),
    (3, Fault::CutHead),
    (6, Fault::CutBody),
    (1, Fault::NotXml),
    (1, Fault::Loop),
    (1, Fault::Firewall),
];

pub(crate) const BLOB: [(u64, Fault); 12] = [
    (12, Fault::Busy),
    (4, Fault::Reset),
    (3, Fault::CutHead),
    (16, Fault::CutBody),
    (1, Fault::Firewall),
    (1, Fault::Checksum),
    (1, Fault::OtherRange),
    (3, Fault::ShortRange),
    (3, Fault::Whole),
    (1, Fault::OtherTag),
    (2, Fault::Changed),
    (2, Fault::Gone),
];
