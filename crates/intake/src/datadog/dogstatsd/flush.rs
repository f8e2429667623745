//! Windows and waiting lines to rows, and rows to the store.

use super::aggregate::{Aggregate, Context, Window};
use super::counters::Dropped;
use super::event::EventTexts;
use super::gather::{Gathered, waited};
use super::log_rows::{LogEvent, LogEventRows};
use super::origin;
use super::parse::{Kind, Message, Metric, Origin};
use super::receive::is_over;
use super::service_check::{CheckTexts, ServiceCheck};
use crate::datadog::DatadogState;
use crate::datadog::points::{Point, PointValue, PointWriter};
use crate::datadog::tags;
use crate::door::Decoded;
use crate::otlp::map::Clock;
use arrow::error::ArrowError;
use hannun_lake::append::{Append, AppendError};
use hannun_model::limits::{
    DOGSTATSD_APPEND_BYTES, DOGSTATSD_APPEND_ROWS, DOGSTATSD_LAST_FLUSH_SECONDS_MAX,
    DOGSTATSD_WAITING_SECONDS, DOGSTATSD_WINDOW_SECONDS,
};
use hannun_model::table::Table;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::Instant;

const SECOND_NS: i64 = 1_000_000_000;
pub(super) const WINDOW_NS: i64 = DOGSTATSD_WINDOW_SECONDS * SECOND_NS;

/// Stores what receivers gather.
#[derive(Debug)]
pub(super) struct Flusher {
    pub(super) state: Arc<DatadogState>,
    pub(super) gathered: Arc<Gathered>,
    pub(super) stop: watch::Receiver<bool>,
    /// When to give up on a busy store; set once the end was asked for.
    pub(super) deadline: Option<Instant>,
}

impl Flusher {
    /// Stores windows until the end was asked for, then waits for `receivers` and stores the rest.
    pub(super) async fn run(mut self, receivers: Vec<JoinHandle<()>>, mut watch: impl FnMut()) {
        let mut window_end_ns = end_after(self.now_ns());
        while !is_over(&self.stop) {
            let left_ns = u64::try_from(window_end_ns - self.now_ns()).unwrap_or(0);
            let wait =
                Duration::from_nanos(left_ns).min(Duration::from_secs(DOGSTATSD_WAITING_SECONDS));
            let _ = tokio::time::timeout(wait, self.stop.wait_for(|stop| *stop)).await;
            watch();
            self.flush_waiting().await;
            let now_ns = self.now_ns();
            // A clock that was set back far would leave the window open until it is there again.
            if now_ns >= window_end_ns || window_end_ns - now_ns > WINDOW_NS {
                self.flush_window().await;
                window_end_ns = end_after(self.now_ns());
            }
        }
        for receiver in receivers {
            if let Err(error) = receiver.await {
                tracing::error!(%error, "a DogStatsD receiver ended early");
            }
        }
        watch();
        self.flush_waiting().await;
        self.flush_window().await;
    }

    fn now_ns(&self) -> i64 {
        self.state.intake.clock(Table::MetricPoints).now_ns
    }

    async fn flush_window(&mut self) {
        let window = self.gathered.take_window(self.now_ns());
        if window.contexts.is_empty() {
            return;
        }
        let clock = self.state.intake.clock(Table::MetricPoints);
        let mut left = WindowRows::new(window, self.state.host_name.clone(), clock);
        while !left.is_empty() {
            let made = tokio::task::spawn_blocking(move || (left.next_batch(), left)).await;
            let Some((rows, rest)) = known(made) else { return };
            left = rest;
            self.keep_made(Table::MetricPoints, rows).await;
        }
    }

