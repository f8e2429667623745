//! Limits of what spans come to, and of the pages about services, traces, errors, deploys and
//! dependencies.

use super::{KIB, MIB, SQL_BYTES_MAX};

// ── What spans come to ──────────────────────────────────────────────────────────────────────

/// Endpoints of a service that one publish counts by name; the others are counted together. More
/// would make the statistics of a service that names its spans after ids as large as its spans.
pub const ENDPOINTS_PER_SERVICE_MAX: usize = 1000;
/// Peers of a service that one publish counts by name, for the same reason.
pub const PEERS_PER_SERVICE_MAX: usize = 1000;

/// Rows of one derived table that are kept from one question to the next while the spans that they
/// come from are not published. More are derived for every question.
pub const DERIVED_ROWS_KEPT_BYTES_MAX: usize = 16 * MIB;

// ── The APM lens ────────────────────────────────────────────────────────────────────────────

/// Nodes of a service map, the busiest first. A map with more is neither read nor drawn in time.
pub const MAP_NODES_MAX: usize = 500;
/// Pairs of a service and whom it calls that a map is made of, the busiest first. Each carries a
/// histogram of one KiB or so.
pub const MAP_CALLS_MAX: usize = 10_000;
/// How far from one service its part of the map reaches.
pub const MAP_DEPTH_MAX: u32 = 3;
/// Endpoints listed of a service unless told otherwise, and at most; those with most time.
pub const ENDPOINTS_LISTED_DEFAULT: usize = 200;
pub const ENDPOINTS_LISTED_MAX: usize = 1000;
/// Parts of the time in the series of a service. Each holds a histogram a version.
pub const SERVICE_BUCKETS_MAX: u32 = 500;
/// How long before the end of a time the first span of a version is looked for.
pub const SERVICE_LOOK_BACK_DAYS: i64 = 30;
/// Deploys marked on the series of a service, the latest.
pub const SERVICE_DEPLOYS_MARKED_MAX: usize = 100;
/// Dots of a hit map unless told otherwise, and at most. More are slower to send and hide each other.
pub const HITS_DEFAULT: usize = 5000;
pub const HITS_MAX: usize = 20_000;
/// The latest spans of a service that tell where it runs. Reading more says little that is new.
pub const INFRASTRUCTURE_SPANS_MAX: u64 = 200_000;
/// Values listed of one attribute of where a service runs.
pub const INFRASTRUCTURE_VALUES_MAX: usize = 20;
/// Callers of a service and callees of it, those with most time.
pub const SERVICE_DEPENDENCIES_MAX: usize = 200;
/// Names of callers that stand in the query for the endpoints by which they call.
pub const CALLER_NAMES_BYTES_MAX: usize = SQL_BYTES_MAX / 4;
/// Endpoints named of one of them, those with most time.
pub const DEPENDENCY_ENDPOINTS_MAX: usize = 20;

// ── Errors that spans tell of ───────────────────────────────────────────────────────────────

/// Exceptions of one span that are kept, those recorded first. A loop that records each of its
/// failures says nothing new after these.
pub const SPAN_EXCEPTIONS_MAX: usize = 64;
/// Events of one span that exceptions are looked for in, as typed JSON. They are read into memory.
pub const EXCEPTION_EVENTS_BYTES_MAX: usize = 4 * MIB;
/// Message kept with an error; the whole of it stays with its span.
pub const ERROR_MESSAGE_BYTES_MAX: usize = 2 * KIB;
/// Class of an error. Longer ones are messages by mistake.
pub const ERROR_TYPE_CHARACTERS_MAX: usize = 200;
/// `error.fingerprint` as it was sent; a longer one is hashed. Documents name issues by it.
pub const FINGERPRINT_CHARACTERS_MAX: usize = 128;
/// Ancestors of a failed span that are asked whether they tell of the same failure.
pub const ERROR_ANCESTORS_MAX: usize = 128;
/// Names of exceptions that are searched for causes in one publish, about a quarter of a second. Past
/// it an exception that was wrapped on its way counts beside its cause.
pub const ERROR_CAUSES_BYTES_MAX: usize = 256 * MIB;
/// Stack that is read; of a longer one the beginning and the end, half each.
pub const STACK_BYTES_MAX: usize = 64 * KIB;
/// Line of a stack that is read; a longer one is no frame.
pub const STACK_LINE_BYTES_MAX: usize = 2 * KIB;
/// Frames of one stack.
pub const STACK_FRAMES_MAX: usize = 1000;
/// Lines of one stack that name exceptions, kept while their relatives are looked for.
pub const STACK_NAMES_BYTES_MAX: usize = 4 * KIB;

