//! Plain lines over HTTP: `POST /ingest/logs` with JSON lines, a JSON array, one object, or text.

pub mod map;
pub mod routes;
#[cfg(test)]
mod tests;
pub mod wire;

pub use routes::router;
