//! Limits of bills and of what is made of them.

// ── Reading bills ───────────────────────────────────────────────────────────────────────────

/// Columns of one file of a bill. Real ones have 90 to 300; each costs buffers while it is read.
pub const BILL_COLUMNS_MAX: usize = 1024;
/// Bytes of one row of a text file. Real rows have one to four thousand; a quote that is never closed
/// would make one row of the rest of the file.
pub const BILL_ROW_BYTES_MAX: usize = 1 << 20;
/// Lines of a batch that readers hand on. A wide report takes about 2 kB of memory a line until
/// they are written.
pub const BILL_BATCH_LINES: usize = 8192;
/// Bytes of the different texts of a batch: lines with longer ones make smaller batches. Several
/// batches are under way at once.
pub const BILL_BATCH_TEXT_BYTES: usize = 32 << 20;
/// Bytes of text that are split and mapped at once: small enough to stay in a processor's cache
/// while they are.
pub const BILL_CHUNK_BYTES: usize = 512 * 1024;
/// Chunks that are uncompressed ahead of the reader.
pub const BILL_CHUNKS_AHEAD: usize = 4;
/// Sets of tags whose JSON a reader keeps at hand, each of some hundred bytes.
pub const BILL_TAG_SETS_KEPT: usize = 4096;
/// Rows of a Parquet file that are decoded at once: with 300 columns about 20 MB.
pub const BILL_PARQUET_ROWS: usize = 2048;
/// Bytes of a manifest. One lists up to some thousand files and columns.
pub const BILL_MANIFEST_BYTES_MAX: u64 = 16 << 20;

// ── Allocation ──────────────────────────────────────────────────────────────────────────────

/// Longest name of a virtual tag, look-up table or shared cost. It stands in queries.
pub const COST_NAME_BYTES_MAX: usize = 64;
/// Longest key of a tag that rules ask for. AWS allows 128 characters.
pub const COST_TAG_KEY_BYTES_MAX: usize = 512;
/// Virtual tags of one installation. Each is a column of the query that another one may refer to.
pub const VIRTUAL_TAGS_MAX: usize = 64;
/// Rules of one virtual tag, tried one after another on every group of lines.
pub const VIRTUAL_TAG_RULES_MAX: usize = 500;
/// Rows of one look-up table, from all documents of its name. Each is kept in memory twice while a
/// query runs: about 20 MB at this size.
pub const LOOKUP_TABLE_ROWS_MAX: usize = 100_000;
/// How long SQL may not see that a look-up table changed. Reading a table of 100 000 rows takes about
/// 0.1 s each time.
pub const LOOKUP_REFRESH_SECONDS: u64 = 30;
/// Memory of one compiled pattern of a rule. Patterns are compiled for every question: at this size one
/// takes about half a millisecond, and a tag may have thousands.
pub const COST_PATTERN_BYTES_MAX: usize = 256 * 1024;
/// SQL of one dimension: two of them, and what is asked about them, fit into one query.
pub const COST_EXPRESSION_BYTES_MAX: usize = super::SQL_BYTES_MAX / 3;
/// Values of a virtual tag, times currencies, rates and shared costs, that a bill is shared out over.
/// Each takes about 300 bytes while it is.
pub const ALLOCATION_CELLS_MAX: usize = 50_000;
/// Values that an answer tells one by one, and parts of a shared cost.
pub const ALLOCATION_ROWS_MAX: usize = 1000;
/// Groups of lines without a value that an answer tells. Nobody works off more at once.
pub const ALLOCATION_WORKLIST_MAX: usize = 50;
/// Moves and changes that a trial of rules tells, the largest.
pub const ALLOCATION_MOVES_MAX: usize = 200;
/// Examples of what each rule decides.
pub const ALLOCATION_EXAMPLES_MAX: usize = 3;
/// Different texts of tags whose keys are listed, those that cost most. Each is parsed.
pub const COST_TAG_TEXTS_MAX: usize = 20_000;
/// Keys of tags that are listed.
pub const COST_TAG_KEYS_LISTED_MAX: usize = 500;
/// Values of a dimension that are listed.
pub const COST_VALUES_LISTED_MAX: usize = 100;

// ── What bills come to ──────────────────────────────────────────────────────────────────────

