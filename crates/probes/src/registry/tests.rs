use super::*;
use crate::clients::WhyNot;
use crate::probe::tests::body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hannun_model::limits::{PROBE_CLIENTS_MAX, PROBE_WARM_UP_SECONDS};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const NOW: i64 = 1_769_882_399_000;
/// When the probes below expire.
const EXPIRY: i64 = 1_769_882_400_000;

fn probe(id: &str, revision: i64, change: Value) -> Probe {
    Probe::read(id, revision, &body(change)).unwrap()
}

fn registry(probes: Vec<Probe>) -> Registry {
    let registry = Registry::default();
    registry.set(probes, BTreeSet::from(["shop".to_owned()]));
    registry
}

/// A client that applies what it is answered, as those of Datadog do.
#[derive(Debug)]
struct Process {
    request: Value,
    /// Files by path.
    files: BTreeMap<String, Value>,
    /// Whether it has just begun, and asks for the first time.
    is_new: bool,
}

impl Process {
    fn new(service: &str) -> Self {
        let request = json!({
            "client": {
                "state": {"root_version": 1, "targets_version": 0, "config_states": [],
                    "has_error": false, "error": "", "backend_client_state": []},
                "id": "c", "is_tracer": true, "capabilities": [1],
                "products": ["APM_TRACING", "ASM_FEATURES", "LIVE_DEBUGGING"],
                "client_tracer": {"runtime_id": "r1", "language": "python",
                    "tracer_version": "4.16.0", "service": service, "env": "prod",
                    "app_version": "1.2", "tags": ["env:prod", "host_name:web-1"]},
            },
            "cached_target_files": [],
        });
        Self { request, files: BTreeMap::new(), is_new: true }
    }

    /// Asks once; answers whether anything came.
    fn poll(&mut self, registry: &Registry, now_ms: i64) -> bool {
        if std::mem::take(&mut self.is_new) {
            let begin_ms = now_ms - PROBE_WARM_UP_SECONDS * 1000;
            assert!(!self.poll(registry, begin_ms), "its source files are not there yet");
        }
        let answer = registry.configure(self.request.to_string().as_bytes(), now_ms).unwrap();
        if answer == UNCHANGED {
            return false;
        }
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let decode = |value: &Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
        let targets: Value = serde_json::from_slice(&decode(&answer["targets"])).unwrap();
        let signed = &targets["signed"];
        let before = self.request["client"]["state"]["targets_version"].as_i64().unwrap();
        let version = signed["version"].as_i64().unwrap();
        assert!(version > before, "versions grow");
        assert_eq!(
            (&signed["_type"], &signed["spec_version"]),
            (&json!("targets"), &json!("1.0.0"))
        );
        self.request["client"]["state"]["targets_version"] = json!(version);
        self.files.clear();
        let mut cached = Vec::new();
        for path in answer["client_configs"].as_array().unwrap() {
            let path = path.as_str().unwrap();
            assert!(path.starts_with("datadog/2/LIVE_DEBUGGING/"), "{path}");
            let files = answer["target_files"].as_array().unwrap();
            let raw = decode(&files.iter().find(|file| file["path"] == path).unwrap()["raw"]);
            let target = &signed["targets"][path];
            let hash: String = Sha256::digest(&raw).iter().map(|it| format!("{it:02x}")).collect();
            assert_eq!(target["hashes"]["sha256"], hash);
            assert_eq!(target["length"], raw.len());
            let file: Value = serde_json::from_slice(&raw).unwrap();
            assert_eq!(target["custom"]["v"], file["version"]);
            cached.push(json!({"path": path, "length": raw.len(),
                "hashes": [{"algorithm": "sha256", "hash": hash}]}));
            self.files.insert(path.to_owned(), file);
        }
        self.request["cached_target_files"] = json!(cached);
        true
    }

    fn probes(&self) -> Vec<(&str, i64)> {
        let version = |file: &Value| file["version"].as_i64().unwrap();
        self.files
            .values()
            .map(|file| (document_id(file["id"].as_str().unwrap()), version(file)))
            .collect()
    }
}

#[test]
fn a_client_is_told_once_and_again_when_something_changes() {
    let registry = registry(vec![probe("a", 1, json!({}))]);
    let mut process = Process::new("shop");
    assert!(process.poll(&registry, NOW));
    assert_eq!(process.probes(), [("a", 1)]);
    assert!(!process.poll(&registry, NOW), "it has all there is");
    let probes = vec![probe("a", 2, json!({"condition": "x"})), probe("b", 1, json!({}))];
    registry.set(probes, BTreeSet::from(["shop".to_owned()]));
    assert!(process.poll(&registry, NOW));
    assert_eq!(process.probes(), [("a", 2), ("b", 1)]);
    registry.set(Vec::new(), BTreeSet::from(["shop".to_owned()]));
    assert!(process.poll(&registry, NOW));
    assert_eq!(process.probes(), []);
    assert!(!process.poll(&registry, NOW));
}

