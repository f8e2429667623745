//! Asking from code: rows as values of a type, and values as SQL literals.
//!
//! A lens writes SQL with [`text`] and [`timestamp_ms`] and reads rows as its own types; it never
//! sees an Arrow array.

use crate::engine::Engine;
use crate::error::{QueryError, QueryErrorKind};
use crate::output::json::JsonRows;
use crate::rows::QueryLimits;
use hannun_model::limits::LENS_ROWS_BYTES_MAX;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Memory of rows that are turned into values at a time.
const PART_BYTES: usize = 1024 * 1024;

/// Rows of one type, and whether a limit on their number or their size cut them.
#[derive(Debug)]
pub struct Rows<T> {
    pub rows: Vec<T>,
    pub truncated: bool,
}

impl Engine {
    /// Runs a query and reads each row as a `T`, whose fields are the columns.
    pub async fn rows<T: DeserializeOwned>(
        self: &Arc<Self>,
        sql: &str,
        limits: QueryLimits,
    ) -> Result<Rows<T>, QueryError> {
        let mut answer = self.query(sql, limits).await?;
        let mut rows = Vec::new();
        let mut bytes = 0;
        while let Some(batch) = answer.next().await? {
            // A batch of wide rows is read in parts, so that the limit is met within it.
            let row_bytes = batch.get_array_memory_size() / batch.num_rows().max(1);
            let part = (PART_BYTES / row_bytes.max(1)).clamp(1, batch.num_rows().max(1));
            for from in (0..batch.num_rows()).step_by(part) {
                if bytes > LENS_ROWS_BYTES_MAX {
                    return Ok(Rows { rows, truncated: true });
                }
                let mut writer = JsonRows::default();
                let mut json = writer.begin().to_vec();
                let slice = batch.slice(from, part.min(batch.num_rows() - from));
                json.extend(writer.rows(&slice).map_err(internal)?);
                json.extend_from_slice(writer.end());
                bytes += json.len();
                rows.append(&mut serde_json::from_slice(&json).map_err(internal)?);
            }
        }
        Ok(Rows { rows, truncated: answer.truncated() })
    }
}

fn internal(error: impl std::fmt::Display) -> QueryError {
    QueryError::new(QueryErrorKind::Internal, error.to_string())
}

/// A text as an SQL literal.
pub fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// A moment, in milliseconds since 1970, as an SQL literal.
pub fn timestamp_ms(milliseconds: i64) -> String {
    format!("arrow_cast({milliseconds}, 'Timestamp(Millisecond, Some(\"UTC\"))')")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_stays_inside_its_literal() {
        assert_eq!(text("a' OR '1'='1"), "'a'' OR ''1''=''1'");
        assert_eq!(text("한눈"), "'한눈'");
    }
}
