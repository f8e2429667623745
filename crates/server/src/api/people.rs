//! People and keys: who may see and change what. The ledger decides, by role.

use super::ApiState;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use hannun_api::{ApiError, Caller, ErrorAnswer};
use hannun_ledger::{
    AuditEntry, CreatedKey, Key, NewKey, NewLink, Role, User, UserChange, UserName,
};
use hannun_model::limits::AUDIT_PAGE_ENTRIES_MAX;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_users, invite_user))
        .routes(routes!(list_user_names))
        .routes(routes!(update_user))
        .routes(routes!(create_password_link))
        .routes(routes!(list_keys, create_key))
        .routes(routes!(revoke_key))
        .routes(routes!(list_audit))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    name: String,
    role: Role,
}

/// A link to be given to one person. It is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasswordLink {
    link: String,
    expires_ms: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Invitation {
    user: User,
    link: String,
    expires_ms: i64,
}

/// The audit trail, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditAnswer {
    entries: Vec<AuditEntry>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditPage {
    /// Entries older than this one.
    before_id: Option<i64>,
    limit: Option<usize>,
}

/// The address of this server as the browser knows it, with the token where no server logs it.
fn address_of(state: &ApiState, request: &Asked, link: &NewLink) -> String {
    let Asked { headers, uri } = request;
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // Behind a proxy only the browser knows scheme and host, and it sends them with a change.
    if let Some(origin) = text(header::ORIGIN).filter(|origin| origin.starts_with("http")) {
        return format!("{origin}/welcome#{}", link.token);
    }
    // HTTP/2 has the host in the address of the request.
    let host = text(header::HOST).or_else(|| uri.authority().map(|it| it.as_str()));
    let scheme = if state.tls { "https" } else { "http" };
    format!("{scheme}://{}/welcome#{}", host.unwrap_or("localhost:7070"), link.token)
}

/// What tells how the browser reached this server.
struct Asked {
    headers: HeaderMap,
    uri: Uri,
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self { headers: parts.headers.clone(), uri: parts.uri.clone() })
    }
}

/// People with an account
#[utoipa::path(get, path = "/users", tag = "people", operation_id = "listUsers",
    responses((status = 200, body = [User]), (status = 403, body = ErrorAnswer)))]
async fn list_users(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<Vec<User>>, ApiError> {
    Ok(Json(state.ledger.users(&caller.actor).await?))
}

/// Names of people with an account
///
/// Documents name people by their ids. Everybody who may read may know who is meant; what somebody may
/// do is told to owners only. Those who may not sign in any more are among them.
#[utoipa::path(get, path = "/users/names", tag = "people", operation_id = "listUserNames",
    responses((status = 200, body = [UserName])))]
async fn list_user_names(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<Vec<UserName>>, ApiError> {
    Ok(Json(state.ledger.user_names(&caller.actor).await?))
}

/// Invite somebody
#[utoipa::path(post, path = "/users", tag = "people", operation_id = "inviteUser",
    request_body = NewUser,
    responses((status = 200, body = Invitation), (status = 403, body = ErrorAnswer),
        (status = 422, body = ErrorAnswer)))]
async fn invite_user(
    State(state): State<ApiState>,
    caller: Caller,
    asked: Asked,
    request: Result<Json<NewUser>, JsonRejection>,
) -> Result<Json<Invitation>, ApiError> {
    let Json(request) = request?;
    let invited = state.ledger.invite(&caller.actor, &request.name, request.role);
    let (user, link) = invited.await?;
    let address = address_of(&state, &asked, &link);
    Ok(Json(Invitation { user, link: address, expires_ms: link.expires_ms }))
}

/// Change a role, or disable an account
#[utoipa::path(patch, path = "/users/{id}", tag = "people", operation_id = "updateUser",
    params(("id" = String, Path)), request_body = UserChange,
    responses((status = 200, body = User), (status = 403, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer)))]
async fn update_user(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
    request: Result<Json<UserChange>, JsonRejection>,
) -> Result<Json<User>, ApiError> {
    Ok(Json(state.ledger.update_user(&caller.actor, &id, request?.0).await?))
}

/// A link with which somebody sets a new password
#[utoipa::path(post, path = "/users/{id}/link", tag = "people",
    operation_id = "createPasswordLink", params(("id" = String, Path)),
    responses((status = 200, body = PasswordLink), (status = 403, body = ErrorAnswer)))]
async fn create_password_link(
    State(state): State<ApiState>,
    caller: Caller,
    asked: Asked,
    Path(id): Path<String>,
) -> Result<Json<PasswordLink>, ApiError> {
    let link = state.ledger.new_password_link(&caller.actor, &id).await?;
    let address = address_of(&state, &asked, &link);
    Ok(Json(PasswordLink { link: address, expires_ms: link.expires_ms }))
}

/// Keys of senders and programs
#[utoipa::path(get, path = "/keys", tag = "keys", operation_id = "listKeys",
    responses((status = 200, body = [Key]), (status = 403, body = ErrorAnswer)))]
async fn list_keys(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<Vec<Key>>, ApiError> {
    Ok(Json(state.ledger.keys(&caller.actor).await?))
}

/// Make a key; its secret is answered this once
#[utoipa::path(post, path = "/keys", tag = "keys", operation_id = "createKey",
    request_body = NewKey,
    responses((status = 200, body = CreatedKey), (status = 403, body = ErrorAnswer),
        (status = 422, body = ErrorAnswer)))]
async fn create_key(
    State(state): State<ApiState>,
    caller: Caller,
    request: Result<Json<NewKey>, JsonRejection>,
) -> Result<Json<CreatedKey>, ApiError> {
    Ok(Json(state.ledger.create_key(&caller.actor, request?.0).await?))
}

/// Revoke a key
#[utoipa::path(delete, path = "/keys/{id}", tag = "keys", operation_id = "revokeKey",
    params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn revoke_key(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    state.ledger.revoke_key(&caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who changed what
#[utoipa::path(get, path = "/audit", tag = "people", operation_id = "listAudit", params(AuditPage),
    responses((status = 200, body = AuditAnswer), (status = 403, body = ErrorAnswer)))]
async fn list_audit(
    State(state): State<ApiState>,
    caller: Caller,
    page: Result<Query<AuditPage>, QueryRejection>,
) -> Result<Json<AuditAnswer>, ApiError> {
    let Query(page) = page?;
    let limit = page.limit.unwrap_or(100).clamp(1, AUDIT_PAGE_ENTRIES_MAX);
    let entries = state.ledger.audit(&caller.actor, page.before_id, limit).await?;
    Ok(Json(AuditAnswer { entries }))
}
