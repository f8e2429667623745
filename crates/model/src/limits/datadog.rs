//! Limits of what Datadog's agents and SDKs send.

use super::{KIB, MIB};

/// Networks from which senders are let in without a key. Each request looks at all of them.
pub const DATADOG_ALLOWED_NETWORKS_MAX: usize = 64;

// ── Points of Datadog's metrics, and DogStatsD ──────────────────────────────────────────────

/// Buckets from the first to the last of a distribution; past it they become twice as wide. At
/// 0.54 % of error that is from one value to the 65,536-fold of it. Each that holds anything costs
/// 16 bytes while it is gathered, each eight bytes in a row.
pub const SKETCH_BUCKETS_MAX: usize = 1024;
/// Text and buckets of all points of one request; more points are rejected. Tags are few bytes on
/// the wire of a sketch whose buckets are a row of kilobytes.
pub const POINTS_BYTES_MAX: usize = 128 * MIB;
/// Tags that are read of one series or sketch; further ones are left out. They are sorted for each
/// of its points, which keep fewer.
pub const POINT_TAGS_READ_MAX: usize = 4 * KIB;
/// Name and tags of a point that count for nothing while rows share them. Longer ones count for each
/// point, as each sorts and writes them.
pub const POINT_FREE_BYTES: usize = 4 * KIB;
/// Length of a window of DogStatsD, as in Datadog's agent: dashboards and clients count on it.
pub const DOGSTATSD_WINDOW_SECONDS: i64 = 10;
/// How long events, checks and values with a time of their own wait to be stored together.
pub const DOGSTATSD_WAITING_SECONDS: u64 = 1;
/// Contexts of one window; values of others are dropped and counted. Each becomes a point, and a
/// window that closes is in memory beside the one that opens.
pub const DOGSTATSD_CONTEXTS_MAX: usize = 100_000;
/// Memory of the contexts of one window, their sets and their sketches.
pub const DOGSTATSD_WINDOW_BYTES_MAX: usize = 32 * MIB;
/// Different members of one set in one window; others are dropped and counted. Each takes nine bytes.
pub const DOGSTATSD_SET_MEMBERS_MAX: usize = 64 * KIB;
/// Events, checks and values with a time that wait while the store is busy, as they came.
pub const DOGSTATSD_WAITING_BYTES_MAX: usize = 16 * MIB;
/// Bytes of a metric's name. Datadog keeps 200.
pub const DOGSTATSD_NAME_BYTES_MAX: usize = KIB;
/// Tags of one line; a line with more is malformed. Each costs a hash for every line.
pub const DOGSTATSD_TAGS_MAX: usize = 256;
/// The lowest sample rate: a value stands for a million at most.
pub const DOGSTATSD_RATE_MIN: f64 = 1e-6;
/// Bytes of one datagram, which is what UDP can carry. Of a longer one over a Unix socket the last
/// line is lost.
pub const DOGSTATSD_DATAGRAM_BYTES_MAX: usize = 64 * KIB;
/// Datagrams that one system call takes. Each has a buffer for each socket, of which only what was
/// used is in memory.
pub const DOGSTATSD_BATCH_DATAGRAMS: usize = 64;
/// Receive buffer asked of the kernel for each socket: what arrives while we do not run waits in it.
/// The system's `net.core.rmem_max` may make it smaller.
pub const DOGSTATSD_RECEIVE_BUFFER_BYTES: usize = 8 * MIB;
/// Points of a window that are stored at once, and about as many bytes of them.
pub const DOGSTATSD_APPEND_ROWS: usize = 16 * KIB;
pub const DOGSTATSD_APPEND_BYTES: usize = 8 * MIB;
/// How long a busy store is tried at shutdown before what was gathered is dropped and counted.
pub const DOGSTATSD_LAST_FLUSH_SECONDS_MAX: u64 = 5;
/// Bytes shown of the last malformed line.
pub const DOGSTATSD_LINE_SHOWN_BYTES_MAX: usize = 256;

/// Bytes of memory that a body of DogStatsD over HTTP is counted as, by its own bytes: its lines become
/// contexts and rows beside it. More keeps fewer bodies in flight, less lets them exceed the budget.
pub const DOGSTATSD_BODY_ROWS_FACTOR: usize = 8;

