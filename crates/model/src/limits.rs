//! Every limit of the house, each with what raising it costs.
//!
//! Past a limit there is a clear error or a counted, visible drop; never growth.

mod catalog;
mod cost;
mod datadog;
mod logs;
mod spans;

pub use catalog::*;
pub use cost::*;
pub use datadog::*;
pub use logs::*;
pub use spans::*;

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

// ── Lenses ──────────────────────────────────────────────────────────────────────────────────

/// Rows that a lens reads for one page, where the page is a summary. Each is a small struct.
pub const LENS_ROWS_MAX: usize = 200_000;
/// JSON of the rows that a lens reads for one page; what is past it is left out, and the page says
/// so. As values it takes about four times as much.
pub const LENS_ROWS_BYTES_MAX: usize = 32 * MIB;
/// Spans of one trace that its page shows, and log records.
pub const TRACE_SPANS_MAX: usize = 100_000;
/// Versions named of one service; the page shows a few.
pub const SERVICE_VERSIONS_NAMED_MAX: usize = 20;
/// Services listed, those with most spans. Of each about sixty rows are read for its series, so more
/// would not fit into [`LENS_ROWS_MAX`].
pub const SERVICES_LISTED_MAX: usize = 2_500;
/// Traces listed unless told otherwise.
pub const TRACES_LISTED_DEFAULT: usize = 100;
/// Traces listed at most. Their ids stand in the query that sums them up.
pub const TRACES_LISTED_MAX: usize = 1000;

// ── Own API ─────────────────────────────────────────────────────────────────────────────────

/// Body of a request of the own API. The largest are a query and a document with its message. As
/// JSON values a hostile body takes forty times its size for a moment.
pub const API_BODY_BYTES_MAX: usize = 512 * KIB;
/// What is read of the rest of a body that is refused, so that its client sees the answer. None of
/// it is kept.
pub const REFUSED_BODY_BYTES_DRAINED_MAX: usize = 32 * MIB;
/// Body of a request that applies many documents; one such request is read at a time.
pub const APPLY_BODY_BYTES_MAX: usize = 8 * MIB;
/// Rows of an answer drawn as a table, in memory. Its columns are as wide as the widest value, so
/// all rows must be there before the first is written, and the text may be several times as large.
pub const TABLE_ANSWER_BYTES_MAX: usize = 16 * MIB;
/// How soon this process learns of keys that another one made or revoked.
pub const LEDGER_REFRESH_SECONDS: u64 = 10;

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
/// Rows that share one filter of the text index. Fewer prune finer and cost more filters to test.
/// Never changes, because the indexes of files depend on it.
pub const TEXT_INDEX_GRANULE_ROWS: usize = 16 * 1024;
/// Different tokens of one granule that its filter is made for; past it the granule is read by every
/// search. All granules of a row group are gathered in memory, 8 bytes a token.
pub const TEXT_INDEX_GRANULE_TOKENS_MAX: usize = 512 * 1024;
/// Files whose text index one query reads at a time. Each read takes a few blocks of memory.
pub const TEXT_INDEX_READS_AT_ONCE: usize = 8;
/// Tokens that one query tests files for; one that asks for more reads all granules.
pub const TEXT_INDEX_TOKENS_TESTED_MAX: usize = 256;
/// Length of a time window. Files never span two; retention and the disk budget drop whole ones.
/// Shorter windows mean more files, longer ones coarser drops.
pub const WINDOW_SECONDS: i64 = 4 * 3600;
/// Files of one window and level that are merged into one of the next level.
pub const COMPACTION_FAN_IN: usize = 8;
/// Rows of one compaction's output. Larger files prune better and cost more to rewrite.
pub const COMPACTION_ROWS_MAX: u64 = 8 * 1024 * 1024;
/// Rows in memory that a scan reads at a time, of all files that it reads side by side together.
/// Rows of a hundred kilobytes are read in small batches; raising it makes those larger.
pub const SCAN_BATCH_BYTES: u64 = 32 * MIB as u64;
/// Encoded bytes of a row group that a compaction writes before it begins another.
pub const ROW_GROUP_BYTES_MAX: usize = 32 * MIB;
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
/// Levels of nesting in a query. The parser recurses that deep and grows its stack for it.
pub const SQL_DEPTH_MAX: usize = 100;
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

