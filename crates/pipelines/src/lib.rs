//! What happens to log records between their protocol and the store.
//!
//! Every intake hands its batches to one [`LogProcessor`] and stores what comes back. In order: the
//! container filter, severities that were not sent, the rules of all pipelines, patterns.
//!
//! ```
//! use hannun_model::batch::BatchBuilder;
//! use hannun_model::table::{Table, logs};
//! use hannun_pipelines::{LogProcessor, PipelineDocument};
//!
//! let processor = LogProcessor::default();
//! let body = serde_json::json!({
//!     "name": "Health checks",
//!     "rules": [{"action": "drop", "match": "\"GET /healthz\""}],
//! });
//! processor.set_rules(vec![PipelineDocument { id: "health".to_owned(), revision: 1, body }]);
//!
//! let mut builder = BatchBuilder::new(Table::Logs);
//! for body in ["GET /healthz 200", "order 7 placed"] {
//!     builder.start_row();
//!     builder.set_text(logs::BODY, body);
//! }
//! let processed = processor.process(builder.finish()?, 1_700_000_000_000_000_000);
//! assert_eq!(processed.batches.iter().map(|batch| batch.rows()).sum::<usize>(), 1);
//! processor.stored(&processed.batches);
//! # Ok::<(), arrow::error::ArrowError>(())
//! ```

mod columns;
mod compile;
mod container_filter;
mod document;
mod field;
mod keys;
mod process;
mod record;
mod rows;
mod rules;
mod set;
mod severity;
mod status;
mod tail;
#[cfg(test)]
mod tests;
mod trial;
mod usage;

pub use container_filter::container_filter_faults;
pub use document::{Fault, PipelineDocument, pipeline_faults};
pub use process::{LogProcessor, Processed};
pub use status::{PipelineStatus, RuleCounts, RuleStatus, Status, Warning, WarningKind};
pub use tail::{Follower, TailEvent};
pub use trial::{Example, ExampleRecord, Trial, TrialCounts};
pub use usage::day_of;