// ── Client statistics, profiles and what is not kept ────────────────────────────────────────

/// Bins of one sketch of durations; clients make 2048 at most. Each becomes up to 16 bytes of a row.
pub const CLIENT_SKETCH_BINS_MAX: usize = 8192;
/// Rows of one payload of statistics; groups past it are rejected. Agents divide theirs at 4,000
/// groups. A row is a few bytes on the wire and half a kilobyte while it is gathered.
pub const CLIENT_STATS_ROWS_MAX: usize = 32 * KIB;
/// Names of services, versions and environments, of which a payload says one for all of its rows:
/// each row of statistics repeats them.
pub const CLIENT_STATS_NAME_BYTES_MAX: usize = 512;
/// Groups that are read of one payload of statistics. Most of them become rows of their own; millions
/// of empty ones would keep a thread busy for seconds.
pub const CLIENT_STATS_GROUPS_MAX: usize = 128 * KIB;
/// Bytes of the attachments and the event of one profile, which are kept whole in rows. Raising it
/// lets one profile take more of the log and of the live buffer.
pub const PROFILE_BYTES_MAX: usize = 48 * MIB;
/// Parts of one profile: attachments, or the single fields of older clients. Each attachment is a row
/// with the whole event.
pub const PROFILE_PARTS_MAX: usize = 128;
/// Attachments of one profile; each is a row, which repeats the event.
pub const PROFILE_ATTACHMENTS_MAX: usize = 32;
/// Bytes of what a client says about a profile. It stands in the row of each attachment.
pub const PROFILE_EVENT_BYTES_MAX: usize = MIB;
// ── Traces ──────────────────────────────────────────────────────────────────────────────────

/// Spans, tags, links and events of one chunk of a trace, which must be in memory together before
/// its first span becomes a row. Each takes 40 bytes, and a span counts as five; tracers that flush
/// in parts send a hundredth of it.
pub const DATADOG_CHUNK_ITEMS_MAX: usize = 1024 * KIB;
/// Strings of the table of one payload. Each takes 32 bytes, and an empty one a single byte on the
/// wire; tracers send a few thousand.
pub const DATADOG_STRINGS_MAX: usize = 2 * MIB;
/// Texts of one span that are looked at without being counted with its row. Longer ones count
/// there: many spans may name one long text, and each looks into it.
pub const DATADOG_SPAN_TEXT_FREE_BYTES: usize = 8 * KIB;
/// Texts that spans have in common are compared up to this length; longer ones are the same when
/// they stand at the same place of the payload.
pub const DATADOG_SHARED_TEXT_BYTES_MAX: usize = KIB;
/// Texts of one payload that are not UTF-8 and are repaired, which reads the payload once more.
pub const DATADOG_INVALID_TEXTS_MAX: usize = 64 * KIB;
/// Texts of the rows of one payload together. A string table may name one long text for every
/// tag of every span.
pub const DATADOG_ROWS_BYTES_MAX: usize = 128 * MIB;
/// Texts that a payload says of many spans, such as their service, and that are stored once each,
/// by column. Each is looked for among the others.
pub const DATADOG_SHARED_TEXTS_MAX: usize = 32;
/// A query that is read to take its values out. What is longer is cut first, as other values are.
pub const DATADOG_QUERY_BYTES_MAX: usize = 64 * KIB;
/// Services and environments whose sampling rates are steered apart; the rest share one rate. Each
/// is a line of every answer.
pub const DATADOG_SAMPLED_SERVICES_MAX: usize = 2000;
/// Length of the name of a service or environment that has a sampling rate of its own.
pub const DATADOG_SAMPLED_NAME_BYTES_MAX: usize = 256;

// ── The API of the backend ──────────────────────────────────────────────────────────────────

/// Bins of one sketch of an agent, which has 4096 of its own; one with more is rejected. Each takes
/// 16 bytes while it is read.
pub const DATADOG_SKETCH_BINS_MAX: usize = 64 * KIB;
/// Tags of all series of one request in columns, where a few bytes name a set of many. Each takes
/// 24 bytes while its series is read; raising it lets a small request keep a core busy for longer.
pub const DATADOG_TAGS_PER_REQUEST_MAX: usize = 16 * MIB;

