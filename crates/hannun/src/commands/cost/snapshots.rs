//! `hannun cost snapshots`: which bills there are.

use crate::commands::sql;
use crate::config::{OutputFormat, SnapshotSettings, SqlSettings};
use anyhow::Result;

pub fn run(settings: &SnapshotSettings) -> Result<()> {
    let of_source = settings.source.as_ref().map_or_else(String::new, |source| {
        format!(" WHERE source = {}", hannun_query::typed::text(source))
    });
    let query = format!(
        "SELECT source, provider, to_char(billing_period_start, '%Y-%m') AS month, current, imported, \
         billing_currency AS currency, \"rows\", billed_cost, effective_cost, snapshot_id \
         FROM cost_snapshots{of_source} \
         ORDER BY source, billing_period_start, imported, billing_currency"
    );
    sql::run(&SqlSettings {
        query,
        server: settings.server.clone(),
        format: OutputFormat::Table,
        max_rows: None,
        timeout_seconds: None,
    })
}
