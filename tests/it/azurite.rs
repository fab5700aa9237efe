//! Exports read from Azurite, Microsoft's emulator of blob storage: `tests/azurite/run` fills it and asks the program.

use std::path::Path;
use std::process::Command;

#[test]
#[ignore = "needs Azurite: npm, python3 and pip of tests/azurite/run"]
fn exports_are_read_from_azurite() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/azurite/run");
    let other = std::env::var_os("COSTSCOPE_TESTED_PROGRAM");
    let program = other.unwrap_or_else(|| env!("CARGO_BIN_EXE_costscope").into());
    let ended = Command::new(script).arg(program).status().unwrap();
    assert!(ended.success(), "{ended}");
}