// ── Live probes ─────────────────────────────────────────────────────────────────────────────

/// An expression of a probe, which a process evaluates on every pass of its place.
pub const PROBE_EXPRESSION_BYTES_MAX: usize = 2 * KIB;
/// How deep an expression is nested. Clients evaluate it by recursion too.
pub const PROBE_EXPRESSION_DEPTH_MAX: usize = 64;
/// The message of a probe. Clients cut what it becomes at 8 KiB.
pub const PROBE_TEMPLATE_BYTES_MAX: usize = 4 * KIB;
/// Texts and expressions of a message.
pub const PROBE_TEMPLATE_SEGMENTS_MAX: usize = 64;
/// Snapshots of one probe in a second, in each process. While one is taken the process waits.
pub const PROBE_SNAPSHOTS_PER_SECOND_MAX: f64 = 25.0;
/// The same when nothing is said.
pub const PROBE_SNAPSHOTS_PER_SECOND_DEFAULT: f64 = 1.0;
/// Messages without variables in a second, in each process, when nothing is said. Clients would take
/// 5000, which is a flood of logs for one probe.
pub const PROBE_LOGS_PER_SECOND_DEFAULT: f64 = 100.0;
/// Probes that one process is told of. Each costs it time on every pass.
pub const PROBES_PER_CLIENT_MAX: usize = 100;
/// Seconds that a process runs before it is told of its first probes: clients ask in their first
/// moments, before the program's source files can be found. Raising it leaves more of the start unseen.
pub const PROBE_WARM_UP_SECONDS: i64 = 4;
/// Processes that are remembered to have asked for configuration, the latest. Each takes 1 KiB at most.
pub const PROBE_CLIENTS_MAX: usize = 4096;
/// Statuses that are remembered: each probe in each process. Each takes 2 KiB at most.
pub const PROBE_STATUSES_MAX: usize = 16 * KIB;
/// Seconds between two looks at the documents of probes, on top of which comes the client's own poll.
pub const PROBES_REFRESH_SECONDS: u64 = 1;
/// Snapshots and statuses of one request. Clients send them once a second.
pub const PROBE_EVENTS_PER_REQUEST_MAX: usize = 4 * KIB;
/// Bytes of memory that a byte of JSON takes while snapshots are read into trees.
pub const PROBE_JSON_TREE_FACTOR: usize = 8;
/// Captured variables of one snapshot as JSON; the deepest values go first. Clients stop at 1 MiB.
pub const PROBE_CAPTURES_BYTES_MAX: usize = 256 * KIB;
/// How deep captured variables are nested. One object within another takes three levels of JSON, and
/// the attribute they are kept in may have [`super::VALUE_DEPTH_MAX`].
pub const PROBE_CAPTURES_DEPTH_MAX: usize = 28;
/// Frames of the stack and evaluation errors of one snapshot.
pub const PROBE_STACK_FRAMES_MAX: usize = 64;
/// Names that clients send: of services, files, functions, ids.
pub const PROBE_NAME_BYTES_MAX: usize = 512;
/// What went wrong in a client, and the tags of an event.
pub const PROBE_MESSAGE_BYTES_MAX: usize = 2 * KIB;
/// Snapshots of one probe that a page shows. Each may be as large as its captures.
pub const PROBE_SNAPSHOTS_LISTED_MAX: usize = 200;
/// The same when nothing is said.
pub const PROBE_SNAPSHOTS_LISTED_DEFAULT: usize = 50;
/// Probes that a page shows.
pub const PROBES_LISTED_MAX: usize = 500;
/// Processes that a page shows of one service, and of one probe: the latest. Each is 300 bytes of the
/// answer.
pub const PROBE_CLIENTS_LISTED_MAX: usize = 200;
/// Seconds after which a process that asks no more is not shown. Clients ask every five.
pub const PROBE_CLIENT_SHOWN_SECONDS: i64 = 900;
/// Seconds around snapshots in which the spans they belong to are looked for: a span begins before
/// what a probe sees in it.
pub const PROBE_SPAN_SECONDS_MAX: i64 = 600;
