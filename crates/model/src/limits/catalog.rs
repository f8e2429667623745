//! Limits of the service catalog.

// ── Catalog ─────────────────────────────────────────────────────────────────────────────────

/// Services, times their environments and a few versions, that one page is made of, those with most
/// telemetry first. Each is a row of a hundred bytes.
pub const CATALOG_ROWS_MAX: usize = 150_000;
/// Rows of spans, of logs, of metric points and of profiles that are counted by service and host, the
/// latest. They are not derived when they are published, so each is read; more takes seconds.
pub const CATALOG_ROWS_SCANNED_MAX: u64 = 10_000_000;
/// The latest part of a time that is always counted, however many rows it has.
pub const CATALOG_SECONDS_COUNTED_MIN: i64 = 900;
/// Services listed, those with most telemetry first. Each is about a kilobyte of the answer.
pub const CATALOG_SERVICES_LISTED_MAX: usize = 5_000;
/// Findings listed, the gravest first. They are counted whole.
pub const CATALOG_FINDINGS_LISTED_MAX: usize = 5_000;
/// Versions and environments named of one service, and hosts. Pages show a few.
pub const CATALOG_VERSIONS_NAMED_MAX: usize = 5;
pub const CATALOG_ENVIRONMENTS_NAMED_MAX: usize = 20;
pub const CATALOG_HOSTS_NAMED_MAX: usize = 20;
/// Other names of one finding.
pub const CATALOG_RELATED_MAX: usize = 10;
/// Names in which typing errors are looked for are between these lengths, in characters: one letter
/// of a short name makes another word, and each letter of a name is one more form that is compared.
pub const CATALOG_TYPO_CHARACTERS_MIN: usize = 8;
pub const CATALOG_TYPO_CHARACTERS_MAX: usize = 64;
/// Names in which typing errors are looked for, those with most telemetry first. The forms of each
/// take about a kilobyte.
pub const CATALOG_TYPO_NAMES_MAX: usize = 20_000;
/// Problems told of one text that is checked.
pub const CATALOG_PROBLEMS_MAX: usize = 100;
/// Name of a team or a word to look for, as it is asked.
pub const CATALOG_QUERY_BYTES_MAX: usize = 256;
