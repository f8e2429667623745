//! Documents: what people decided, with every revision.

use super::ApiState;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use hannun_api::{ApiError, Caller, ErrorAnswer};
use hannun_ledger::{Applied, Apply, Document, FileDocument, Put, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_document_kinds))
        .routes(routes!(list_documents))
        .routes(routes!(get_document, put_document, delete_document))
        .routes(routes!(list_revisions))
        .routes(routes!(restore_document))
        .routes(routes!(export))
}

/// The one route that takes a large body.
pub fn apply_routes() -> OpenApiRouter<ApiState> {
    // `body::read_large` has bounded it; the framework's own limit is lower.
    OpenApiRouter::new().routes(routes!(apply)).layer(DefaultBodyLimit::disable())
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentKind {
    kind: &'static str,
    title: &'static str,
    description: &'static str,
    edit_role: Role,
    /// JSON Schema of the body.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    schema: Value,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DocumentFilter {
    kind: Option<String>,
    /// Those that were deleted instead of those that are there.
    #[serde(default)]
    deleted: bool,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportFilter {
    kind: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RevisionsPage {
    /// Revisions older than this one.
    before_revision: Option<i64>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Expected {
    /// The revision that the caller has seen.
    expected_revision: i64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentWrite {
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    body: Value,
    /// The revision that the caller has seen; 0 for a new document.
    expected_revision: i64,
    /// Why, for the history.
    message: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentRestore {
    revision: i64,
    expected_revision: i64,
}

/// Kinds of documents with their schemas
#[utoipa::path(get, path = "/document-kinds", tag = "documents",
    operation_id = "listDocumentKinds", responses((status = 200, body = [DocumentKind])))]
async fn list_document_kinds(State(state): State<ApiState>) -> Json<Vec<DocumentKind>> {
    let kinds = state.ledger.kinds().iter().map(|registered| DocumentKind {
        kind: registered.kind.name,
        title: registered.kind.title,
        description: registered.kind.description,
        edit_role: registered.kind.edit_role,
        schema: registered.schema.clone(),
    });
    Json(kinds.collect())
}

/// Documents as they are now
#[utoipa::path(get, path = "/documents", tag = "documents", operation_id = "listDocuments",
    params(DocumentFilter), responses((status = 200, body = [Document])))]
async fn list_documents(
    State(state): State<ApiState>,
    filter: Result<Query<DocumentFilter>, QueryRejection>,
) -> Result<Json<Vec<Document>>, ApiError> {
    let Query(filter) = filter?;
    Ok(Json(state.ledger.documents(filter.kind.as_deref(), filter.deleted).await?))
}

/// One document
#[utoipa::path(get, path = "/documents/{kind}/{id}", tag = "documents",
    operation_id = "getDocument", params(("kind" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Document), (status = 404, body = ErrorAnswer)))]
async fn get_document(
    State(state): State<ApiState>,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Json<Document>, ApiError> {
    Ok(Json(state.ledger.document(&kind, &id).await?))
}

/// Write a document
#[utoipa::path(put, path = "/documents/{kind}/{id}", tag = "documents",
    operation_id = "putDocument", params(("kind" = String, Path), ("id" = String, Path)),
    request_body = DocumentWrite,
    responses((status = 200, body = Document), (status = 403, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn put_document(
    State(state): State<ApiState>,
    caller: Caller,
    Path((kind, id)): Path<(String, String)>,
    request: Result<Json<DocumentWrite>, JsonRejection>,
) -> Result<Json<Document>, ApiError> {
    let Json(DocumentWrite { body, expected_revision, message }) = request?;
    let put = Put { kind, id, body, expected_revision, message };
    Ok(Json(state.ledger.put_document(&caller.actor, put).await?))
}

/// Delete a document; its revisions stay
#[utoipa::path(delete, path = "/documents/{kind}/{id}", tag = "documents",
    operation_id = "deleteDocument",
    params(("kind" = String, Path), ("id" = String, Path), Expected),
    responses((status = 204), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer)))]
async fn delete_document(
    State(state): State<ApiState>,
    caller: Caller,
    Path((kind, id)): Path<(String, String)>,
    expected: Result<Query<Expected>, QueryRejection>,
) -> Result<StatusCode, ApiError> {
    let revision = expected?.0.expected_revision;
    state.ledger.delete_document(&caller.actor, &kind, &id, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revisions of a document, newest first
#[utoipa::path(get, path = "/documents/{kind}/{id}/revisions", tag = "documents",
    operation_id = "listRevisions",
    params(("kind" = String, Path), ("id" = String, Path), RevisionsPage),
    responses((status = 200, body = [Document]), (status = 404, body = ErrorAnswer)))]
async fn list_revisions(
    State(state): State<ApiState>,
    Path((kind, id)): Path<(String, String)>,
    page: Result<Query<RevisionsPage>, QueryRejection>,
) -> Result<Json<Vec<Document>>, ApiError> {
    let before = page?.0.before_revision;
    Ok(Json(state.ledger.revisions(&kind, &id, before).await?))
}

/// Make an old revision the newest
#[utoipa::path(post, path = "/documents/{kind}/{id}/restore", tag = "documents",
    operation_id = "restoreDocument", params(("kind" = String, Path), ("id" = String, Path)),
    request_body = DocumentRestore,
    responses((status = 200, body = Document), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn restore_document(
    State(state): State<ApiState>,
    caller: Caller,
    Path((kind, id)): Path<(String, String)>,
    request: Result<Json<DocumentRestore>, JsonRejection>,
) -> Result<Json<Document>, ApiError> {
    let Json(DocumentRestore { revision, expected_revision }) = request?;
    let restored =
        state.ledger.restore_document(&caller.actor, &kind, &id, revision, expected_revision);
    Ok(Json(restored.await?))
}

/// Plan or make the changes that lead to a set of documents
#[utoipa::path(post, path = "/apply", tag = "documents", operation_id = "applyDocuments",
    request_body = Apply,
    responses((status = 200, body = Applied), (status = 403, body = ErrorAnswer),
        (status = 422, body = ErrorAnswer)))]
async fn apply(
    State(state): State<ApiState>,
    caller: Caller,
    request: Result<Json<Apply>, JsonRejection>,
) -> Result<Json<Applied>, ApiError> {
    Ok(Json(state.ledger.apply(&caller.actor, request?.0).await?))
}

/// Documents as files would hold them
#[utoipa::path(get, path = "/export", tag = "documents", operation_id = "exportDocuments",
    params(ExportFilter), responses((status = 200, body = [FileDocument])))]
async fn export(
    State(state): State<ApiState>,
    filter: Result<Query<ExportFilter>, QueryRejection>,
) -> Result<Json<Vec<FileDocument>>, ApiError> {
    Ok(Json(state.ledger.export(filter?.0.kind.as_deref()).await?))
}
