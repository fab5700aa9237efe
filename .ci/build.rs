//! Links the program of a dev build at a fixed address: it starts in a third of the time, and tests start it thousands of
//! times. A release stays position-independent.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=.ci/build.rs");
    let is = |name: &str, value: &str| var(name).is_ok_and(|found| found == value);
    let is_gnu_linux = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if is_gnu_linux && is("PROFILE", "debug") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
