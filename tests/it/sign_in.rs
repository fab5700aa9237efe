//! Every sign-in method that can be tested locally: real requests over https to a stand-in for Azure.

use crate::support::azure::Azure;
use crate::support::hostile::{Answer, Seen};
use crate::support::sign_in::{TENANT, az, azure, scopes, token};
use crate::support::{stderr, stdout};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn environment_credentials_come_first_and_an_expired_secret_is_named() {
    let refusing = |host: &str, seen: &Seen| {
        if host.starts_with("login.") {
            let text = "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000222: The provided client secret keys for app 'x' are expired. Trace ID: 1\",\"error_codes\":[7000222]}";
            return Answer::new(401)
                .header("content-type", "application/json")
                .body(text);
        }
        azure(host, seen)
    };
    let secret = [
        ("AZURE_TENANT_ID", TENANT),
        ("AZURE_CLIENT_ID", "11111111-2222-4333-8444-555555555555"),
        ("AZURE_CLIENT_SECRET", "s3cr3t-VALUE"),
    ];
    let working = Azure::start(azure).await;
    working.install("az", &az(&token("not-this-one")));
    let (output, bearers) = scopes(&working, &[], &secret).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        bearers
            .iter()
            .all(|b| *b == format!("Bearer {}", token("application")))
    );
    let (_, asked) = working
        .seen()
        .into_iter()
        .find(|(host, _)| host.starts_with("login."))
        .unwrap();
    assert!(
        asked.line.contains(&format!("/{TENANT}/oauth2/v2.0/token")),
        "{}",
        asked.line
    );
    assert!(asked.body.contains("grant_type=client_credentials"));

    let expired = Azure::start(refusing).await;
    expired.install("az", "echo 'ERROR: Please run az login' >&2; exit 1");
    let (output, _) = scopes(&expired, &[], &secret).await;
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(
        said.contains("the client secret has expired") && said.contains("AADSTS7000222"),
        "{said}"
    );
    assert!(
        said.contains("az: ") && said.contains("azd: "),
        "each says what went wrong: {said}"
    );
    assert!(!said.contains("s3cr3t-VALUE") && stdout(&output).is_empty());
    // With an explicit method, no other is tried.
    let (output, _) = scopes(&expired, &["--auth", "secret"], &secret).await;
    assert!(!stderr(&output).contains("az: "), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_signs_its_own_assertion() {
    use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let certificate = CertificateParams::new(vec!["app.example".to_owned()]).unwrap();
    let certificate = certificate.self_signed(&key).unwrap();
    let azure = Azure::start(azure).await;
    let pem = azure.folder.path().join("app.pem");
    std::fs::write(
        &pem,
        format!("{}{}", key.serialize_pem(), certificate.pem()),
    )
    .unwrap();
    std::fs::set_permissions(&pem, std::fs::Permissions::from_mode(0o600)).unwrap();
    let client = "11111111-2222-4333-8444-555555555555";
    let variables = [
        ("AZURE_TENANT_ID", TENANT),
        ("AZURE_CLIENT_ID", client),
        ("AZURE_CLIENT_CERTIFICATE_PATH", pem.to_str().unwrap()),
    ];
    let (output, _) = scopes(&azure, &["--auth", "certificate"], &variables).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let (_, asked) = azure
        .seen()
        .into_iter()
        .find(|(host, _)| host.starts_with("login."))
        .unwrap();
    let form: std::collections::HashMap<String, String> =
        url::form_urlencoded::parse(asked.body.as_bytes())
            .into_owned()
            .collect();
    let parts: Vec<&str> = form["client_assertion"].split('.').collect();
    let decoded = |at: usize| -> serde_json::Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[at]).unwrap()).unwrap()
    };
    let (header, claims) = (decoded(0), decoded(1));
    assert_eq!(header["alg"], "RS256");
    let sha1 = aws_lc_rs::digest::digest(
        &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY,
        certificate.der(),
    );
    assert_eq!(header["x5t"], URL_SAFE_NO_PAD.encode(sha1));
    assert_eq!(
        (&claims["iss"], &claims["sub"]),
        (&client.into(), &client.into())
    );
    assert_eq!(
        claims["aud"],
        format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token")
    );
    let lives = claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap();
    assert_eq!(lives, 600);
    // The signature is valid, checked with the public key only.
    let spki = {
        use rcgen::PublicKeyData;
        key.der_bytes().to_vec()
    };
    let public = aws_lc_rs::signature::UnparsedPublicKey::new(
        &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256,
        spki,
    );
    let signed = format!("{}.{}", parts[0], parts[1]);
    let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    public.verify(signed.as_bytes(), &signature).unwrap();

    let cases: [(&[u8], &str); 4] = [
        (b"\x30\x82\x01", "not PEM"),
        (
            b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "has a password",
        ),
        (b"nothing", "no certificate"),
        (certificate.pem().leak().as_bytes(), "no private key"),
    ];
    for (bytes, words) in cases {
        std::fs::write(&pem, bytes).unwrap();
        let (output, _) = scopes(&azure, &["--auth", "certificate"], &variables).await;
        assert_eq!(output.status.code(), Some(4));
        assert!(
            stderr(&output).contains(words),
            "{words}: {}",
            stderr(&output)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workload_identity_sends_the_token_of_its_file() {
    let azure = Azure::start(azure).await;
    let file = azure.folder.path().join("federated");
    std::fs::write(&file, "kubernetes-token").unwrap();
    let variables = [
        ("AZURE_TENANT_ID", TENANT),
        ("AZURE_CLIENT_ID", "11111111-2222-4333-8444-555555555555"),
        ("AZURE_FEDERATED_TOKEN_FILE", file.to_str().unwrap()),
    ];
    let (output, _) = scopes(&azure, &[], &variables).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let (_, asked) = azure
        .seen()
        .into_iter()
        .find(|(host, _)| host.starts_with("login."))
        .unwrap();
    assert!(
        asked.body.contains("client_assertion=kubernetes-token"),
        "{}",
        asked.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn device_code_asks_the_user_and_waits_for_the_answer() {
    let polls = std::sync::atomic::AtomicU32::new(0);
    let azure = Azure::start(move |host, seen| {
        let json = |status, text: &str| Answer::new(status).header("content-type", "application/json").body(text);
        if seen.line.contains("/devicecode") {
            return json(200, "{\"device_code\":\"DEVICE\",\"user_code\":\"ABC-DEF\",\"verification_uri\":\"https://microsoft.com/devicelogin\",\"expires_in\":900,\"interval\":1,\"message\":\"m\"}");
        }
        if seen.line.contains("/oauth2/v2.0/token") && polls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            return json(400, "{\"error\":\"authorization_pending\",\"error_description\":\"AADSTS70016\"}");
        }
        azure(host, seen)
    })
    .await;
    let arguments = [
        "--auth",
        "device-code",
        "--client-id",
        "22222222-2222-4333-8444-555555555555",
    ];
    let (output, bearers) = scopes(&azure, &arguments, &[]).await;
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.contains("https://microsoft.com/devicelogin") && said.contains("ABC-DEF"),
        "{said}"
    );
    assert!(
        bearers
            .iter()
            .all(|b| *b == format!("Bearer {}", token("application")))
    );
    let asked = azure
        .seen()
        .into_iter()
        .filter(|(host, _)| host == "login.microsoftonline.com");
    let lines: Vec<String> = asked.map(|(_, seen)| seen.line).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].contains("/organizations/oauth2/v2.0/devicecode"));
    // Without a client id, the error says what is missing.
    let (output, _) = scopes(&azure, &["--auth", "device-code"], &[]).await;
    assert_eq!(output.status.code(), Some(4));
    assert!(
        stderr(&output).contains("--client-id"),
        "{}",
        stderr(&output)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_program_gets_no_input_and_ends_with_costscope() {
    let azure = Azure::start(azure).await;
    // The script reads from the terminal first and must get an empty answer at once.
    let script = format!(
        "read answer; [ -z \"$answer\" ] || exit 9; {}",
        az(&token("x"))
    );
    azure.install("az", &script);
    let (output, _) = scopes(&azure, &["--auth", "cli"], &[]).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    // A sign-in program that never ends is killed with its children when costscope is interrupted.
    let pid = azure.folder.path().join("pid");
    azure.install(
        "az",
        &format!("echo $$ > {}; /bin/sleep 300; echo", pid.display()),
    );
    let data = TempDir::new().unwrap();
    let mut command = azure.program(data.path());
    let mut child = command
        .args(["scopes"])
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let az = loop {
        match std::fs::read_to_string(&pid)
            .ok()
            .and_then(|text| text.trim().parse::<i32>().ok())
        {
            Some(pid) => break pid,
            None => tokio::task::yield_now().await,
        }
    };
    let us = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(us, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let az = rustix::process::Pid::from_raw(az).unwrap();
    let gone = || {
        let state = std::fs::read_to_string(format!("/proc/{}/stat", az.as_raw_nonzero()));
        state.map_or(true, |state| state.contains(") Z "))
    };
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !gone() && std::time::Instant::now() < until {
        tokio::task::yield_now().await;
    }
    assert!(gone(), "az must not outlive us");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_az_leaves_behind_does_not_delay_its_token() {
    let azure = Azure::start(azure).await;
    // Like one that sends telemetry, it holds the output of `az` open.
    azure.install("az", &format!("/bin/sleep 20 &\n{}", az(&token("x"))));
    let began = std::time::Instant::now();
    let (output, bearers) = scopes(&azure, &["--auth", "cli"], &[]).await;
    let took = began.elapsed();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(took < std::time::Duration::from_secs(5), "{took:?}");
    let bearer = format!("Bearer {}", token("x"));
    assert!(!bearers.is_empty() && bearers.iter().all(|sent| *sent == bearer));
}

#[tokio::test(flavor = "multi_thread")]
async fn us_gov_and_china_have_hosts_of_their_own() {
    for (cloud, arm, login) in [
        (
            "usgov",
            "management.usgovcloudapi.net",
            "login.microsoftonline.us",
        ),
        (
            "china",
            "management.chinacloudapi.cn",
            "login.chinacloudapi.cn",
        ),
    ] {
        let azure = Azure::start(azure).await;
        let variables = [
            ("AZURE_TENANT_ID", TENANT),
            ("AZURE_CLIENT_ID", "11111111-2222-4333-8444-555555555555"),
            ("AZURE_CLIENT_SECRET", "x"),
        ];
        let (output, _) = scopes(&azure, &["--cloud", cloud], &variables).await;
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let hosts: std::collections::BTreeSet<String> =
            azure.seen().into_iter().map(|(host, _)| host).collect();
        assert_eq!(hosts, [arm.to_owned(), login.to_owned()].into(), "{cloud}");
    }
}

#[test]
fn a_managed_identity_is_tried_only_where_the_machine_says_so() {
    use costscope::azure::cloud::{Cloud, Target};
    use costscope::azure::credential::TokenCache;
    use costscope::azure::credential::credential_chain::{Environment, SignIn};
    use costscope::azure::net::Network;
    use costscope::azure::time::Time;
    use std::sync::Arc;
    let folder = TempDir::new().unwrap();
    let tag = crate::support::file(folder.path(), "tag", "7783-7084-3265-9085-8269-3286-77\n");
    let other = crate::support::file(folder.path(), "other", "Default string\n");
    let ca = rcgen::generate_simple_self_signed(vec!["x".to_owned()]).unwrap();
    let ca = crate::support::file(folder.path(), "ca.pem", ca.cert.pem());
    let time = Time {
        now: Arc::new(chrono::Utc::now),
        pause: Arc::new(|_| Box::pin(std::future::ready(()))),
        alarm: Arc::new(|_| Box::pin(std::future::pending())),
        jitter: Arc::new(chrono::TimeDelta::zero),
    };
    let network = Network { ca_file: Some(ca) };
    let tried = |environment: Environment| {
        let sign_in = SignIn {
            environment,
            ..SignIn::default()
        };
        let target = Target::Cloud(Cloud::Public);
        let cache = TokenCache::new(&target, &sign_in, &network, &time).unwrap();
        cache.sources()
    };
    assert_eq!(tried(Environment::of(&[], Some(other))), ["az", "azd"]);
    assert_eq!(
        tried(Environment::of(&[], Some(tag.clone()))),
        ["az", "azd", "managed identity"]
    );
    let all = [
        ("AZURE_CLIENT_SECRET", "x"),
        ("AZURE_FEDERATED_TOKEN_FILE", "/f"),
        ("AZURE_TENANT_ID", TENANT),
        ("AZURE_CLIENT_ID", "c"),
    ];
    assert_eq!(
        tried(Environment::of(&all, Some(tag))),
        [
            "client secret",
            "workload identity",
            "az",
            "azd",
            "managed identity"
        ],
        "environment settings first"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn azd_managed_identities_and_pipelines_work_when_asked_for() {
    let azure = Azure::start(|host, seen| {
        if host == "dev.azure.example" {
            let text = "{\"oidcToken\":\"pipeline-token\"}";
            return Answer::new(200)
                .header("content-type", "application/json")
                .body(text);
        }
        azure(host, seen)
    })
    .await;
    let azd = format!(
        "echo '{{\"token\":\"{}\",\"expiresOn\":\"2099-01-01T00:00:00Z\"}}'",
        token("azd")
    );
    azure.install("azd", &azd);
    let (output, bearers) = scopes(&azure, &["--auth", "azd"], &[]).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        bearers
            .iter()
            .all(|b| *b == format!("Bearer {}", token("azd")))
    );

    // An App Service serves identities on loopback, which never goes through the proxy.
    let answer = format!(
        "{{\"access_token\":\"{}\",\"expires_on\":\"4070908800\",\"resource\":\"r\",\"token_type\":\"Bearer\"}}",
        token("machine")
    );
    let json = || {
        Answer::new(200)
            .header("content-type", "application/json")
            .body(answer.clone())
    };
    let host = crate::support::hostile::Hostile::start(vec![json(), json()]).await;
    let endpoint = format!("{}/msi/token", host.url);
    let variables = [
        ("IDENTITY_ENDPOINT", endpoint.as_str()),
        ("IDENTITY_HEADER", "h"),
    ];
    for (client, more) in [
        (None, ""),
        (
            Some("33333333-2222-4333-8444-555555555555"),
            "client_id=33333333",
        ),
    ] {
        let mut arguments = vec!["--auth", "managed-identity"];
        arguments.extend(client.iter().flat_map(|id| ["--client-id", id]));
        let (output, _) = scopes(&azure, &arguments, &variables).await;
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let line = host.seen().last().unwrap().line.clone();
        assert!(
            line.contains("resource=https") && line.contains(more),
            "{line}"
        );
    }

    let variables = [
        ("SYSTEM_OIDCREQUESTURI", "https://dev.azure.example/oidc"),
        ("SYSTEM_ACCESSTOKEN", "system-token"),
        ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "connection"),
        (
            "AZURESUBSCRIPTION_CLIENT_ID",
            "11111111-2222-4333-8444-555555555555",
        ),
        ("AZURESUBSCRIPTION_TENANT_ID", TENANT),
    ];
    let (output, _) = scopes(&azure, &["--auth", "pipelines"], &variables).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let mut asked = azure
        .seen()
        .into_iter()
        .filter(|(host, _)| host.starts_with("login."));
    assert!(
        asked
            .next_back()
            .unwrap()
            .1
            .body
            .contains("client_assertion=pipeline-token")
    );
}
