//! Statistics that clients and agents computed: how often, how long and how badly, of all spans, also
//! of those that were sampled away.
//!
//! A tracer that counts its spans leaves most of them out. Those it sends come with
//! `Datadog-Client-Computed-Stats` and count for nothing, as its statistics count them already
//! (`spans.adjusted_count` is 0). The statistics become rows of `client_stats` under the service,
//! endpoint and peer that the spans have in `span_stats`, and both are read as one.
//!
//! A tracer counts the spans by which a trace enters a service, those that a library marks as
//! measured, and those whose kind says that they cross a border; all other spans count themselves.
//! Its intervals are ten seconds long, and a span is counted in the one in which it ended.

mod ddsketch;
mod map;
mod routes;
#[cfg(test)]
mod tests;
mod wire;

pub use routes::routes;
pub use wire::short;

/// Whether spans of tracers of this language are counted themselves and their statistics are not.
///
/// The tracer of Node.js sends every span, also those that it sampled away, and its statistics do
/// not say who was called: the spans say the same and more. Tracers of other languages leave out
/// what they counted.
pub fn is_counted_by_spans(language: &str) -> bool {
    matches!(language, "nodejs" | "javascript")
}
