//! The traces lens: finding traces, opening one, and where their time goes.
//!
//! Every answer about many traces is about a [`question::Question`]: a time, an environment and a
//! filter in the search language. [`search`] pages through spans, [`histogram`] and [`facets`] count
//! them, [`time`] says where the time of their traces goes and [`compare`] what slow ones have in
//! common. [`trace`] opens one trace, [`detail`] one of its spans, [`logs`] its log records. What a
//! trace looks like as a tree is in [`tree`], which does no I/O. [`routes`] is the only file that
//! knows HTTP.

pub mod compare;
pub mod detail;
pub mod facets;
pub mod histogram;
pub mod logs;
pub mod question;
pub mod routes;
mod sample;
pub mod search;
mod skeleton;
pub mod statistics;
pub mod summary;
pub mod time;
pub mod trace;
pub mod tree;

use hannun_query::QueryError;
use hannun_query::error::QueryErrorKind;

/// Runs what takes long without waiting for anything, such as building the tree of a long trace,
/// where it keeps no other request waiting.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, QueryError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| QueryError::new(QueryErrorKind::Internal, error.to_string()))
}
