//! The `doctor` command: one line for each check, with a fix.

use crate::support::azure::Azure;
use crate::support::sign_in::{TENANT, az, azure, token};
use crate::support::stdout;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn doctor_reports_every_check() {
    let azure = Azure::start(|host, seen| {
        let date = httpdate::fmt_http_date(
            std::time::SystemTime::now() - std::time::Duration::from_secs(900),
        );
        azure(host, seen)
            .header("date", date)
            .header("x-ms-ratelimit-remaining-subscription-reads", "249")
    })
    .await;
    azure.install("az", &az(&token("someone@contoso.example")));
    let data = TempDir::new().unwrap();
    let mut command = azure.program(data.path());
    command.args(["doctor", "--scope", "8608480"]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let text = stdout(&output);
    let line = |start: &str| {
        text.lines()
            .find(|line| line.contains(start))
            .unwrap_or_else(|| panic!("{start}: {text}"))
            .to_owned()
    };
    assert!(line("data folder").starts_with("ok"));
    assert!(line(" proxy").contains("HTTPS_PROXY"), "{text}");
    assert!(line(" sign-in").contains("az as someone@contoso.example"));
    assert!(line(" tenant").contains(TENANT));
    assert!(line(" ARM").starts_with("ok"));
    assert!(
        line(" clock").starts_with("BAD") && line(" clock").contains("NTP"),
        "{text}"
    );
    assert!(line("agreement and API").contains("EA: generateCostDetailsReport"));
    assert!(line(" rights").starts_with("ok"));
    assert!(line(" downloads").contains("*.blob.core.windows.net"));
    assert!(
        line(" throttling").contains("subscription reads 249 left"),
        "{text}"
    );
    assert_eq!(output.status.code(), Some(1), "the clock is wrong");
    assert!(
        !azure
            .seen()
            .iter()
            .any(|(_, seen)| seen.line.starts_with("POST")),
        "doctor orders nothing"
    );
}
