//! Cost Management exports: their definitions, their runs by the server's clock, and the files that a run delivers.

pub mod files;
pub mod made_up;
pub mod registry;
pub mod requests;

use super::state::{Shared, State};
use super::storage::account::BlobPlace;
use registry::Exports;

/// The state with the made-up exports, which appear with the first request.
pub fn prepare(shared: &Shared, state: &mut State) {
    if !state.exports.is_prepared {
        state.exports = Exports {
            is_prepared: true,
            ..made_up::exports(shared.time(), shared.today())
        };
    }
}

/// Writes the files of the runs that have ended, before a storage account is read: most clients never read one.
pub fn deliver(shared: &Shared, account: &str) {
    let (now, today) = (shared.time(), shared.today());
    let mut state = shared.state();
    prepare(shared, &mut state);
    let delivered = files::deliver(&mut state.exports, account, now, (&shared.script, today));
    for delivery in delivered {
        write(&mut state, delivery);
    }
}

/// Writes the files of a run into the storage.
fn write(state: &mut State, delivery: files::Delivery) {
    let (account, container) = (delivery.account.as_str(), delivery.container.as_str());
    if let Some(folder) = &delivery.replaces {
        let folder = format!("{folder}/");
        let known = state.storage.container(account, container);
        let known = known.into_iter().flat_map(|blobs| blobs.keys());
        let old: Vec<String> = known
            .filter(|name| name.starts_with(&folder))
            .cloned()
            .collect();
        for name in &old {
            state.storage.remove(BlobPlace {
                account,
                container,
                name,
            });
        }
    }
    for (name, bytes) in delivery.files {
        let name = name.as_str();
        let place = BlobPlace {
            account,
            container,
            name,
        };
        state.storage.put(place, bytes, delivery.at);
    }
}
