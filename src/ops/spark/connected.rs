//! Opens a table on a server.

use super::finding::found_out;
use super::server::Server;
use crate::data::columns::dates::DayOrder;
use crate::data::dataset::Dataset;
use crate::domain::sql::spark_address::SparkSource;
use crate::ops::context::{OpenContext, OpenDataset};
use crate::ops::error::OpsError;
use std::sync::Arc;
use tokio::runtime::Handle;

pub(super) fn connected(
    context: &OpenContext<'_>,
    server: &SparkSource,
) -> Result<OpenDataset, OpsError> {
    let Ok(handle) = Handle::try_current() else {
        return Err(OpsError::Failed(
            "no async runtime for a connection".to_owned(),
        ));
    };
    let authorities = context.network.authorities()?;
    let wanted = || !context.progress.is_cancelled();
    let day_first = context.dates == Some(DayOrder::DayFirst);
    let name = server.to_string();
    let work = found_out(server, &name, authorities, day_first, &wanted);
    let (client, relation, layout, totals) = handle.block_on(work)?;
    let reads = server.reads.clone();
    let currencies = totals.totals.iter().map(|money| money.code().to_owned());
    let table = (layout.table().clone(), currencies.collect());
    let engine = Server::new(client, (relation, reads), table, handle);
    let data = Dataset::of_server(&name, layout, totals, Arc::new(engine));
    let data = data.in_money(context.money)?;
    Ok(OpenDataset {
        data: data.stopped_by(&context.progress.flag()),
        names: vec![name],
        entries: Vec::new(),
        notes: Vec::new(),
        without_usd: None,
        plan: Vec::new(),
    })
}
