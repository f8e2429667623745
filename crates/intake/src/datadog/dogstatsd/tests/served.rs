//! What is stored of what real sockets receive.

use super::super::DogStatsD;
use super::super::counters::{Dropped, Snapshot};
use super::super::gather::Gathered;
use super::super::parse::Malformed;
use super::super::receive::Receiver;
use crate::datadog::DatadogState;
use crate::otlp::tests::support::{BUDGET_BYTES, MemorySink, now_ns, state};
use arrow::array::{Array, AsArray, types};
use hannun_lake::append::AppendError;
use hannun_model::batch::Batch;
use hannun_model::table::Table;
use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

struct Server {
    state: Arc<DatadogState>,
    sink: Arc<MemorySink>,
    stop: watch::Sender<bool>,
    serving: Vec<JoinHandle<()>>,
}

impl Server {
    fn start(sockets: DogStatsD) -> Self {
        let (intake, sink) = state(BUDGET_BYTES);
        let mut state = DatadogState::new(intake);
        state.host_name = Some("this-host".to_owned());
        let (state, (stop, stopped)) = (Arc::new(state), watch::channel(false));
        let serving = sockets.serve(&state, &stopped);
        Self { state, sink, stop, serving }
    }

    /// Ends it and answers what it counted.
    async fn stop(self) -> (Snapshot, Vec<Batch>) {
        self.stop.send(true).unwrap();
        for serving in self.serving {
            serving.await.unwrap();
        }
        let batches = std::mem::take(&mut *self.sink.batches.lock());
        (self.state.dogstatsd.snapshot(), batches)
    }

    async fn until(&self, is_there: impl Fn(&Snapshot) -> bool) {
        for _ in 0..500 {
            if is_there(&self.state.dogstatsd.snapshot()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{:?}", self.state.dogstatsd.snapshot());
    }
}

fn udp() -> (DogStatsD, UdpSocket) {
    let mut sockets = DogStatsD::default();
    sockets.bind_udp("127.0.0.1:0").unwrap();
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.connect(sockets.udp_address().unwrap().unwrap()).unwrap();
    (sockets, client)
}

fn text<'b>(batch: &'b Batch, column: &str, row: usize) -> Option<&'b str> {
    let array = batch.records().column_by_name(column)?.as_string_view();
    array.is_valid(row).then(|| array.value(row))
}

fn float(batch: &Batch, column: &str, row: usize) -> Option<f64> {
    let array = batch.records().column_by_name(column)?.as_primitive::<types::Float64Type>();
    array.is_valid(row).then(|| array.value(row))
}

fn time(batch: &Batch, column: &str, row: usize) -> Option<i64> {
    let array = batch.records().column_by_name(column)?;
    let array = array.as_primitive::<types::TimestampNanosecondType>();
    array.is_valid(row).then(|| array.value(row))
}