#[test]
fn a_server_that_forgot_everything_goes_on_where_it_was() {
    let mut process = Process::new("shop");
    assert!(process.poll(&registry(vec![probe("a", 1, json!({}))]), NOW));
    assert!(!process.poll(&registry(vec![probe("a", 1, json!({}))]), NOW));
    assert!(process.poll(&registry(vec![]), NOW), "also what was taken away meanwhile");
}

#[test]
fn a_process_that_begins_waits_until_its_files_are_there() {
    let registry = registry(vec![probe("a", 1, json!({}))]);
    let mut process = Process::new("shop");
    process.is_new = false;
    let ready_ms = NOW;
    assert!(!process.poll(&registry, ready_ms - PROBE_WARM_UP_SECONDS * 1000));
    assert!(!process.poll(&registry, ready_ms - 1));
    assert!(process.poll(&registry, ready_ms));
}

#[test]
fn an_expired_probe_is_taken_away_though_nobody_acts() {
    let registry = registry(vec![probe("a", 1, json!({}))]);
    let mut process = Process::new("shop");
    assert!(process.poll(&registry, EXPIRY - 1));
    assert_eq!(process.probes().len(), 1);
    assert!(process.poll(&registry, EXPIRY));
    assert_eq!(process.probes(), []);
}

#[test]
fn a_service_where_probes_are_off_has_none() {
    let registry = Registry::default();
    registry.set(vec![probe("a", 1, json!({}))], BTreeSet::new());
    let mut process = Process::new("shop");
    assert!(!process.poll(&registry, NOW));
    registry.set(vec![probe("a", 1, json!({}))], BTreeSet::from(["shop".to_owned()]));
    assert!(process.poll(&registry, NOW));
    registry.set(vec![probe("a", 1, json!({}))], BTreeSet::from(["other".to_owned()]));
    assert!(process.poll(&registry, NOW));
    assert_eq!(process.probes(), []);
}

#[test]
fn a_probe_goes_only_where_it_belongs() {
    let elsewhere = [
        json!({"service": "other"}),
        json!({"environment": "dev"}),
        json!({"version": "1.3"}),
        json!({"language": "nodejs"}),
        json!({"paused": true}),
    ];
    for change in elsewhere {
        let registry = registry(vec![probe("a", 1, change.clone())]);
        assert!(!Process::new("shop").poll(&registry, NOW), "{change}");
    }
    let here = json!({"environment": "prod", "version": "1.2", "service": "SHOP"});
    assert!(Process::new("Shop").poll(&registry(vec![probe("a", 1, here)]), NOW));
}

#[test]
fn a_process_without_the_debugger_is_told_nothing_and_seen() {
    let registry = registry(vec![probe("a", 1, json!({}))]);
    let mut process = Process::new("shop");
    process.request["client"]["products"] = json!(["APM_TRACING", "AGENT_CONFIG"]);
    assert!(!process.poll(&registry, NOW));
    let clients = registry.clients();
    assert_eq!(clients.len(), 1);
    assert_eq!(clients[0].why_not, Some(WhyNot::DebuggerOff));
    assert_eq!(clients[0].host.as_deref(), Some("web-1"));
    assert_eq!((clients[0].service.as_str(), clients[0].last_seen_ms), ("shop", NOW));
}

#[test]
fn a_client_that_refuses_is_shown_with_its_reason() {
    let registry = registry(vec![probe("a", 1, json!({}))]);
    let mut process = Process::new("shop");
    process.request["client"]["state"]["has_error"] = json!(true);
    process.request["client"]["state"]["error"] = json!("invalid signature of targets");
    process.poll(&registry, NOW);
    assert_eq!(registry.clients()[0].why_not, Some(WhyNot::RefusedUnsigned));
    process.request["client"]["state"]["error"] = json!("no such file");
    process.poll(&registry, NOW);
    assert_eq!(registry.clients()[0].why_not, Some(WhyNot::RefusedConfiguration));
    process.request["client"]["state"]["has_error"] = json!(false);
    process.poll(&registry, NOW);
    assert_eq!(registry.clients()[0].why_not, None);
}

