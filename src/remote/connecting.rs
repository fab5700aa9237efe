//! Connects to a server: its address, the trusted certificates, and the headers of each call.

use super::patience::{Patience, client_type};
use crate::domain::sql::spark_address::SparkSource;
use tonic::metadata::{Ascii, MetadataKey, MetadataMap, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};

pub(super) fn endpoint(
    source: &SparkSource,
    patience: Patience,
) -> Result<Endpoint, tonic::transport::Error> {
    let scheme = if source.tls { "https" } else { "http" };
    let endpoint = Endpoint::from_shared(format!("{scheme}://{}", source.place()))?
        .user_agent(client_type())?
        .connect_timeout(patience.connect)
        .http2_keep_alive_interval(patience.alive)
        .keep_alive_timeout(patience.alive)
        .keep_alive_while_idle(true)
        .tcp_keepalive(Some(patience.alive));
    Ok(endpoint)
}

/// Trusts the system's certificate authorities and the given ones, or only the given ones if the system has none.
pub(super) async fn connect_safely(
    endpoint: Endpoint,
    authorities: Option<Vec<u8>>,
) -> Result<Channel, tonic::transport::Error> {
    let named = |config: ClientTlsConfig| match &authorities {
        Some(pem) => config.ca_certificates(certificates(pem)),
        None => config,
    };
    let both = named(ClientTlsConfig::new().with_native_roots());
    let endpoint = match endpoint.clone().tls_config(both) {
        Ok(endpoint) => endpoint,
        Err(_) if authorities.is_some() => endpoint.tls_config(named(ClientTlsConfig::new()))?,
        Err(error) => return Err(error),
    };
    endpoint.connect().await
}

/// Splits a PEM file into its certificates.
fn certificates(pem: &[u8]) -> Vec<Certificate> {
    const END: &str = "-----END CERTIFICATE-----";
    let text = String::from_utf8_lossy(pem);
    let parts = text.split_inclusive(END).filter(|part| part.contains(END));
    parts.map(Certificate::from_pem).collect()
}

/// The headers of each call; `None` if a value cannot be sent.
pub(super) fn headers(source: &SparkSource) -> Option<MetadataMap> {
    let mut headers = MetadataMap::new();
    if let Some(token) = &source.token {
        let value = format!("Bearer {}", token.expose());
        let mut value: MetadataValue<Ascii> = value.parse().ok()?;
        value.set_sensitive(true);
        headers.insert("authorization", value);
    }
    for (name, value) in &source.headers {
        let name: MetadataKey<Ascii> = name.parse().ok()?;
        headers.insert(name, value.parse().ok()?);
    }
    Some(headers)
}