    async fn flush_waiting(&mut self) {
        let waiting = Arc::new(self.gathered.take_waiting());
        let mut start = 0;
        while start < waiting.len() {
            let end = start + first_lines(&waiting[start..]);
            let (state, lines) = (self.state.clone(), waiting.clone());
            let made = tokio::task::spawn_blocking(move || {
                let (lines, host) = (&lines[start..end], state.host_name.as_deref());
                let clock = state.intake.clock(Table::MetricPoints);
                let mut points = PointWriter::new(clock);
                add_waiting(&mut points, lines, host, clock);
                let clock = state.intake.clock(Table::Logs);
                (points.finish(), logs_of_waiting(lines, host, clock))
            });
            start = end;
            let Some((points, logs)) = known(made.await) else { continue };
            self.keep_made(Table::MetricPoints, points).await;
            self.keep_made(Table::Logs, logs).await;
        }
    }

    async fn keep_made(&mut self, table: Table, rows: Result<Decoded, ArrowError>) {
        match rows {
            Ok(decoded) => self.keep(table, decoded).await,
            Err(error) => tracing::error!(%error, "failed to make rows of DogStatsD"),
        }
    }

    /// Keeps rows. While the store is busy, the window that is open stays open.
    async fn keep(&mut self, table: Table, decoded: Decoded) {
        let Decoded { batch, tally, .. } = decoded;
        let intake = self.state.intake.clone();
        let rows = batch.rows();
        let batches = match table {
            _ if rows == 0 => Vec::new(),
            Table::Logs => intake.logs.process(batch, intake.clock(table).now_ns).batches,
            _ => vec![batch],
        };
        let batches: Vec<_> = batches.into_iter().filter(|batch| batch.rows() > 0).collect();
        let content_hash = intake.unique_hash();
        while !batches.is_empty() {
            let append = Append { batches: batches.clone(), content_hash };
            let error = match intake.sink.append(append).await {
                Ok(_) => break,
                Err(error) => error,
            };
            let retry_after = match &error {
                AppendError::Busy { retry_after, .. } => Some(*retry_after),
                AppendError::Invalid(_) => None,
            };
            if retry_after.is_none() || self.is_past_deadline() {
                tracing::warn!(%error, rows, "rows of DogStatsD were not stored");
                self.state.dogstatsd.add_dropped(Dropped::Store, rows as u64);
                return;
            }
            self.pause(retry_after.unwrap_or_default()).await;
        }
        intake.counters.count_taken(table, rows, &tally);
        self.state.dogstatsd.add_rows(rows);
        if table == Table::Logs {
            intake.logs.stored(&batches);
        }
    }

