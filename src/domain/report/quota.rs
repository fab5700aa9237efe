//! Quotas: which of Azure's buckets is empty, and how much is left in the others.
//!
//! Header names: Cost Management and Consumption throttling (`x-ms-ratelimit-microsoft.*-retry-after`,
//! `x-ms-ratelimit-remaining-*`); ARM read limits. Unknown names are shown unchanged.

use std::fmt;

/// A quota that requests are counted against.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// Query units of the tenant.
    Qpu,
    /// The requested scope.
    Entity,
    Tenant,
    /// All clients that send the same `ClientType`.
    ClientType,
    Client,
    /// The Consumption API as a whole.
    Consumption,
    /// The plain `Retry-After`: the server does not say which.
    Unnamed,
    Other(String),
}

impl Bucket {
    /// The bucket that a `...retry-after` header refers to.
    pub fn of_wait(header: &str) -> Self {
        let lower = header.to_ascii_lowercase();
        if lower == "retry-after" {
            return Self::Unnamed;
        }
        let name = lower
            .strip_prefix("x-ms-ratelimit-microsoft.")
            .and_then(|rest| rest.strip_suffix("-retry-after"));
        match name {
            Some("consumption") => Self::Consumption,
            Some(name) => Self::named(name),
            None => Self::Other(lower),
        }
    }

    /// The bucket that a remainder header refers to; `None` for any other header.
    pub fn of_remainder(header: &str) -> Option<Self> {
        let lower = header.to_ascii_lowercase();
        if let Some(rest) = lower.strip_prefix("x-ms-ratelimit-remaining-") {
            let rest = rest.strip_prefix("microsoft.").unwrap_or(rest);
            return Some(Self::named(rest.strip_suffix("-requests").unwrap_or(rest)));
        }
        let rest = lower.strip_prefix("x-ms-ratelimit-microsoft.")?;
        rest.strip_suffix("-remaining").map(Self::named)
    }

    fn named(text: &str) -> Self {
        let short = text
            .strip_prefix("costmanagement-")
            .or_else(|| text.strip_prefix("consumption-"))
            .unwrap_or(text);
        match short {
            "qpu" => Self::Qpu,
            "entity" => Self::Entity,
            "tenant" => Self::Tenant,
            "clienttype" => Self::ClientType,
            "client" | "clientappid" => Self::Client,
            other => Self::Other(other.replace('-', " ")),
        }
    }

    /// Whether other scopes share it, so that their orders have to wait as well.
    pub fn is_shared(&self) -> bool {
        matches!(
            self,
            Self::Qpu | Self::Tenant | Self::ClientType | Self::Client | Self::Consumption
        )
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Qpu => "query units",
            Self::Entity => "scope",
            Self::Tenant => "tenant",
            Self::ClientType => "client type",
            Self::Client => "client",
            Self::Consumption => "Consumption",
            Self::Unnamed => "unnamed",
            Self::Other(name) => name,
        })
    }
}

/// The amount left in a bucket, in the server's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remainder {
    pub bucket: Bucket,
    pub left: String,
}

impl Remainder {
    /// Reads a header; `DefaultQuota:3` is 3 left.
    pub fn read(header: &str, value: &str) -> Option<Self> {
        let bucket = Bucket::of_remainder(header)?;
        let value = value.trim();
        let left = match value.split_once(':') {
            Some((_, number)) if !value.contains(',') => number.trim(),
            _ => value,
        };
        (!left.is_empty()).then(|| Self {
            bucket,
            left: left.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::report::quota::{Bucket, Remainder};
    use std::collections::BTreeSet;

    #[test]
    fn headers_name_the_bucket_whose_wait_they_give() {
        for (header, expected, shared) in [
            ("Retry-After", Bucket::Unnamed, false),
            (
                "x-ms-ratelimit-microsoft.costmanagement-entity-retry-after",
                Bucket::Entity,
                false,
            ),
            (
                "X-Ms-RateLimit-Microsoft.CostManagement-Tenant-Retry-After",
                Bucket::Tenant,
                true,
            ),
            (
                "x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after",
                Bucket::Qpu,
                true,
            ),
            (
                "x-ms-ratelimit-microsoft.costmanagement-clienttype-retry-after",
                Bucket::ClientType,
                true,
            ),
            (
                "x-ms-ratelimit-microsoft.costmanagement-client-retry-after",
                Bucket::Client,
                true,
            ),
            (
                "x-ms-ratelimit-microsoft.consumption-clientappid-retry-after",
                Bucket::Client,
                true,
            ),
            (
                "x-ms-ratelimit-microsoft.consumption-retry-after",
                Bucket::Consumption,
                true,
            ),
            (
                "x-ms-ratelimit-microsoft.consumption-tenant-retry-after",
                Bucket::Tenant,
                true,
            ),
            (
                "x-ms-ratelimit-microsoft.new-one-retry-after",
                Bucket::Other("new one".to_owned()),
                false,
            ),
            (
                "X-Retry-After",
                Bucket::Other("x-retry-after".to_owned()),
                false,
            ),
        ] {
            let found = Bucket::of_wait(header);
            assert_eq!(found.is_shared(), shared, "{header}");
            assert_eq!(found, expected, "{header}");
        }
    }

    #[test]
    fn remainders_are_read_from_the_headers_that_have_them() {
        let read = |header: &str, value: &str| {
            Remainder::read(header, value).map(|found| (found.bucket, found.left))
        };
        let entity = "x-ms-ratelimit-remaining-microsoft.costmanagement-entity-requests";
        let qpu = "x-ms-ratelimit-microsoft.costmanagement-qpu-remaining";
        let tenant = "X-Ms-RateLimit-Remaining-Tenant";
        for (header, value, expected) in [
            (entity, "3", Some((Bucket::Entity, "3"))),
            (entity, "DefaultQuota: 3 ", Some((Bucket::Entity, "3"))),
            (entity, "A:3,B:4", Some((Bucket::Entity, "A:3,B:4"))),
            (entity, " ", None),
            (entity, "DefaultQuota:", None),
            (qpu, "7", Some((Bucket::Qpu, "7"))),
            (tenant, "1", Some((Bucket::Tenant, "1"))),
            (
                "x-ms-ratelimit-microsoft.costmanagement-qpu-consumed",
                "7",
                None,
            ),
            ("x-ms-request-id", "7", None),
        ] {
            let expected = expected.map(|(bucket, left)| (bucket, left.to_owned()));
            assert_eq!(read(header, value), expected, "{header}: {value}");
        }
    }

    #[test]
    fn each_bucket_has_a_name_of_its_own() {
        let all = [
            Bucket::Qpu,
            Bucket::Entity,
            Bucket::Tenant,
            Bucket::ClientType,
            Bucket::Client,
            Bucket::Consumption,
            Bucket::Unnamed,
            Bucket::Other("new one".to_owned()),
        ];
        let names: BTreeSet<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), all.len());
        assert!(names.iter().all(|name| !name.is_empty()));
        assert!(names.contains("new one"));
    }
}