// ── Reference shop ──────────────────────────────────────────────────────────────────────────

/// Days of history that the shop plays: its virtual clock has no room for more than 7.9. A day
/// makes about 150,000 spans.
pub const SHOP_HISTORY_DAYS_MAX: f64 = 7.5;
/// Orders per day before the shop refuses. Each makes about eighty spans.
pub const SHOP_ORDERS_PER_DAY_MAX: f64 = 100_000.0;
/// Customers in the shop at once; later ones turn away and are not counted. Each costs a task.
pub const SHOP_CUSTOMERS_MAX: usize = 10_000;
/// Spans or log records of one export of a history. Raising it raises the memory of a request.
pub const SHOP_EXPORT_ITEMS_MAX: usize = 1024;
/// Exports of a history that wait for the receiver; past it the virtual clock waits.
pub const SHOP_EXPORTS_WAITING_MAX: usize = 16;
/// How long the history asks a receiver that pushes back or cannot be reached before it fails.
pub const SHOP_EXPORT_RETRY_SECONDS_MAX: u64 = 300;
/// Connections that wait to be accepted by a service of the shop.
pub const SHOP_CONNECTIONS_WAITING_MAX: usize = 1024;
/// Clicks that the recommendation service remembers of one user, and of how many users.
pub const SHOP_CLICKS_PER_USER_MAX: usize = 20;
pub const SHOP_CLICK_USERS_MAX: usize = 10_000;
/// Menus in the catalogue's cache.
pub const SHOP_CACHED_MENUS_MAX: usize = 256;
/// Outbox rows that the relay reads at once.
pub const SHOP_OUTBOX_ROWS_MAX: usize = 100;

// ── People, keys and documents ──────────────────────────────────────────────────────────────

