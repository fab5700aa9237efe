//! How to sign in to Azure.

/// The sign-in method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Auth {
    /// The first method that works on this machine.
    #[default]
    Auto,
    Cli,
    Azd,
    ManagedIdentity,
    Workload,
    Secret,
    Certificate,
    DeviceCode,
    Pipelines,
}

impl Auth {
    /// Every method, as the help lists them.
    pub const ALL: [Self; 9] = [
        Self::Auto,
        Self::Cli,
        Self::Azd,
        Self::ManagedIdentity,
        Self::Workload,
        Self::Secret,
        Self::Certificate,
        Self::DeviceCode,
        Self::Pipelines,
    ];
}