/// Groups that a rollup by day holds at once. Each costs about 400 bytes; fewer hand out more partial
/// sums, which are right and take room in `cost_daily`.
pub const COST_DAILY_GROUPS_MAX: usize = 250_000;
/// Bytes of different texts (resources, descriptions, tags) that a rollup holds at once, for the same
/// reason.
pub const COST_DAILY_TEXT_BYTES_MAX: usize = 64 << 20;
/// Days × accounts × services of which the control totals of a snapshot keep the sums. Each costs
/// about 150 bytes of the snapshot's description, which is read whole; a bill with more is compared
/// by day and account, or by day.
pub const COST_TOTAL_CELLS_MAX: usize = 50_000;
/// Commitments, and invoices, of which they keep the sums. With more, what is said of each of them
/// is left unchecked.
pub const COST_TOTAL_PARTIES_MAX: usize = 10_000;
/// Restated days × accounts × services that are reported one by one, the largest changes.
pub const COST_RESTATED_MAX: usize = 50_000;

// ── Keeping bills ───────────────────────────────────────────────────────────────────────────

/// Versions of one month of one source that are kept whole. A provider restates a month up to three
/// times a day; each version costs as much disk as the month itself.
pub const BILL_VERSIONS_MAX: usize = 4;
/// … and those of which only the record is kept: totals, and what was restated. Each costs memory
/// for its restated amounts, at worst 100 kB.
pub const BILL_VERSION_RECORDS_MAX: usize = 30;
/// Restated amounts that a snapshot keeps, the largest first; the sums cover all of them. Each costs
/// about 200 bytes of memory as long as its snapshot is known.
pub const RESTATED_AMOUNTS_MAX: usize = 500;
/// Restated amounts of one answer.
pub const RESTATEMENTS_SHOWN_MAX: usize = 5000;
/// Lines of a row group of a bill. More compress a little better and are read in larger pieces.
pub const BILL_ROW_GROUP_LINES: usize = 256 * 1024;
/// Encoded bytes of a row group of a bill: what a writer holds in memory, about twice.
pub const BILL_ROW_GROUP_BYTES: usize = 32 << 20;
/// Bytes of a data file of a bill; the next lines go to another one.
pub const BILL_FILE_BYTES: u64 = 256 << 20;
/// Bytes of lines that are gathered before a data file begins, so that it has the columns of all of
/// them: a column that appears later begins another file.
pub const BILL_GATHERED_BYTES: usize = 48 << 20;
/// How long what an interrupted import has read stays for it to go on, in seconds.
pub const BILL_STAGING_SECONDS_MAX: u64 = 7 * 24 * 3600;
/// Share of the disk budget that bills may take, in percent. They are never dropped by themselves, so
/// that past it an import is refused.
pub const BILL_DISK_SHARE_PERCENT: u64 = 50;

// ── Exploring costs ─────────────────────────────────────────────────────────────────────────

/// Dimensions that one answer is grouped by. Each multiplies its rows.
pub const COST_GROUP_KEYS_MAX: usize = 3;
/// Filters of one question.
pub const COST_FILTERS_MAX: usize = 20;
/// Values of one filter. They stand in the query.
pub const COST_FILTER_VALUES_MAX: usize = 500;
/// Rows of one answer; the others are told as one. A page shows fewer.
pub const COST_ROWS_MAX: usize = 1000;
/// … when nobody asks for another number.
pub const COST_ROWS_DEFAULT: usize = 50;
/// Parts of time of one answer: the hours of a month, the days of two years.
pub const COST_POINTS_MAX: usize = 750;
/// Sums that one answer is made of before the largest rows are chosen. More of them are chosen by
/// the engine, in a second pass; each takes about 200 bytes while the answer is made.
pub const COST_CELLS_MAX: usize = 50_000;
/// Hours without an import after which the overview calls a source stale: providers deliver daily.
pub const COST_STALE_HOURS: i64 = 48;
/// Sources, restatements and movers that the overview names.
pub const COST_OVERVIEW_ROWS_MAX: usize = 20;

// ── Unit economics ──────────────────────────────────────────────────────────────────────────

/// Points of business metrics in one request. A day by minute and team has some ten thousand.
pub const BUSINESS_POINTS_MAX: usize = 100_000;
/// Points that were not taken and are told one by one.
pub const BUSINESS_REJECTED_TOLD_MAX: usize = 100;
/// Dimensions of one point of a business metric. More would be a log record.
pub const BUSINESS_DIMENSIONS_MAX: usize = 32;
/// Longest name of a business metric, of its unit or of a dimension, and longest value of one.
pub const BUSINESS_TEXT_BYTES_MAX: usize = 256;
/// Different attributes of points that are read to learn which dimensions a metric has. More would
/// be told apart by something that is no dimension, such as an order number.
pub const BUSINESS_ATTRIBUTES_READ_MAX: usize = 2000;
/// Business metrics that are listed.
pub const BUSINESS_METRICS_MAX: usize = 500;
/// Longest time over which a business metric is joined with costs, in days.
pub const UNIT_COST_DAYS_MAX: i64 = 800;

