//! The questions, in the words of each engine, and whether their answers agree.

use crate::generate::{DataSet, Period, SECOND_NS};
use crate::measure::{drop_page_cache, median};
use anyhow::{Result, bail, ensure};
use hannun_e2e::{Server, ServerOptions};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Instant;

const COLD_RUNS: usize = 3;
const WARM_RUNS: usize = 15;

/// One question. Answers are compared as rows of plain values.
#[derive(Debug, Clone)]
pub struct Question {
    pub name: &'static str,
    pub hannun: String,
    pub duckdb: String,
    pub clickhouse: String,
    /// How far a float may be from the other engine's, relatively: engines estimate percentiles
    /// differently.
    pub tolerance: f64,
}

/// How fast one question was answered.
#[derive(Debug, Clone)]
pub struct Answered {
    pub name: &'static str,
    pub cold_ms: f64,
    pub warm_ms: f64,
    pub answer: Value,
}

/// Times in the text of each dialect: RFC 3339 for Hannun, nanoseconds for the peers.
struct Times {
    hour_ago: u64,
    day_ago: u64,
    week_ago: u64,
}

/// A time as RFC 3339 in UTC with whole seconds.
pub fn rfc3339(time_ns: u64) -> String {
    let seconds = time_ns / SECOND_NS;
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // Civil date from days since 1970, counting years from March so that leap days come last.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The same SQL for all, with the time column and the literals of each.
fn plain(name: &'static str, sql: &str, time_column: &str, after_ns: u64) -> Question {
    let hannun =
        sql.replace("{time}", time_column).replace("{after}", &format!("'{}'", rfc3339(after_ns)));
    let whole_seconds = after_ns / SECOND_NS * SECOND_NS;
    let peer = sql.replace("{time}", "time_ns").replace("{after}", &whole_seconds.to_string());
    Question { name, hannun, duckdb: peer.clone(), clickhouse: peer, tolerance: 0.0 }
}

fn percentiles(times: &Times) -> Question {
    let sql = |p50: &str, p99: &str| {
        format!(
            "SELECT service_name, count(*) AS n, {p50} AS p50, {p99} AS p99 FROM spans \
             WHERE {{time}} >= {{after}} GROUP BY service_name HAVING count(*) > 1000 \
             ORDER BY service_name"
        )
    };
    let name = "service percentiles, last hour";
    let of = |p50: &str, p99: &str| plain(name, &sql(p50, p99), "start_time", times.hour_ago);
    let hannun = of(
        "approx_percentile_cont(0.5) WITHIN GROUP (ORDER BY duration)",
        "approx_percentile_cont(0.99) WITHIN GROUP (ORDER BY duration)",
    )
    .hannun;
    let duckdb = of("approx_quantile(duration, 0.5)", "approx_quantile(duration, 0.99)").duckdb;
    let clickhouse =
        of("quantileTDigest(0.5)(duration)", "quantileTDigest(0.99)(duration)").clickhouse;
    Question { name, hannun, duckdb, clickhouse, tolerance: 0.25 }
}

fn metric_rate(times: &Times) -> Question {
    let name = "5-minute averages of one metric by service, last hour";
    let hannun = format!(
        "SELECT service_name, cast(date_bin(INTERVAL '5 minutes', time) AS bigint) / 300000000000 \
         AS bucket, avg(value) AS mean FROM metric_points WHERE metric_name = 'shop.gauge.9' \
         AND time >= '{}' GROUP BY 1, 2 ORDER BY 1, 2",
        rfc3339(times.hour_ago)
    );
    let peer = |divide: &str| {
        format!(
            "SELECT service_name, {divide} AS bucket, avg(value) AS mean FROM metric_points \
             WHERE metric_name = 'shop.gauge.9' AND time_ns >= {} GROUP BY 1, 2 ORDER BY 1, 2",
            times.hour_ago / SECOND_NS * SECOND_NS
        )
    };
    let duckdb = peer("time_ns // 300000000000");
    let clickhouse = peer("intDiv(time_ns, 300000000000)");
    Question { name, hannun, duckdb, clickhouse, tolerance: 1e-9 }
}

/// All questions about these data sets.
pub fn questions(spans: &DataSet, logs: &DataSet, period: Period) -> Vec<Question> {
    let before = |hours: u64| period.end_ns - hours * 3_600 * SECOND_NS;
    let times = Times { hour_ago: before(1), day_ago: before(24), week_ago: before(24 * 7) };
    let trace = &spans.truth.trace_id;
    let log_trace = &logs.truth.trace_id;
    let needle = &logs.truth.needle;
    let plain_spans = |name, sql: &str, after| plain(name, sql, "start_time", after);
    let plain_logs = |name, sql: &str, after| plain(name, sql, "time", after);
    vec![
        plain_spans(
            "trace by id",
            &format!(
                "SELECT span_id, name, duration FROM spans WHERE trace_id = '{trace}' ORDER BY span_id"
            ),
            0,
        ),
        percentiles(&times),
        plain_spans(
            "top 10 operations, a day",
            "SELECT service_name, name, count(*) AS n, sum(duration) AS total FROM spans \
             WHERE {time} >= {after} GROUP BY service_name, name \
             ORDER BY n DESC, service_name, name LIMIT 10",
            times.day_ago,
        ),
        plain_logs(
            "count of errors, a week",
            "SELECT count(*) AS n FROM logs WHERE severity_number >= 17 AND {time} >= {after}",
            times.week_ago,
        ),
        plain_logs(
            "logs of a trace by id",
            &format!("SELECT service_name, body FROM logs WHERE trace_id = '{log_trace}'"),
            0,
        ),
        plain_logs(
            "needle id in log bodies",
            &format!("SELECT service_name, body FROM logs WHERE body LIKE '%{needle}%'"),
            0,
        ),
        plain_logs(
            "Korean phrase count, a day",
            "SELECT count(*) AS n FROM logs WHERE body LIKE '%재고가 부족하여%' AND {time} >= {after}",
            times.day_ago,
        ),
        metric_rate(&times),
    ]
}

/// Values of a JSON answer in column order.
fn values(answer: Value) -> Value {
    let Value::Array(rows) = answer else { return answer };
    rows.into_iter()
        .map(|row| match row {
            Value::Object(row) => row.into_values().collect(),
            other => other,
        })
        .collect()
}

fn ask(server: &Server, question: &Question) -> Result<(f64, Value)> {
    let request = json!({"query": question.hannun, "max_rows": 100_000, "timeout_seconds": 300});
    let started = Instant::now();
    let response = server.sql(&request);
    let milliseconds = started.elapsed().as_secs_f64() * 1_000.0;
    ensure!(response.status == 200, "{}: {}", question.name, response.text());
    Ok((milliseconds, values(response.json())))
}

/// Asks every question cold (server restarted, page cache dropped where allowed), then warm.
/// Leaves a running server behind.
pub fn ask_hannun(
    data: &Path,
    options: &ServerOptions,
    questions: &[Question],
) -> Result<(Server, Vec<Answered>)> {
    let mut cold = vec![Vec::new(); questions.len()];
    for _ in 0..COLD_RUNS {
        for (question, times) in questions.iter().zip(&mut cold) {
            drop_page_cache();
            let server = Server::start_with(data, options);
            times.push(ask(&server, question)?.0);
            server.stop();
        }
    }
    let server = Server::start_with(data, options);
    let mut answered = Vec::new();
    for (question, cold) in questions.iter().zip(&mut cold) {
        let (_, answer) = ask(&server, question)?;
        let mut warm = Vec::new();
        for _ in 0..WARM_RUNS {
            let (milliseconds, again) = ask(&server, question)?;
            ensure!(again == answer || question.tolerance > 0.0, "{}: two answers", question.name);
            warm.push(milliseconds);
        }
        let (cold_ms, warm_ms) = (median(cold), median(&mut warm));
        answered.push(Answered { name: question.name, cold_ms, warm_ms, answer });
    }
    Ok((server, answered))
}

/// Fails when two engines answer differently.
pub fn check_equal(question: &Question, hannun: &Value, peer: &Value) -> Result<()> {
    if agree(&without_names(hannun), &without_names(peer), question.tolerance) {
        return Ok(());
    }
    let short = |value: &Value| value.to_string().chars().take(300).collect::<String>();
    bail!("{}: answers differ: {} and {}", question.name, short(hannun), short(peer))
}

/// Rows with their cells in an order that does not depend on the names of columns, which an engine
/// may have sorted: texts first, then numbers by size.
fn without_names(answer: &Value) -> Value {
    let Value::Array(rows) = answer else { return answer.clone() };
    rows.iter()
        .map(|row| {
            let Value::Array(cells) = row else { return row.clone() };
            let (mut texts, mut numbers): (Vec<_>, Vec<_>) =
                cells.iter().cloned().partition(|cell| !cell.is_number());
            texts.sort_by_key(Value::to_string);
            let size = |number: &Value| number.as_f64().unwrap_or(f64::NAN);
            numbers.sort_by(|left, right| size(left).total_cmp(&size(right)));
            Value::Array(texts.into_iter().chain(numbers).collect())
        })
        .collect()
}

fn agree(left: &Value, right: &Value, tolerance: f64) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| agree(left, right, tolerance))
        }
        (Value::Number(left), Value::Number(right)) => {
            if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
                return left == right
                    || (tolerance > 0.01 && near(left as f64, right as f64, tolerance));
            }
            match (left.as_f64(), right.as_f64()) {
                (Some(left), Some(right)) => near(left, right, tolerance.max(1e-9)),
                _ => false,
            }
        }
        _ => left == right,
    }
}

fn near(left: f64, right: f64, tolerance: f64) -> bool {
    (left - right).abs() <= tolerance * left.abs().max(right.abs()) + f64::EPSILON
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_rfc3339() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(951_827_696 * SECOND_NS), "2000-02-29T12:34:56Z");
        assert_eq!(rfc3339(1_795_246_466 * SECOND_NS + 5), "2026-11-21T07:34:26Z");
    }

    #[test]
    fn answers_agree_exactly_unless_a_tolerance_is_stated() {
        assert!(agree(&json!([["a", 1]]), &json!([["a", 1]]), 0.0));
        assert!(!agree(&json!([["a", 1]]), &json!([["a", 2]]), 0.0));
        assert!(!agree(&json!([["a", 1]]), &json!([]), 0.25));
        assert!(agree(&json!([100]), &json!([110]), 0.25));
        assert!(agree(&json!([0.1]), &json!([0.1 + 1e-15]), 0.0));
    }
}
