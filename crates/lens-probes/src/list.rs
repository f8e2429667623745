//! The probes there are, the processes that could have them, and how each fares.

use crate::ProbesState;
use crate::documents::{LIVE_PROBE, LIVE_PROBE_SERVICE};
use crate::in_force::{enabled, read};
use hannun_api::ApiError;
use hannun_api::range::Scope;
use hannun_ledger::{Document, Ledger};
use hannun_model::limits::{
    PROBE_CLIENT_SHOWN_SECONDS, PROBE_CLIENTS_LISTED_MAX, PROBES_LISTED_MAX,
};
use hannun_probes::clients::Client;
use hannun_probes::probe::Probe;
use hannun_probes::statuses::StatusOfClient;
use hannun_query::QueryLimits;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use utoipa::ToSchema;

/// Services and probes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Probes {
    pub services: Vec<ProbeService>,
    /// Those changed last come first.
    pub probes: Vec<ProbeRow>,
    /// Whether whoever asks may change them.
    pub can_edit: bool,
    /// Whether there are more probes than are shown.
    pub truncated: bool,
}

/// A service whose processes asked for probes, or for which somebody decided about them.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct ProbeService {
    pub service: String,
    pub enabled: bool,
    /// Document of the kind `live-probe-service`.
    pub document_id: Option<String>,
    pub document_revision: Option<i64>,
    /// Processes seen lately, the latest first, and not more than 200.
    pub clients: Vec<ProbeClient>,
}

/// A process that asked for configuration.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct ProbeClient {
    pub runtime_id: String,
    pub service: String,
    pub environment: Option<String>,
    pub version: Option<String>,
    pub language: String,
    pub tracer_version: String,
    pub host: Option<String>,
    pub last_seen_ms: i64,
    /// Whether it takes probes.
    pub accepts: bool,
    /// `debugger_off`, `refused_unsigned`, `refused_configuration` or `unknown_language`.
    pub why_not: Option<String>,
}

/// A probe and how it fares.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProbeRow {
    pub document_id: String,
    pub document_revision: i64,
    /// Body of the document.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub probe: Value,
    pub created_by: Option<String>,
    pub updated_by: Option<String>,
    pub updated_ms: Option<i64>,
    /// `active`, `paused`, `expired`, `service_off`, or `invalid` when it cannot be read any more.
    pub state: String,
    /// The latest first, and not more than 200.
    pub clients: Vec<ProbeStatusOfClient>,
    /// Snapshots in the time.
    pub snapshots: i64,
    pub last_snapshot_ms: Option<i64>,
}

/// How a probe fares in a process.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProbeStatusOfClient {
    pub runtime_id: String,
    /// `sent`, `received`, `installed`, `emitting`, `error` or `blocked`.
    pub status: String,
    pub message: Option<String>,
    pub at_ms: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Counted {
    id: Option<String>,
    snapshots: i64,
    last_ms: Option<i64>,
}

/// Everything about the probes of one service, or of all.
pub async fn probes(
    state: &ProbesState,
    scope: &Scope,
    service: Option<&str>,
    can_edit: bool,
    now_ms: i64,
) -> Result<Probes, ApiError> {
    let is_wanted = |name: &str| service.is_none_or(|wanted| wanted.eq_ignore_ascii_case(name));
    let of_service = |document: &Document| document.body["service"].as_str().is_some_and(is_wanted);
    let mut documents = state.ledger.documents(Some(LIVE_PROBE.name), false).await?;
    documents.retain(of_service);
    documents.sort_by(|left, right| (right.time_ms, &left.id).cmp(&(left.time_ms, &right.id)));
    let truncated = documents.len() > PROBES_LISTED_MAX;
    documents.truncate(PROBES_LISTED_MAX);
    let mut switches = state.ledger.documents(Some(LIVE_PROBE_SERVICE.name), false).await?;
    switches.retain(of_service);
    let on = enabled(&switches);
    let counts = counts(state, scope).await?;
    let mut probes = Vec::with_capacity(documents.len());
    for document in &documents {
        let created_by = created_by(&state.ledger, document).await?;
        let mut statuses = state.registry.statuses(&document.id);
        statuses.sort_by_key(|status| std::cmp::Reverse(status.at_ms));
        statuses.truncate(PROBE_CLIENTS_LISTED_MAX);
        let counted = counts.get(&document.id);
        probes.push(ProbeRow {
            document_id: document.id.clone(),
            document_revision: document.revision,
            probe: document.body.clone(),
            created_by,
            updated_by: Some(document.author.clone()),
            updated_ms: Some(document.time_ms),
            state: state_of(&read(document), &on, now_ms).to_owned(),
            clients: statuses.into_iter().map(status).collect(),
            snapshots: counted.map_or(0, |it| it.snapshots),
            last_snapshot_ms: counted.and_then(|it| it.last_ms),
        });
    }
    let mut clients = state.registry.clients();
    let oldest_ms = now_ms - PROBE_CLIENT_SHOWN_SECONDS * 1000;
    clients.retain(|client| client.last_seen_ms >= oldest_ms && is_wanted(&client.service));
    let named = documents.iter().filter_map(|it| it.body["service"].as_str()).map(str::to_owned);
    let services = services(clients, &switches, named.collect());
    Ok(Probes { services, probes, can_edit, truncated })
}

