//! What receivers hand to the flusher: the open window, and lines that are kept as they are.

use super::aggregate::{Aggregator, Window};
use super::counters::{Counters, Dropped, Tally};
use super::parse::{Kind, Malformed, Message, lines, parse};
use hannun_model::limits::DOGSTATSD_WAITING_BYTES_MAX;
use parking_lot::Mutex;
use std::sync::Arc;

/// One datagram, or one frame of a stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Datagram<'a> {
    pub(super) bytes: &'a [u8],
    /// Whether it was sent on this machine.
    pub(super) is_local: bool,
    /// Whether the end is missing.
    pub(super) is_truncated: bool,
}

/// Mark of a line that waits, before its text.
const LOCAL: u8 = b'L';
const REMOTE: u8 = b'R';

/// What was received and is not stored yet.
#[derive(Debug)]
pub(super) struct Gathered {
    inside: Mutex<Inside>,
    counters: Arc<Counters>,
}

#[derive(Debug)]
struct Inside {
    window: Aggregator,
    /// Events, checks and values with a time of their own, a line each.
    waiting: Vec<u8>,
}

impl Gathered {
    /// Opens the first window.
    pub(super) fn new(counters: Arc<Counters>, now_ns: i64) -> Self {
        let inside = Inside { window: Aggregator::new(now_ns), waiting: Vec::new() };
        Self { inside: Mutex::new(inside), counters }
    }

    /// Takes datagrams that came together.
    pub(super) fn take<'d>(&self, datagrams: impl Iterator<Item = Datagram<'d>>, now_ns: i64) {
        let mut tally = Tally::default();
        let mut malformed = None;
        let mut inside = self.inside.lock();
        for datagram in datagrams {
            malformed = inside.take_all(datagram, &mut tally).or(malformed);
        }
        let contexts = inside.window.contexts();
        drop(inside);
        if let Some((line, reason)) = malformed {
            self.counters.remember(line, reason, now_ns);
        }
        self.counters.set_contexts(contexts);
        self.counters.add(&tally);
    }

    /// Ends the window and opens the next.
    pub(super) fn take_window(&self, now_ns: i64) -> Window {
        self.counters.set_contexts(0);
        self.inside.lock().window.take(now_ns)
    }

    /// The lines that wait.
    pub(super) fn take_waiting(&self) -> Vec<u8> {
        std::mem::take(&mut self.inside.lock().waiting)
    }
}

/// The lines of a datagram; of one that is cut, without the last.
fn whole_lines<'a>(
    datagram: Datagram<'a>,
    tally: &mut Tally,
) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let mut bytes = datagram.bytes;
    if datagram.is_truncated {
        tally.malformed[Malformed::Truncated as usize] += 1;
        bytes = &bytes[..memchr::memrchr(b'\n', bytes).unwrap_or(0)];
    }
    lines(bytes)
}

/// What a sender of its own windows sent at once, by HTTP.
#[derive(Debug)]
pub(super) struct Body<'a> {
    pub(super) window: Window,
    /// As [`Gathered::take_waiting`] answers them.
    pub(super) waiting: Vec<u8>,
    pub(super) tally: Tally,
    /// The last line that was not read.
    pub(super) malformed: Option<(&'a [u8], Malformed)>,
}

impl<'a> Body<'a> {
    /// Reads the lines of a body. It is bounded as a window is.
    pub(super) fn read(bytes: &'a [u8], is_local: bool, [start_ns, end_ns]: [i64; 2]) -> Self {
        let mut inside = Inside { window: Aggregator::new(start_ns), waiting: Vec::new() };
        let mut tally = Tally::default();
        let datagram = Datagram { bytes, is_local, is_truncated: false };
        let malformed = inside.take_all(datagram, &mut tally);
        Self { window: inside.window.take(end_ns), waiting: inside.waiting, tally, malformed }
    }
}

impl Inside {
    /// Takes the lines of a datagram. Answers the last that was not read.
    fn take_all<'d>(
        &mut self,
        datagram: Datagram<'d>,
        tally: &mut Tally,
    ) -> Option<(&'d [u8], Malformed)> {
        let mut malformed = None;
        tally.packets += 1;
        tally.bytes += datagram.bytes.len() as u64;
        for line in whole_lines(datagram, tally) {
            if let Err(reason) = self.take(line, datagram.is_local, tally) {
                tally.malformed[reason as usize] += 1;
                malformed = Some((line, reason));
            }
        }
        malformed
    }

    fn take(&mut self, line: &[u8], is_local: bool, tally: &mut Tally) -> Result<(), Malformed> {
        let counted = match parse(line)? {
            // The members of a set are counted over a window, whatever its time.
            Message::Metric(metric) if metric.timestamp.is_none() || metric.kind == Kind::Set => {
                self.window.add(&metric, is_local, tally);
                return Ok(());
            }
            Message::Metric(metric) => {
                (&mut tally.metrics, Some((&mut tally.values, metric.count())))
            }
            Message::Event(_) => (&mut tally.events, None),
            Message::ServiceCheck(_) => (&mut tally.service_checks, None),
        };
        if self.waiting.len() + line.len() + 2 > DOGSTATSD_WAITING_BYTES_MAX {
            tally.drop(Dropped::Waiting, 1);
            return Ok(());
        }
        self.waiting.push(if is_local { LOCAL } else { REMOTE });
        self.waiting.extend_from_slice(line);
        self.waiting.push(b'\n');
        let (lines, values) = counted;
        *lines += 1;
        if let Some((sum, values)) = values {
            *sum += values;
        }
        Ok(())
    }
}

/// Lines that waited, each with whether it was sent on this machine.
pub(super) fn waited(waiting: &[u8]) -> impl Iterator<Item = (Message<'_>, bool)> {
    lines(waiting).filter_map(|marked| {
        let (mark, line) = marked.split_first()?;
        // They were read before, when they came.
        Some((parse(line).ok()?, *mark == LOCAL))
    })
}
