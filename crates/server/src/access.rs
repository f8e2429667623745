//! Who may use Hannun's own API before there are accounts: people on this machine, and holders of
//! the owner token.

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use std::net::SocketAddr;
use std::sync::Arc;

/// The owner token of a data folder.
#[derive(Clone)]
pub struct OwnerToken(Arc<str>);

impl OwnerToken {
    pub fn new(token: &str) -> Self {
        Self(token.into())
    }

    fn is(&self, other: &str) -> bool {
        // Every byte is compared, so that time tells nothing about where they differ.
        self.0.len() == other.len()
            && self
                .0
                .bytes()
                .zip(other.bytes())
                .fold(0, |seen, (left, right)| seen | (left ^ right))
                == 0
    }
}

impl std::fmt::Debug for OwnerToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("OwnerToken(secret)")
    }
}

/// Lets a request pass that carries the owner token, or that comes from this machine and was not
/// made by a page of another site.
pub async fn require(State(token): State<OwnerToken>, request: Request, next: Next) -> Response {
    if let Some(sent) = bearer(&request) {
        if token.is(sent) {
            return next.run(request).await;
        }
        return refuse(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "the token is not the owner token",
        );
    }
    let local = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .is_some_and(|peer| peer.0.ip().is_loopback());
    if !local {
        let message = "send the owner token: Authorization: Bearer <contents of owner.token>";
        return refuse(StatusCode::UNAUTHORIZED, "unauthorized", message);
    }
    if !names_this_machine(&request) || crosses_sites(&request) {
        let message = "requests without a token are accepted from this machine's own pages only";
        return refuse(StatusCode::FORBIDDEN, "forbidden", message);
    }
    next.run(request).await
}

fn bearer(request: &Request) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::trim)
}

/// A page that was tricked into resolving its own name to this machine sends that name.
fn names_this_machine(request: &Request) -> bool {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    let Some(host) = host else { return true };
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let name = if host.ends_with(']') { host } else { name };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn crosses_sites(request: &Request) -> bool {
    request
        .headers()
        .get("sec-fetch-site")
        .is_some_and(|site| site != "same-origin" && site != "none")
}

/// An error answer of the API.
pub fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    let body = serde_json::json!({ "error": { "code": code, "message": message } });
    (status, axum::Json(body)).into_response()
}
