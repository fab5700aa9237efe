//! The sign-in methods, and which of them are tried on this machine.
//!
//! `auto`: environment settings, workload identity, `az`, `azd`; a managed identity only if the machine itself says
//! that it runs in Azure, because requesting one anywhere else hangs. Variables: the Azure SDKs'
//! `EnvironmentCredential`, `WorkloadIdentityCredential` and `AzurePipelinesCredential`.

use super::attempt::NoToken;
use super::certificate::Certificate;
use super::cli::QuietExecutor;
use super::device::DeviceCode;
use super::entra_errors;
use super::transport::Sender;
use crate::azure::cloud::Cloud;
use crate::azure::error::AzureError;
use crate::azure::net::Network;
use crate::azure::time::Time;
use crate::domain::sign_in::Auth;
use crate::domain::text::secret::Secret as Hidden;
use azure_core::cloud::CloudConfiguration;
use azure_core::credentials::{AccessToken, Secret, TokenCredential};
use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, AzurePipelinesCredential, AzurePipelinesCredentialOptions,
    ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The asset tag that every virtual machine in Azure has (Microsoft Learn, "Azure Instance Metadata Service").
const AZURE_ASSET_TAG: &str = "7783-7084-3265-9085-8269-3286-77";
const ASSET_TAG_FILE: &str = "/sys/class/dmi/id/chassis_asset_tag";
/// A local program responds soon or waits for input; its own limit is a little shorter.
const PROGRAM: Duration = Duration::from_secs(35);
/// The metadata service is on the local network.
const NEXT_DOOR: Duration = Duration::from_secs(10);
const NETWORK: Duration = Duration::from_secs(60);
/// The user has to go to another machine and type a code.
const USER: Duration = Duration::from_secs(20 * 60);

/// Variables whose values are secrets.
const SECRETS: [&str; 6] = [
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_PASSWORD",
    "SYSTEM_ACCESSTOKEN",
    "IDENTITY_HEADER",
    "MSI_SECRET",
];

/// The settings of the sign-in.
#[derive(Debug, Clone, Default)]
pub struct SignIn {
    pub auth: Auth,
    pub tenant: Option<String>,
    /// The application for device code, secret and certificate; the user-assigned identity of a machine.
    pub client_id: Option<String>,
    /// The values of the settings file, used if nothing else sets them.
    pub fallback_tenant: Option<String>,
    pub fallback_client_id: Option<String>,
    pub environment: Environment,
}

/// The environment variables and the machine's asset tag, so that tests can supply their own.
#[derive(Clone, Default)]
pub struct Environment {
    variables: HashMap<String, String>,
    /// The secrets among them, registered for redaction as long as this lives.
    _held: Vec<Hidden>,
    asset_tag: Option<PathBuf>,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be secrets.
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

impl Environment {
    /// The variables of this process that sign-in reads, and the asset tag of this machine.
    pub fn of_process() -> Self {
        // The variables that are read here are all UTF-8.
        let all = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let known = all.filter(|(name, value)| {
            let ours = ["AZURE", "IDENTITY_", "SYSTEM_", "MSI_", "IMDS_"];
            ours.iter().any(|start| name.starts_with(start)) && !value.trim().is_empty()
        });
        Self::with(known.collect(), Some(PathBuf::from(ASSET_TAG_FILE)))
    }

    /// An environment with the given variables and asset tag.
    pub fn of(variables: &[(&str, &str)], asset_tag: Option<PathBuf>) -> Self {
        let pairs = variables.iter();
        let variables = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::with(variables.collect(), asset_tag)
    }

    fn with(variables: HashMap<String, String>, asset_tag: Option<PathBuf>) -> Self {
        let values = SECRETS.iter().filter_map(|name| variables.get(*name));
        let mut held: Vec<Hidden> = values.map(Hidden::new).collect();
        // The federated token in this file is sent as it is, so it is a secret, too.
        let file = variables.get("AZURE_FEDERATED_TOKEN_FILE");
        let token = file.and_then(|path| std::fs::read_to_string(path).ok());
        held.extend(token.map(|token| Hidden::new(token.trim())));
        Self {
            _held: held,
            variables,
            asset_tag,
        }
    }

    fn get(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn need(&self, name: &str) -> Result<String, String> {
        self.get(name).ok_or_else(|| format!("{name} is not set"))
    }

    /// Whether this machine says that it runs in Azure.
    fn is_azure(&self) -> bool {
        let tag = self
            .asset_tag
            .as_ref()
            .and_then(|path| std::fs::read_to_string(path).ok());
        self.variables.contains_key("IDENTITY_ENDPOINT")
            || tag.is_some_and(|tag| tag.trim() == AZURE_ASSET_TAG)
    }
}

/// One sign-in method, or the reason it cannot be tried.
#[derive(Debug)]
pub struct SignInMethod {
    pub source: &'static str,
    credential: Result<Arc<dyn TokenCredential>, String>,
    limit: Duration,
}

impl SignInMethod {
    pub(super) fn of(source: &'static str, credential: Made, limit: Duration) -> Self {
        Self {
            source,
            credential,
            limit,
        }
    }