    fn is_past_deadline(&mut self) -> bool {
        if self.deadline.is_none() && is_over(&self.stop) {
            let most = Duration::from_secs(DOGSTATSD_LAST_FLUSH_SECONDS_MAX);
            self.deadline = Some(Instant::now() + most);
        }
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Waits, and no longer than the deadline.
    async fn pause(&mut self, retry_after: Duration) {
        match self.deadline {
            None => {
                let stopped = self.stop.wait_for(|stop| *stop);
                let _ = tokio::time::timeout(retry_after, stopped).await;
            }
            Some(deadline) => {
                tokio::time::sleep_until(deadline.min(Instant::now() + retry_after)).await;
            }
        }
    }
}

/// Windows end at whole multiples of their length, as those of agents do.
fn end_after(now_ns: i64) -> i64 {
    (now_ns.div_euclid(WINDOW_NS) + 1) * WINDOW_NS
}

/// What a thread made, unless it ended early.
fn known<T>(made: Result<T, JoinError>) -> Option<T> {
    made.inspect_err(|error| tracing::error!(%error, "failed to make rows of DogStatsD")).ok()
}

/// Bytes of as many lines as become rows at once. Many short lines are far larger as rows.
fn first_lines(waiting: &[u8]) -> usize {
    let last = memchr::memchr_iter(b'\n', waiting).nth(DOGSTATSD_APPEND_ROWS - 1);
    last.map_or(waiting.len(), |at| at + 1)
}

/// The point of a context or of a metric with a time.
fn add_point(
    points: &mut PointWriter,
    context: &Context,
    [start_ns, time_ns]: [Option<i64>; 2],
    host: Option<&str>,
    clock: Clock,
) {
    let tags: Vec<&str> = tags::of_list(&context.tags).collect();
    let resource = origin::resource(&context.local_data, &context.external_data);
    // What is rejected is counted in the tally of the batch.
    let _ = points.add(&Point {
        name: &context.name,
        unit: (context.kind == Kind::Timing).then_some("ms"),
        description: None,
        time_ns: time_ns.unwrap_or(clock.now_ns),
        start_ns,
        host: host.filter(|_| context.is_local),
        tags: &tags,
        resource: &resource,
        scope: super::SCOPE,
        value: match &context.value {
            Aggregate::Count(sum) => PointValue::Delta(*sum),
            Aggregate::Gauge(last) => PointValue::Gauge(*last),
            Aggregate::Set(members) => PointValue::Gauge(members.len() as f64),
            Aggregate::Sketch(sketch) => PointValue::Sketch(sketch),
        },
    });
}

/// Points of a window, those of one metric after each other, a batch at a time: a few values far from
/// each other take little memory in a window, and all buckets between them as a row.
#[derive(Debug)]
pub(super) struct WindowRows {
    contexts: std::vec::IntoIter<Context>,
    times: [i64; 2],
    host: Option<String>,
    clock: Clock,
}

impl WindowRows {
    pub(super) fn new(window: Window, host: Option<String>, clock: Clock) -> Self {
        let Window { start_ns, end_ns, mut contexts } = window;
        contexts.sort_unstable_by(|left, right| {
            (&left.name, &left.tags).cmp(&(&right.name, &right.tags))
        });
        Self { contexts: contexts.into_iter(), times: [start_ns, end_ns], host, clock }
    }

    fn is_empty(&self) -> bool {
        self.contexts.as_slice().is_empty()
    }

    fn next_batch(&mut self) -> Result<Decoded, ArrowError> {
        let mut points = PointWriter::new(self.clock);
        self.fill(&mut points, DOGSTATSD_APPEND_ROWS, DOGSTATSD_APPEND_BYTES);
        points.finish()
    }

    /// Adds points until there are so many rows or bytes.
    pub(super) fn fill(&mut self, points: &mut PointWriter, rows_max: usize, bytes_max: usize) {
        let [start_ns, end_ns] = self.times;
        while points.rows() < rows_max && points.bytes() < bytes_max {
            let Some(context) = self.contexts.next() else { return };
            let times = match context.kind {
                Kind::Gauge | Kind::Set => [None, Some(end_ns)],
                _ => [Some(start_ns), Some(end_ns)],
            };
            add_point(points, &context, times, self.host.as_deref(), self.clock);
        }
    }
}

/// Adds values that say their time, and how checks ended.
pub(super) fn add_waiting(
    points: &mut PointWriter,
    waiting: &[u8],
    host: Option<&str>,
    clock: Clock,
) {
    for (message, is_local) in waited(waiting) {
        match message {
            Message::Metric(metric) => {
                let mut context = Context::of(&metric, is_local);
                context.value.add(&metric);
                add_point(points, &context, [None, time_ns(&metric)], host, clock);
            }
            Message::ServiceCheck(check) => {
                let texts = CheckTexts::of(&check);
                add_status(points, &texts, &check, host.filter(|_| is_local), clock);
            }
            Message::Event(_) => {}
        }
    }
}

/// How a check ended, as a number that can be charted.
fn add_status(
    points: &mut PointWriter,
    texts: &CheckTexts<'_>,
    check: &ServiceCheck<'_>,
    host: Option<&str>,
    clock: Clock,
) {
    let text = |bytes| String::from_utf8_lossy(bytes);
    let (list, local) = (text(check.tags), text(check.origin.local_data));
    let external = text(check.origin.external_data);
    let said = Some(&*texts.host).filter(|host| !host.is_empty());
    // What is rejected is counted in the tally of the batch.
    let _ = points.add(&Point {
        name: &texts.name,
        unit: None,
        description: None,
        time_ns: texts.time_ns().unwrap_or(clock.now_ns),
        start_ns: None,
        host: said.or(host),
        tags: &tags_without_host(&list, said),
        resource: &origin::resource(&local, &external),
        scope: super::SCOPE,
        value: PointValue::Gauge(f64::from(check.status as u8)),
    });
}

/// The tags of a list. The host of a field of its own comes before that of a tag.
fn tags_without_host<'a>(list: &'a str, said: Option<&str>) -> Vec<&'a str> {
    tags::of_list(list).filter(|tag| said.is_none() || !tag.starts_with("host:")).collect()
}

