//! What can happen to a file or a folder on disk.

use super::bills::Dice;
use serde_json::{Value, json};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A file or folder about to be damaged.
pub(crate) struct Target {
    pub(crate) path: PathBuf,
    /// The bytes of a file.
    pub(crate) bytes: Vec<u8>,
    pub(crate) dice: Dice,
    /// Other files of the same data folder.
    pub(crate) others: Vec<PathBuf>,
    /// A folder outside of the data folder, made when it is needed.
    pub(crate) outside: PathBuf,
    /// What else was damaged.
    pub(crate) also: Option<PathBuf>,
}

impl Target {
    fn write(&self, bytes: impl AsRef<[u8]>) {
        fs::write(&self.path, bytes).unwrap();
    }

    /// A position in the file.
    fn at(&mut self) -> usize {
        self.dice.below(self.bytes.len().max(1))
    }

    fn flip(&mut self, count: usize) {
        for _ in 0..count.min(self.bytes.len()) {
            let at = self.at();
            self.bytes[at] ^= 1 << self.dice.below(8);
        }
        self.write(&self.bytes);
    }

    fn other(&mut self) -> PathBuf {
        self.others[self.dice.below(self.others.len())].clone()
    }

    /// Takes it out of the data folder.
    fn moved_out(&self) -> PathBuf {
        fs::create_dir_all(&self.outside).unwrap();
        let kept = self.outside.join("kept");
        fs::rename(&self.path, &kept).unwrap();
        kept
    }

    fn rights(&self, mode: u32) {
        fs::set_permissions(&self.path, Permissions::from_mode(mode)).unwrap();
    }

    /// Changes a JSON document; in another file, a bit.
    fn edit(&mut self, change: fn(&mut Value, &mut Dice)) {
        match serde_json::from_slice::<Value>(&self.bytes) {
            Ok(mut value) => {
                change(&mut value, &mut self.dice);
                self.write(value.to_string());
            }
            Err(_) => self.flip(1),
        }
    }
}

/// Replaces or removes one value somewhere in a document.
fn disturb(value: &mut Value, dice: &mut Dice) {
    let below = match value {
        Value::Object(members) => members.len(),
        Value::Array(items) => items.len(),
        _ => 0,
    };
    if below == 0 {
        *value = match dice.below(8) {
            0 => Value::Null,
            1 => json!(-1),
            2 => json!(u64::MAX),
            3 => json!(1e300),
            4 => json!(""),
            5 => json!("\u{1b}]0;x\u{7}\u{202e}\u{2028}"),
            6 => json!("9".repeat(4000)),
            _ => json!([{}]),
        };
        return;
    }
    let (at, lost) = (dice.below(below), dice.below(6) == 0);
    match value {
        Value::Object(members) => {
            let name = members.keys().nth(at).unwrap().clone();
            if lost {
                members.remove(&name);
            } else {
                disturb(&mut members[&name], dice);
            }
        }
        Value::Array(items) if lost => {
            items.remove(at);
        }
        Value::Array(items) => disturb(&mut items[at], dice),
        _ => {}
    }
}

/// Gives a document another version.
fn version(value: &mut Value, dice: &mut Dice) {
    let versions = [
        json!(0),
        json!(2),
        json!(u32::MAX),
        json!(u64::MAX),
        json!(-1),
        json!(1.5),
        json!("1"),
        json!(null),
    ];
    if let Value::Object(members) = value {
        let version = versions[dice.below(versions.len())].clone();
        members.insert("schema".to_owned(), version);
        if dice.below(2) == 0 {
            members.insert("of-a-later-version".to_owned(), json!({}));
        }
    }
}

/// Bit rot changes no time of a file, so the note that it was compared still holds.
fn rot(target: &mut Target) {
    target.flip(1);
    let name = target.path.file_name().unwrap().to_str().unwrap();
    let note = target.path.with_file_name(format!(".{name}.checked"));
    let Ok(text) = fs::read_to_string(&note) else {
        return;
    };
    let meta = fs::metadata(&target.path).unwrap();
    let sum = text.split(' ').next().unwrap();
    let forged = format!(
        "{sum} {} {} {}.{:09} {}.{:09} {}",
        meta.dev(),
        meta.ino(),
        meta.mtime(),
        meta.mtime_nsec(),
        meta.ctime(),
        meta.ctime_nsec(),
        meta.len()
    );
    fs::write(note, forged).unwrap();
}

fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