    /// Gets a token, or the source's error.
    pub(super) async fn token(&self, scope: &str) -> Result<AccessToken, NoToken> {
        let credential = self.credential.as_ref().map_err(Clone::clone)?;
        let scopes = [scope];
        let asked = credential.get_token(&scopes, None);
        match tokio::time::timeout(self.limit, asked).await {
            Ok(Ok(token)) => Ok(token),
            Ok(Err(error)) => Err(NoToken {
                said: entra_errors::said(self.source, &error),
                lost: entra_errors::is_lost(&error),
            }),
            Err(_) => Err(NoToken {
                said: format!("no answer within {} seconds", self.limit.as_secs()),
                lost: true,
            }),
        }
    }
}

/// Builds the methods that the settings select. Unusable ones are kept with the reason, so that it can be shown.
pub(super) fn build(
    sign_in: &SignIn,
    cloud: Cloud,
    network: &Network,
    time: &Time,
    prompt: watch::Sender<Option<String>>,
) -> Result<Vec<SignInMethod>, AzureError> {
    let builder = Builder {
        sign_in,
        cloud,
        sender: Sender::new(network)?,
        time,
        prompt,
    };
    let environment = &sign_in.environment;
    let has = |name: &str| environment.variables.contains_key(name);
    Ok(match sign_in.auth {
        Auth::Cli => vec![builder.az()],
        Auth::Azd => vec![builder.azd()],
        Auth::ManagedIdentity => vec![builder.managed_identity()],
        Auth::Workload => vec![builder.workload()],
        Auth::Secret => vec![builder.secret()],
        Auth::Certificate => vec![builder.certificate()],
        Auth::DeviceCode => vec![builder.device_code()],
        Auth::Pipelines => vec![builder.pipelines()],
        Auth::Auto => {
            let mut ways = Vec::new();
            if has("AZURE_CLIENT_SECRET") {
                ways.push(builder.secret());
            } else if has("AZURE_CLIENT_CERTIFICATE_PATH") {
                ways.push(builder.certificate());
            }
            if has("AZURE_FEDERATED_TOKEN_FILE") {
                ways.push(builder.workload());
            }
            ways.push(builder.az());
            ways.push(builder.azd());
            if environment.is_azure() {
                ways.push(builder.managed_identity());
            }
            ways
        }
    })
}

struct Builder<'a> {
    sign_in: &'a SignIn,
    cloud: Cloud,
    sender: Sender,
    time: &'a Time,
    prompt: watch::Sender<Option<String>>,
}

type Made = Result<Arc<dyn TokenCredential>, String>;

/// A boxed credential, or the error of its constructor.
fn made<T: TokenCredential + 'static>(
    source: &'static str,
    credential: azure_core::Result<Arc<T>>,
) -> Made {
    match credential {
        Ok(credential) => Ok(credential),
        Err(error) => Err(entra_errors::said(source, &error)),
    }
}

