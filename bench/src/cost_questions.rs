//! Ten questions of people who read a bill. Hannun answers from the lines added up by day, where
//! those suffice; DuckDB from the same Parquet lines.

use crate::measure::median;
use anyhow::{Result, ensure};
use hannun_e2e::Server;
use serde_json::{Value, json};
use std::time::Instant;

const WARM_RUNS: usize = 15;
/// Floats that DuckDB and Hannun print of one decimal may differ in the last digits.
const TOLERANCE: f64 = 1e-6;

/// A question in both dialects: `{t}` is the table, `{day}` the day of a line. Columns are named in the
/// order of the alphabet, in which JSON objects are read back.
struct Question {
    name: &'static str,
    sql: &'static str,
    /// Asked of `cost` itself, since days do not suffice.
    of_lines: bool,
}

const QUESTIONS: [Question; 10] = [
    Question {
        name: "total",
        of_lines: false,
        sql: "SELECT CAST(sum(effective_cost) AS DOUBLE) AS a FROM {t}",
    },
    Question {
        name: "by service",
        of_lines: false,
        sql: "SELECT service_name AS a, CAST(sum(effective_cost) AS DOUBLE) AS b FROM {t} GROUP BY 1 ORDER BY 1 NULLS LAST",
    },
    Question {
        name: "by account and service",
        of_lines: false,
        sql: "SELECT sub_account_id AS a, service_name AS b, CAST(sum(effective_cost) AS DOUBLE) AS c FROM {t} GROUP BY 1, 2 ORDER BY 1 NULLS LAST, 2 NULLS LAST",
    },
    Question {
        name: "by day",
        of_lines: false,
        sql: "SELECT {day} AS a, CAST(sum(billed_cost) AS DOUBLE) AS b FROM {t} GROUP BY 1 ORDER BY 1",
    },
    Question {
        name: "by day and service",
        of_lines: false,
        sql: "SELECT {day} AS a, service_name AS b, CAST(sum(effective_cost) AS DOUBLE) AS c FROM {t} GROUP BY 1, 2 ORDER BY 1, 2 NULLS LAST",
    },
    Question {
        name: "usage of EC2",
        of_lines: false,
        sql: "SELECT x_usage_type AS a, CAST(sum(effective_cost) AS DOUBLE) AS b FROM {t} WHERE x_service_code = 'AmazonEC2' GROUP BY 1 ORDER BY 1 NULLS LAST",
    },
    Question {
        name: "20 resources",
        of_lines: false,
        sql: "SELECT resource_id AS a, CAST(sum(effective_cost) AS DOUBLE) AS b FROM {t} WHERE resource_id IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20",
    },
    Question {
        name: "network",
        of_lines: false,
        sql: "SELECT x_usage_type AS a, CAST(sum(effective_cost) AS DOUBLE) AS b FROM {t} WHERE x_usage_type LIKE '%NatGateway%' OR x_usage_type LIKE '%DataTransfer%' GROUP BY 1 ORDER BY 1",
    },
    Question {
        name: "charges",
        of_lines: false,
        sql: "SELECT charge_category AS a, pricing_category AS b, CAST(sum(billed_cost) AS DOUBLE) AS c, CAST(sum(list_cost) AS DOUBLE) AS d FROM {t} GROUP BY 1, 2 ORDER BY 1 NULLS LAST, 2 NULLS LAST",
    },
    Question {
        name: "hours of a day",
        of_lines: true,
        sql: "SELECT date_part('hour', charge_period_start) AS a, CAST(sum(effective_cost) AS DOUBLE) AS b FROM {t} WHERE charge_period_start >= TIMESTAMP '2026-10-10 00:00:00' AND charge_period_start < TIMESTAMP '2026-10-11 00:00:00' GROUP BY 1 ORDER BY 1",
    },
];

/// Hannun's answers.
pub struct Ten(Vec<(&'static str, f64, Value)>);

fn text_of(question: &Question, table: &str) -> String {
    let day = "CAST(date_trunc('day', charge_period_start) AS DATE)";
    question.sql.replace("{t}", table).replace("{day}", &format!("CAST({day} AS VARCHAR)"))
}

/// Asks each question warm over HTTP.
pub fn ask_hannun(server: &Server) -> Result<Ten> {
    let mut answers = Vec::new();
    for question in &QUESTIONS {
        let table = if question.of_lines { "cost" } else { "cost_daily" };
        let request = json!({"query": text_of(question, table)});
        let mut times = Vec::new();
        let mut answer = Value::Null;
        for _ in 0..WARM_RUNS {
            let started = Instant::now();
            let response = server.sql(&request);
            times.push(started.elapsed().as_secs_f64() * 1000.0);
            ensure!(response.status == 200, "{}: {}", question.name, response.text());
            answer = response.json();
        }
        answers.push((question.name, median(&mut times), answer));
    }
    Ok(Ten(answers))
}

/// The questions for the peer.
pub fn for_duckdb() -> Vec<Value> {
    let questions = QUESTIONS.iter();
    questions
        .map(|question| json!({"name": question.name, "sql": text_of(question, "cost")}))
        .collect()
}

impl Ten {
    pub fn json(&self) -> Value {
        let answers = self.0.iter();
        answers.map(|(name, ms, _)| json!({"name": name, "warm_ms": ms})).collect()
    }

    /// Both answered the same.
    pub fn check(&self, peer: &Value) -> Result<()> {
        for (name, _, answer) in &self.0 {
            let rows: Vec<Vec<Value>> = answer
                .as_array()
                .into_iter()
                .flatten()
                .map(|row| {
                    row.as_object().into_iter().flat_map(|row| row.values().cloned()).collect()
                })
                .collect();
            let theirs = find(peer, name).map(|it| it["answer"].clone()).unwrap_or_default();
            if !agree(&json!(rows), &theirs) {
                println!("DISAGREEMENT about {name}: {} rows of Hannun", rows.len());
            }
        }
        Ok(())
    }

    pub fn markdown(&self, peer: Option<&Value>) -> String {
        let mut text =
            String::from("\n| question | Hannun ms | DuckDB ms | ratio |\n|---|--:|--:|--:|\n");
        for (name, ms, _) in &self.0 {
            let theirs = peer.and_then(|peer| find(peer, name)?["warm_ms"].as_f64());
            let (shown, ratio) = theirs.map_or_else(
                || ("–".to_owned(), "–".to_owned()),
                |theirs| (format!("{theirs:.1}"), format!("{:.2}", ms / theirs)),
            );
            text.push_str(&format!("| {name} | {ms:.1} | {shown} | {ratio} |\n"));
        }
        text
    }
}

fn find<'a>(peer: &'a Value, name: &str) -> Option<&'a Value> {
    peer["questions"].as_array()?.iter().find(|it| it["name"] == name)
}

fn agree(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| agree(left, right))
        }
        (Value::Number(left), Value::Number(right)) => {
            let (left, right) =
                (left.as_f64().unwrap_or(f64::NAN), right.as_f64().unwrap_or(f64::NAN));
            (left - right).abs() <= TOLERANCE * left.abs().max(1.0)
        }
        (left, right) => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_agree_in_all_but_the_last_digits() {
        assert!(agree(&json!([["a", 1.0]]), &json!([["a", 1.000_000_000_1]])));
        assert!(!agree(&json!([["a", 1.0]]), &json!([["a", 1.1]])));
        assert!(!agree(&json!([["a", 1.0]]), &json!([["b", 1.0]])));
        assert!(!agree(&json!([]), &json!([["b", 1.0]])));
    }
}
