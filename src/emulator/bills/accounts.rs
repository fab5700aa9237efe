//! The made-up accounts: an enterprise agreement, a customer agreement with two currencies, pay-as-you-go.

/// The agreement that a subscription is billed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bill {
    Ea {
        department: &'static str,
        account: &'static str,
    },
    Mca {
        profile: usize,
        section: usize,
    },
    PayAsYouGo,
    /// A partner's customer, by its position.
    Mpa(usize),
}

/// A made-up subscription.
#[derive(Debug)]
pub struct Subscription {
    pub id: &'static str,
    pub name: &'static str,
    pub bill: Bill,
    /// The caller may see it but not its costs.
    pub locked: bool,
}

impl Bill {
    /// A subscription under this agreement whose costs the caller may see.
    const fn open(self, id: &'static str, name: &'static str) -> Subscription {
        Subscription {
            id,
            name,
            bill: self,
            locked: false,
        }
    }
}

/// A made-up billing profile and its invoice sections.
#[derive(Debug)]
pub struct Profile {
    pub name: &'static str,
    pub display: &'static str,
    pub currency: &'static str,
    pub sections: &'static [(&'static str, &'static str)],
}

pub const EA_ACCOUNT: &str = "8608480";
pub const MCA_ACCOUNT: &str =
    "e62a0d4c-5b1f-4c3e-9a57-0c4f8d1b7e21:1ef3c9a0-7d42-4b6e-8f10-2a9b6c5d4e3f_2019-05-31";
pub const PAYG_ACCOUNT: &str = "77b0f3d1-aaaa-4c8e-b2a4-13579bdf0001";
pub const MPA_ACCOUNT: &str =
    "9a1b2c3d-0c4f-4d1b-8e21-5b1f4c3e9a57:6c5d4e3f-2a9b-4b6e-8f10-1ef3c9a07d42_2019-05-31";
pub const MPA_PROFILE: &str = "P4RT-N3RX-BG7-PGB";
pub const CUSTOMERS: [(&str, &str); 2] = [
    ("4d1b8e21-0000-4a5e-9d10-6b2f4c8a0001", "Fabrikam"),
    ("4d1b8e21-0000-4a5e-9d10-6b2f4c8a0002", "Northwind"),
];
pub const TENANT: &str = "5c0ffee0-1234-4abc-9def-00c05750ca1e";

pub const PROFILES: [Profile; 2] = [
    Profile {
        name: "KQ7L-HM2T-BG7-PGB",
        display: "Shared Platform",
        currency: "EUR",
        sections: &[
            ("PR0D-7XQ2-PJA-PGB", "Production"),
            ("D3VE-9RT4-PJA-PGB", "Development"),
        ],
    },
    Profile {
        name: "AM3R-5KPW-BG7-PGB",
        display: "Americas",
        currency: "USD",
        sections: &[("5ALE-2MN8-PJA-PGB", "Sales")],
    },
];

pub const DEPARTMENTS: [(&str, &str); 2] = [("164821", "Retail"), ("164822", "Platform")];
pub const ENROLLMENT_ACCOUNTS: [(&str, &str, &str); 2] = [
    ("200101", "ops@contoso.example", "164821"),
    ("200102", "data@contoso.example", "164822"),
];

const RETAIL: Bill = Bill::Ea {
    department: "164821",
    account: "200101",
};
const PLATFORM: Bill = Bill::Ea {
    department: "164822",
    account: "200102",
};

const fn mca(profile: usize, section: usize) -> Bill {
    Bill::Mca { profile, section }
}

pub const SUBSCRIPTIONS: [Subscription; 10] = [
    RETAIL.open("3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02", "prod-online"),
    PLATFORM.open("3f1c2b7e-0002-4e5a-9d10-6b2f4c8a9a03", "prod-data"),
    RETAIL.open("3f1c2b7e-0003-4e5a-9d10-6b2f4c8a9a04", "test-online"),
    PLATFORM.open("3f1c2b7e-0004-4e5a-9d10-6b2f4c8a9a05", "shared-tools"),
    mca(0, 0).open("8d2e4a60-0001-4b7c-a1f3-95c0de7b1101", "eu-prod"),
    mca(0, 1).open("8d2e4a60-0002-4b7c-a1f3-95c0de7b1102", "eu-dev"),
    mca(1, 0).open("8d2e4a60-0003-4b7c-a1f3-95c0de7b1103", "us-sales"),
    Bill::PayAsYouGo.open("77b0f3d1-0001-4c8e-b2a4-13579bdf12de", "payg-sandbox"),
    Subscription {
        locked: true,
        ..RETAIL.open("10cced00-0001-4d9f-8c3b-fedcba987654", "locked-down")
    },
    Bill::Mpa(0).open("5e6f7a80-0001-4c1d-8e2f-0a1b2c3d4e5f", "fabrikam-prod"),
];

/// The layout of a scope's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileLayout {
    Ea,
    Mca,
}

/// The costs that are visible at a scope.
#[derive(Debug, Clone)]
pub struct VisibleCosts {
    pub dialect: FileLayout,
    /// Positions in [`SUBSCRIPTIONS`].
    pub subscriptions: Vec<usize>,
    /// Purchases, refunds and unused benefits are visible only at the account and its profiles.
    pub purchases: bool,
    /// Positions in [`PROFILES`], for a customer agreement.
    pub profiles: Vec<usize>,
    /// Invoices can be ordered.
    pub invoices: bool,
}

