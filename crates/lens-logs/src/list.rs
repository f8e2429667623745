//! Pages of records, newest or oldest first, that lose none and repeat none.
//!
//! A page does not sort everything: it looks at growing slices of time until one holds enough
//! records, and then reads only those in full. Where it ends is a [`Cursor`]: the time of the last
//! record, how many of that very time were given, and the hash of the last, which finds the place
//! again when records of that time came meanwhile.

use crate::field::Field;
use crate::question::{Question, between_ns};
use crate::row::{LogEntry, LogId, Order, Row, select};
use hannun_api::ApiError;
use hannun_model::limits::{LOGS_EQUAL_TIMES_MAX, LOGS_LIST_SECONDS_MAX, QUERY_ROWS_MAX};
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::{Duration, Instant};
use utoipa::ToSchema;

const SECOND: i64 = 1_000_000_000;
/// The first slice is this part of the time asked about …
const FIRST_SLICE_PARTS: i64 = 4096;
/// … and each further one so many times as long.
const SLICE_GROWTH: i64 = 8;
/// Records that came meanwhile are looked through in steps of this many.
const ANCHOR_STEP: usize = 256;

/// A page of records.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogsAnswer {
    pub rows: Vec<LogEntry>,
    /// Asks for the next page; null at the end. A page may be short and have one all the same, when
    /// finding more took too long.
    pub next_cursor: Option<String>,
}

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The next page begins with records of this time.
    pub time_ns: i64,
    /// So many of that time were given …
    pub rank: usize,
    /// … the last of which has this hash.
    pub hash: u64,
    /// How much time the page covered, which tells how dense records are.
    pub slice_ns: i64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { time_ns, rank, hash, slice_ns } = self;
        write!(formatter, "{time_ns}-{rank}-{hash:016x}-{slice_ns}")
    }
}

impl std::str::FromStr for Cursor {
    type Err = ApiError;

    fn from_str(text: &str) -> Result<Self, ApiError> {
        let parse = || {
            let mut parts = text.split('-');
            let cursor = Self {
                time_ns: parts.next()?.parse().ok()?,
                rank: parts.next()?.parse().ok()?,
                hash: u64::from_str_radix(parts.next()?, 16).ok()?,
                slice_ns: parts.next()?.parse().ok()?,
            };
            let known = parts.next().is_none() && cursor.rank <= QUERY_ROWS_MAX;
            known.then_some(cursor)
        };
        parse().ok_or_else(|| ApiError::invalid("cursor must be the next_cursor of an answer"))
    }
}

/// What page is wanted.
#[derive(Debug)]
pub struct Page<'a> {
    pub question: &'a Question,
    /// SQL that records must meet beside the question.
    pub also: Option<&'a str>,
    pub columns: &'a [Field],
    pub order: Order,
    pub limit: usize,
    pub start: Option<Cursor>,
}

/// Answers a page.
pub async fn page(engine: &Arc<Engine>, page: &Page<'_>) -> Result<LogsAnswer, QueryError> {
    let (first, last) = page.question.bounds_ns();
    let near = match (page.start, page.order) {
        (Some(cursor), _) => cursor.time_ns.clamp(first, last),
        (None, Order::NewestFirst) => last,
        (None, Order::OldestFirst) => first,
    };
    let rank = page.start.map_or(0, |cursor| cursor.rank);
    let reach = page.reach(engine, near, rank + page.limit + 1).await?;
    let given = page.read(engine, near, reach.far).await?;
    let Given { mut rows, truncated } = given;
    let more = rows.len() > page.limit;
    rows.truncate(page.limit);
    let next_cursor = if more || truncated {
        rows.last().map(|last| page.cursor_after(&rows, last, near))
    } else {
        reach.goes_on.map(|time_ns| Cursor { time_ns, rank: 0, hash: 0, slice_ns: reach.width })
    };
    let rows = rows.into_iter().map(|row| LogEntry::read(row, page.columns)).collect();
    Ok(LogsAnswer { rows, next_cursor: next_cursor.map(|cursor| cursor.to_string()) })
}