/// Sum of the values of each metric, over all rows.
fn sums(batches: &[Batch], column: &str) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for batch in batches.iter().filter(|batch| batch.table() == Table::MetricPoints) {
        for row in 0..batch.rows() {
            if let Some(value) = float(batch, column, row) {
                let name = text(batch, "metric_name", row).unwrap().to_owned();
                *sums.entry(name).or_default() += value;
            }
        }
    }
    sums
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_aggregated_is_stored_at_shutdown() {
    let before_ns = now_ns() as i64;
    let (sockets, client) = udp();
    let server = Server::start(sockets);
    // In one datagram, so that no window ends between its lines.
    let lines = [
        "a.count:1:2|c|@0.5|#env:prod,k:v",
        "a.gauge:7|g\na.gauge:9|g",
        "a.set:x|s\na.set:y|s\na.set:x|s",
        "a.time:10:20|ms|@0.5|c:ci-c1",
    ];
    client.send(lines.join("\n").as_bytes()).unwrap();
    server.until(|now| now.counts.metrics == 7).await;
    let (counted, batches) = server.stop().await;
    assert_eq!((counted.counts.packets, counted.counts.values, counted.rows), (1, 9, 4));
    let expected = [("a.count", 6.0), ("a.gauge", 9.0), ("a.set", 2.0)];
    assert_eq!(sums(&batches, "value"), expected.map(|(name, sum)| (name.to_owned(), sum)).into());
    assert_eq!(sums(&batches, "sum"), [("a.time".to_owned(), 60.0)].into());
    let batch = &batches[0];
    assert_eq!(text(batch, "deployment_environment_name", 0), Some("prod"));
    assert_eq!(text(batch, "attributes", 0), Some(r#"{"k":"v"}"#));
    assert_eq!(
        (text(batch, "metric_unit", 3), text(batch, "container_id", 3)),
        (Some("ms"), Some("c1"))
    );
    for row in 0..4 {
        assert_eq!(text(batch, "host_name", row), Some("this-host"));
        let time_ns = time(batch, "time", row).unwrap();
        assert!(time_ns >= before_ns && time_ns <= now_ns() as i64, "no point is in the future");
    }
    assert!(time(batch, "start_time", 0).is_some_and(|start| start >= before_ns));
    assert_eq!(time(batch, "start_time", 1), None, "a gauge covers no interval");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_its_time_is_stored_with_it_within_seconds() {
    let (sockets, client) = udp();
    let server = Server::start(sockets);
    let seconds = now_ns() as i64 / 1_000_000_000 - 60;
    let lines = [
        format!("late.count:3|c|@0.5|T{seconds}"),
        format!("late.gauge:4|g|T{seconds}"),
        format!(
            "_e{{6,7}}:deploy|v1.2 up|t:warning|p:low|#service:shop,step:2|d:{seconds}|h:web-7"
        ),
        format!("_sc|db.up|2|d:{seconds}|#service:shop|m:no answer"),
    ];
    client.send(lines.join("\n").as_bytes()).unwrap();
    server.until(|now| now.rows == 5).await;
    let (counted, batches) = server.stop().await;
    assert_eq!((counted.counts.events, counted.counts.service_checks), (1, 1));
    let expected = [("db.up", 2.0), ("late.count", 6.0), ("late.gauge", 4.0)];
    assert_eq!(sums(&batches, "value"), expected.map(|(name, sum)| (name.to_owned(), sum)).into());
    let logs = batches.iter().find(|batch| batch.table() == Table::Logs).unwrap();
    for batch in &batches {
        assert!(
            (0..batch.rows()).all(|row| time(batch, "time", row) == Some(seconds * 1_000_000_000))
        );
    }
    assert_eq!(text(logs, "event_name", 0), Some("datadog.event"));
    assert_eq!(text(logs, "body", 0), Some("deploy\nv1.2 up"));
    assert_eq!(text(logs, "severity_text", 0), Some("warning"));
    assert_eq!(
        (text(logs, "service_name", 0), text(logs, "host_name", 0)),
        (Some("shop"), Some("web-7"))
    );
    assert_eq!(text(logs, "event_name", 1), Some("datadog.service_check"));
    assert_eq!(text(logs, "body", 1), Some("no answer"));
    assert_eq!(
        (text(logs, "severity_text", 1), text(logs, "host_name", 1)),
        (Some("critical"), Some("this-host"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_line_is_counted_and_shown_and_costs_its_neighbours_nothing() {
    let (sockets, client) = udp();
    let server = Server::start(sockets);
    client.send(b"good:1|c\nbad:x|c\ngood:1|c\nworse").unwrap();
    server.until(|now| now.counts.packets == 1).await;
    let (counted, batches) = server.stop().await;
    assert_eq!(counted.counts.malformed[Malformed::Value as usize], 1);
    assert_eq!(counted.counts.malformed[Malformed::Format as usize], 1);
    let last = counted.last_malformed.unwrap();
    assert_eq!((last.line.as_str(), last.reason), ("worse", "format"));
    assert_eq!(sums(&batches, "value"), [("good".to_owned(), 2.0)].into());
}

/// I6: a flood is received or counted as dropped, and neither is the socket's buffer exceeded.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_flood_what_was_received_and_what_was_dropped_is_what_was_sent() {
    const SENT: u64 = 60_000;
    let (sockets, client) = udp();
    // Nobody reads yet, so the buffer of the kernel runs over.
    for _ in 0..SENT {
        client.send(b"flood:1|c").unwrap();
    }
    let server = Server::start(sockets);
    server.until(|now| now.counts.packets > 0).await;
    let (counted, batches) = server.stop().await;
    let dropped = counted.counts.dropped[Dropped::Kernel as usize];
    assert!(dropped > 0, "the flood was too small to be one: {counted:?}");
    assert_eq!(counted.counts.packets + dropped, SENT);
    let sum = counted.counts.packets as f64;
    assert_eq!(sums(&batches, "value"), [("flood".to_owned(), sum)].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_is_busy_nothing_is_lost() {
    let (sockets, client) = udp();
    let server = Server::start(sockets);
    let retry_after = Duration::from_millis(20);
    let busy = AppendError::Busy { reason: "the log is full", retry_after };
    *server.sink.refusal.lock() = Some(busy);
    client.send(b"n:1|c\n_e{1,1}:a|b").unwrap();
    server.until(|now| now.counts.events == 1).await;
    let sink = server.sink.clone();
    let recovery = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        *sink.refusal.lock() = None;
    });
    let (counted, batches) = server.stop().await;
    recovery.await.unwrap();
    assert_eq!(sums(&batches, "value"), [("n".to_owned(), 1.0)].into());
    assert_eq!((counted.rows, counted.counts.dropped), (2, [0; 7]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_store_never_takes_is_counted_at_the_end() {
    let (sockets, client) = udp();
    let server = Server::start(sockets);
    *server.sink.refusal.lock() = Some(AppendError::Invalid("no".to_owned()));
    client.send(b"n:1|c\nm:1|c").unwrap();
    server.until(|now| now.counts.metrics == 2).await;
    let (counted, batches) = server.stop().await;
    assert_eq!(counted.counts.dropped[Dropped::Store as usize], 2);
    assert_eq!((counted.rows, batches.len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unix_socket_takes_datagrams_and_goes_with_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dsd.socket");
    drop(UnixDatagram::bind(&path).unwrap());
    let mut sockets = DogStatsD::default();
    sockets.bind_unix(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o722);
    let other = DogStatsD::default().bind_unix(&path).unwrap_err();
    assert_eq!(other.kind(), std::io::ErrorKind::AddrInUse);
    let server = Server::start(sockets);
    let client = UnixDatagram::unbound().unwrap();
    client.connect(&path).unwrap();
    client.send(b"n:2|c").unwrap();
    let mut long = b"n:3|c\n".repeat(11_000);
    long.truncate(65_536 + 10);
    client.send(&long).unwrap();
    server.until(|now| now.counts.packets == 2).await;
    let (counted, batches) = server.stop().await;
    assert_eq!(counted.counts.malformed[Malformed::Truncated as usize], 1);
    let whole_lines = f64::from(65_536 / 6);
    assert_eq!(sums(&batches, "value"), [("n".to_owned(), 2.0 + 3.0 * whole_lines)].into());
    assert!(!path.exists(), "the file is removed at the end");
}

#[tokio::test]
async fn datagrams_come_in_from_this_machine_and_from_allowed_networks_only() {
    let (intake, _) = state(BUDGET_BYTES);
    let mut state = DatadogState::new(intake);
    state.allowed = vec!["10.1.0.0/16".parse().unwrap(), "fd00::/8".parse().unwrap()];
    let (state, counters) = (Arc::new(state), Arc::default());
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap().into();
    let gathered = Arc::new(Gathered::new(counters, 0));
    let receiver = Receiver { socket, is_unix: false, state, gathered };
    for (sender, expected) in [
        ("127.0.0.1:5", Some(true)),
        ("[::1]:5", Some(true)),
        ("[::ffff:127.0.0.1]:5", Some(true)),
        ("10.1.2.3:5", Some(false)),
        ("[::ffff:10.1.2.3]:5", Some(false)),
        ("[fd00::7]:5", Some(false)),
        ("10.2.2.3:5", None),
        ("[2001:db8::1]:5", None),
    ] {
        let address: SocketAddr = sender.parse().unwrap();
        assert_eq!(receiver.admit(Some(&address.into())), expected, "{sender}");
    }
    assert_eq!(receiver.admit(None), None);
}

#[test]
fn a_file_that_is_no_socket_is_left_alone() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = DogStatsD::default().bind_unix(file.path()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    assert!(file.path().exists());
}
