//! Every limit of the house, each with what raising it costs.
//!
//! Past a limit there is a clear error or a counted, visible drop; never growth.

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

// ── Requests ────────────────────────────────────────────────────────────────────────────────

/// Body of one request as received. Raising it lets one client hold this much memory per request.
pub const REQUEST_BODY_BYTES_MAX: usize = 64 * MIB;
/// Body of one request after decompression. A body that inflates past this is refused while it is
/// read, so a zip bomb costs at most this much for a moment.
pub const REQUEST_INFLATED_BYTES_MAX: usize = 64 * MIB;
/// All requests being decoded at once, as a share of the memory limit (percent).
pub const INTAKE_IN_FLIGHT_SHARE_PERCENT: usize = 15;
/// How long a client may take to send its headers or the rest of its body.
pub const REQUEST_READ_SECONDS_MAX: u64 = 30;
/// Connections open at once on one listener. Each costs a task and two small buffers.
pub const CONNECTIONS_MAX: usize = 1024;
/// Spans, log records or points of one request; more are rejected. An empty log record takes two
/// bytes on the wire and a hundred times that as a row.
pub const ROWS_PER_REQUEST_MAX: usize = 256 * 1024;
/// Window of a zstd body (log2 of bytes), which the decoder holds in memory. RFC 9659 lets no
/// content coding go past 8 MiB.
pub const ZSTD_WINDOW_LOG_MAX: u32 = 23;
/// Bodies up to this size are decoded where they arrived; larger and compressed ones on a thread of
/// their own, so that other connections are served meanwhile.
pub const DECODE_INLINE_BYTES_MAX: usize = 256 * KIB;
/// `Retry-After` and `RetryInfo` told to a client that is pushed back.
pub const RETRY_AFTER_SECONDS: u64 = 2;

// ── Telemetry items ─────────────────────────────────────────────────────────────────────────

/// Attributes kept of one span, log or point; the rest is dropped and counted in
/// `dropped_attributes_count`. Raising it lets one row outweigh a page.
pub const ATTRIBUTES_PER_ITEM_MAX: usize = 1024;
/// Attributes kept of one resource or scope. They are repeated in every batch.
pub const ATTRIBUTES_PER_RESOURCE_MAX: usize = 512;
/// Bytes kept of one attribute value or log body; longer ones are cut at a character and counted.
pub const ATTRIBUTE_VALUE_BYTES_MAX: usize = MIB;
/// Bytes of an attribute key; the attribute is dropped and counted when its key is longer.
pub const ATTRIBUTE_KEY_BYTES_MAX: usize = 4 * KIB;
/// Depth of nested arrays and maps. Deeper values are rejected: reading them needs stack.
pub const VALUE_DEPTH_MAX: usize = 32;
/// Events kept of one span, and links.
pub const EVENTS_PER_SPAN_MAX: usize = 4096;
/// Exemplars kept of one metric point; the rest is dropped and counted.
pub const EXEMPLARS_PER_POINT_MAX: usize = 1024;
/// Bucket counts, bounds or quantiles of one metric point. Points with more are rejected.
pub const BUCKETS_PER_POINT_MAX: usize = 16_384;
/// How far in the future a timestamp may lie. Later ones are rejected: they would open time
/// windows that retention reaches years from now.
pub const FUTURE_SECONDS_MAX: i64 = 24 * 3600;

// ── Write-ahead log ─────────────────────────────────────────────────────────────────────────

/// A segment is closed when it passes this. Larger segments are deleted later.
pub const WAL_SEGMENT_BYTES: u64 = 64 * MIB as u64;
/// Bytes that one group commit writes before it syncs. Raising it raises the latency of an answer.
pub const WAL_GROUP_BYTES_MAX: usize = 8 * MIB;
/// Requests waiting for a group commit; past it a request waits at its own socket.
pub const WAL_QUEUE_REQUESTS_MAX: usize = 256;
/// All segments together. Past it intake pushes back: publishing cannot keep up or is failing.
pub const WAL_TOTAL_BYTES_MAX: u64 = 1024 * MIB as u64;
/// How long a repeated request is recognised.
pub const RETRY_WINDOW_SECONDS: u64 = 600;
/// How many requests are remembered for that. Each costs about 60 bytes of memory and 24 bytes at
/// the head of every segment.
pub const RETRY_WINDOW_REQUESTS_MAX: usize = 65_536;

// ── Live buffer and files ───────────────────────────────────────────────────────────────────

