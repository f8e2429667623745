//! Errors of the API: a status, a code for programs, a message that says what to do.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hannun_ledger::{Document, FieldError, LedgerError};
use hannun_query::QueryError;
use hannun_query::error::QueryErrorKind;
use hannun_search::SyntaxError;
use serde::Serialize;
use utoipa::ToSchema;

/// What every error answer looks like.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorAnswer {
    pub error: ErrorDetail,
    /// The document as it is now, when somebody else changed it meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<Document>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorDetail {
    /// For programs; never changes.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// In a search that is wrong: the character where, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
}

/// An error on its way to the client.
#[derive(Debug, Clone)]
pub struct ApiError {
    pub status: StatusCode,
    pub body: Box<ErrorAnswer>,
    pub retry_after_seconds: Option<u64>,
}

impl ApiError {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let error =
            ErrorDetail { code, message: message.into(), fields: Vec::new(), position: None };
        let body = Box::new(ErrorAnswer { error, current: None });
        Self { status, body, retry_after_seconds: None }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "sign in, or send Authorization: Bearer <API key or contents of owner.token>",
        )
    }

    /// What went wrong is in the log; the client is told where to look.
    fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request failed");
        let message = format!("{error}; the log of the server may say more");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<LedgerError> for ApiError {
    fn from(error: LedgerError) -> Self {
        let message = error.to_string();
        match error {
            LedgerError::NotFound(_) => Self::not_found(message),
            LedgerError::Conflict { current } => {
                let mut conflict = Self::new(StatusCode::CONFLICT, "conflict", message);
                conflict.body.current = Some(*current);
                conflict
            }
            LedgerError::Invalid { fields } => {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                let mut invalid = Self::new(status, "invalid_document", message);
                invalid.body.error.fields = fields;
                invalid
            }
            LedgerError::Forbidden(_) => Self::forbidden(message),
            LedgerError::Taken(_) => {
                let mut taken = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "taken", message);
                let message = taken.body.error.message.clone();
                taken.body.error.fields = vec![FieldError { path: "/name".to_owned(), message }];
                taken
            }
            LedgerError::LastOwner => Self::new(StatusCode::CONFLICT, "last_owner", message),
            LedgerError::WrongCredentials => {
                Self::new(StatusCode::UNAUTHORIZED, "wrong_credentials", message)
            }
            LedgerError::TooManyAttempts { retry_after_seconds } => {
                let status = StatusCode::TOO_MANY_REQUESTS;
                let mut refused = Self::new(status, "too_many_attempts", message);
                refused.retry_after_seconds = Some(retry_after_seconds);
                refused
            }
            LedgerError::Busy(_) => {
                let mut busy = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message);
                busy.retry_after_seconds = Some(1);
                busy
            }
            LedgerError::Storage(_) => Self::internal(&message),
        }
    }
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> Self {
        let status = match error.kind {
            QueryErrorKind::Invalid => StatusCode::BAD_REQUEST,
            QueryErrorKind::Forbidden => StatusCode::FORBIDDEN,
            QueryErrorKind::Deadline => StatusCode::REQUEST_TIMEOUT,
            QueryErrorKind::TooLarge => StatusCode::UNPROCESSABLE_ENTITY,
            QueryErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.code(), error.message)
    }
}

impl From<SyntaxError> for ApiError {
    fn from(error: SyntaxError) -> Self {
        let message = error.to_string();
        let mut invalid = Self::new(StatusCode::BAD_REQUEST, "invalid_search", message.clone());
        invalid.body.error.fields = vec![FieldError { path: "/query".to_owned(), message }];
        invalid.body.error.position = Some(error.at);
        invalid
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), "invalid_request", rejection.body_text())
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), "invalid_request", rejection.body_text())
    }
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        Self::new(rejection.status(), "invalid_request", rejection.body_text())
    }
}