/// What a probe is up to.
fn state_of(probe: &Result<Probe, String>, on: &BTreeSet<String>, now_ms: i64) -> &'static str {
    match probe {
        Err(_) => "invalid",
        Ok(probe) if now_ms >= probe.expires_ms => "expired",
        Ok(probe) if probe.paused => "paused",
        Ok(probe) if !on.contains(&probe.service.to_lowercase()) => "service_off",
        Ok(_) => "active",
    }
}

async fn created_by(ledger: &Ledger, document: &Document) -> Result<Option<String>, ApiError> {
    if document.revision == 1 {
        return Ok(Some(document.author.clone()));
    }
    let first = ledger.revisions(&document.kind, &document.id, Some(2)).await?;
    Ok(first.into_iter().next().map(|first| first.author))
}

/// Services by name, with what was decided about them and their processes.
#[derive(Debug, Default)]
struct Services {
    /// By name in lower case.
    services: BTreeMap<String, ProbeService>,
}

impl Services {
    fn entry(&mut self, name: &str) -> &mut ProbeService {
        self.services.entry(name.to_lowercase()).or_insert_with(|| ProbeService {
            service: name.to_owned(),
            enabled: false,
            document_id: None,
            document_revision: None,
            clients: Vec::new(),
        })
    }
}

fn services(
    clients: Vec<Client>,
    switches: &[Document],
    named: BTreeSet<String>,
) -> Vec<ProbeService> {
    let mut services = Services::default();
    for client in clients {
        let shown_before = &mut services.entry(&client.service.clone()).clients;
        if shown_before.len() < PROBE_CLIENTS_LISTED_MAX {
            shown_before.push(shown(client));
        }
    }
    for document in switches {
        let Some(name) = document.body["service"].as_str() else { continue };
        let service = services.entry(name);
        // Of several documents about a service, one is enough to turn probes on.
        service.enabled |= document.body["enabled"] == true;
        service.document_id = Some(document.id.clone());
        service.document_revision = Some(document.revision);
    }
    for name in named {
        services.entry(&name);
    }
    services.services.into_values().collect()
}

fn shown(client: Client) -> ProbeClient {
    ProbeClient {
        runtime_id: client.runtime_id,
        service: client.service,
        environment: client.environment,
        version: client.version,
        language: client.language,
        tracer_version: client.tracer_version,
        host: client.host,
        last_seen_ms: client.last_seen_ms,
        accepts: client.why_not.is_none(),
        why_not: client.why_not.map(|it| it.as_str().to_owned()),
    }
}

fn status(of: StatusOfClient) -> ProbeStatusOfClient {
    ProbeStatusOfClient {
        runtime_id: of.runtime_id,
        status: of.status.as_str().to_owned(),
        message: of.message,
        at_ms: Some(of.at_ms),
    }
}

/// How many snapshots each probe took.
async fn counts(state: &ProbesState, scope: &Scope) -> Result<HashMap<String, Counted>, ApiError> {
    let sql = format!(
        "SELECT attributes['probe.id'] AS id, count(*) AS snapshots, \
         CAST(max(time) AS BIGINT) / 1000000 AS last_ms FROM logs \
         WHERE {} AND event_name = 'probe.snapshot' GROUP BY 1",
        scope.condition("time")
    );
    let rows = state.engine.rows::<Counted>(&sql, QueryLimits::default()).await?.rows;
    Ok(rows.into_iter().filter_map(|row| Some((row.id.clone()?, row))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(id: &str, body: Value) -> Document {
        Document {
            kind: "live-probe-service".to_owned(),
            id: id.to_owned(),
            revision: 4,
            author: "kim".to_owned(),
            time_ms: 0,
            message: None,
            source: None,
            deleted: false,
            body,
        }
    }

    #[test]
    fn a_probe_is_active_only_where_everything_allows_it() {
        let body = |paused: bool| {
            json!({"service": "Shop", "language": "python", "type": "log", "paused": paused,
                "where": {"file": "a.py", "line": 1}, "expires_at": "1970-01-01T00:00:10Z"})
        };
        let state = |paused: bool, on: &str, now_ms: i64| {
            let probe = read(&document("p", body(paused)));
            state_of(&probe, &BTreeSet::from([on.to_owned()]), now_ms)
        };
        assert_eq!(state(false, "shop", 9999), "active");
        assert_eq!(state(false, "shop", 10_000), "expired");
        assert_eq!(state(true, "shop", 10_000), "expired");
        assert_eq!(state(true, "shop", 0), "paused");
        assert_eq!(state(false, "other", 0), "service_off");
        let broken = read(&document("p", json!({})));
        assert_eq!(state_of(&broken, &BTreeSet::new(), 0), "invalid");
    }

    #[test]
    fn a_service_is_known_by_its_processes_its_switch_or_its_probes() {
        let client = Client {
            runtime_id: "r".to_owned(),
            service: "Shop".to_owned(),
            environment: None,
            version: None,
            language: "python".to_owned(),
            tracer_version: "4.16.0".to_owned(),
            host: None,
            first_seen_ms: 4,
            last_seen_ms: 5,
            why_not: Some(hannun_probes::clients::WhyNot::DebuggerOff),
        };
        let switches = [document("shop", json!({"service": "shop", "enabled": true}))];
        let found = services(vec![client], &switches, BTreeSet::from(["cart".to_owned()]));
        let names: Vec<_> = found.iter().map(|it| (it.service.as_str(), it.enabled)).collect();
        assert_eq!(names, [("cart", false), ("Shop", true)]);
        assert_eq!(found[1].document_revision, Some(4));
        assert_eq!(found[1].clients[0].why_not.as_deref(), Some("debugger_off"));
        assert!(!found[1].clients[0].accepts);
    }
}