/// The outcome of ordering a report at a scope.
#[derive(Debug, Clone)]
pub enum Access {
    Report(VisibleCosts),
    PayAsYouGo,
    Refused,
    /// The kind of scope has no reports.
    NoReports(&'static str),
    NotFound,
}

/// The access that a scope path, without outer slashes, allows.
pub fn access(scope: &str) -> Access {
    let lower = scope.to_lowercase();
    let parts: Vec<&str> = lower.split('/').collect();
    match parts.as_slice() {
        ["subscriptions", id] => subscription(id),
        ["subscriptions", _, "resourcegroups", _] => {
            Access::NoReports("resource group scope is not supported")
        }
        ["providers", "microsoft.management", "managementgroups", _] => {
            Access::NoReports("management group scope is not supported")
        }
        [
            "providers",
            "microsoft.billing",
            "billingaccounts",
            account,
            rest @ ..,
        ] => billing(account, rest),
        [
            "providers",
            "microsoft.billing",
            kind @ ("departments" | "enrollmentaccounts"),
            id,
        ] => enrolment(&[kind, id]),
        _ => Access::NotFound,
    }
}

fn subscription(id: &str) -> Access {
    let Some(found) = SUBSCRIPTIONS.iter().find(|known| known.id == id) else {
        return Access::NotFound;
    };
    let dialect = match found.bill {
        _ if found.locked => return Access::Refused,
        Bill::PayAsYouGo => return Access::PayAsYouGo,
        Bill::Ea { .. } => FileLayout::Ea,
        Bill::Mca { .. } | Bill::Mpa(_) => FileLayout::Mca,
    };
    report(dialect, |known| known.id == id)
}

/// The costs of the subscriptions that `keep` chooses, without purchases.
pub(in crate::emulator) fn view(
    dialect: FileLayout,
    keep: impl Fn(&Subscription) -> bool,
) -> VisibleCosts {
    let all = SUBSCRIPTIONS.iter().enumerate();
    let kept = all.filter(|(_, known)| !known.locked && keep(known));
    VisibleCosts {
        dialect,
        subscriptions: kept.map(|(at, _)| at).collect(),
        purchases: false,
        profiles: Vec::new(),
        invoices: false,
    }
}

fn report(dialect: FileLayout, keep: impl Fn(&Subscription) -> bool) -> Access {
    Access::Report(view(dialect, keep))
}

/// An account or a billing profile: purchases are visible there, and a single profile has invoices.
fn payer(
    dialect: FileLayout,
    profiles: Vec<usize>,
    keep: impl Fn(&Subscription) -> bool,
) -> Access {
    Access::Report(VisibleCosts {
        purchases: true,
        invoices: profiles.len() == 1,
        profiles,
        ..view(dialect, keep)
    })
}

fn billing(account: &str, rest: &[&str]) -> Access {
    match (account, rest) {
        (EA_ACCOUNT, []) => payer(FileLayout::Ea, Vec::new(), |known| {
            matches!(known.bill, Bill::Ea { .. })
        }),
        (EA_ACCOUNT, [_, _]) => enrolment(rest),
        (EA_ACCOUNT, ["departments", _, "enrollmentaccounts", id]) => {
            enrolment(&["enrollmentaccounts", id])
        }
        (MPA_ACCOUNT, _) => partner(rest),
        (PAYG_ACCOUNT, []) => Access::PayAsYouGo,
        (MCA_ACCOUNT, []) => payer(FileLayout::Mca, vec![0, 1], |known| {
            matches!(known.bill, Bill::Mca { .. })
        }),
        (MCA_ACCOUNT, ["billingprofiles", name]) => PROFILES
            .iter()
            .position(|profile| profile.name.eq_ignore_ascii_case(name))
            .map_or(Access::NotFound, |at| {
                payer(
                    FileLayout::Mca,
                    vec![at],
                    |known| matches!(known.bill, Bill::Mca { profile, .. } if profile == at),
                )
            }),
        (
            MCA_ACCOUNT,
            ["billingprofiles", _, "invoicesections", name] | ["invoicesections", name],
        ) => invoice_section(name),
        _ => Access::NotFound,
    }
}

/// A partner's account: costs of a customer are read directly under the account, whatever the lists say.
fn partner(rest: &[&str]) -> Access {
    let of = |keep: &dyn Fn(usize) -> bool| {
        report(
            FileLayout::Mca,
            |known| matches!(known.bill, Bill::Mpa(customer) if keep(customer)),
        )
    };
    match rest {
        [] => of(&|_| true),
        ["billingprofiles", name] if name.eq_ignore_ascii_case(MPA_PROFILE) => of(&|_| true),
        ["customers", id] => match CUSTOMERS.iter().position(|(known, _)| known == id) {
            Some(at) => of(&|customer| customer == at),
            None => Access::NotFound,
        },
        _ => Access::NotFound,
    }
}

fn enrolment(path: &[&str]) -> Access {
    match path {
        ["departments", id] if DEPARTMENTS.iter().any(|(known, _)| known == id) => report(
            FileLayout::Ea,
            |known| matches!(known.bill, Bill::Ea { department, .. } if department == *id),
        ),
        ["enrollmentaccounts", id] if ENROLLMENT_ACCOUNTS.iter().any(|(known, ..)| known == id) => {
            report(
                FileLayout::Ea,
                |known| matches!(known.bill, Bill::Ea { account, .. } if account == *id),
            )
        }
        _ => Access::NotFound,
    }
}

fn invoice_section(name: &str) -> Access {
    for (at, profile) in PROFILES.iter().enumerate() {
        let mut sections = profile.sections.iter();
        if let Some(found) = sections.position(|(id, _)| id.eq_ignore_ascii_case(name)) {
            let bill = Bill::Mca {
                profile: at,
                section: found,
            };
            return report(FileLayout::Mca, |known| known.bill == bill);
        }
    }
    Access::NotFound
}
