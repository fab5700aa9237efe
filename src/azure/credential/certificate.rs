//! Client certificates in PEM: signs a short-lived assertion instead of sending a secret.
//!
//! Format: Microsoft Learn, "Certificate credentials": RS256, `x5t` (SHA-1 of the certificate, as the SDKs send it) and
//! `x5t#S256`, valid for ten minutes.

use crate::azure::net::read_trusted;
use crate::azure::time::Time;
use crate::domain::trust::OtherUsers;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use azure_core::error::ErrorKind;
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use std::fmt;
use std::path::Path;

/// The lifetime of an assertion in minutes.
const MINUTES: i64 = 10;

/// A certificate and its key.
pub(super) struct Certificate {
    key: RsaKeyPair,
    header: String,
    audience: String,
    client_id: String,
    time: Time,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads a PEM file with a certificate and its unencrypted RSA key; an error names the missing part.
    pub(super) fn read(
        path: &Path,
        audience: String,
        client_id: &str,
        time: &Time,
    ) -> Result<Self, String> {
        let wrong = |why: &str| format!("{}: {why}", path.display());
        let pem = read_trusted(path, OtherUsers::MayNothing).map_err(|why| wrong(&why))?;
        if pem.starts_with(&[0x30]) {
            return Err(wrong(
                "this is not PEM but PFX or DER; convert it: `openssl pkcs12 -in FILE -nodes -out cert.pem`",
            ));
        }
        let text = String::from_utf8_lossy(&pem);
        if text.contains("ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(wrong(
                "the private key has a password; remove it: `openssl pkey -in FILE -out key.pem`",
            ));
        }
        let certificates: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(&pem)
            .filter_map(Result::ok)
            .collect();
        if certificates.is_empty() {
            return Err(wrong("no certificate found in it (`BEGIN CERTIFICATE`)"));
        }
        let key = PrivateKeyDer::from_pem_slice(&pem)
            .map_err(|_| wrong("no private key found in it (`BEGIN PRIVATE KEY`)"))?;
        let pair = match &key {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(wrong("its key is not RSA, which Entra ID requires")),
        };
        let key =
            pair.map_err(|why| wrong(&format!("its key cannot be used ({why}); it must be RSA")))?;
        // A certificate contains its public key in the encoding of the key pair (RFC 8017, A.1.1), as one contiguous
        // run of bytes.
        let public = memchr::memmem::Finder::new(key.public_key().as_ref());
        let own = |certificate: &&CertificateDer<'_>| public.find(certificate).is_some();
        let certificate = certificates.iter().find(own).ok_or_else(|| {
            wrong("its certificate and private key do not match; the file must contain both of the same pair")
        })?;
        let encode = |algorithm| URL_SAFE_NO_PAD.encode(digest(algorithm, certificate));
        let header = json!({
            "alg": "RS256",
            "typ": "JWT",
            "x5t": encode(&SHA1_FOR_LEGACY_USE_ONLY),
            "x5t#S256": encode(&SHA256),
        });
        Ok(Self {
            key,
            header: URL_SAFE_NO_PAD.encode(header.to_string()),
            audience,
            client_id: client_id.to_owned(),
            time: time.clone(),
        })
    }

    /// A signed assertion.
    fn sign(&self) -> Result<String, aws_lc_rs::error::Unspecified> {
        let random = SystemRandom::new();
        let mut id = [0_u8; 16];
        aws_lc_rs::rand::fill(&mut id)?;
        let now = (self.time.now)();
        let claims = json!({
            "aud": self.audience,
            "iss": self.client_id,
            "sub": self.client_id,
            "jti": crate::domain::text::hex(&id),
            "nbf": now.timestamp(),
            "exp": (now + TimeDelta::minutes(MINUTES)).timestamp(),
        });
        let signed = format!(
            "{}.{}",
            self.header,
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(
            &RSA_PKCS1_SHA256,
            &random,
            signed.as_bytes(),
            &mut signature,
        )?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

#[async_trait::async_trait]
impl ClientAssertion for Certificate {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        self.sign().map_err(|_| {
            let text = "signing with the certificate's key failed";
            azure_core::Error::with_message(ErrorKind::Credential, text)
        })
    }
}
