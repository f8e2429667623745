//! Concurrent clients that know what was acknowledged, and retry the rest byte for byte.

use hannun_e2e::http::Client;
use hannun_e2e::random::Random;
use hannun_e2e::{Server, now_ns, otlp, text};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Long enough that a few thousand items make the server publish files.
const PADDING_BYTES: usize = 2048;
const ITEMS_PER_REQUEST: u64 = 40;

/// The signals that the load mixes.
pub const SIGNALS: [&str; 3] = ["traces", "logs", "metrics"];

/// One request with the ids it carries. `body` never changes, however often it is sent.
#[derive(Debug, Clone)]
pub struct Request {
    pub signal: &'static str,
    pub ids: Vec<u64>,
    pub body: Vec<u8>,
}

impl Request {
    /// A request of `signal` with fresh ids.
    pub fn new(signal: &'static str, next_id: &AtomicU64, random: &mut Random) -> Self {
        let first = next_id.fetch_add(ITEMS_PER_REQUEST, Ordering::Relaxed);
        let ids: Vec<u64> = (first..first + ITEMS_PER_REQUEST).collect();
        let padding: String =
            (0..PADDING_BYTES / 16).map(|_| format!("{:016x}", random.next_u64())).collect();
        let now = now_ns();
        let padded = || vec![otlp::attribute("padding", &padding)];
        let body = match signal {
            "traces" => {
                let spans = ids.iter().map(|id| otlp::span(*id, now));
                let spans = spans.map(|mut span| {
                    span.attributes = padded();
                    span
                });
                otlp::traces("crash", spans.collect())
            }
            "logs" => {
                let logs = ids.iter().map(|id| otlp::log(*id, now));
                let logs = logs.map(|mut log| {
                    log.attributes = padded();
                    log
                });
                otlp::logs("crash", logs.collect())
            }
            _ => {
                otlp::gauge("crash", "crash", ids.iter().map(|id| otlp::point(*id, now)).collect())
            }
        };
        Self { signal, ids, body }
    }
}

/// What one client knows.
#[derive(Debug, Default)]
pub struct Knowledge {
    /// Ids by signal, in the order of [`SIGNALS`].
    pub acknowledged: [BTreeSet<u64>; 3],
    /// Sent, perhaps stored, not acknowledged.
    pub open: Vec<Request>,
}

impl Knowledge {
    fn acknowledge(&mut self, request: Request) {
        let signal = SIGNALS.iter().position(|signal| *signal == request.signal).unwrap();
        self.acknowledged[signal].extend(request.ids);
    }

    /// Number of acknowledged items of all signals.
    pub fn acknowledged_items(&self) -> usize {
        self.acknowledged.iter().map(BTreeSet::len).sum()
    }

    /// Everything that several clients know.
    pub fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.acknowledged.iter_mut().zip(other.acknowledged) {
            mine.extend(theirs);
        }
        self.open.extend(other.open);
    }
}

/// How one attempt to send ended.
enum Attempt {
    Acknowledged,
    PushedBack,
    Broken,
}

/// Sends requests to one server until told to stop or until the server is gone.
pub struct Sender {
    urls: [String; 3],
    client: Client,
}

impl Sender {
    pub fn new(server: &Server) -> Self {
        let urls = SIGNALS.map(|signal| server.otlp_url(signal));
        Self { urls, client: Client::with_timeout(Duration::from_secs(20)) }
    }

    fn attempt(&self, request: &Request) -> Attempt {
        let signal = SIGNALS.iter().position(|signal| *signal == request.signal).unwrap();
        let headers = [("content-type", "application/x-protobuf")];
        match self.client.post(&self.urls[signal], &headers, &request.body) {
            Ok(response) if response.status == 200 => {
                assert!(response.body.is_empty(), "partial success: {}", response.text());
                Attempt::Acknowledged
            }
            Ok(response) if matches!(response.status, 429 | 503) => Attempt::PushedBack,
            Ok(response) => panic!("status {}: {}", response.status, response.text()),
            Err(_) => Attempt::Broken,
        }
    }

