//! What telemetry is, before anybody keeps it or asks about it.
//!
//! A *table* ([`table::Table`]) is a fixed list of *columns* ([`column::Column`]); intakes fill a
//! [`batch::BatchBuilder`] row by row and hand the finished [`batch::Batch`] to the lake.
//! Attributes that people filter by have columns of their own ([`semconv`]); every other attribute
//! lives in one map per row whose values keep their OpenTelemetry type ([`value`]).
//!
//! This crate does no I/O and knows no query engine.
//!
//! ```
//! use hannun_model::batch::BatchBuilder;
//! use hannun_model::table::{Table, spans};
//!
//! let mut builder = BatchBuilder::new(Table::Spans);
//! builder.start_row();
//! builder.set_text(spans::SERVICE_NAME, "order");
//! builder.set_int(spans::START_TIME, 1_700_000_000_000_000_000);
//! let batch = builder.finish()?;
//! assert_eq!(batch.rows(), 1);
//! assert_eq!(batch.records().num_columns(), 2, "columns without a value take no space");
//! # Ok::<(), arrow::error::ArrowError>(())
//! ```

pub mod batch;
pub mod column;
pub mod cost;
pub mod histogram;
pub mod limits;
pub mod money;
pub mod semconv;
pub mod severity;
pub mod table;
pub mod text;
pub mod typed_json;
pub mod value;
