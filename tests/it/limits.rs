//! A system that allows little: few open files, no further thread. What does not fit is refused in words; nothing panics,
//! hangs, or takes an intact report for a damaged one.

use crate::support::hostile::fetch;
use crate::support::{World, october_of, program, run, stderr};
use costscope::domain::metric::Metric;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the program under limits of the shell, such as `-n 16`.
fn run_limited(limits: &str, folder: &Path, arguments: &[&str]) -> Output {
    let own = program();
    let script = format!("ulimit {limits}; exec \"$@\"");
    Command::new("sh")
        .args(["-c", &script, "sh"])
        .arg(own.get_program())
        .env_remove("COSTSCOPE_DATA_DIR")
        .env_remove("COSTSCOPE_CLOUD")
        .arg("--data-dir")
        .arg(folder)
        .args(arguments)
        .output()
        .unwrap()
}

/// A data folder with a stored report, and the key of the report.
async fn with_report() -> (World, String) {
    let world = World::new("").await;
    let (outcome, _) = fetch(&world.session, &october_of("8608480"), Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    let key = outcome.key().unwrap().as_str().to_owned();
    (world, key)
}

#[tokio::test]
async fn too_few_open_files_are_told_and_are_no_damage() {
    let (world, key) = with_report().await;
    let folder = world.folder.path();
    let commands: [&[&str]; 3] = [
        &["show", &key, "--format", "csv"],
        &["ledger", "verify"],
        &["ledger", "list"],
    ];
    let (mut told, mut answered) = (0, 0);
    for arguments in commands {
        let whole = run(folder, arguments);
        assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
        for most in 6..=24 {
            let output = run_limited(&format!("-n {most}"), folder, arguments);
            let said = stderr(&output);
            let what = format!("{arguments:?} with {most} files: {said}");
            match output.status.code() {
                Some(0) => {
                    assert_eq!(output.stdout, whole.stdout, "{what}");
                    answered += 1;
                }
                Some(1) => {
                    assert!(said.contains("open files"), "{what}");
                    assert!(said.starts_with("costscope: "), "{what}");
                    assert!(!said.contains("damaged"), "{what}");
                    told += 1;
                }
                code => panic!("{code:?}: {what}"),
            }
        }
    }
    assert!(told > 3 && answered > 3, "{told} and {answered}");
}
