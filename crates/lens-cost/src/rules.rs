//! The rules that say whose a cost is, as documents say them now.

use crate::CostState;
use crate::allocation::kinds::{COST_ACCOUNT, COST_LOOKUP_TABLE, COST_SHARED, COST_VIRTUAL_TAG};
use hannun_allocation::rules::{CatalogService, Declared, Table};
use hannun_allocation::{Problem, RuleError, Rules};
use hannun_ledger::{Document, Ledger, LedgerError};
use hannun_model::limits::LOOKUP_REFRESH_SECONDS;
use hannun_query::Engine;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Kind of the documents that say which services there are and whose.
const SERVICE_DEFINITION: &str = "service-definition";

/// Reads the rules and hands their look-up tables to the engine, so that SQL made of them runs.
///
/// # Errors
/// When the ledger cannot be read. Rules that are wrong are no error: [`Rules::errors`] has them, and
/// the others work.
pub async fn load(state: &CostState) -> Result<Rules, LedgerError> {
    let rules = read(&state.ledger).await?;
    state.engine.publish_lookups(tables(&rules));
    Ok(rules)
}

/// Keeps what `lookup` knows as documents have it, for SQL that is asked when nobody asked about costs
/// before: after a start, or after a table was edited.
pub async fn keep_published(engine: Arc<Engine>, ledger: Ledger) {
    loop {
        match read_tables(&ledger).await {
            Ok(declared) => engine.publish_lookups(tables(&Rules::new(declared))),
            Err(error) => {
                tracing::warn!(%error, "look-up tables could not be read; the old ones stay")
            }
        }
        tokio::time::sleep(Duration::from_secs(LOOKUP_REFRESH_SECONDS)).await;
    }
}

fn tables(rules: &Rules) -> BTreeMap<String, Table> {
    rules.tables().map(|(name, table)| (name.to_owned(), table.clone())).collect()
}

async fn read(ledger: &Ledger) -> Result<Rules, LedgerError> {
    let mut declared = read_tables(ledger).await?;
    let errors = &mut declared.unreadable;
    declared.tags = of_kind(ledger, COST_VIRTUAL_TAG.name, errors).await?;
    declared.shared = of_kind(ledger, COST_SHARED.name, errors).await?;
    Ok(Rules::new(declared))
}

/// Everything that look-up tables are made of.
async fn read_tables(ledger: &Ledger) -> Result<Declared, LedgerError> {
    let mut declared = Declared::default();
    let errors = &mut declared.unreadable;
    declared.tables = of_kind(ledger, COST_LOOKUP_TABLE.name, errors).await?;
    declared.accounts = of_kind(ledger, COST_ACCOUNT.name, errors).await?;
    if ledger.kinds().get(SERVICE_DEFINITION).is_some() {
        let definitions = ledger.documents(Some(SERVICE_DEFINITION), false).await?;
        declared.services = definitions.iter().filter_map(|it| service(&it.body)).collect();
    }
    Ok(declared)
}

/// The documents of a kind; those that are none by now are told.
async fn of_kind<T: DeserializeOwned>(
    ledger: &Ledger,
    kind: &str,
    errors: &mut Vec<RuleError>,
) -> Result<Vec<T>, LedgerError> {
    let documents = ledger.documents(Some(kind), false).await?;
    let mut read = Vec::with_capacity(documents.len());
    for Document { id, body, .. } in documents {
        match serde_json::from_value(body) {
            Ok(body) => read.push(body),
            Err(error) => {
                let problem = Problem::Malformed(error.to_string());
                errors.push(RuleError::new(format!("{kind} {id}"), None, problem));
            }
        }
    }
    Ok(read)
}

/// What a service definition says that costs are told apart by, in each of the forms that Datadog gave
/// it: <https://github.com/DataDog/schema/tree/main/service-catalog>.
fn service(body: &Value) -> Option<CatalogService> {
    let text = |pointer: &str| {
        let text = body.pointer(pointer)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    if body.get("apiVersion").is_none() {
        return Some(CatalogService {
            name: text("/dd-service")?,
            team: text("/team").or_else(|| text("/dd-team")),
            application: text("/application"),
            tier: text("/tier"),
            lifecycle: text("/lifecycle"),
        });
    }
    if text("/kind").as_deref() != Some("service") {
        return None;
    }
    Some(CatalogService {
        name: text("/metadata/name")?,
        team: text("/metadata/owner"),
        application: None,
        tier: text("/spec/tier"),
        lifecycle: text("/spec/lifecycle"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn services_are_read_in_every_form() {
        let old = service(&json!({"schema-version": "v2.2", "dd-service": "order",
            "team": "checkout", "tier": "1", "application": "shop"}))
        .unwrap();
        assert_eq!((old.name.as_str(), old.team.as_deref()), ("order", Some("checkout")));
        assert_eq!(old.application.as_deref(), Some("shop"));
        let new = service(&json!({"apiVersion": "v3", "kind": "service",
            "metadata": {"name": "order", "owner": "checkout"}, "spec": {"tier": "1"}}))
        .unwrap();
        assert_eq!(CatalogService { application: old.application.clone(), ..new }, old);
        let queue = json!({"apiVersion": "v3", "kind": "queue", "metadata": {"name": "q"}});
        assert_eq!(service(&queue), None);
    }
}
