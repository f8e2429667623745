//! Searches and the rows they find, in SQL over live rows and files, and in memory.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod search_support;
mod support;

use hannun_model::limits::{SEARCH_BYTES_MAX, SEARCH_DEPTH_MAX, SEARCH_TERMS_MAX};
use hannun_query::search::{CompileError, Source, compile};
use search_support::{Row, batch, log_rows, matched, selected, span_rows};
use std::fmt::Write;
use support::Fixture;

/// Each line is a search, `=>`, and ids without their letter.
fn cases(table: &str) -> Vec<(&str, Vec<String>, &str)> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (search, ids) = line.split_once("\t=>\t").unwrap();
            (search, ids.split_whitespace().map(str::to_owned).collect(), ids)
        })
        .collect()
}

async fn check(source: Source, rows: &[Row], table: &str) -> usize {
    let live = Fixture::new().await;
    live.append(batch(source, rows)).await;
    let published = Fixture::new().await;
    published.append(batch(source, rows)).await;
    published.publish().await;
    let memory = batch(source, rows).finish().unwrap();
    let cases = cases(table);
    let mut wrong = String::new();
    for (search, expected, _) in &cases {
        let filter =
            hannun_search::parse_filter(search).unwrap_or_else(|error| panic!("{search}: {error}"));
        let ways = [
            ("in memory", matched(&filter, &memory)),
            ("live", selected(&live, &filter, source).await),
            ("published", selected(&published, &filter, source).await),
        ];
        for (way, found) in ways {
            let found: Vec<String> = found.iter().map(|id| id[1..].to_owned()).collect();
            if found != *expected {
                writeln!(wrong, "{search}\t=>\t{} ({way})", found.join(" ")).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "found otherwise:\n{wrong}");
    cases.len()
}

#[tokio::test]
async fn searches_of_logs_find_these_rows() {
    let count = check(Source::Logs, &log_rows(), include_str!("search_support/logs.txt")).await;
    assert!(count >= 150, "{count}");
}

#[tokio::test]
async fn searches_of_spans_find_these_rows() {
    check(Source::Spans, &span_rows(), include_str!("search_support/spans.txt")).await;
}

#[tokio::test]
async fn the_largest_searches_are_planned() {
    let fixture = Fixture::new().await;
    fixture.append(batch(Source::Logs, &log_rows())).await;
    let nested = |open: &str, depth: usize| {
        format!("{}@a.b:flat{}", open.repeat(depth), ")".repeat(depth * open.matches('(').count()))
    };
    let many = |term: &str, between: &str| {
        let count = SEARCH_TERMS_MAX.min(SEARCH_BYTES_MAX / (term.len() + between.len() + 3));
        let terms: Vec<String> = (0..count).map(|number| format!("{term}{number}")).collect();
        terms.join(between)
    };
    for search in [
        nested("(x OR (", SEARCH_DEPTH_MAX / 2),
        nested("(x OR (-y ", SEARCH_DEPTH_MAX / 2),
        nested("-(x OR -(y OR ", SEARCH_DEPTH_MAX / 2),
        nested("-(-x (-y OR ", SEARCH_DEPTH_MAX / 2),
        many("w", " OR "),
        many("-w", " "),
        many("@k:", " OR "),
        many("@k.l:>", " "),
    ] {
        let filter = hannun_search::parse_filter(&search).unwrap();
        let memory = batch(Source::Logs, &log_rows()).finish().unwrap();
        let expected = matched(&filter, &memory);
        assert_eq!(selected(&fixture, &filter, Source::Logs).await, expected, "{search}");
    }
    // As a whole it is planned, or refused with a word about it.
    let deep = nested("-(x OR -(y OR ", SEARCH_DEPTH_MAX / 2);
    let mut refused = 0;
    for stages in 0..16 {
        let text = format!("{deep}{}", " | limit 9 | sort service".repeat(stages / 2));
        let search = hannun_search::parse(&text).unwrap();
        match compile(&search, Source::Logs, "time IS NOT NULL", 10) {
            Ok(sql) => assert!(fixture.json(&sql).await.is_array(), "{text}"),
            Err(CompileError::TooDeep) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused < 8, "{refused}");
}