// ── Traces lens ─────────────────────────────────────────────────────────────────────────────

/// Spans of a trace up to which its page gets their attributes at once. More are asked for one by
/// one, as they are looked at.
pub const TRACE_SPANS_WHOLE_MAX: usize = 3000;
/// Characters of a span's name where many are listed; the span itself is answered whole.
pub const SPAN_NAME_CHARACTERS_MAX: usize = 200;
/// Services named of one trace in a list.
pub const TRACE_SERVICES_NAMED_MAX: usize = 100;
/// How long a page of a search looks for spans before it answers what it found, with a cursor to go
/// on.
pub const TRACES_SEARCH_SECONDS_MAX: u64 = 10;
/// Bars of a histogram of spans. Each is two numbers.
pub const TRACES_BUCKETS_MAX: u32 = 500;
/// Fields of spans whose values are counted at once. Each row is counted once for each.
pub const TRACES_FACETS_MAX: usize = 20;
/// Values of one facet.
pub const TRACES_FACET_VALUES_MAX: usize = 200;
/// Spans that facets of attributes are counted from; of more, a sample is.
pub const TRACES_FACET_SPANS_MAX: u64 = 2_000_000;
/// Traces whose time is taken apart unless told otherwise, and at most. Their ids stand in a query.
pub const TRACES_SAMPLED_DEFAULT: usize = 200;
pub const TRACES_SAMPLED_MAX: usize = 1000;
/// Spans of all of these traces; further traces are left out. They are read in parts, so they cost
/// time rather than memory.
pub const TRACES_SAMPLED_SPANS_MAX: usize = 200_000;
/// Spans of one part. Each takes about a kilobyte while it is read.
pub const TRACES_SAMPLED_PART_SPANS_MAX: usize = 20_000;
/// Rows of a table of services and operations; the others are summed up.
pub const TRACE_TIME_ROWS_MAX: usize = 500;
/// Spans compared on each side. Fisher's exact test takes time linear in it for every value.
pub const TRACES_COMPARED_SPANS_MAX: usize = 1000;
/// Traces on each side whose self times are compared.
pub const TRACES_COMPARED_TRACES_MAX: usize = 100;
/// Spans of these traces whose attributes are compared, and how many are read at a time: rows with
/// all their columns, of about two kilobytes each.
pub const TRACES_COMPARED_AROUND_SPANS_MAX: usize = 5000;
pub const TRACES_COMPARED_PART_SPANS_MAX: usize = 2000;
/// Attributes of one comparison, those that differ most.
pub const TRACES_COMPARED_VALUES_MAX: usize = 100;
/// Characters of a value that is compared; longer ones, such as statements, are alike when they
/// begin alike.
pub const TRACES_COMPARED_VALUE_CHARACTERS_MAX: usize = 200;

// ── Deploys lens ────────────────────────────────────────────────────────────────────────────

