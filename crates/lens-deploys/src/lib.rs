//! The deploys lens: which versions came when, and what each changed.
//!
//! [`deploys`] finds deploys in `service.version`. [`comparison`] compares two versions or times of a
//! service, endpoint by endpoint: [`sides`] reads them, [`verdict`] judges them with the
//! [`statistics`], [`error_classes`] says which errors came and went. [`routes`] is the only file
//! that knows HTTP.

pub mod comparison;
pub mod deploys;
pub mod error_classes;
pub mod routes;
pub mod sides;
pub mod statistics;
pub mod verdict;

use hannun_query::QueryError;
use hannun_query::error::QueryErrorKind;

/// Runs what takes long without waiting for anything where it keeps no other request waiting.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, QueryError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| QueryError::new(QueryErrorKind::Internal, error.to_string()))
}

/// SQL that is true for rows of this service. Telemetry that names none has the empty name.
pub(crate) fn is_service(service: &str) -> String {
    if service.is_empty() {
        return "(service_name IS NULL OR service_name = '')".to_owned();
    }
    format!("service_name = {}", hannun_query::typed::text(service))
}
