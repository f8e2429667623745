//! Limits of logs: pipelines, pages, senders, patterns, quotas.

use super::{KIB, MIB, REQUEST_INFLATED_BYTES_MAX};

// ── Log pipelines ───────────────────────────────────────────────────────────────────────────

/// Batches that wait for a follower of the live tail; a slower one is told how many it missed.
pub const LIVE_TAIL_BATCHES_MAX: usize = 256;
/// Memory of the rows that wait for all followers together. Past it rows are skipped, and counted.
pub const LIVE_TAIL_BYTES_MAX: usize = 32 * MIB;
/// Rules of all pipelines that are enabled. Each is tried on every record that its pipeline matches.
pub const LOG_RULES_MAX: usize = 1000;
/// How often changed pipelines are looked for. Each look reads them from the ledger.
pub const LOG_RULES_REFRESH_SECONDS: u64 = 1;
/// Rules of one pipeline.
pub const LOG_RULES_PER_PIPELINE_MAX: usize = 100;
/// Length of a regex, grok or dissect pattern, in bytes, and of a template.
pub const LOG_PATTERN_BYTES_MAX: usize = 4 * KIB;
/// Size of one compiled regex. Raising it lets one rule hold and walk this much for every record.
pub const LOG_REGEX_BYTES_MAX: usize = MIB;
/// Memory that a thread may use to run one regex faster.
pub const LOG_REGEX_CACHE_BYTES_MAX: usize = 256 * KIB;
/// Named patterns inside each other in a grok pattern, and bytes of the regex that it becomes.
pub const GROK_DEPTH_MAX: usize = 16;
pub const GROK_REGEX_BYTES_MAX: usize = 64 * KIB;
/// Entries of each list of the container filter. Each is a regex tried once a container and request.
pub const CONTAINER_FILTER_ENTRIES_MAX: usize = 200;
/// Bytes kept of the error of a rule on a record.
pub const PIPELINE_ERROR_BYTES_MAX: usize = 512;
/// Series of one log → metric rule; records of further ones are counted in a series of their own
/// that says so. Each costs eight bytes here and a series everywhere else.
pub const LOG_METRIC_SERIES_MAX: usize = 2000;
/// Records of a log → metric rule within so many seconds become one point of a series.
pub const LOG_METRIC_INTERVAL_SECONDS: i64 = 10;
/// Buckets of a distribution made from logs; past it they become twice as wide.
pub const LOG_METRIC_BUCKETS_MAX: usize = 160;
/// Services whose bytes of the day and whose attribute keys are remembered.
pub const LOG_SERVICES_MAX: usize = 10_000;
/// Distinct attribute keys of one service before a warning is shown; all of them are kept. Each
/// costs eight bytes.
pub const LOG_KEYS_PER_SERVICE_MAX: usize = 1000;
/// Records that rules on trial read; of a longer time a part is read and the rest reckoned.
pub const LOG_TRIAL_RECORDS_MAX: u64 = 500_000;
/// Trials at once. Each keeps a processor busy.
pub const LOG_TRIALS_MAX: usize = 2;
/// Pipelines of one trial.
pub const LOG_TRIAL_PIPELINES_MAX: usize = 20;
/// Records shown before and after a trial, and bytes shown of each of their texts.
pub const LOG_TRIAL_EXAMPLES_MAX: usize = 20;
pub const LOG_TRIAL_EXAMPLE_BYTES_MAX: usize = 4 * KIB;

// ── Logs lens ───────────────────────────────────────────────────────────────────────────────

/// Records of one page of the list unless told otherwise.
pub const LOGS_LISTED_DEFAULT: usize = 100;
/// Records of one page at most. Each takes up to [`LOGS_MESSAGE_BYTES_MAX`] and its attributes.
pub const LOGS_LISTED_MAX: usize = 1000;
/// Bytes of a message in a list; the record itself is answered whole.
pub const LOGS_MESSAGE_BYTES_MAX: usize = 4 * KIB;
/// How long a page looks for records before it answers what it found, with a cursor to go on.
pub const LOGS_LIST_SECONDS_MAX: u64 = 10;
/// Records with the very same time among which one is looked for by its id.
pub const LOGS_EQUAL_TIMES_MAX: usize = 100_000;
/// Columns beside the usual ones, of a list or an export. Each is read for every row.
pub const LOGS_COLUMNS_MAX: usize = 50;
/// Records before and after one that its context shows, each.
pub const LOGS_CONTEXT_MAX: usize = 500;
/// How far before and after a record its context is looked for. Raising it makes the context of
/// services that hardly log slower.
pub const LOGS_CONTEXT_SECONDS_MAX: i64 = 24 * 3600;
/// Bars of a histogram, and parts of a series of volumes. Each is a number for every group.
pub const LOGS_BUCKETS_MAX: u32 = 500;
/// Fields whose values are counted at once. Each row is counted once for each.
pub const LOGS_FACETS_MAX: usize = 20;
/// Values of one facet.
pub const LOGS_FACET_VALUES_MAX: usize = 200;
/// Records that facets are counted from; of more, a sample is. Ten million records with six facets
/// take seconds.
pub const LOGS_FACET_RECORDS_MAX: u64 = 2_000_000;
/// Ids of patterns that one page reads: those that live, and as many that were merged. Each is a
/// small struct.
pub const LOGS_PATTERNS_READ_MAX: usize = 2 * PATTERNS_MAX;
/// Patterns, or groups of a volume, that one answer lists.
pub const LOGS_GROUPS_MAX: usize = 1000;
/// Records that suggestions are made from; of more, a sample is. Their messages are searched for
/// words and grouped in memory.
pub const LOGS_SUGGESTIONS_RECORDS_MAX: u64 = 500_000;
/// Suggestions of each kind.
pub const LOGS_SUGGESTIONS_PER_KIND_MAX: usize = 5;
/// Records of one export. A spreadsheet holds a tenth of it.
pub const LOGS_EXPORT_RECORDS_MAX: u64 = 10_000_000;
/// How long one part of an export may take.
pub const LOGS_EXPORT_PART_SECONDS_MAX: u64 = 120;
/// Exports at once. Each keeps one query running for as long as its client reads.
pub const LOGS_EXPORTS_MAX: usize = 4;
/// Live tails at once. Each looks at every record that arrives.
pub const LOGS_TAILS_MAX: usize = 64;
/// A live tail ends after this long, and its client asks again: sign-in is checked anew.
pub const LOGS_TAIL_SECONDS_MAX: u64 = 3600;
/// Records of one event of a live tail; more in one batch are counted as skipped.
pub const LOGS_TAIL_RECORDS_MAX: usize = 500;

