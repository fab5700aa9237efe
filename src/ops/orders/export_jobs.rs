//! Watched runs of exports among the jobs: found by id beside the orders.

use super::jobs::Job;
use crate::ops::error::OpsError;
use crate::ops::exports::watched::NotedRun;

/// Finds watched runs among all of them, by id, or by a unique part of it; returns also the ids that are left for orders.
/// Without ids, these are all runs that no other process follows.
pub fn find(
    (noted, damaged): &mut (Vec<NotedRun>, Vec<OpsError>),
    orders: &[Job],
    ids: &[String],
) -> Result<(Vec<NotedRun>, Vec<String>), OpsError> {
    if ids.is_empty() {
        let free = noted.iter().filter(|noted| !noted.held).cloned();
        return Ok((free.collect(), Vec::new()));
    }
    let (mut found, mut left) = (Vec::new(), Vec::new());
    let names = noted.iter().map(|noted| (noted, noted.note.name()));
    let names: Vec<(&NotedRun, String)> = names.collect();
    for id in ids {
        let exact = names.iter().find(|(_, name)| name == id);
        let alike = names.iter().filter(|(_, name)| name.contains(id.as_str()));
        let fitting: Vec<&(&NotedRun, String)> = match exact {
            Some(exact) => vec![exact],
            None => alike.collect(),
        };
        let orders = orders.iter().map(|job| job.id.as_str());
        let orders = orders.filter(|order| exact.is_none() && order.contains(id.as_str()));
        let orders: Vec<&str> = orders.collect();
        match (fitting.as_slice(), orders.is_empty()) {
            ([(run, _)], true) => found.push((*run).clone()),
            ([], false) => left.push(id.clone()),
            ([], true) => {
                // The note may be there and unreadable.
                let is_it = |error: &OpsError| error.to_string().contains(id.as_str());
                match damaged.iter().position(is_it) {
                    Some(at) => return Err(damaged.swap_remove(at)),
                    None => left.push(id.clone()),
                }
            }
            (several, _) => {
                let runs = several.iter().map(|(_, name)| name.as_str());
                let names: Vec<&str> = runs.chain(orders).collect();
                return Err(OpsError::Failed(format!(
                    "{id} matches several jobs: {}",
                    names.join(", ")
                )));
            }
        }
    }
    Ok((found, left))
}
