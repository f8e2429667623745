//! What people ask of logs: words, phrases, counts by time and by value.

use crate::generate::{DataSet, Period, SECOND_NS};
use crate::questions::{Question, rfc3339};

const WEEK_NS: u64 = 7 * 24 * 3_600 * SECOND_NS;
const BUCKET_NS: u64 = 3_600 * SECOND_NS;
/// Stands in a message of the generator, in lower case and among other words.
const PHRASE: &str = "waiting for a free connection";

/// The same question in three dialects that differ in a condition.
fn counted(name: &'static str, own: &str, peer: &str, clickhouse: &str) -> Question {
    let sql = |condition: &str| format!("SELECT count(*) AS n FROM logs WHERE {condition}");
    Question {
        name,
        hannun: sql(own),
        duckdb: sql(peer),
        clickhouse: sql(clickhouse),
        tolerance: 0.0,
    }
}

fn same(name: &'static str, sql: String) -> Question {
    Question { name, hannun: sql.clone(), duckdb: sql.clone(), clickhouse: sql, tolerance: 0.0 }
}

fn histogram(period: Period) -> Question {
    let after_ns = period.end_ns.saturating_sub(WEEK_NS) / SECOND_NS * SECOND_NS;
    let sql = |bucket: &str, after: &str| {
        format!(
            "SELECT {bucket} AS bucket, severity_number, count(*) AS n FROM logs \
             WHERE {after} GROUP BY 1, 2 ORDER BY 1, 2"
        )
    };
    let peer_after = format!("time_ns >= {after_ns}");
    Question {
        name: "histogram by severity, a week by the hour",
        hannun: sql(
            &format!("cast(date_bin(INTERVAL '1 hour', time) AS bigint) / {BUCKET_NS}"),
            &format!("time >= '{}'", rfc3339(after_ns)),
        ),
        duckdb: sql(&format!("time_ns // {BUCKET_NS}"), &peer_after),
        clickhouse: sql(&format!("intDiv(time_ns, {BUCKET_NS})"), &peer_after),
        tolerance: 0.0,
    }
}

/// Questions about the generated logs.
pub fn log_questions(logs: &DataSet, period: Period) -> Vec<Question> {
    let needle = &logs.truth.needle;
    let top = |attribute: &str| {
        format!(
            "SELECT {attribute} AS value, count(*) AS n FROM logs \
             GROUP BY 1 ORDER BY n DESC, value LIMIT 10"
        )
    };
    let duckdb_word =
        |word: &str| format!("regexp_matches(body, '(^|[^a-z0-9]){word}($|[^a-z0-9])')");
    vec![
        counted(
            "needle word",
            &format!("has_text(body, '{needle}')"),
            &duckdb_word(needle),
            &format!("hasToken(body, '{needle}')"),
        ),
        counted(
            "a word that is nowhere",
            "has_text(body, 'nowhereatall')",
            &duckdb_word("nowhereatall"),
            "hasToken(body, 'nowhereatall')",
        ),
        counted(
            "phrase",
            &format!("has_text(body, '{PHRASE}')"),
            &format!("body LIKE '%{PHRASE}%'"),
            &format!("hasAllTokens(body, '{PHRASE}') AND body LIKE '%{PHRASE}%'"),
        ),
        counted(
            "all but a word",
            "NOT has_text(body, 'completed')",
            &format!("NOT {}", duckdb_word("completed")),
            "NOT hasToken(body, 'completed')",
        ),
        same(
            "facets: service and severity",
            "SELECT service_name, severity_number, count(*) AS n FROM logs \
             GROUP BY 1, 2 ORDER BY 1, 2"
                .to_owned(),
        ),
        Question {
            name: "top values of an attribute",
            hannun: top("thread_name"),
            duckdb: top("attributes['thread.name']"),
            clickhouse: top("attributes['thread.name']"),
            tolerance: 0.0,
        },
        histogram(period),
    ]
}
