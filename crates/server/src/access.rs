//! Sign-in: who sends a request, and whether a page of another site made the browser send it.

use crate::api::ApiState;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hannun_api::{ApiError, Caller, Door};
use hannun_ledger::{Actor, Role, Session};
use std::net::SocketAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Cookie of a signed-in browser.
pub const SESSION_COOKIE: &str = "hannun_session";
/// Header that a page of ours adds to everything that changes something. Another site can make a
/// browser send our cookie, but can neither read this value nor set this header.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("hannun-csrf");

/// The owner token of a data folder.
#[derive(Clone)]
pub struct OwnerToken(Arc<str>);

impl OwnerToken {
    pub fn new(token: &str) -> Self {
        Self(token.into())
    }

    fn is(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl std::fmt::Debug for OwnerToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("OwnerToken(secret)")
    }
}

/// Lets a request pass whose sender is known, and tells the route who it is.
pub async fn require(State(state): State<ApiState>, mut request: Request, next: Next) -> Response {
    let method = request.method().clone();
    match caller(&state, &method, request.headers()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    }
}

/// As [`require`], but who has no token may ask from this machine: a scraper beside the server.
pub async fn require_unless_local(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Response {
    let local = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .is_some_and(|peer| peer.0.ip().to_canonical().is_loopback());
    let anonymous = !request.headers().contains_key(header::AUTHORIZATION);
    if local && anonymous && names_this_machine(&request) && !crosses_sites(request.headers()) {
        return next.run(request).await;
    }
    require(State(state), request, next).await
}

/// Lets a request pass that an intake would take, or whose sender is known and edits.
pub async fn require_intake_key_or_editor(
    State(state): State<ApiState>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
    // Whoever is signed in acts as himself, also on this machine.
    let signed_in = session_token(request.headers()).is_some();
    if !signed_in && state.intake.keys.admits(request.headers(), peer) {
        return next.run(request).await;
    }
    let method = request.method().clone();
    let known = caller(&state, &method, request.headers()).await;
    match known.and_then(|caller| caller.require(Role::Editor).map(|()| caller)) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    }
}

async fn caller(
    state: &ApiState,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Caller, ApiError> {
    if let Some(sent) = bearer(headers) {
        return by_token(state, sent).await;
    }
    let Some(token) = session_token(headers) else { return Err(ApiError::unauthorized()) };
    let session = state.ledger.session(token).await?.ok_or_else(ApiError::unauthorized)?;
    if changes_something(method) {
        check_own_page(headers, &session)?;
    }
    Ok(Caller { actor: session.actor(), door: Door::Session { token: token.to_owned() } })
}

async fn by_token(state: &ApiState, sent: &str) -> Result<Caller, ApiError> {
    if state.owner_token.is(sent) {
        return Ok(Caller { actor: Actor::local_owner(), door: Door::OwnerToken });
    }
    match state.ledger.api_key(sent).await? {
        Some(key) => Ok(Caller { actor: Actor::from(&key), door: Door::ApiKey }),
        None => Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "the token is neither the owner token nor an API key that is in force",
        )),
    }
}

fn changes_something(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn check_own_page(headers: &HeaderMap, session: &Session) -> Result<(), ApiError> {
    refuse_other_sites(headers)?;
    let sent = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
    if sent.is_some_and(|sent| session.csrf_matches(sent)) {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::FORBIDDEN,
        "csrf",
        "send the csrf_token of GET /api/v1/session as the header hannun-csrf",
    ))
}

/// Refuses what a page of another site asks for.
pub fn refuse_other_sites(headers: &HeaderMap) -> Result<(), ApiError> {
    if crosses_sites(headers) {
        return Err(ApiError::forbidden("pages of other sites may not ask this"));
    }
    Ok(())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The session that the browser names.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(SESSION_COOKIE)?.strip_prefix('='))
        .filter(|token| !token.is_empty())
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

fn crosses_sites(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let token = |cookies| session_token(&with(header::COOKIE, cookies)).map(str::to_owned);
        assert_eq!(token("a=b; hannun_session=xyz"), Some("xyz".to_owned()));
        assert_eq!(token("hannun_session=; a=b"), None);
        assert_eq!(token("my_hannun_session=xyz"), None);
        assert_eq!(token("hannun_session_2=xyz"), None);
    }

    #[test]
    fn the_scheme_of_a_token_is_read_in_any_case() {
        let headers = with(header::AUTHORIZATION, "bearer  abc ");
        assert_eq!(bearer(&headers), Some("abc"));
        assert_eq!(bearer(&with(header::AUTHORIZATION, "Basic abc")), None);
    }

    #[test]
    fn other_sites_are_known_by_the_browser() {
        let site = HeaderName::from_static("sec-fetch-site");
        assert!(crosses_sites(&with(site.clone(), "cross-site")));
        assert!(crosses_sites(&with(site.clone(), "same-site")));
        assert!(!crosses_sites(&with(site.clone(), "same-origin")));
        assert!(!crosses_sites(&HeaderMap::new()));
    }
}