/// What happened in words, and how it happens.
pub(crate) type Damage = (&'static str, fn(&mut Target));

/// Words of damages after which a file may be whole and still not be used.
pub(crate) const OF_RIGHTS: [&str; 3] = [
    "without any rights",
    "without the right to enter",
    "writable by others",
];

/// What happens to files.
pub(crate) const OF_FILES: [Damage; 31] = [
    ("one bit flipped", |target| target.flip(1)),
    ("forty bits flipped", |target| target.flip(40)),
    ("cut", |target| {
        let at = target.at();
        target.write(&target.bytes[..at]);
    }),
    ("its beginning lost", |target| {
        let at = target.at();
        target.write(&target.bytes[at..]);
    }),
    ("a block of zeros", |target| {
        let at = target.at();
        let end = target.bytes.len().min(at + 512);
        target.bytes[at..end].fill(0);
        target.write(&target.bytes);
    }),
    ("zeros only", |target| {
        target.write(vec![0; target.bytes.len()]);
    }),
    ("empty", |target| target.write("")),
    ("something appended", |target| {
        target.write([target.bytes.as_slice(), b"}\0\n"].concat());
    }),
    ("twice in a row", |target| {
        target.write(target.bytes.repeat(2));
    }),
    ("noise", |target| {
        let size = target.bytes.len().max(64);
        let mut byte = || u8::try_from(target.dice.below(256)).unwrap();
        let noise: Vec<u8> = (0..size).map(|_| byte()).collect();
        target.write(noise);
    }),
    ("grown to a terabyte", |target| {
        let file = File::options().write(true).open(&target.path).unwrap();
        // Not every file system has files as large.
        if file.set_len(1 << 40).is_err() {
            target.flip(1);
        }
    }),
    ("the content of another file", |target| {
        let other = target.other();
        target.write(fs::read(other).unwrap());
    }),
    ("swapped with another file", |target| {
        let other = target.other();
        let kept = target.moved_out();
        fs::rename(&other, &target.path).unwrap();
        fs::rename(kept, &other).unwrap();
        target.also = Some(other);
    }),
    ("two blocks swapped", |target| {
        let size = target.bytes.len() / 8;
        let (one, other) = (target.at() / 8, target.bytes.len() - size);
        for step in 0..size {
            target.bytes.swap(one + step, other + step);
        }
        target.write(&target.bytes);
    }),
    ("a link to where it was moved", |target| {
        symlink(target.moved_out(), &target.path).unwrap();
    }),
    ("a link to itself", |target| {
        target.moved_out();
        symlink(target.path.file_name().unwrap(), &target.path).unwrap();
    }),
    ("a link to nothing", |target| {
        target.moved_out();
        symlink("nothing", &target.path).unwrap();
    }),
    ("a link to another file", |target| {
        let other = target.other();
        target.moved_out();
        symlink(other, &target.path).unwrap();
    }),
    ("a link to a device", |target| {
        target.moved_out();
        symlink("/dev/zero", &target.path).unwrap();
    }),
    ("a pipe", |target| {
        target.moved_out();
        pipe(&target.path);
    }),
    ("a socket", |target| {
        let kept = target.moved_out();
        // The path of a socket must be short when it is made.
        let place = TempDir::new().unwrap();
        let made = place.path().join("s");
        drop(UnixListener::bind(&made).unwrap());
        if fs::rename(made, &target.path).is_err() {
            fs::rename(kept, &target.path).unwrap();
        }
    }),
    ("an empty folder", |target| {
        target.moved_out();
        fs::create_dir(&target.path).unwrap();
    }),
    ("a folder with itself in it", |target| {
        let kept = target.moved_out();
        fs::create_dir(&target.path).unwrap();
        fs::rename(kept, target.path.join("kept")).unwrap();
    }),
    ("without any rights", |target| target.rights(0o000)),
    ("writable by others", |target| target.rights(0o666)),
    ("another value", |target| target.edit(disturb)),
    ("another version", |target| target.edit(version)),
    ("members twice", |target| {
        let text = String::from_utf8_lossy(&target.bytes);
        let twice = "{\"schema\": 1, \"rows\": 5, \"polls\": 7, \"demo\": {},";
        target.write(text.replacen('{', twice, 1));
    }),
    ("nested without an end", |target| {
        let deep = ["[", "{\"a\":", "a = [", "a."];
        let one = deep[target.dice.below(deep.len())];
        target.write(one.repeat(100_000));
    }),
    ("in another encoding", |target| {
        let text = String::from_utf8_lossy(&target.bytes).into_owned();
        match target.dice.below(3) {
            0 => target.write(format!("\u{feff}{text}")),
            1 => target.write(text.replace('\n', "\r\n")),
            _ => {
                let units = text.encode_utf16().flat_map(u16::to_le_bytes);
                target.write(units.collect::<Vec<u8>>());
            }
        }
    }),
    ("rotten without a trace", rot),
];

/// What happens to folders.
pub(crate) const OF_FOLDERS: [Damage; 8] = [
    ("a file", |target| {
        target.moved_out();
        target.write("x");
    }),
    ("emptied", |target| {
        target.moved_out();
        fs::create_dir(&target.path).unwrap();
    }),
    ("a link to where it was moved", |target| {
        symlink(target.moved_out(), &target.path).unwrap();
    }),
    ("a link to itself", |target| {
        target.moved_out();
        symlink(target.path.file_name().unwrap(), &target.path).unwrap();
    }),
    ("a pipe", |target| {
        target.moved_out();
        pipe(&target.path);
    }),
    ("without any rights", |target| target.rights(0o000)),
    ("without the right to enter", |target| target.rights(0o400)),
    ("writable by others", |target| target.rights(0o777)),
];