/// The live buffers of all tables, as a share of the memory limit (percent). Intake pushes back
/// past it.
pub const BUFFER_SHARE_PERCENT: usize = 30;
/// One table is published when it holds this share of the buffer limit (percent).
pub const BUFFER_FLUSH_SHARE_PERCENT: usize = 30;
/// One table is published when it holds this many rows, whatever their size.
pub const BUFFER_FLUSH_ROWS: usize = 512 * 1024;
/// … and when its oldest row has waited this long.
pub const BUFFER_FLUSH_SECONDS: u64 = 60;
/// Rows of a Parquet row group: what a query prunes by, and what a writer holds in memory.
pub const ROW_GROUP_ROWS: usize = 128 * 1024;
/// Length of a time window. Files never span two; retention and the disk budget drop whole ones.
/// Shorter windows mean more files, longer ones coarser drops.
pub const WINDOW_SECONDS: i64 = 4 * 3600;
/// Files of one window and level that are merged into one of the next level.
pub const COMPACTION_FAN_IN: usize = 8;
/// Rows of one compaction's output. Larger files prune better and cost more to rewrite.
pub const COMPACTION_ROWS_MAX: u64 = 8 * 1024 * 1024;
/// Bytes of one compaction's inputs.
pub const COMPACTION_BYTES_MAX: u64 = 512 * MIB as u64;
/// How long a replaced file stays readable for queries that started before.
pub const TOMBSTONE_SECONDS: u64 = 600;
/// Damaged files remembered until they are set aside. One that finds no room is found again by the
/// next query that reads it.
pub const DAMAGED_FILES_MAX: usize = 1024;

// ── Disk ────────────────────────────────────────────────────────────────────────────────────

/// Default disk budget, as a share of what the file system could give (percent).
pub const DISK_BUDGET_SHARE_PERCENT: u64 = 80;
/// Share of the budget at which the warning is raised (percent).
pub const DISK_WARNING_PERCENT: u64 = 85;
/// Share of the budget down to which the oldest windows are dropped (percent).
pub const DISK_TARGET_PERCENT: u64 = 95;
/// Free space below which intake is refused, so that the catalog can still commit.
pub const DISK_FREE_BYTES_MIN: u64 = 32 * MIB as u64;

// ── Catalog ─────────────────────────────────────────────────────────────────────────────────

/// Connections to a SQLite catalog: one writes, one reads. More would only wait for its lock.
pub const CATALOG_SQLITE_CONNECTIONS_MAX: u32 = 2;
/// Connections to a PostgreSQL catalog. Raising it takes places that others may need there.
pub const CATALOG_POSTGRES_CONNECTIONS_MAX: u32 = 4;
/// How long a catalog operation waits for a connection. Longer than a lock is waited for (5 s), so
/// that the lock is what the error names.
pub const CATALOG_ACQUIRE_SECONDS_MAX: u64 = 10;
/// Losses kept in memory and shown; `losses.jsonl` has all of them.
pub const LOSSES_SHOWN_MAX: usize = 1000;

// ── Memory ──────────────────────────────────────────────────────────────────────────────────

/// Default memory limit, as a share of the machine (percent).
pub const MEMORY_SHARE_PERCENT: u64 = 50;
/// The smallest memory limit that is accepted.
pub const MEMORY_LIMIT_BYTES_MIN: u64 = 128 * MIB as u64;
/// Share of the memory limit that queries may hold before they spill or fail (percent).
pub const QUERY_MEMORY_SHARE_PERCENT: usize = 30;
/// Resident share of the limit past which intake pushes back (percent).
pub const MEMORY_PUSHBACK_PERCENT: u64 = 90;

// ── Queries ─────────────────────────────────────────────────────────────────────────────────

/// Length of one SQL text.
pub const SQL_BYTES_MAX: usize = 256 * KIB;
/// Queries running at once; more wait their turn.
pub const QUERIES_MAX: usize = 16;
/// Default and longest deadline of a query.
pub const QUERY_SECONDS_DEFAULT: u64 = 30;
pub const QUERY_SECONDS_MAX: u64 = 600;
/// Default and largest number of rows answered.
pub const QUERY_ROWS_DEFAULT: usize = 10_000;
pub const QUERY_ROWS_MAX: usize = 10_000_000;
/// Disk that spilling queries may use together.
pub const QUERY_SPILL_BYTES_MAX: u64 = 4 * 1024 * MIB as u64;
/// Parquet footers kept decoded between queries.
pub const FOOTER_CACHE_BYTES_MAX: usize = 24 * MIB;
/// Batches that a query works ahead of its reader. Each is some megabytes at most.
pub const QUERY_BATCHES_AHEAD: usize = 2;
/// How much of an answer is read before its first byte is sent: most answers are complete by then
/// and can say whether the row limit cut them. Each query that is being answered may hold this.
pub const ANSWER_READ_AHEAD_BYTES: usize = 8 * MIB;
