//! What is kept of blobs, and what is tidied away.

use crate::domain::report::manifest::PartNote;
use crate::store::fetched::{BlobEntry, FetchedBlobs, clear};
use sha2::{Digest, Sha256};
use std::fs;
use std::time::SystemTime;

fn blob(name: &str, etag: &str) -> BlobEntry {
    BlobEntry {
        name: name.to_owned(),
        etag: etag.to_owned(),
        bytes: 4,
        modified: None,
        tier: None,
        copy: None,
    }
}

#[test]
fn blobs_are_kept_by_etag_and_compared_with_their_checksums() {
    let folder = tempfile::tempdir().unwrap();
    let kept = FetchedBlobs::open(folder.path(), "https://a/c").unwrap();
    let sum = crate::domain::text::hex(&Sha256::digest(b"data"));
    let first = blob("cost/a.csv", "0x1");
    assert_eq!(kept.find(&first).unwrap(), None);
    let (part, earlier) = kept.part(&first);
    assert!(earlier.is_none());
    fs::write(&part, b"data").unwrap();
    let file = kept.finish(&first, &sum).unwrap();
    assert!(kept.has(&first));
    assert_eq!(kept.find(&first).unwrap(), Some(file.clone()));
    // Another ETag is another blob.
    assert!(!kept.has(&blob("cost/a.csv", "0x2")));
    // A list below another folder does not concern it; one of its own folder removes it.
    let now = SystemTime::UNIX_EPOCH;
    kept.tidy("other", (&[], &[]), now).unwrap();
    assert!(kept.has(&first));
    kept.tidy("cost", (&[&first], &[]), now).unwrap();
    assert!(kept.has(&first));
    kept.tidy("cost", (&[&blob("cost/a.csv", "0x2")], &[]), now)
        .unwrap();
    assert!(!kept.has(&first) && !file.exists());
    // A damaged copy is fetched again.
    fs::write(kept.part(&first).0, b"data").unwrap();
    let file = kept.finish(&first, &sum).unwrap();
    fs::write(&file, b"dada").unwrap();
    assert_eq!(kept.find(&first).unwrap(), None);
    assert!(file.exists(), "another process may read it");
    fs::write(kept.part(&first).0, b"data").unwrap();
    assert_eq!(kept.finish(&first, &sum).unwrap(), file);
    assert_eq!(kept.find(&first).unwrap(), Some(file));
}

#[test]
fn containers_that_are_in_use_are_not_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let [busy, free] =
        ["https://a/busy", "https://a/free"].map(|url| FetchedBlobs::open(folder.path(), url));
    let (busy, free) = (busy.unwrap(), free.unwrap());
    let now = chrono::DateTime::UNIX_EPOCH;
    busy.keep_list("az://a/busy/cost", Vec::new(), now).unwrap();
    for kept in [&busy, &free] {
        fs::write(kept.folder().item("x.blob"), b"data").unwrap();
    }
    let lock = busy.try_lock().unwrap().unwrap();
    let cleared = clear(folder.path()).unwrap();
    assert_eq!(
        (cleared.bytes, cleared.busy),
        (4, vec!["az://a/busy/cost".to_owned()])
    );
    let has_blob = |kept: &FetchedBlobs| kept.folder().item("x.blob").exists();
    assert!(has_blob(&busy) && !has_blob(&free));
    // A process that waits for a lock finds the same one.
    assert!(free.try_lock().unwrap().is_some());
    drop(lock);
    assert!(clear(folder.path()).unwrap().busy.is_empty() && !has_blob(&busy));
    assert_eq!(clear(folder.path()).unwrap().bytes, 0);
}

#[test]
fn interrupted_downloads_stay_while_they_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let kept = FetchedBlobs::open(folder.path(), "https://a/c").unwrap();
    let now = SystemTime::UNIX_EPOCH;
    let note = PartNote {
        total: 4,
        etag: "\"0x1\"".to_owned(),
        md5: None,
        have: Some(2),
        sha256: None,
    };
    let begun = |etag: &str, noted: bool| {
        let blob = blob("cost/a.csv", etag);
        let (part, _) = kept.part(&blob);
        fs::write(&part, b"da").unwrap();
        if noted {
            kept.note(&blob, Some(&note));
        }
        (blob, part)
    };
    let (wanted, part) = begun("0x1", true);
    let (_, rewritten) = begun("0x2", true);
    let (_, useless) = begun("0x3", false);
    // Another source of the container leaves it alone.
    kept.tidy("other", (&[], &[]), now).unwrap();
    assert!(part.exists() && rewritten.exists() && !useless.exists());
    kept.tidy("cost", (&[&wanted], &[]), now).unwrap();
    assert!(part.exists() && !rewritten.exists());
    assert_eq!(kept.part(&wanted).1, Some(note));
    kept.remove(&[wanted]).unwrap();
    let left = fs::read_dir(kept.folder().path()).unwrap().count();
    assert_eq!(left, 0);
}

#[test]
fn blobs_without_costs_are_kept_by_etag_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let kept = FetchedBlobs::open(folder.path(), "https://a/c").unwrap();
    let (odd, other) = (blob("cost/list.csv", "0x1"), blob("cost/more.csv", "0x1"));
    kept.leave_out(&odd, "no cost column").unwrap();
    kept.leave_out(&other, "it is empty").unwrap();
    let key = |blob: &BlobEntry| (blob.name.clone(), blob.etag.clone());
    let all = kept.left_out().unwrap();
    assert_eq!((all.len(), all[&key(&odd)].as_str()), (2, "no cost column"));
    assert!(!kept.has(&odd));
    // Of a list below another folder, nothing is known; one of its own folder removes what is not in it.
    let now = SystemTime::UNIX_EPOCH;
    kept.tidy("other", (&[], &[]), now).unwrap();
    assert_eq!(kept.left_out().unwrap().len(), 2);
    let rewritten = blob("cost/more.csv", "0x2");
    kept.tidy("cost", (&[], &[odd.clone(), rewritten]), now)
        .unwrap();
    assert_eq!(
        kept.left_out().unwrap().into_keys().collect::<Vec<_>>(),
        [key(&odd)]
    );
    // Another version of the program looks again, and so does this one if the record is damaged.
    let file = fs::read_dir(kept.folder().path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace(env!("CARGO_PKG_VERSION"), "0.0.0")).unwrap();
    assert!(kept.left_out().unwrap().is_empty());
    fs::write(&file, "{").unwrap();
    assert!(kept.left_out().unwrap().is_empty());
    kept.tidy("other", (&[], &[]), now).unwrap();
    assert!(!file.exists(), "a damaged record is of no use");
}