// ── Senders of logs ─────────────────────────────────────────────────────────────────────────

/// Values (scalars, arrays and objects) of one record of JSON or MessagePack. Each takes 32 bytes
/// while the record is read; a record with more is text, or is refused where text has no place.
pub const RECORD_VALUES_MAX: usize = 256 * KIB;
/// Bad lines of one request that are told one by one; the rest is only counted.
pub const REJECTED_LINES_TOLD_MAX: usize = 100;
/// One message of Fluent forward, as sent and as unpacked. Each connection may hold one.
pub const FLUENT_MESSAGE_BYTES_MAX: usize = 32 * MIB;
/// One message of syslog. RFC 5424 asks for 2 KiB; stack traces take more, and what is longer is
/// cut at a datagram or frame of this size.
pub const SYSLOG_MESSAGE_BYTES_MAX: usize = 256 * KIB;
/// Bytes of syslog messages that wait to be kept together, of a connection or of all datagrams.
/// Datagrams past it are dropped and counted.
pub const SYSLOG_WAITING_BYTES_MAX: usize = 4 * MIB;
/// Connections open at once on a listener of log senders. Each costs a task and a buffer.
pub const LOG_CONNECTIONS_MAX: usize = 256;
/// Connections of one address among them, so that one sender leaves room for the others. A driver of
/// containers opens one for each container.
pub const LOG_CONNECTIONS_PER_PEER_MAX: usize = 128;
/// What a stranger to Fluent forward may send before its key was checked.
pub const FLUENT_PING_BYTES_MAX: usize = 8 * KIB;
/// A tag, an index or a parameter of a request: it is repeated in each of its rows.
pub const LOG_LABEL_BYTES_MAX: usize = KIB;
/// Text of all rows of one request of records. A record may say a thing twice, in its message and
/// its attributes; what grows more than that was repeated by the protocol.
pub const LOG_ROWS_BYTES_MAX: usize = 2 * REQUEST_INFLATED_BYTES_MAX;
/// How long a connection of a log sender may stay without a byte.
pub const LOG_CONNECTION_IDLE_SECONDS: u64 = 3600;
/// Lines that `hannun tail` holds while the server is away. Past it reading waits.
pub const TAIL_WAITING_BYTES_MAX: usize = 16 * MIB;
/// Lines joined to one record by `hannun tail`, as of a stack trace.
pub const TAIL_JOINED_LINES_MAX: usize = 500;

// ── Patterns of log messages ────────────────────────────────────────────────────────────────

/// Beginning of a message that is looked at. The cost of mining is linear in it.
pub const PATTERN_MESSAGE_BYTES_MAX: usize = 1024;
/// Words and signs of a message that are looked at. Where two templates differ is kept in 128 bits.
pub const PATTERN_TOKENS_MAX: usize = 128;
/// Patterns of one service. Each new form of a message is compared with those of its length, so a
/// higher limit lets a service that logs prose use more time. Past it: one pattern for the rest.
pub const PATTERNS_PER_SERVICE_MAX: usize = 1000;
/// Patterns of all services together; each takes 1 KiB as a rule and 6 KiB at most.
pub const PATTERNS_MAX: usize = 10_000;
/// Services with patterns of their own; the others share one pattern each that is not kept.
pub const PATTERN_SERVICES_MAX: usize = 4096;
/// Forms of messages whose pattern is remembered, so that they need no comparing. Up to 40 bytes each.
pub const PATTERN_FORMS_MAX: usize = 200_000;
/// Ids that were merged into another and still resolve; the oldest go first. 32 bytes each.
pub const PATTERN_ALIASES_MAX: usize = 50_000;
/// Records of a service after which a pattern that was seen only once or twice gives up its place,
/// when the service is at its limit.
pub const PATTERN_STALE_RECORDS: u64 = 100_000;

// ── Quotas of logs after a start ────────────────────────────────────────────────────────────

/// How long a start waits for the bytes of the day while a quota is in force. Longer keeps senders
/// waiting; past it quotas let through what comes until the bytes are known.
pub const LOG_QUOTA_WAIT_SECONDS_MAX: u64 = 15;