/// How far a page reaches.
struct Reach {
    /// The time that is farthest from the start of the page.
    far: i64,
    /// Where to go on when there was no time to look further.
    goes_on: Option<i64>,
    width: i64,
}

/// Rows after the start of a page.
struct Given {
    rows: Vec<Row>,
    truncated: bool,
}

#[derive(Debug, Deserialize)]
struct SliceRow {
    found: usize,
    far_ns: Option<i64>,
}

impl Page<'_> {
    fn condition(&self, near: i64, far: i64) -> String {
        let time = between_ns(near.min(far), near.max(far));
        let also = self.also.map_or_else(String::new, |also| format!(" AND {also}"));
        format!("{} AND {time}{also}", self.question.condition())
    }

    /// The time of the record that is `wanted` records away from `near`.
    async fn reach(
        &self,
        engine: &Arc<Engine>,
        near: i64,
        wanted: usize,
    ) -> Result<Reach, QueryError> {
        let (first, last) = self.question.bounds_ns();
        let started = Instant::now();
        let patience = Duration::from_secs(LOGS_LIST_SECONDS_MAX);
        let mut width = self
            .start
            .map_or((last - first) / FIRST_SLICE_PARTS, |cursor| cursor.slice_ns)
            .max(SECOND);
        let (mut begin, mut found) = (near, 0);
        loop {
            let (end, next) = match self.order {
                Order::NewestFirst => {
                    let end = begin.saturating_sub(width).max(first);
                    (end, (end > first).then(|| end - 1))
                }
                Order::OldestFirst => {
                    let end = begin.saturating_add(width).min(last);
                    (end, (end < last).then(|| end + 1))
                }
            };
            let slice = self.slice(engine, begin, end, wanted - found).await?;
            found += slice.found;
            if let (true, Some(far)) = (found >= wanted, slice.far_ns) {
                return Ok(Reach { far, goes_on: None, width });
            }
            match next {
                None => return Ok(Reach { far: end, goes_on: None, width }),
                Some(next) if started.elapsed() > patience => {
                    return Ok(Reach { far: end, goes_on: Some(next), width });
                }
                Some(next) => begin = next,
            }
            width = width.saturating_mul(SLICE_GROWTH);
        }
    }

    /// How many records a slice has, up to a number, and the time of the last of them.
    async fn slice(
        &self,
        engine: &Arc<Engine>,
        near: i64,
        far: i64,
        wanted: usize,
    ) -> Result<SliceRow, QueryError> {
        let (direction, farthest) = match self.order {
            Order::NewestFirst => ("DESC", "min"),
            Order::OldestFirst => ("ASC", "max"),
        };
        let sql = format!(
            "SELECT count(*) AS found, CAST({farthest}(time) AS BIGINT) AS far_ns \
             FROM (SELECT time FROM logs WHERE {} ORDER BY time {direction} LIMIT {wanted})",
            self.condition(near, far)
        );
        let mut rows = engine.rows::<SliceRow>(&sql, QueryLimits::default()).await?.rows;
        Ok(rows.pop().unwrap_or(SliceRow { found: 0, far_ns: None }))
    }

    /// One row more than the page has, from its start on.
    async fn read(&self, engine: &Arc<Engine>, near: i64, far: i64) -> Result<Given, QueryError> {
        let Some(cursor) = self.start.filter(|cursor| cursor.rank > 0) else {
            return self.rows(engine, near, far, 0, self.limit + 1).await;
        };
        // The last record that was given is read again: usually it is still where it was.
        let before = cursor.rank - 1;
        let mut given = self.rows(engine, near, far, before, self.limit + 2).await?;
        let is_anchor = |row: &Row| {
            let id = LogId::of(row);
            id.hash == cursor.hash && id.time_ns == cursor.time_ns
        };
        if given.rows.first().is_some_and(is_anchor) {
            given.rows.remove(0);
            return Ok(given);
        }
        // Records of that time came meanwhile and pushed it back.
        let mut at = before;
        while at < before + LOGS_EQUAL_TIMES_MAX {
            let step = self.rows(engine, near, near, at, ANCHOR_STEP).await?;
            if let Some(index) = step.rows.iter().position(is_anchor) {
                return self.rows(engine, near, far, at + index + 1, self.limit + 1).await;
            }
            if step.rows.len() < ANCHOR_STEP {
                break;
            }
            at += ANCHOR_STEP;
        }
        // It is gone, and with it what was given before it: retention drops whole windows.
        self.rows(engine, near, far, cursor.rank, self.limit + 1).await
    }

    async fn rows(
        &self,
        engine: &Arc<Engine>,
        near: i64,
        far: i64,
        offset: usize,
        limit: usize,
    ) -> Result<Given, QueryError> {
        let sql = format!(
            "SELECT {} FROM logs WHERE {} ORDER BY {} LIMIT {limit} OFFSET {offset}",
            select(self.columns),
            self.condition(near, far),
            self.order.sql()
        );
        let limits = QueryLimits::asked(Some(limit), None);
        let answer = engine.rows::<Row>(&sql, limits).await?;
        Ok(Given { rows: answer.rows, truncated: answer.truncated })
    }

    fn cursor_after(&self, rows: &[Row], last: &Row, near: i64) -> Cursor {
        let id = LogId::of(last);
        let same_time = |row: &&Row| crate::row::integer(row, "time_ns") == Some(id.time_ns);
        let mut rank = rows.iter().rev().take_while(same_time).count();
        if let Some(start) = self.start.filter(|start| start.time_ns == id.time_ns) {
            rank += start.rank;
        }
        let slice_ns = (near - id.time_ns).abs().saturating_mul(2);
        Cursor { time_ns: id.time_ns, rank, hash: id.hash, slice_ns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::SearchText;
    use hannun_api::TimeRange;

    #[test]
    fn a_cursor_reads_back_and_nonsense_is_refused() {
        let cursor = Cursor { time_ns: 5, rank: 2, hash: 0xff, slice_ns: 9 };
        assert_eq!(cursor.to_string(), "5-2-00000000000000ff-9");
        let read: Cursor = cursor.to_string().parse().unwrap();
        assert_eq!(read, cursor);
        for nonsense in
            ["", "5", "5-2-ff", "a-b-c-d", "5-2-ff-9-1", "5--1-ff-9", "5-99999999999-ff-9"]
        {
            assert!(nonsense.parse::<Cursor>().is_err(), "{nonsense}");
        }
    }

    #[test]
    fn a_page_asks_for_its_slice_only() {
        let range =
            TimeRange { from_ms: Some(0), to_ms: Some(1000), environment: Some("prod".to_owned()) };
        let question = Question::new(&range, &SearchText::default()).unwrap();
        let page = Page {
            question: &question,
            also: Some("service_name IS NULL"),
            columns: &[],
            order: Order::NewestFirst,
            limit: 10,
            start: None,
        };
        insta::assert_snapshot!(page.condition(900, 100));
    }

    #[test]
    fn a_cursor_counts_the_records_of_its_time_across_pages() {
        let range = TimeRange { from_ms: Some(0), to_ms: Some(1), environment: None };
        let question = Question::new(&range, &SearchText::default()).unwrap();
        let row = |time: i64, message: &str| {
            let json = serde_json::json!({"time_ns": time, "message": message});
            serde_json::from_value::<Row>(json).unwrap()
        };
        let page = |start| Page {
            question: &question,
            also: None,
            columns: &[],
            order: Order::NewestFirst,
            limit: 2,
            start,
        };
        let rows = [row(9, "a"), row(7, "b")];
        let first = page(None).cursor_after(&rows, &rows[1], 9);
        assert_eq!((first.time_ns, first.rank, first.slice_ns), (7, 1, 4));
        let rows = [row(7, "c"), row(7, "d")];
        let second = page(Some(first)).cursor_after(&rows, &rows[1], 7);
        assert_eq!((second.time_ns, second.rank), (7, 3));
    }
}
