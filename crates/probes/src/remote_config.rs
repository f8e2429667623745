//! Remote configuration: what clients ask on `POST /v0.7/config`, and the answer.
//!
//! The answer is in the form of The Update Framework, without signatures: of the clients whose source
//! was read (`ddtrace` 2.21 and 4.16, `dd-trace` 6.21) none verifies them when it asks an agent, only
//! the SHA-256 of each file. `{}` says that a client has all there is.
//!
//! Formats: <https://github.com/DataDog/datadog-agent/blob/main/pkg/proto/datadog/remoteconfig/remoteconfig.proto>
//! and <https://theupdateframework.github.io/specification/latest/>.

use crate::cut;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hannun_model::limits::PROBE_NAME_BYTES_MAX;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The product that probes come by. No other is ever sent: this server changes nothing else about a
/// process.
pub const PRODUCT: &str = "LIVE_DEBUGGING";
/// The answer to a client that has all there is.
pub const UNCHANGED: &[u8] = b"{}";
/// Clients do not look at it; it must be there and far away.
const EXPIRES: &str = "2099-12-31T23:59:59Z";

/// What a client says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub runtime_id: String,
    pub service: String,
    pub environment: Option<String>,
    pub version: Option<String>,
    pub language: String,
    pub tracer_version: String,
    pub host: Option<String>,
    pub takes_probes: bool,
    /// What was wrong with the last answer.
    pub error: Option<String>,
    /// The version of the last answer.
    pub targets_version: i64,
    /// SHA-256 by path of the files that it has.
    pub files: BTreeMap<String, String>,
    /// What was wrong with a file, by its id within the path.
    pub file_errors: Vec<(String, String)>,
}

/// Why a request could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    #[error("the request has no client with a tracer, send client.client_tracer.runtime_id")]
    NoTracer,
}

impl Request {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// When it is no JSON, or not of a tracer.
    pub fn read(body: &[u8]) -> Result<Self, RequestError> {
        let body: Value =
            serde_json::from_slice(body).map_err(|it| RequestError::NotJson(it.to_string()))?;
        let client = &body["client"];
        let tracer = &client["client_tracer"];
        let state = &client["state"];
        let runtime_id = name(&tracer["runtime_id"]).ok_or(RequestError::NoTracer)?;
        let host = strings(&tracer["tags"])
            .find_map(|tag| tag.strip_prefix("host_name:").or(tag.strip_prefix("hostname:")))
            .filter(|host| !host.is_empty());
        let error = state["has_error"].as_bool().unwrap_or(false);
        let mut file_errors = Vec::new();
        for file in state["config_states"].as_array().into_iter().flatten() {
            if file["product"] == PRODUCT
                && let (Some(id), Some(error)) = (name(&file["id"]), name(&file["apply_error"]))
            {
                file_errors.push((id, error));
            }
        }
        Ok(Self {
            runtime_id,
            service: name(&tracer["service"]).unwrap_or_default(),
            environment: name(&tracer["env"]),
            version: name(&tracer["app_version"]),
            language: name(&tracer["language"]).unwrap_or_default(),
            tracer_version: name(&tracer["tracer_version"]).unwrap_or_default(),
            host: host.map(|it| cut(it, PROBE_NAME_BYTES_MAX).to_owned()),
            takes_probes: strings(&client["products"]).any(|it| it == PRODUCT),
            error: if error { name(&state["error"]) } else { None },
            targets_version: state["targets_version"].as_i64().unwrap_or(0),
            files: files(&body["cached_target_files"]),
            file_errors,
        })
    }
}

fn files(cached: &Value) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for file in cached.as_array().into_iter().flatten() {
        let hashes = file["hashes"].as_array().into_iter().flatten();
        let hash =
            hashes.filter(|it| it["algorithm"] == "sha256").find_map(|it| it["hash"].as_str());
        if let (Some(path), Some(hash)) = (file["path"].as_str(), hash) {
            files.insert(path.to_owned(), hash.to_owned());
        }
    }
    files
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn name(value: &Value) -> Option<String> {
    let text = value.as_str().filter(|it| !it.is_empty())?;
    Some(cut(text, PROBE_NAME_BYTES_MAX).to_owned())
}

/// A file that a client should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub path: String,
    /// Of the document it comes from.
    pub revision: i64,
    pub body: Vec<u8>,
    sha256: String,
}

impl File {
    /// A file of JSON.
    pub fn new(path: String, revision: i64, json: &Value) -> Self {
        let body = json.to_string().into_bytes();
        let sha256 = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { path, revision, body, sha256 }
    }
}

/// The answer for a client that should have these files and no other.
pub fn answer(request: &Request, files: &[File]) -> Vec<u8> {
    let wanted: BTreeSet<(&str, &str)> =
        files.iter().map(|file| (file.path.as_str(), file.sha256.as_str())).collect();
    let had: BTreeSet<(&str, &str)> =
        request.files.iter().map(|(path, hash)| (path.as_str(), hash.as_str())).collect();
    if wanted == had {
        return UNCHANGED.to_vec();
    }
    let mut targets = Map::new();
    for file in files {
        let target = json!({
            "custom": {"v": file.revision},
            "hashes": {"sha256": file.sha256},
            "length": file.body.len(),
        });
        targets.insert(file.path.clone(), target);
    }
    let targets = json!({
        "signatures": [],
        "signed": {
            "_type": "targets",
            "custom": {"opaque_backend_state": ""},
            "expires": EXPIRES,
            "spec_version": "1.0.0",
            "targets": targets,
            // To each client they grow, whatever this server forgot.
            "version": request.targets_version.saturating_add(1),
        },
    });
    let raw = |file: &File| json!({"path": file.path, "raw": STANDARD.encode(&file.body)});
    let answer = json!({
        "roots": [],
        "targets": STANDARD.encode(targets.to_string()),
        "target_files": files.iter().map(raw).collect::<Vec<_>>(),
        "client_configs": files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
    });
    answer.to_string().into_bytes()
}
