//! How a bill is read: files of a provider in, lines in the columns of FOCUS 1.4 out.
//!
//! No store and no network: readers are handed files, and whoever calls decides where they come from
//! and where the lines go. A file is opened by [`line_source::open`], which finds out what it is from
//! its bytes ([`detect`]); one of two readers ([`csv_input`], [`parquet_input`]) makes rows of it
//! ([`raw`]), a [`mapper::Mapper`] of its format makes lines of them, written by the one
//! [`line_builder::LineBuilder`].

pub mod aws;
pub mod azure;
pub mod csv_input;
pub mod daily;
pub mod decimal;
pub mod detect;
pub mod error;
pub mod focus;
pub mod layout;
pub mod line_builder;
pub mod line_source;
pub mod manifest;
pub mod mapper;
pub mod oci;
pub mod parquet_input;
pub mod raw;
pub mod times;
pub mod totals;