impl Builder<'_> {
    fn options(&self) -> ClientOptions {
        let cloud = match self.cloud {
            Cloud::Public => CloudConfiguration::AzurePublic,
            Cloud::UsGov => CloudConfiguration::AzureGovernment,
            Cloud::China => CloudConfiguration::AzureChina,
        };
        ClientOptions {
            cloud: Some(Arc::new(cloud)),
            transport: Some(Transport::new(Arc::new(self.sender.clone()))),
            // Few retries: the user is waiting for the first screen.
            retry: RetryOptions::exponential(ExponentialRetryOptions {
                max_retries: 2,
                ..ExponentialRetryOptions::default()
            }),
            ..ClientOptions::default()
        }
    }

    fn tenant(&self) -> Result<String, String> {
        let given = &self.sign_in;
        let found = given
            .tenant
            .clone()
            .or(given.environment.get("AZURE_TENANT_ID"));
        found
            .or(given.fallback_tenant.clone())
            .ok_or_else(|| "AZURE_TENANT_ID is not set, and there is no --tenant".to_owned())
    }

    fn client(&self) -> Result<String, String> {
        let given = &self.sign_in;
        let found = given
            .client_id
            .clone()
            .or(given.environment.get("AZURE_CLIENT_ID"));
        found
            .or(given.fallback_client_id.clone())
            .ok_or_else(|| "AZURE_CLIENT_ID is not set, and there is no --client-id".to_owned())
    }

    /// The tenant to request from a signed-in program; `None` for its default.
    fn chosen_tenant(&self) -> Option<String> {
        let given = &self.sign_in;
        given.tenant.clone().or(given.fallback_tenant.clone())
    }

    fn az(&self) -> SignInMethod {
        let options = AzureCliCredentialOptions {
            tenant_id: self.chosen_tenant(),
            executor: Some(Arc::new(QuietExecutor { program: "az" })),
            ..AzureCliCredentialOptions::default()
        };
        let credential = made("az", AzureCliCredential::new(Some(options)));
        SignInMethod::of("az", credential, PROGRAM)
    }

    fn azd(&self) -> SignInMethod {
        let options = AzureDeveloperCliCredentialOptions {
            tenant_id: self.chosen_tenant(),
            executor: Some(Arc::new(QuietExecutor { program: "azd" })),
        };
        let credential = made("azd", AzureDeveloperCliCredential::new(Some(options)));
        SignInMethod::of("azd", credential, PROGRAM)
    }

    fn managed_identity(&self) -> SignInMethod {
        let source = "managed identity";
        let chosen = self
            .sign_in
            .client_id
            .clone()
            .or_else(|| self.sign_in.environment.get("AZURE_CLIENT_ID"));
        // An ARM path is the resource id of the identity; anything else is its client id.
        let id = chosen.map(|id| {
            if id.starts_with('/') {
                UserAssignedId::ResourceId(id)
            } else {
                UserAssignedId::ClientId(id)
            }
        });
        let options = ManagedIdentityCredentialOptions {
            user_assigned_id: id,
            client_options: self.options(),
        };
        let credential = made(source, ManagedIdentityCredential::new(Some(options)));
        SignInMethod::of(source, credential, NEXT_DOOR)
    }

    fn workload(&self) -> SignInMethod {
        let source = "workload identity";
        let build = || {
            let file = self
                .sign_in
                .environment
                .need("AZURE_FEDERATED_TOKEN_FILE")?;
            let options = WorkloadIdentityCredentialOptions {
                credential_options: self.assertion_options(),
                client_id: Some(self.client()?),
                tenant_id: Some(self.tenant()?),
                token_file_path: Some(PathBuf::from(file)),
            };
            made(source, WorkloadIdentityCredential::new(Some(options)))
        };
        SignInMethod::of(source, build(), NETWORK)
    }

    fn assertion_options(&self) -> ClientAssertionCredentialOptions {
        ClientAssertionCredentialOptions {
            client_options: self.options(),
        }
    }

    fn secret(&self) -> SignInMethod {
        let source = "client secret";
        let build = || {
            let secret = self.sign_in.environment.need("AZURE_CLIENT_SECRET")?;
            let options = ClientSecretCredentialOptions {
                client_options: self.options(),
            };
            let (tenant, client) = (self.tenant()?, self.client()?);
            let secret = Secret::new(secret);
            made(
                source,
                ClientSecretCredential::new(&tenant, client, secret, Some(options)),
            )
        };
        SignInMethod::of(source, build(), NETWORK)
    }

    fn certificate(&self) -> SignInMethod {
        let source = "client certificate";
        let build = || {
            let path = self
                .sign_in
                .environment
                .need("AZURE_CLIENT_CERTIFICATE_PATH")?;
            let (tenant, client) = (self.tenant()?, self.client()?);
            let audience = format!("{}/oauth2/v2.0/token", self.cloud.authority(&tenant));
            let assertion = Certificate::read(Path::new(&path), audience, &client, self.time)?;
            let options = self.assertion_options();
            made(
                source,
                ClientAssertionCredential::new(tenant, client, assertion, Some(options)),
            )
        };
        SignInMethod::of(source, build(), NETWORK)
    }

    fn pipelines(&self) -> SignInMethod {
        let source = "Azure Pipelines";
        let build = || {
            let environment = &self.sign_in.environment;
            let connection = environment.need("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID")?;
            let token = environment.need("SYSTEM_ACCESSTOKEN").map_err(|why| {
                format!(
                    "{why}; map it in the step: `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`"
                )
            })?;
            let own =
                |name: &str, other: Result<String, String>| environment.get(name).map_or(other, Ok);
            let tenant = own("AZURESUBSCRIPTION_TENANT_ID", self.tenant())?;
            let client = own("AZURESUBSCRIPTION_CLIENT_ID", self.client())?;
            let options = AzurePipelinesCredentialOptions {
                credential_options: self.assertion_options(),
            };
            made(
                source,
                AzurePipelinesCredential::new(tenant, client, &connection, token, Some(options)),
            )
        };
        SignInMethod::of(source, build(), NETWORK)
    }

    fn device_code(&self) -> SignInMethod {
        let source = "device code";
        let build = || -> Made {
            let given = &self.sign_in;
            let Some(client) = given
                .client_id
                .as_ref()
                .or(given.fallback_client_id.as_ref())
            else {
                return Err(
                    "it needs an application of your own: register a public client in Entra ID and give its id with \
                     --client-id, COSTSCOPE_CLIENT_ID or `client-id` in settings.toml"
                        .to_owned(),
                );
            };
            let tenant = self.tenant().unwrap_or_else(|_| "organizations".to_owned());
            let authority = self.cloud.authority(&tenant);
            Ok(Arc::new(DeviceCode::new(
                client,
                authority,
                self.sender.clone(),
                self.time,
                self.prompt.clone(),
            )))
        };
        SignInMethod::of(source, build(), USER)
    }
}