// ── Containers, endpoints and traces ────────────────────────────────────────────────────────

/// Hours that a question about containers or endpoints may span: a month with its change of clocks.
/// Everything is worked out hour by hour, so time and memory of an answer grow with them.
pub const COST_HOURS_MAX: usize = 745;
/// Resources of a bill that are looked at for nodes and databases, those of most cost first. Each is
/// a name in memory.
pub const COST_RESOURCES_MAX: usize = 50_000;
/// Nodes and databases of a bill whose cost is asked for by name. Their names stand in the text of a
/// query.
pub const COST_NODES_MAX: usize = 1_000;
/// Bytes of those names, so that the query stays within [`super::SQL_BYTES_MAX`].
pub const COST_NODE_NAMES_BYTES_MAX: usize = super::SQL_BYTES_MAX / 2;
/// Containers times hours of one answer. Each takes about 80 bytes.
pub const COST_CONTAINER_HOURS_MAX: usize = 1_000_000;
/// Points that a query over container metrics may come to at once: a row for each container, hour
/// and metric. Longer times are read in parts.
pub const COST_METRIC_ROWS_MAX: usize = 250_000;
/// Workloads that are listed, those of most cost first; the rest is added up in one.
pub const COST_WORKLOADS_MAX: usize = 500;
/// Spans that an answer about endpoints reads to learn what requests put a load on. Of more, whole
/// traces are chosen by the end of their ids, and the interval says what that costs in certainty.
/// Each is a row of JSON of some 250 bytes for a moment.
pub const COST_SPANS_READ_MAX: u64 = 400_000;
/// Spans of them that are in memory at a time.
pub const COST_SPANS_PART_MAX: u64 = 60_000;
/// Rows of counts by hour and endpoint of one answer.
pub const COST_ENDPOINT_HOURS_MAX: usize = 300_000;
/// Endpoints that are listed, those of most cost first; the rest is added up in one.
pub const COST_ENDPOINTS_MAX: usize = 2_000;
/// Spans of a trace whose cost is told.
pub const COST_TRACE_SPANS_MAX: usize = 20_000;

// ── Importing bills ─────────────────────────────────────────────────────────────────────────

/// Imports that wait for their turn. One runs at a time, since each uses all processors and disk.
pub const IMPORT_QUEUE_MAX: usize = 64;
/// Ended imports that are remembered, each with a few hundred bytes.
pub const IMPORT_JOBS_KEPT: usize = 200;
/// Files below one location. A year of hourly reports of a large company has some ten thousand.
pub const IMPORT_FILES_MAX: usize = 100_000;
/// Downloads that are kept from finding out which month they are of until they are read; further
/// ones are downloaded once more. Each is an open file, of any size.
pub const IMPORT_DOWNLOADS_KEPT: usize = 32;
/// Batches of lines that wait to be encoded or added up. A batch of a wide report takes 20 MB.
pub const IMPORT_BATCHES_AHEAD: usize = 3;
/// How often progress is made durable, at the end of a file, in seconds. More often writes smaller
/// data files; less often repeats more after an interruption.
pub const IMPORT_CHECKPOINT_SECONDS: u64 = 10;
/// Bytes of a file that somebody uploads.
pub const IMPORT_UPLOAD_BYTES_MAX: u64 = 8 << 30;
/// How long a bucket may keep silent before a download is given up, in seconds.
pub const IMPORT_SILENCE_SECONDS_MAX: u64 = 60;
/// Least time between two looks at a scheduled source, in seconds: each lists its bucket.
pub const COST_SOURCE_INTERVAL_SECONDS_MIN: u64 = 300;

// ── Generating bills ────────────────────────────────────────────────────────────────────────

/// Lines of a generated bill: some hours of writing, and a hundred gigabytes.
pub const GENERATED_BILL_LINES_MAX: u64 = 200_000_000;
/// Months of a generated bill.
pub const GENERATED_BILL_MONTHS_MAX: u32 = 60;
/// Charges that are handed to the writers at once. Each takes about 250 bytes.
pub const GENERATED_BILL_CHUNK_LINES: usize = 4096;
/// Such chunks that wait for one writer; all writers share them.
pub const GENERATED_BILL_CHUNKS_WAITING_MAX: usize = 4;
/// Lines of a row group of a generated Parquet file: with some hundred columns about 60 MB while it
/// is written.
pub const GENERATED_BILL_ROW_GROUP_LINES: usize = 100_000;
