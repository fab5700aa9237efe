//! Keeps the orders that have ended, with their calls: one small file for each month of ordering, the newest months only.
//!
//! The files hold what the notes of running orders hold, and neither tokens nor links. A history that cannot be written
//! or read never stops an order.

use crate::domain::report::history::PastOrder;
use crate::store::checksum::sum_of_text;
use crate::store::error::StoreError;
use crate::store::folder::{Folder, ItemKind};
use chrono::{DateTime, Months, Utc};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The folder of the files.
pub(in crate::store) const FOLDER: &str = "history";
const LOCK: &str = "history.lock";
/// The version of a file.
const SCHEMA: u32 = 1;
/// The size limit of a file: room for far more than is kept.
const LARGEST: u64 = 64 << 20;
/// The number of orders that are kept of one month, the newest.
const MOST_ORDERS: usize = 300;
/// The number of months that are kept.
const MONTHS: u32 = 13;

/// The history under a data folder.
#[derive(Debug, Clone)]
pub struct History {
    data_dir: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
struct MonthFile {
    schema: u32,
    /// By the time they ended, oldest first.
    orders: Vec<PastOrder>,
    /// The checksum of the orders; files of older versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    check: Option<String>,
}

impl MonthFile {
    /// The checksum of its orders.
    fn sum(&self) -> serde_json::Result<String> {
        Ok(sum_of_text(&serde_json::to_vec(&self.orders)?))
    }
}

impl History {
    /// The history under a data folder; its own folder is created with the first order that ends.
    pub fn new(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
        }
    }

    /// Adds an order that has ended. If several runs followed it, it is one order with the calls of all of them, and
    /// with those of the order of this time that it replaces.
    pub fn add(
        &self,
        ended: &PastOrder,
        replaces: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let root = Folder::private(&self.data_dir)?.child(FOLDER)?;
        // Two processes may end orders at the same time.
        let _lock = root.lock(LOCK)?;
        let name = file_name(ended.ordered_at);
        // An unreadable file is not overwritten: it may be repaired by hand.
        let mut file = read(&root, &name)?;
        let mut ended = ended.clone();
        let times = [Some(ended.ordered_at), replaces];
        let is_it =
            |known: &PastOrder| known.key == ended.key && times.contains(&Some(known.ordered_at));
        if let Some(at) = file.orders.iter().position(is_it) {
            let known = file.orders.remove(at);
            let later = std::mem::replace(&mut ended.log, known.log);
            ended.log.extend(later);
            ended.resumed = true;
        }
        let now = ended.ended_at;
        file.orders.push(ended);
        let many = file.orders.len().saturating_sub(MOST_ORDERS);
        file.orders.drain(..many);
        file.check = file.sum().ok();
        root.write_json(&name, &file)?;
        remove_old(&root, now)
    }

    /// Lists every kept order, the one that ended last first, and the errors of unreadable files. Reading creates no
    /// folder. A shortage of this machine is an error.
    pub fn list(&self) -> Result<(Vec<PastOrder>, Vec<StoreError>), StoreError> {
        let (mut orders, mut damaged) = (Vec::new(), Vec::new());
        let Some(data) = Folder::found(&self.data_dir)? else {
            return Ok((orders, damaged));
        };
        let Some(root) = data.existing(FOLDER)? else {
            return Ok((orders, damaged));
        };
        for (name, _) in months(&root)? {
            let file = StoreError::keep_apart(read(&root, &name).map(Some), &mut damaged)?;
            orders.extend(file.into_iter().flat_map(|file| file.orders));
        }
        orders.sort_by(|a, b| (b.ended_at, &a.key).cmp(&(a.ended_at, &b.key)));
        Ok((orders, damaged))
    }
}

fn file_name(ordered_at: DateTime<Utc>) -> String {
    format!("{}.json", ordered_at.format("%Y-%m"))
}

/// The files of the months.
fn months(root: &Folder) -> Result<Vec<(String, ItemKind)>, StoreError> {
    let items = root.items()?.into_iter();
    let is_month = |name: &str| name.strip_suffix(".json").is_some() && !name.starts_with('.');
    Ok(items.filter(|(name, _)| is_month(name)).collect())
}

/// Removes the files of months that are too old.
fn remove_old(root: &Folder, now: DateTime<Utc>) -> Result<(), StoreError> {
    let Some(first) = now.checked_sub_months(Months::new(MONTHS)) else {
        return Ok(());
    };
    let first = file_name(first);
    for (name, _) in months(root)? {
        if name < first {
            root.remove_file(&name)?;
        }
    }
    Ok(())
}

fn read(root: &Folder, name: &str) -> Result<MonthFile, StoreError> {
    let Some(file) = root.read_json::<MonthFile>(name, (LARGEST, SCHEMA))? else {
        return Ok(MonthFile {
            schema: SCHEMA,
            orders: Vec::new(),
            check: None,
        });
    };
    if file.check.is_some() && file.sum().ok() != file.check {
        return Err(StoreError::Damaged {
            path: root.item(name),
            problem: "its checksum differs (remove its `check` after a repair by hand)".to_owned(),
        });
    }
    Ok(file)
}
