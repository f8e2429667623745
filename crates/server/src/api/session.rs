//! Signing in and out, and the one-time links that make accounts.

use super::ApiState;
use crate::access::{SESSION_COOKIE, refuse_other_sites, session_token};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hannun_api::{ApiError, Caller, Door, ErrorAnswer};
use hannun_ledger::{Link, Role, Session, SignIn};
use hannun_model::limits::SESSION_SECONDS_MAX;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes that are asked before signing in.
pub fn open_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(get_session, sign_in, sign_out))
        .routes(routes!(get_link, redeem_link))
}

/// Routes of a signed-in person.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(change_password))
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionAnswer {
    pub user: Option<SessionUser>,
    /// To be sent as the header `hannun-csrf` with everything that changes something.
    pub csrf_token: Option<String>,
    /// False until somebody used the link that the server printed at its first start.
    pub setup_done: bool,
    pub version: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SessionUser {
    pub id: String,
    pub name: String,
    pub role: Role,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignIn)]
pub struct SignInRequest {
    name: String,
    password: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeemLinkRequest {
    /// Not needed where the link names its user.
    name: Option<String>,
    password: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordChange)]
pub struct ChangePasswordRequest {
    current_password: String,
    new_password: String,
}

async fn answer(
    state: &ApiState,
    session: Option<Session>,
) -> Result<Json<SessionAnswer>, ApiError> {
    let setup_done = session.is_some() || state.ledger.setup_done().await?;
    let (user, csrf_token) = match session {
        Some(Session { user, csrf_token, .. }) => {
            let user = SessionUser { id: user.id, name: user.name, role: user.role };
            (Some(user), Some(csrf_token))
        }
        None => (None, None),
    };
    Ok(Json(SessionAnswer { user, csrf_token, setup_done, version: env!("CARGO_PKG_VERSION") }))
}

/// Answers with the cookie of a new session.
async fn signed_in(state: &ApiState, sign_in: SignIn) -> Result<Response, ApiError> {
    let cookie = cookie(state, &sign_in.token, SESSION_SECONDS_MAX);
    let body = answer(state, Some(sign_in.session)).await?;
    Ok(([(header::SET_COOKIE, cookie)], body).into_response())
}

/// Scripts cannot read it, other sites cannot make the browser send it.
fn cookie(state: &ApiState, token: &str, seconds: i64) -> String {
    let secure = if state.tls { "; Secure" } else { "" };
    format!(
        "{SESSION_COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    )
}

/// Who is signed in
#[utoipa::path(get, path = "/session", tag = "session", operation_id = "getSession",
    responses((status = 200, body = SessionAnswer)))]
async fn get_session(
    State(state): State<ApiState>,
    headers: HeaderMap,
) -> Result<Json<SessionAnswer>, ApiError> {
    let session = match session_token(&headers) {
        Some(token) => state.ledger.session(token).await?,
        None => None,
    };
    answer(&state, session).await
}

/// Sign in
#[utoipa::path(post, path = "/session", tag = "session", operation_id = "signIn",
    request_body = SignInRequest,
    responses((status = 200, body = SessionAnswer), (status = 401, body = ErrorAnswer),
        (status = 429, body = ErrorAnswer)))]
async fn sign_in(
    State(state): State<ApiState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    request: Result<Json<SignInRequest>, JsonRejection>,
) -> Result<Response, ApiError> {
    refuse_other_sites(&headers)?;
    let Json(request) = request?;
    let peer = peer.ip().to_canonical();
    let sign_in = state.ledger.sign_in(&request.name, &request.password, peer).await?;
    signed_in(&state, sign_in).await
}

/// Sign out
#[utoipa::path(delete, path = "/session", tag = "session", operation_id = "signOut",
    responses((status = 204)))]
async fn sign_out(State(state): State<ApiState>, headers: HeaderMap) -> Result<Response, ApiError> {
    refuse_other_sites(&headers)?;
    if let Some(token) = session_token(&headers) {
        state.ledger.sign_out(token).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie(&state, "", 0))]).into_response())
}

/// What a one-time link is for
#[utoipa::path(get, path = "/links/{token}", tag = "session", operation_id = "getLink",
    params(("token" = String, Path)),
    responses((status = 200, body = Link), (status = 404, body = ErrorAnswer)))]
async fn get_link(
    State(state): State<ApiState>,
    Path(token): Path<String>,
) -> Result<Json<Link>, ApiError> {
    Ok(Json(state.ledger.link(&token).await?))
}

/// Use a one-time link: set a password and sign in
#[utoipa::path(post, path = "/links/{token}", tag = "session", operation_id = "redeemLink",
    params(("token" = String, Path)), request_body = RedeemLinkRequest,
    responses((status = 200, body = SessionAnswer), (status = 404, body = ErrorAnswer),
        (status = 422, body = ErrorAnswer)))]
async fn redeem_link(
    State(state): State<ApiState>,
    Path(token): Path<String>,
    headers: HeaderMap,
    request: Result<Json<RedeemLinkRequest>, JsonRejection>,
) -> Result<Response, ApiError> {
    refuse_other_sites(&headers)?;
    let Json(request) = request?;
    let redeemed = state.ledger.redeem_link(&token, request.name.as_deref(), &request.password);
    signed_in(&state, redeemed.await?).await
}

/// Change one's own password
#[utoipa::path(post, path = "/users/me/password", tag = "people", operation_id = "changePassword",
    request_body = ChangePasswordRequest,
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn change_password(
    State(state): State<ApiState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    caller: Caller,
    request: Result<Json<ChangePasswordRequest>, JsonRejection>,
) -> Result<StatusCode, ApiError> {
    let Json(request) = request?;
    let Door::Session { token } = &caller.door else {
        return Err(ApiError::forbidden("only a person who signed in has a password"));
    };
    let peer = peer.ip().to_canonical();
    let (current, new) = (&request.current_password, &request.new_password);
    state.ledger.change_password(token, current, new, peer).await?;
    Ok(StatusCode::NO_CONTENT)
}
