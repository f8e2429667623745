//! Asking a running server, found by its address or through its data folder.

use super::LISTENERS_FILE;
use crate::secrets::OWNER_TOKEN_FILE;
use anyhow::{Context, Result, bail};
use hannun_lake::LakeError;
use hannun_lake::folder_lock::FolderLock;
use serde_json::Value;
use std::path::Path;
use ureq::Body;

/// A server to ask.
pub struct Server {
    url: String,
    token: Option<String>,
    agent: ureq::Agent,
}

impl Server {
    /// The server at this address.
    pub fn at(url: &str, token: Option<String>) -> Self {
        Self { url: url.trim_end_matches('/').to_owned(), token, agent: agent(false) }
    }

    /// The server that has the folder open.
    pub fn of_folder(folder: &Path) -> Result<Self> {
        let path = folder.join(LISTENERS_FILE);
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("failed to find the server of the folder in {}", path.display())
        })?;
        let addresses: Value = serde_json::from_str(&text)?;
        let Some(address) = addresses.get("http").and_then(Value::as_str) else {
            bail!("the server of {} has --listen off, so it cannot be asked", folder.display());
        };
        let tls = addresses.get("tls").and_then(Value::as_bool) == Some(true);
        let scheme = if tls { "https" } else { "http" };
        let token = std::fs::read_to_string(folder.join(OWNER_TOKEN_FILE)).ok();
        Ok(Self {
            url: format!("{scheme}://{address}"),
            token: token.map(|token| token.trim().to_owned()),
            // The folder, which only its owner can read, vouches for its own server; its
            // certificate names another host than the address used here.
            agent: agent(true),
        })
    }

    /// The server of the folder, when one runs. An address that a killed server left behind may be
    /// anybody's by now, and would be told the owner token; so the lock of the folder is asked.
    pub fn of_folder_if_running(folder: &Path) -> Result<Option<Self>> {
        match FolderLock::take(folder) {
            Ok(_) => Ok(None),
            Err(LakeError::FolderInUse(_)) => Self::of_folder(folder).map(Some),
            Err(error) => Err(error.into()),
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// What the server answers to this.
    pub fn get(&self, path: &str) -> Result<Body> {
        self.answer(self.with_token(self.agent.get(format!("{}{path}", self.url))).call())
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Body> {
        self.answer(self.with_token(self.agent.post(format!("{}{path}", self.url))).send_json(body))
    }

    fn with_token<B>(&self, request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        match &self.token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        }
    }

    fn answer(&self, answer: Result<ureq::http::Response<Body>, ureq::Error>) -> Result<Body> {
        let answer = answer.with_context(|| format!("failed to ask the server at {}", self.url))?;
        let (head, mut body) = answer.into_parts();
        if head.status.is_success() {
            return Ok(body);
        }
        let error: Value = body.read_json().unwrap_or_default();
        bail!("{}", told(&error));
    }
}

/// The message of an error answer, with the fields that are wrong.
fn told(answer: &Value) -> String {
    let message = answer.pointer("/error/message").and_then(Value::as_str);
    let mut text = message.unwrap_or("the server gave no reason").to_owned();
    for field in answer.pointer("/error/fields").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| field.get(name).and_then(Value::as_str).unwrap_or_default();
        text.push_str(&format!("\n  {}: {}", part("path"), part("message")));
    }
    text
}

fn agent(own: bool) -> ureq::Agent {
    let tls = ureq::tls::TlsConfig::builder().disable_verification(own).build();
    ureq::Agent::config_builder().http_status_as_error(false).tls_config(tls).build().into()
}
