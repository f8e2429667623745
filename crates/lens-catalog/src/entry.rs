//! One service of the catalog.

use crate::CatalogState;
use crate::catalog::{CatalogService, Known};
use crate::hygiene::{Finding, SubjectKind};
use hannun_api::ApiError;
use hannun_api::range::Scope;
use hannun_ledger::body_text;
use hannun_lens_apm::dependencies::{Dependency, dependencies};
use hannun_model::limits::CATALOG_HOSTS_NAMED_MAX;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// One service with its definition and what is around it.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct CatalogEntry {
    pub service: CatalogService,
    /// Body of its document, as it was written.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    pub definition: Option<Value>,
    /// The same as YAML, for an editor.
    pub definition_yaml: Option<String>,
    pub findings: Vec<Finding>,
    /// What it needs: as it is declared, and as its spans and those of others tell. What is no service
    /// has its kind in front.
    pub depends_on: Vec<String>,
    /// What needs it.
    pub dependency_of: Vec<String>,
    /// Where it runs; those with most of its telemetry first.
    pub hosts: Vec<String>,
}

/// Answers one service; `None` when nobody declared it and it sent nothing.
pub async fn entry(
    state: &CatalogState,
    scope: &Scope,
    name: &str,
) -> Result<Option<CatalogEntry>, ApiError> {
    let known = Known::of(state, scope).await?;
    let Some(mut entry) = known_entry(&known, scope, name) else { return Ok(None) };
    if entry.service.seen {
        let called = dependencies(&state.engine, scope, name).await?;
        merge(&mut entry.depends_on, called.downstream.iter().map(neighbour));
        merge(&mut entry.dependency_of, called.upstream.iter().map(neighbour));
    }
    Ok(Some(entry))
}

/// What is known of a service without asking who calls whom.
fn known_entry(known: &Known, scope: &Scope, name: &str) -> Option<CatalogEntry> {
    let is_about = |finding: &&Finding| {
        finding.subject_kind == SubjectKind::Service && finding.subject == name
    };
    let findings: Vec<Finding> = known.findings.iter().filter(is_about).cloned().collect();
    let (_, service) = known.service(name, scope.environment.as_deref(), findings.len())?;
    let declared = known.declared.get(name);
    let own = declared.map(|it| it.definition.clone()).unwrap_or_default();
    let mut entry = CatalogEntry {
        service,
        definition: declared.map(|it| it.document.body.clone()),
        definition_yaml: declared.map(|it| body_text(&it.document.body)),
        findings,
        depends_on: Vec::new(),
        dependency_of: Vec::new(),
        hosts: known.survey.hosts_of(name, CATALOG_HOSTS_NAMED_MAX),
    };
    let named_by = |references: fn(&crate::definition::Definition) -> &[String]| {
        let others = known.declared.iter().filter(move |(_, other)| {
            references(&other.definition).iter().any(|reference| reference == name)
        });
        others.map(|(other, _)| other.to_owned())
    };
    merge(
        &mut entry.depends_on,
        own.depends_on.into_iter().chain(named_by(|it| &it.dependency_of)),
    );
    merge(
        &mut entry.dependency_of,
        own.dependency_of.into_iter().chain(named_by(|it| &it.depends_on)),
    );
    Some(entry)
}

/// A neighbour on the map, as the catalog names things.
fn neighbour(dependency: &Dependency) -> String {
    let node = &dependency.node;
    match node.kind.as_str() {
        crate::definition::SERVICE => node.name.clone(),
        kind => format!("{kind}:{}", node.name),
    }
}

/// Adds names, in order and each once.
fn merge(names: &mut Vec<String>, more: impl Iterator<Item = String>) {
    let all: BTreeSet<String> = names.drain(..).chain(more).collect();
    names.extend(all);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::known;

    #[test]
    fn what_one_definition_says_of_another_is_told_on_both() {
        let known = known();
        let scope = Scope { from_ms: 0, to_ms: 60_000, environment: None };
        let order = known_entry(&known, &scope, "order").unwrap();
        assert_eq!(
            (order.depends_on, order.dependency_of),
            (vec!["datastore:orders".to_owned()], vec![])
        );
        assert_eq!(order.definition.unwrap()["team"], "checkout");
        assert!(order.definition_yaml.unwrap().contains("dd-service: order\n"));
        let store = known_entry(&known, &scope, "datastore:orders").unwrap();
        assert_eq!(store.dependency_of, ["order"]);
        let gone = known_entry(&known, &scope, "gone").unwrap();
        assert_eq!((gone.findings.len(), gone.service.findings), (2, 2));
        let stray = known_entry(&known, &scope, "stray").unwrap();
        assert_eq!((stray.definition, stray.definition_yaml), (None, None));
        assert_eq!(known_entry(&known, &scope, "nobody"), None);
    }
}