/// How long before the end of a time versions are looked for. Minutes of all of it are read.
pub const DEPLOYS_LOOK_BACK_DAYS: i64 = 30;
/// Deploys listed unless told otherwise, and at most. Each is three conditions of a query.
pub const DEPLOYS_LISTED_DEFAULT: usize = 50;
pub const DEPLOYS_LISTED_MAX: usize = 200;
/// Longest name of a service, and of a version, that can be a deploy. It stands in queries.
pub const DEPLOY_NAME_BYTES_MAX: usize = 256;
/// Names of the deploys listed, which stand in a query. Fewer are listed than were asked for when
/// theirs are long.
pub const DEPLOY_NAMES_BYTES_MAX: usize = SQL_BYTES_MAX / 4;
/// Endpoints compared, those with most requests. Each has twenty histograms a side, about fifty
/// kilobytes together, and three tests that make the correction for many tests stricter.
pub const COMPARED_ENDPOINTS_MAX: usize = 100;
/// Names of compared endpoints, which stand in a query.
pub const COMPARED_ENDPOINT_NAMES_BYTES_MAX: usize = SQL_BYTES_MAX / 4;
/// Classes of errors listed in a comparison.
pub const COMPARED_ERROR_CLASSES_MAX: usize = 200;

// ── Dependencies lens ───────────────────────────────────────────────────────────────────────

/// Dependencies listed, those that took most time.
pub const DEPENDENCIES_LISTED_MAX: usize = 500;
/// Operations of one dependency, and services that call it, those with most calls.
pub const DEPENDENCY_OPERATIONS_MAX: usize = 100;
pub const DEPENDENCY_CALLERS_MAX: usize = 100;
/// Affected calls listed unless told otherwise, and at most. Ids are taken from this many, too.
pub const EVIDENCE_CALLS_DEFAULT: usize = 500;
pub const EVIDENCE_CALLS_MAX: usize = 5000;
/// Traces whose spans are searched for attributes that may be ids of the business.
pub const EVIDENCE_TRACES_SUGGESTED_FROM: usize = 200;
/// Spans of those traces. Each is read with all of its attributes.
pub const EVIDENCE_SPANS_SUGGESTED_FROM: usize = 20_000;
/// Keys of attributes that are suggested, and that can be chosen.
pub const EVIDENCE_KEYS_SUGGESTED_MAX: usize = 30;
pub const EVIDENCE_KEYS_CHOSEN_MAX: usize = 8;
/// Characters of a value of an attribute that is shown.
pub const EVIDENCE_VALUE_CHARACTERS_MAX: usize = 200;
/// Ids listed of one key.
pub const EVIDENCE_IDS_LISTED_MAX: usize = 200;
/// Durations sent to the page, with which it answers what another timeout would have done.
pub const EVIDENCE_DURATIONS_MAX: usize = 10_000;
/// Parts of the time in a series of calls.
pub const EVIDENCE_BUCKETS: u32 = 60;

// ── The errors lens ─────────────────────────────────────────────────────────────────────────

/// Issues that one list is chosen from, those with most errors. Each is a small struct.
pub const ERROR_ISSUES_READ_MAX: usize = 20_000;
/// Issues listed unless told otherwise, and at most. Each is described by a few lines and a series.
pub const ERROR_ISSUES_LISTED_DEFAULT: usize = 100;
pub const ERROR_ISSUES_LISTED_MAX: usize = 1000;
/// Text of the issues that one query names; more are asked for in several queries.
pub const ERROR_ISSUES_NAMED_BYTES_MAX: usize = SQL_BYTES_MAX / 4;
/// Longest name of a service whose issues are listed. It stands in queries.
pub const ERROR_SERVICE_BYTES_MAX: usize = KIB;
/// Words of a search for issues.
pub const ERROR_WORDS_MAX: usize = 20;
/// Message shown in a list; an issue that is opened shows all that is kept of it.
pub const ERROR_MESSAGE_LISTED_CHARACTERS_MAX: usize = 500;
/// Parts of the time in the series of a list and of one issue.
pub const ERROR_LIST_BUCKETS: u32 = 30;
pub const ERROR_ISSUE_BUCKETS: u32 = 60;
/// Endpoints named in a list and of one issue, those with most errors.
pub const ERROR_LIST_ENDPOINTS_MAX: usize = 5;
pub const ERROR_ISSUE_ENDPOINTS_MAX: usize = 100;
/// Errors of one issue that are listed, the latest.
pub const ERROR_SAMPLES_MAX: usize = 20;
/// Rows of the weekly report, those with most errors. The totals are of all.
pub const ERROR_REPORT_ROWS_MAX: usize = 10_000;
