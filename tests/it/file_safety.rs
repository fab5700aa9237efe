//! Files are written whole and through no link; files that others can change are refused.

use crate::support::whole_folder::tree;
use crate::support::{file, program, run, stderr};
use costscope::domain::trust::{OtherUsers, check, is_ours};
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;
use tempfile::TempDir;

#[test]
fn output_files_replace_links_and_pipes() {
    let folder = TempDir::new().unwrap();
    let victim = file(folder.path(), "victim", "precious");
    fs::set_permissions(&victim, Permissions::from_mode(0o640)).unwrap();
    let source = file(
        folder.path(),
        "costs.csv",
        "Date,Cost,BillingCurrency\n2026-10-01,1.5,EUR\n",
    );
    let source = source.to_str().unwrap();
    for (name, arguments) in [
        ("out.csv", vec!["export", source, "--to"]),
        ("sample.csv", vec!["sample", "--rows", "3", "--out"]),
    ] {
        let target = folder.path().join(name);
        symlink(&victim, &target).unwrap();
        let all = [&arguments[..], &[target.to_str().unwrap()]].concat();
        let output = run(folder.path(), &all);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(!target.is_symlink(), "{name}");
        assert!(fs::metadata(&target).unwrap().len() > 20, "{name}");
        // A pipe in its place would block forever, waiting for a reader.
        fs::remove_file(&target).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&target).status();
        assert!(made.unwrap().success());
        let output = run(folder.path(), &all);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(fs::metadata(&target).unwrap().is_file(), "{name}");
    }
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert_eq!(
        fs::metadata(&victim).unwrap().permissions().mode() & 0o777,
        0o640
    );
    let output = run(
        folder.path(),
        &["sample", "--rows", "3", "--out", "/dev/full"],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("not a file"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn files_writable_by_others_are_refused_with_the_fix() {
    let source = "Date,Cost,BillingCurrency\n2026-10-01,1.5,EUR\n";
    for mode in [0o777, 0o770, 0o702] {
        let folder = TempDir::new().unwrap();
        let costs = file(folder.path(), "costs.csv", source);
        fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
        let output = run(folder.path(), &["show", costs.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "{mode:o}");
        assert!(
            stderr(&output).contains("chmod go-w"),
            "{}",
            stderr(&output)
        );
    }
    for mode in [0o666, 0o660, 0o602] {
        let folder = TempDir::new().unwrap();
        let settings = file(folder.path(), "settings.toml", "ca-file = \"/tmp/x.pem\"\n");
        fs::set_permissions(settings, Permissions::from_mode(mode)).unwrap();
        for arguments in [vec!["scopes"], vec!["config", "check"]] {
            let output = run(folder.path(), &arguments);
            assert_eq!(output.status.code(), Some(1), "{mode:o}");
            assert!(
                stderr(&output).contains("chmod go-w"),
                "{}",
                stderr(&output)
            );
        }
    }
    // The ownership rule: root, and the user itself, are trusted.
    assert!(is_ours(1000, 1000) && is_ours(0, 1000) && !is_ours(1001, 1000));
    let folder = TempDir::new().unwrap();
    let key = file(folder.path(), "key.pem", "x");
    let cases = [
        (0o600, OtherUsers::MayNothing, None),
        (0o644, OtherUsers::MayRead, None),
        (0o640, OtherUsers::MayNothing, Some("chmod 600")),
        (0o604, OtherUsers::MayNothing, Some("chmod 600")),
        (0o620, OtherUsers::MayRead, Some("chmod go-w")),
    ];
    let us = rustix::process::geteuid().as_raw();
    for (mode, others, mend) in cases {
        fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
        let meta = fs::metadata(&key).unwrap();
        let refused = check(&key, &meta, us, others).err();
        match mend {
            None => assert_eq!(refused, None, "{mode:o}"),
            Some(mend) => assert!(refused.unwrap().fix.contains(mend), "{mode:o}"),
        }
    }
    if us == 0 {
        std::os::unix::fs::chown(&key, Some(54_321), None).unwrap();
        let meta = fs::metadata(&key).unwrap();
        let refused = check(&key, &meta, us, OtherUsers::MayRead).unwrap_err();
        assert!(refused.fix.contains("chown"), "{refused}");
    }
}

#[test]
fn interrupted_command_leaves_no_partial_file() {
    let folder = TempDir::new().unwrap();
    let source = folder.path().join("costs.csv");
    let source = source.to_str().unwrap();
    assert!(
        run(
            folder.path(),
            &["sample", "--rows", "30000", "--out", source]
        )
        .status
        .success()
    );
    let target = folder.path().join("out.csv");
    let target = target.to_str().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let cases = [
        vec!["sample", "--rows", "100000000", "--out", target],
        vec!["export", source, "--to", target],
    ];
    for arguments in cases {
        let before = std::fs::read_dir(folder.path()).unwrap().count();
        let mut child = program()
            .arg("--data-dir")
            .arg(&data)
            .args(&arguments)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let half = || std::fs::read_dir(folder.path()).unwrap().count() > before;
        while !half() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        let code = child.wait().unwrap().code();
        // A run that finished before the signal has written the whole file.
        let whole = std::path::Path::new(target).exists();
        assert!(
            code == Some(130) || (code == Some(0) && whole),
            "{arguments:?}: {code:?}"
        );
        let names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|item| item.unwrap().file_name())
            .collect();
        assert!(
            !names
                .iter()
                .any(|name| name.to_string_lossy().starts_with(".costscope-")),
            "{names:?}"
        );
        let _ = std::fs::remove_file(target);
    }
}

/// Sends more than a pipe holds, then nothing, until the run ends.
fn half_sent(mut pipe: impl Write) {
    let row = "2026-10-01,1.5,EUR\n";
    let text = format!("Date,Cost,BillingCurrency\n{}", row.repeat(50_000));
    pipe.write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_source_that_falls_silent_is_left_by_ctrl_c() {
    let folder = TempDir::new().unwrap();
    let named = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&named).status();
    assert!(made.unwrap().success());
    for source in ["-", named.to_str().unwrap()] {
        let data = folder.path().join("data");
        let mut child = program()
            .arg("--data-dir")
            .arg(&data)
            .args(["show", source])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let writer = (source != "-").then(|| File::options().write(true).open(&named).unwrap());
        // Once the pipe has taken it all, the run reads.
        match &writer {
            Some(writer) => half_sent(writer),
            None => half_sent(&input),
        }
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(130), "{source}: {said}");
        // It stops by itself: a run that has to be ended says nothing.
        assert!(said.contains("interrupted"), "{source}: {said}");
        assert!(output.stdout.is_empty(), "{source}");
        let left = tree(&data).into_keys();
        let mut left = left.filter(|path| fs::metadata(path).is_ok_and(|meta| meta.len() > 65_536));
        assert_eq!(left.next(), None, "{source}");
        drop((input, writer));
    }
}