    /// Sends what is open; true when all of it was acknowledged. Pushed back, it tries again until
    /// `stop` is set.
    pub fn retry_open(&self, knowledge: &mut Knowledge, stop: &AtomicBool) -> bool {
        while let Some(request) = knowledge.open.pop() {
            match self.attempt(&request) {
                Attempt::Acknowledged => knowledge.acknowledge(request),
                Attempt::PushedBack if !stop.load(Ordering::Relaxed) => {
                    knowledge.open.push(request);
                    std::thread::sleep(Duration::from_millis(100));
                }
                Attempt::PushedBack | Attempt::Broken => {
                    knowledge.open.push(request);
                    return false;
                }
            }
        }
        true
    }

    /// Retries what is open, then sends new requests.
    pub fn load(
        &self,
        knowledge: &mut Knowledge,
        next_id: &AtomicU64,
        stop: &AtomicBool,
        random: &mut Random,
    ) {
        while !stop.load(Ordering::Relaxed) {
            if !self.retry_open(knowledge, stop) {
                return;
            }
            let signal = SIGNALS[usize::try_from(random.below(3)).unwrap()];
            knowledge.open.push(Request::new(signal, next_id, random));
        }
    }
}

/// Loads the server from several clients while `meanwhile` runs; what each client knows is updated.
/// `meanwhile` ends the load by stopping the server, or by returning.
pub fn load_while<T: Send>(
    server: Server,
    clients: &mut [Knowledge],
    next_id: &AtomicU64,
    random: &mut Random,
    meanwhile: impl FnOnce(Server) -> T + Send,
) -> T {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for knowledge in clients.iter_mut() {
            let sender = Sender::new(&server);
            let mut random = Random::new(random.next_u64());
            let stop = &stop;
            scope.spawn(move || sender.load(knowledge, next_id, stop, &mut random));
        }
        let answer = meanwhile(server);
        stop.store(true, Ordering::Relaxed);
        answer
    })
}

/// Sends everything that is still open.
pub fn finish(server: &Server, clients: &mut [Knowledge]) {
    let sender = Sender::new(server);
    let never = AtomicBool::new(false);
    for knowledge in clients.iter_mut() {
        assert!(sender.retry_open(knowledge, &never), "the server was not killed, yet it broke");
    }
}

/// Asserts that each acknowledged item is there exactly once and nothing else is.
pub fn assert_exactly_once(server: &Server, knowledge: &Knowledge) {
    let queries = [
        "SELECT span_id AS item, count(*) AS n FROM spans GROUP BY span_id",
        "SELECT body AS item, count(*) AS n FROM logs GROUP BY body",
        "SELECT cast(value_int AS varchar) AS item, count(*) AS n FROM metric_points \
         WHERE metric_name = 'crash' GROUP BY value_int",
    ];
    for ((signal, query), expected) in SIGNALS.iter().zip(queries).zip(&knowledge.acknowledged) {
        let mut found = BTreeSet::new();
        for row in server.rows(query) {
            let item = text(&row, "item");
            let id = match *signal {
                "traces" => u64::from_str_radix(item, 16).unwrap(),
                "logs" => item.strip_prefix("item-").unwrap().parse().unwrap(),
                _ => item.parse().unwrap(),
            };
            assert_eq!(hannun_e2e::int(&row, "n"), 1, "{signal} item {id} is stored twice");
            found.insert(id);
        }
        let lost: Vec<_> = expected.difference(&found).take(10).collect();
        let alien: Vec<_> = found.difference(expected).take(10).collect();
        assert!(
            lost.is_empty() && alien.is_empty(),
            "{signal}: {} acknowledged, {} found; lost {lost:?} …, never acknowledged {alien:?} …",
            expected.len(),
            found.len()
        );
    }
}
