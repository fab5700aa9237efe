//! Facts derived from file names.

use crate::data::sources::names::{
    days, days_folder, export_folder, part_of, run_folders, run_time, stem,
};

#[test]
fn parts_are_told_from_files_of_their_own() {
    for (name, part) in [
        ("part_0_0001.csv", Some("part_")),
        ("part_1_0001.csv.gz", Some("part_")),
        ("exp_33333333-1111_1_0001.csv", Some("exp_33333333-1111_")),
        ("000001.csv", Some("")),
        ("part0.csv", Some("part")),
        ("part-00003-abc.c000.snappy.parquet", Some("part-abc.c000")),
        ("KEY.part2.csv", Some("key.part")),
        ("costs.csv", None),
        ("costs (1).csv", None),
        ("202610.csv", None),
        ("costs_2026.csv", None),
        ("partner.csv", None),
        ("2026-10_1.csv", None),
        ("part_0_0001 (1).csv", None),
        ("costs_2026_0910.csv", None),
        ("kosten_01092026.csv", None),
        ("09102026.csv", None),
    ] {
        assert_eq!(part_of(name).as_deref(), part, "{name}");
    }
    let path = "root/exp/20261101-20261130/202611120307/guid/000001.csv";
    assert_eq!(days(path).unwrap().0.to_string(), "2026-11-01");
    assert_eq!(
        run_time(path).unwrap().to_string(),
        "2026-11-12 03:07:00 UTC"
    );
    assert_eq!(days("root/20261101-20261130"), None);
    assert_eq!(days_folder(path), Some("root/exp/20261101-20261130"));
    assert_eq!(days_folder("root/exp/20261101-20261130"), None);
    assert_eq!(stem("a.CSV.GZ"), "a");
}

#[test]
fn the_months_folder_parts_a_path_whatever_its_slashes() {
    for (path, export, run) in [
        ("root/exp/20261101-20261130/r/p.csv", "root/exp", &["r"][..]),
        (
            "/root//exp//20261101-20261130//r//p.csv",
            "root/exp",
            &["r"],
        ),
        ("20261101-20261130/p.csv", "", &[]),
        // The last of two months' folders counts; a name at the end is no folder.
        (
            "20261001-20261031/20261101-20261130/r/p.csv",
            "20261001-20261031",
            &["r"],
        ),
        ("root/20261101-20261130/", "root/20261101-20261130", &[]),
        ("root/exp/p.csv", "root/exp", &[]),
    ] {
        assert_eq!(export_folder(path), export, "{path}");
        assert_eq!(run_folders(path), run, "{path}");
    }
    assert_eq!(days("root/20261101-20261130/"), None);
    assert!(days("/root//20261101-20261130//p.csv").is_some());
}
