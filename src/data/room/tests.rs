//! Limits as the kernel writes them.

use super::{cells_in, fits, kilobytes, of_groups_in, share_of};
use std::fs;
use tempfile::TempDir;

const MB: u64 = 1 << 20;

#[test]
fn the_smallest_limit_of_all_groups_counts() {
    let cases = [
        // Version 2: a group, the one around it, and a soft limit.
        ("0::/a/b\n", vec![("a/b/memory.max", "268435456\n")], 256),
        (
            "0::/a/b\n",
            vec![
                ("a/b/memory.max", "max\n"),
                ("a/memory.max", "134217728\n"),
                ("memory.max", "536870912\n"),
            ],
            128,
        ),
        (
            "0::/a\n",
            vec![
                ("a/memory.max", "536870912\n"),
                ("a/memory.high", "268435456\n"),
            ],
            256,
        ),
        // Version 1: the tree of memory, also where it shares one, and a container that sees its group as the root.
        (
            "5:memory:/a\n1:cpu:/b\n0::/\n",
            vec![("memory/a/memory.limit_in_bytes", "268435456\n")],
            256,
        ),
        (
            "5:cpu,memory:/a\n",
            vec![("memory/a/memory.limit_in_bytes", "268435456\n")],
            256,
        ),
        (
            "5:memory:/docker/3f\n",
            vec![("memory/memory.limit_in_bytes", "268435456\n")],
            256,
        ),
    ];
    for (text, files, expected) in cases {
        let folder = TempDir::new().unwrap();
        for (name, limit) in &files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, limit).unwrap();
        }
        let found = of_groups_in(text, folder.path());
        assert_eq!(found, expected * MB, "{text}: {files:?}");
    }
}

#[test]
fn no_limit_is_no_limit() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("memory.max"), "max\n").unwrap();
    for text in ["", "0::/\n", "0::/../..\n", "1:cpu:/a\n", "odd"] {
        assert_eq!(of_groups_in(text, folder.path()), u64::MAX, "{text}");
    }
}

#[test]
fn the_kernel_counts_in_kilobytes() {
    let text = "MemTotal:       16384 kB\nMemAvailable:    2048 kB\nHugePages_Total:       0\n";
    assert_eq!(kilobytes(text, "MemAvailable:"), Some(2 * MB));
    assert_eq!(kilobytes(text, "HugePages_Total:"), None);
    assert_eq!(kilobytes(text, "RssAnon:"), None);
}

#[test]
fn shares_stay_within_their_bounds() {
    let bounds = (4, 32);
    for (limit, expected) in [(16, 4), (160, 10), (1600, 32), (u64::MAX, 32)] {
        assert_eq!(share_of(limit, 16, bounds), expected, "{limit}");
    }
}

#[test]
fn what_needs_more_than_is_left_does_not_fit() {
    // Something stays for what is not counted.
    for (more, left, is_enough) in [
        (0, 256 * MB, true),
        (100 * MB, 120 * MB, true),
        (100 * MB, 100 * MB, false),
        (100 * MB, 0, false),
        (u64::MAX, 256 * MB, false),
    ] {
        assert_eq!(fits(more, left), is_enough, "{more} of {left}");
    }
}

#[test]
fn an_answer_that_is_held_takes_half_of_what_is_left() {
    for (left, cells) in [
        (0, 10_000),
        (MB, 10_000),
        (32 * MB, 104_857),
        (60 * MB, 196_608),
        (1 << 30, 200_000),
        (u64::MAX, 200_000),
    ] {
        assert_eq!(cells_in(left), cells, "{left}");
    }
}