#[test]
fn how_a_probe_fares_is_known_from_sending_to_error() {
    let registry = registry(vec![probe("a", 1, json!({}))]);
    let mut process = Process::new("shop");
    process.poll(&registry, NOW);
    let status = || {
        let [status] = registry.statuses("a").try_into().unwrap();
        (status.status, status.message, status.at_ms)
    };
    assert_eq!(status(), (ProbeStatus::Sent, None, NOW));
    let wire_id = process.files.values().next().unwrap()["id"].as_str().unwrap().to_owned();
    let mut diagnostic = Diagnostic {
        probe_id: wire_id.clone(),
        probe_version: 1,
        runtime_id: "r1".to_owned(),
        status: ProbeStatus::Installed,
        error: None,
    };
    assert!(registry.note(&diagnostic, NOW + 1));
    assert!(!registry.note(&diagnostic, NOW + 2));
    assert_eq!(status(), (ProbeStatus::Installed, None, NOW + 1));
    process.request["client"]["state"]["config_states"] = json!([{"product": "LIVE_DEBUGGING",
        "id": format!("logProbe_{wire_id}"), "version": 1, "apply_state": 3,
        "apply_error": "no such line"}]);
    process.poll(&registry, NOW + 3);
    assert_eq!(status(), (ProbeStatus::Error, Some("no such line".to_owned()), NOW + 3));
    diagnostic.probe_id = "of-nobody".to_owned();
    assert!(!registry.note(&diagnostic, NOW));
    registry.set(Vec::new(), BTreeSet::new());
    assert_eq!(registry.statuses("a"), [], "it is forgotten with its probe");
}

#[test]
fn identifiers_of_a_probe_are_redacted_by_the_id_that_clients_know() {
    let registry = registry(vec![probe("a", 1, json!({"redact": ["card_no"]}))]);
    let mut process = Process::new("shop");
    process.poll(&registry, NOW);
    let wire_id = process.files.values().next().unwrap()["id"].as_str().unwrap();
    assert!(registry.redaction(wire_id).hides("cardNo"));
    assert!(!registry.redaction("other").hides("cardNo"));
    assert!(registry.redaction("other").hides("password"));
    registry.remember_deleted(&[probe("a", 1, json!({"redact": ["card_no"]}))]);
    registry.set(Vec::new(), BTreeSet::new());
    assert!(registry.redaction(wire_id).hides("cardNo"), "also what comes after it was deleted");
}

#[test]
fn a_flood_of_processes_forgets_the_oldest() {
    let registry = registry(Vec::new());
    let mut process = Process::new("shop");
    for n in 0..PROBE_CLIENTS_MAX + 2 {
        process.request["client"]["client_tracer"]["runtime_id"] = json!(format!("r{n}"));
        process.poll(&registry, NOW + i64::try_from(n).unwrap());
    }
    let clients = registry.clients();
    assert_eq!(clients.len(), PROBE_CLIENTS_MAX);
    assert!(clients.iter().all(|client| client.runtime_id != "r0" && client.runtime_id != "r1"));
}

#[test]
fn a_request_that_cannot_be_read_is_told_why() {
    let registry = registry(Vec::new());
    let error = |body: &str| registry.configure(body.as_bytes(), NOW).unwrap_err();
    assert!(matches!(error("{"), RequestError::NotJson(_)));
    assert_eq!(error("{}"), RequestError::NoTracer);
    assert_eq!(error("[1]"), RequestError::NoTracer);
}

proptest! {
    #[test]
    fn clients_end_with_what_is_in_force_whatever_happened_before(
        steps in prop::collection::vec(
            (prop::collection::btree_map("[a-d]", (1..4_i64, 0..3_i64), 0..4), 0..4_i64),
            1..8,
        ),
    ) {
        let registry = registry(Vec::new());
        let mut process = Process::new("shop");
        for (wanted, minutes) in steps {
            let now_ms = NOW + minutes * 60_000;
            let probes = wanted.iter().map(|(id, (revision, lasts))| Probe {
                expires_ms: NOW + lasts * 60_000 + 1,
                ..probe(id, *revision, json!({}))
            });
            registry.set(probes.collect(), BTreeSet::from(["shop".to_owned()]));
            process.poll(&registry, now_ms);
            let expected: Vec<(&str, i64)> = wanted
                .iter()
                .filter(|(_, (_, lasts))| now_ms < NOW + lasts * 60_000 + 1)
                .map(|(id, (revision, _))| (id.as_str(), *revision))
                .collect();
            prop_assert_eq!(process.probes(), expected);
            prop_assert!(!process.poll(&registry, now_ms));
        }
    }
}
