//! The services and commitments used in generated rows.

/// A service with its meter and prices in 1e-6 per unit.
#[derive(Debug)]
pub struct Service {
    pub category: &'static str,
    pub sub_category: &'static str,
    pub meter: &'static str,
    pub unit: &'static str,
    pub family: &'static str,
    pub provider: &'static str,
    pub kind: &'static str,
    /// In 1e-6 per unit.
    pub price: i128,
    /// Price per unit under a commitment.
    pub committed: i128,
}

const fn service(names: [&'static str; 7], price: i128, committed: i128) -> Service {
    let [category, sub_category, meter, unit, family, provider, kind] = names;
    Service {
        category,
        sub_category,
        meter,
        unit,
        family,
        provider,
        kind,
        price,
        committed,
    }
}

pub const SERVICES: [Service; 8] = [
    service(
        [
            "Virtual Machines",
            "Dsv5 Series",
            "D4s v5",
            "1 Hour",
            "Compute",
            "Microsoft.Compute",
            "virtualMachines",
        ],
        230_400,
        138_240,
    ),
    service(
        [
            "Virtual Machines",
            "Ev5 Series",
            "E8s v5",
            "1 Hour",
            "Compute",
            "Microsoft.Compute",
            "virtualMachines",
        ],
        604_800,
        423_360,
    ),
    service(
        [
            "Storage",
            "Tiered Block Blob",
            "Hot LRS Data Stored",
            "1 GB/Month",
            "Storage",
            "Microsoft.Storage",
            "storageAccounts",
        ],
        18_400,
        0,
    ),
    service(
        [
            "Storage",
            "Premium SSD Managed Disks",
            "P10 LRS Disk",
            "1/Month",
            "Storage",
            "Microsoft.Compute",
            "disks",
        ],
        704_123,
        0,
    ),
    service(
        [
            "SQL Database",
            "Single/Elastic Pool General Purpose",
            "vCore",
            "1 Hour",
            "Databases",
            "Microsoft.Sql",
            "servers",
        ],
        152_217,
        500_000,
    ),
    service(
        [
            "Bandwidth",
            "Rtn Preference: MGN",
            "Standard Data Transfer Out",
            "1 GB",
            "Networking",
            "Microsoft.Network",
            "publicIPAddresses",
        ],
        80_000,
        0,
    ),
    service(
        [
            "Log Analytics",
            "Analytics Logs",
            "Analytics Logs Data Ingestion",
            "1 GB",
            "Management and Governance",
            "microsoft.operationalinsights",
            "workspaces",
        ],
        2_760_001,
        0,
    ),
    service(
        [
            "Azure Kubernetes Service",
            "Standard",
            "Uptime SLA",
            "1 Hour",
            "Compute",
            "Microsoft.ContainerService",
            "managedClusters",
        ],
        100_000,
        0,
    ),
];

/// A commitment: its ids as the files show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commitment {
    /// Virtual machines, paid monthly.
    Machines,
    /// Databases: 365 on January 1st, 1.00 a day, two databases that use half each.
    Databases,
    SavingsPlan,
}

impl Commitment {
    /// Id and name.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Machines => ("49ed0e4d-8e0c-4f1f-af2c-67c865056615", "VM_RI_D4s_v5"),
            Self::Databases => ("b1d5c0a7-3e2f-4a68-9c11-0f7e6d5c4b3a", "SQL_RI_vCore"),
            Self::SavingsPlan => (
                "/providers/Microsoft.BillingBenefits/savingsPlanOrders/6f0b3c2d-5a4e-4d1c-8b7a-9e8f7d6c5b4a",
                "SP_Compute_1Y",
            ),
        }
    }

    /// The value in the `PricingModel` column.
    pub fn model(self) -> &'static str {
        if self == Self::SavingsPlan {
            "SavingsPlan"
        } else {
            "Reservation"
        }
    }

    /// The position of the service it covers.
    pub fn service(self) -> usize {
        match self {
            Self::Machines => 0,
            Self::SavingsPlan => 1,
            Self::Databases => 4,
        }
    }
}
