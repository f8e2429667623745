//! Lines that belong together: a stack trace is one record.

use hannun_model::limits::{SYSLOG_MESSAGE_BYTES_MAX, TAIL_JOINED_LINES_MAX};
use std::time::{Duration, Instant};

/// Beginnings of lines that go on with the record before, besides white space.
const GO_ON: [&str; 4] = ["at ", "Caused by:", "Suppressed:", "Traceback (most recent call last):"];

/// Joins lines to records.
#[derive(Debug, Default)]
pub struct Joiner {
    record: Vec<u8>,
    lines: usize,
    last: Option<Instant>,
}

impl Joiner {
    /// Takes a line; answers the record before it when the line begins another.
    pub fn push(&mut self, line: &[u8]) -> Option<Vec<u8>> {
        let fits = self.lines < TAIL_JOINED_LINES_MAX
            && self.record.len() + line.len() < SYSLOG_MESSAGE_BYTES_MAX;
        let before = if self.lines > 0 && goes_on(line) && fits {
            self.record.push(b'\n');
            None
        } else {
            self.take()
        };
        self.record.extend_from_slice(line);
        self.lines += 1;
        self.last = Some(Instant::now());
        before
    }

    /// The record so far; `None` when it has nothing but white space.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        self.lines = 0;
        let record = std::mem::take(&mut self.record);
        (!record.trim_ascii().is_empty()).then_some(record)
    }

    /// How long no line has come.
    pub fn waited(&self) -> Duration {
        self.last.map_or(Duration::MAX, |last| last.elapsed())
    }
}

fn goes_on(line: &[u8]) -> bool {
    let is_indented = line.first().is_some_and(u8::is_ascii_whitespace);
    is_indented || GO_ON.iter().any(|beginning| line.starts_with(beginning.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_trace_is_one_record() {
        let mut joiner = Joiner::default();
        let text = "ERROR boom\njava.lang.X: no\n\tat a.b(C.java:1)\nCaused by: y\n  at z\nnext";
        let mut records: Vec<Vec<u8>> =
            text.lines().filter_map(|line| joiner.push(line.as_bytes())).collect();
        records.extend(joiner.take());
        let records: Vec<String> =
            records.into_iter().map(|record| String::from_utf8(record).unwrap()).collect();
        let trace = "java.lang.X: no\n\tat a.b(C.java:1)\nCaused by: y\n  at z";
        assert_eq!(records, ["ERROR boom", trace, "next"]);
        assert_eq!(joiner.take(), None);
    }

    #[test]
    fn a_record_has_a_limit() {
        let mut joiner = Joiner::default();
        let records = (0..2000).filter_map(|_| joiner.push(b" indented")).count();
        assert_eq!(records, 2000 / TAIL_JOINED_LINES_MAX - 1);
    }
}
