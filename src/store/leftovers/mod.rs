//! Puts away what killed runs left behind: unfinished files, notes of orders whose report is stored, notes of exports' runs
//! that were not watched, and downloads that belong to no order.
//!
//! Only things without a living process are touched: unfinished files are locked by their writer, orders by their claim.
//! Errors are logged, since the next start tries again; a read-only folder stays as it is.

pub(super) mod abandoned;
pub(super) mod place_notes;

use crate::domain::report::request::ReportKey;
use crate::store::error::StoreError;
use crate::store::fetched;
use crate::store::folder::{Folder, ItemKind};
use crate::store::ledger::Ledger;
use crate::store::orders::export_runs;
use crate::store::orders::history;
use crate::store::orders::intents::Intents;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

/// The folder of running downloads.
pub const DOWNLOADS: &str = "downloads";

/// Puts away the leftovers in a data folder. With `orders`, also the orders whose report is stored.
pub fn tidy(data_dir: &Path, orders: bool, now: SystemTime) {
    if let Err(error) = put_away(data_dir, orders, now) {
        tracing::warn!(%error, "leftovers of earlier runs could not be removed");
    }
}

fn put_away(data_dir: &Path, orders: bool, now: SystemTime) -> Result<(), StoreError> {
    let Some(data) = Folder::found(data_dir)? else {
        return Ok(());
    };
    data.remove_unfinished(now);
    let inner = |folder: &Folder, name: &str| folder.existing(name).ok().flatten();
    let views = inner(&data, "views");
    let last = views.as_ref().and_then(|views| inner(views, "last"));
    let folders = [
        views,
        last,
        inner(&data, "jobs"),
        inner(&data, "copies"),
        inner(&data, "queue"),
        inner(&data, export_runs::FOLDER),
        inner(&data, history::FOLDER),
    ];
    for folder in folders.iter().flatten() {
        folder.remove_unfinished(now);
    }
    if let Some(fetched) = inner(&data, fetched::FOLDER) {
        for (place, _) in fetched.items()? {
            if let Some(place) = inner(&fetched, &place) {
                place.remove_unfinished(now);
            }
        }
    }
    place_notes::visit(&data, now);
    place_notes::keep_in(&data);
    if let Some(notes) = inner(&data, export_runs::FOLDER) {
        let old = export_runs::put_away_unwatched(&notes, now.into());
        if let Err(error) = old.and_then(|()| export_runs::put_away_locks(&notes)) {
            tracing::warn!(%error, "old notes of runs of exports could not be removed");
        }
    }
    if data.kind("ledger") == Some(ItemKind::Folder) {
        // Opening it restores and removes what it finds in its working folder.
        let ledger = Ledger::open(data_dir)?;
        if let Ok(work) = ledger.work() {
            work.remove_unfinished(now);
        }
        let has_orders = ["jobs", DOWNLOADS]
            .iter()
            .any(|name| data.kind(name).is_some());
        if orders && has_orders {
            settle_orders(&ledger, &Intents::open(data_dir)?, &data)?;
        }
    }
    Ok(())
}

/// Ends the orders whose report is stored, and removes downloads that belong to no order.
fn settle_orders(ledger: &Ledger, orders: &Intents, data: &Folder) -> Result<(), StoreError> {
    let downloads = data.existing(DOWNLOADS)?;
    let mut keys: BTreeSet<ReportKey> = orders.keys()?.into_iter().collect();
    if let Some(downloads) = &downloads {
        for (name, _) in downloads.items()? {
            keys.extend((!name.starts_with('.')).then(|| ReportKey::from_text(&name)));
        }
    }
    for key in keys {
        // Orders that go on are not even locked: another process may be about to claim them.
        if !is_over(ledger, orders, &key) {
            continue;
        }
        let Ok(claim) = orders.claim(&key) else {
            continue;
        };
        // Another process may have ordered it again in between.
        if is_over(ledger, orders, &key) {
            if let Some(downloads) = &downloads {
                downloads.remove(key.as_str())?;
            }
            claim.clear()?;
        }
    }
    Ok(())
}

/// Whether an order has no note, or its report is the one in the ledger.
fn is_over(ledger: &Ledger, orders: &Intents, key: &ReportKey) -> bool {
    match orders.read(key) {
        Ok(None) => true,
        Ok(Some(intent)) => {
            let is_accepted = intent.poll_url.is_some() || intent.pages.is_some();
            let stored = ledger.find(key).ok().flatten();
            // A report is as old as its order.
            is_accepted && stored.is_some_and(|entry| entry.fetched_at == intent.ordered_at)
        }
        // A damaged note is for the user to see.
        Err(_) => false,
    }
}
