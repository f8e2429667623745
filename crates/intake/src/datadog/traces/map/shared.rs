//! Texts that many rows of a payload have in common, each stored once.

use super::ids::with_trace_hex;
use crate::otlp::map::Rows;
use crate::otlp::map::attributes::cut;
use hannun_model::batch::SharedText;
use hannun_model::limits::{DATADOG_SHARED_TEXT_BYTES_MAX, DATADOG_SHARED_TEXTS_MAX};
use hannun_model::table::spans;

/// Texts short enough to stand in their row have nothing to share.
const INLINE_BYTES: usize = 12;

/// Whether two texts of a payload are the same, without a long look for each row.
#[inline]
fn is_same(left: &str, right: &str) -> bool {
    left.len() == right.len()
        && (std::ptr::eq(left.as_ptr(), right.as_ptr())
            || left.len() <= DATADOG_SHARED_TEXT_BYTES_MAX && left == right)
}

/// Texts by column.
#[derive(Debug, Default)]
pub struct SharedTexts<'a> {
    texts: Vec<(usize, &'a str, SharedText)>,
    /// Further attributes of the resource, by process.
    resources: Vec<(i64, &'a str, SharedText)>,
    /// The last trace id, by its halves.
    trace: Option<((u64, u64), SharedText)>,
}

impl<'a> SharedTexts<'a> {
    /// Sets a column that nothing has set yet. Answers the bytes that it takes.
    #[inline]
    pub fn set(&mut self, rows: &mut Rows, column: usize, text: &'a str) -> usize {
        if text.is_empty() || rows.builder.is_set(column) {
            return 0;
        }
        if text.len() <= INLINE_BYTES {
            rows.builder.set_text(column, text);
            return 0;
        }
        let known = self.texts.iter().find(|(at, known, _)| *at == column && is_same(known, text));
        if let Some((_, _, shared)) = known {
            rows.builder.set_shared(*shared);
            return 0;
        }
        let short = cut(text, &mut rows.tally);
        if self.texts.len() < DATADOG_SHARED_TEXTS_MAX {
            let shared = rows.builder.share_text(column, short);
            self.texts.push((column, text, shared));
            rows.builder.set_shared(shared);
        } else {
            rows.builder.set_text(column, short);
        }
        short.len()
    }

    /// Sets the attributes of the resource of a process, which `write` makes when they are new.
    pub fn set_resource(
        &mut self,
        rows: &mut Rows,
        column: usize,
        key: (i64, &'a str),
        write: impl FnOnce() -> String,
    ) -> usize {
        let is_known =
            |(pid, text, _): &&(i64, &str, SharedText)| *pid == key.0 && is_same(text, key.1);
        let known = self.resources.iter().find(is_known);
        if let Some((_, _, shared)) = known {
            rows.builder.set_shared(*shared);
            return 0;
        }
        let text = write();
        if text.is_empty() {
            return 0;
        }
        let text = cut(&text, &mut rows.tally);
        if self.resources.len() < DATADOG_SHARED_TEXTS_MAX {
            let shared = rows.builder.share_text(column, text);
            self.resources.push((key.0, key.1, shared));
            rows.builder.set_shared(shared);
        } else {
            rows.builder.set_text(column, text);
        }
        text.len()
    }

    /// Sets the trace id, which the spans of a chunk have in common.
    #[inline]
    pub fn set_trace_id(&mut self, rows: &mut Rows, high: u64, low: u64) {
        let last = self.trace.filter(|(halves, _)| *halves == (high, low));
        let shared = last.map_or_else(
            || with_trace_hex(high, low, |id| rows.builder.share_text(spans::TRACE_ID, id)),
            |(_, shared)| shared,
        );
        self.trace = Some(((high, low), shared));
        rows.builder.set_shared(shared);
    }

    /// Another payload of a request may come from another process.
    pub fn forget_resource(&mut self) {
        self.resources.clear();
    }
}