/// People. Each may hold some sessions and one link.
pub const USERS_MAX: i64 = 10_000;
/// Length of the name of a person, a key or a source, in characters.
pub const NAME_CHARACTERS_MAX: usize = 64;
/// Shortest password, in characters (NIST SP 800-63B asks for 8; nothing else is asked here).
pub const PASSWORD_CHARACTERS_MIN: usize = 10;
/// Longest password. Hashing reads all of it.
pub const PASSWORD_BYTES_MAX: usize = 1024;
/// Memory of one password hash in KiB. With two passes and one lane it is the least that OWASP
/// recommends for argon2id; raising it makes guessing and signing in slower alike.
pub const PASSWORD_HASH_KIB: u32 = 19 * 1024;
/// Passes over that memory.
pub const PASSWORD_HASH_PASSES: u32 = 2;
/// Passwords hashed at once. Each takes the memory above and a processor.
pub const PASSWORD_HASHES_MAX: usize = 2;
/// Sign-ins that wait for that; past it they are told to come back.
pub const PASSWORD_HASHES_WAITING_MAX: usize = 64;
/// A session ends when it was not used for this long.
pub const SESSION_IDLE_SECONDS_MAX: i64 = 7 * 24 * 3600;
/// A session ends this long after signing in, however much it is used.
pub const SESSION_SECONDS_MAX: i64 = 30 * 24 * 3600;
/// Sessions of one person; signing in once more ends the oldest.
pub const SESSIONS_PER_USER_MAX: i64 = 20;
/// How often the last use of a session or a key is written down. Each is a commit.
pub const TOUCH_SECONDS: i64 = 60;
/// Life of the link that makes the first owner. Whoever holds it owns the place.
pub const OWNER_LINK_SECONDS: i64 = 24 * 3600;
/// Life of an invitation, or of a link to a new password.
pub const INVITATION_SECONDS: i64 = 7 * 24 * 3600;
/// Wrong passwords for one name from one address before a delay begins to double.
pub const SIGN_IN_FREE_ATTEMPTS: u32 = 5;
/// The same for one address whatever the name, and for one name whatever the address. Higher: an
/// office may share an address.
pub const SIGN_IN_FREE_ATTEMPTS_WIDE: u32 = 20;
/// Longest delay for a pair of name and address, and for an address.
pub const SIGN_IN_DELAY_SECONDS_MAX: i64 = 15 * 60;
/// Longest delay for a name from everywhere. Raising it lets strangers keep a person out longer.
pub const SIGN_IN_NAME_DELAY_SECONDS_MAX: i64 = 30;
/// Names, addresses and pairs whose attempts are remembered. Each takes about 100 bytes.
pub const SIGN_IN_REMEMBERED_MAX: usize = 10_000;
/// Failed sign-ins written to the audit trail in a minute; the rest is counted.
pub const SIGN_IN_FAILURES_AUDITED_PER_MINUTE: u32 = 10;
/// Keys that are not revoked. Every node keeps the intake keys in memory.
pub const KEYS_MAX: i64 = 1000;
/// Revoked keys that are still shown; older ones are forgotten.
pub const KEYS_REVOKED_SHOWN_MAX: i64 = 200;
/// Body of one document as JSON. Every revision keeps one for ever.
pub const DOCUMENT_BODY_BYTES_MAX: usize = 128 * KIB;
/// Documents of one kind that are not deleted. A list reads all of them.
pub const DOCUMENTS_PER_KIND_MAX: i64 = 10_000;
/// Bodies of one kind together, those that are not deleted. A list holds them in memory.
pub const DOCUMENTS_PER_KIND_BYTES_MAX: i64 = 32 * MIB as i64;
/// Length of the message of a revision, in characters.
pub const DOCUMENT_MESSAGE_CHARACTERS_MAX: usize = 1000;
/// Revisions or deleted documents that one list shows, newest first. All are kept.
pub const DOCUMENT_REVISIONS_SHOWN_MAX: i64 = 200;
/// Faults told of one document; the rest is not named.
pub const DOCUMENT_FAULTS_SHOWN_MAX: usize = 50;
/// Documents of one apply. It holds the write lock until all are written.
pub const APPLY_DOCUMENTS_MAX: usize = 1000;
/// Length of the name of a source, in characters.
pub const APPLY_SOURCE_CHARACTERS_MAX: usize = 128;
/// Length of one difference shown; a longer one is cut.
pub const APPLY_DIFFERENCE_BYTES_MAX: usize = 64 * KIB;
/// Entries of the audit trail. The oldest are trimmed; each takes about 300 bytes.
pub const AUDIT_ENTRIES_MAX: i64 = 100_000;
/// Entries of one page of it.
pub const AUDIT_PAGE_ENTRIES_MAX: usize = 500;
/// Faults told of one apply.
pub const APPLY_FAULTS_SHOWN_MAX: usize = 500;
/// One file of a folder of documents.
pub const DOCUMENT_FILE_BYTES_MAX: u64 = 4 * MIB as u64;
/// Folders inside each other in such a folder.
pub const DOCUMENT_FOLDER_DEPTH_MAX: usize = 16;

// ── Searching ───────────────────────────────────────────────────────────────────────────────

/// A text of the search language. Everything that reads one is linear in it or bounded below.
pub const SEARCH_BYTES_MAX: usize = 8 * KIB;
/// Parentheses inside each other in it. The parser recurses that deep, and the parser of SQL, which
/// refuses 50 levels, twice as deep.
pub const SEARCH_DEPTH_MAX: usize = 16;
/// Terms of one search. Each is an expression that the planner copies a few times and that every
/// row may be asked.
pub const SEARCH_TERMS_MAX: usize = 500;
/// Stages after the filter, each a query around the one before.
pub const SEARCH_STAGES_MAX: usize = 16;
/// Fields or aggregates that one stage names.
pub const SEARCH_STAGE_ITEMS_MAX: usize = 32;
/// Memory of one compiled wildcard pattern of a value.
pub const SEARCH_PATTERN_BYTES_MAX: usize = MIB;
/// Rows a completion looks at to learn which fields and values there are. More makes typing slower.
pub const COMPLETION_ROWS_MAX: usize = 2000;
/// Suggestions of one completion.
pub const COMPLETION_ITEMS_MAX: usize = 50;
/// Longest value that is suggested.
pub const COMPLETION_VALUE_BYTES_MAX: usize = 256;