fn time_ns(metric: &Metric<'_>) -> Option<i64> {
    // What no column can hold is told from what was not said: it is rejected as out of range.
    metric.timestamp.map(|seconds| seconds.checked_mul(SECOND_NS).unwrap_or(-1))
}

/// Events and checks.
pub(super) fn logs_of_waiting(
    waiting: &[u8],
    host: Option<&str>,
    clock: Clock,
) -> Result<Decoded, ArrowError> {
    let mut rows = LogEventRows::new(clock);
    for (message, is_local) in waited(waiting) {
        let host = host.filter(|_| is_local);
        match message {
            Message::Event(event) => {
                let texts = EventTexts::of(&event);
                texts.with(|row| add_log(&mut rows, row, event.tags, &event.origin, host));
            }
            Message::ServiceCheck(check) => {
                let texts = CheckTexts::of(&check);
                texts.with(|row| add_log(&mut rows, row, check.tags, &check.origin, host));
            }
            Message::Metric(_) => {}
        }
    }
    rows.finish()
}

fn add_log(
    rows: &mut LogEventRows,
    row: LogEvent<'_>,
    list: &[u8],
    origin: &Origin<'_>,
    host: Option<&str>,
) {
    let text = |bytes| String::from_utf8_lossy(bytes);
    let (list, local) = (text(list), text(origin.local_data));
    let external = text(origin.external_data);
    let tags = tags_without_host(&list, row.host);
    let resource = origin::resource(&local, &external);
    let host = row.host.or(host);
    // What is rejected is counted in the tally of the batch.
    let _ = rows.add(&LogEvent { tags: &tags, resource: &resource, host, ..row });
}

#[cfg(test)]
mod tests {
    use super::super::gather::Body;
    use super::*;

    const NOW_NS: i64 = 1_700_000_000_000_000_000;
    const CLOCK: Clock = Clock { now_ns: NOW_NS, oldest_ns: 0 };

    /// I6: a window that is small in memory does not become one huge batch.
    #[test]
    fn a_window_of_spread_values_becomes_several_batches_without_loss() {
        let lines: Vec<String> = (0..2000).map(|n| format!("m{n}:1:30000:-1:-30000|d")).collect();
        let lines = lines.join("\n");
        let body = Body::read(lines.as_bytes(), true, [NOW_NS - 1, NOW_NS]);
        let mut left = WindowRows::new(body.window, None, CLOCK);
        let mut rows = Vec::new();
        while !left.is_empty() {
            let decoded = left.next_batch().unwrap();
            assert!(decoded.tally.rejected.iter().all(|count| *count == 0));
            rows.push(decoded.batch.rows());
        }
        assert!(rows.len() > 2, "{rows:?}");
        assert_eq!(rows.iter().sum::<usize>(), 2000);
    }

    #[test]
    fn lines_that_wait_are_cut_between_lines_into_what_one_batch_takes() {
        let line = b"L_e{1,1}:a|b\n";
        let waiting = line.repeat(DOGSTATSD_APPEND_ROWS + 3);
        let end = first_lines(&waiting);
        assert_eq!(end, line.len() * DOGSTATSD_APPEND_ROWS);
        assert_eq!(first_lines(&waiting[end..]), line.len() * 3);
        assert_eq!(first_lines(b""), 0);
    }
}
