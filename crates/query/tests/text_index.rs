//! The text index prunes, and never hides a row.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use hannun_model::limits::TEXT_INDEX_GRANULE_ROWS;
use support::{Fixture, WINDOW_NS, log};

const EPOCH: i64 = 100 * WINDOW_NS;

/// A small generator: the same rows in every run.
struct Words(u64);

impl Words {
    fn next(&mut self, below: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn text(&mut self) -> String {
        const WORDS: [&str; 12] = [
            "Timeout",
            "timeouts",
            "connection",
            "refused",
            "결제",
            "결제가",
            "주문",
            "ORDER_7",
            "order",
            "東京都",
            "überfall",
            "x1y2",
        ];
        const GLUE: [&str; 6] = [" ", ": ", "-", "", "/", "이 "];
        let mut text = String::new();
        for _ in 0..=self.next(5) {
            text.push_str(WORDS[self.next(12) as usize]);
            text.push_str(GLUE[self.next(6) as usize]);
        }
        text
    }
}

/// Rows in live buffer, in fresh files and in compacted ones.
async fn filled(rows: i64) -> Fixture {
    let fixture = Fixture::new().await;
    let mut words = Words(11);
    let parts = 10;
    for part in 0..parts {
        let first = part * rows / parts;
        let batch: Vec<_> = (first..(part + 1) * rows / parts)
            .map(|row| {
                let service = ["order", "payment", "web"][words.next(3) as usize];
                // Rare words, so that granules can be ruled out.
                let body = format!("{} needle{row}", words.text());
                log(service, &body, EPOCH + row * 1000)
            })
            .collect();
        fixture.append_logs(&batch).await;
        if part + 1 < parts {
            fixture.publish().await;
        }
        if part == parts - 2 {
            fixture.compact().await;
        }
    }
    fixture
}

#[tokio::test]
async fn pruned_and_scanned_answers_agree() {
    let fixture = filled(5 * TEXT_INDEX_GRANULE_ROWS as i64 / 2).await;
    let mut words = Words(5);
    let mut found_some = 0;
    for round in 0..40 {
        let phrase = match round % 4 {
            0 => format!("needle{}", words.next(41_000)),
            1 => words.text().trim().to_owned(),
            2 => format!("{}*", &words.text().chars().take(4).collect::<String>()),
            _ => ["결", "결제", "주문이", "都", "TIMEOUT", "order 7", "*meou*", "absent"]
                [words.next(8) as usize]
                .to_owned(),
        };
        let function = if phrase.contains('*') { "has_text_like" } else { "has_text" };
        let phrase = phrase.replace('\'', "''");
        let pruned = format!("SELECT count(*) FROM logs WHERE {function}(body, '{phrase}')");
        // The index says nothing of an expression over a column.
        let scanned =
            format!("SELECT count(*) FROM logs WHERE {function}(concat(body, ''), '{phrase}')");
        let expected = fixture.count(&scanned).await;
        assert_eq!(fixture.count(&pruned).await, expected, "{phrase:?}");
        found_some += i64::from(expected > 0);
        let negated = format!("SELECT count(*) FROM logs WHERE NOT {function}(body, '{phrase}')");
        let all = fixture.count("SELECT count(*) FROM logs").await;
        assert_eq!(fixture.count(&negated).await, all - expected, "not {phrase:?}");
        let like = phrase.replace('*', "%").replace("%%", "%");
        let pruned = format!("SELECT count(*) FROM logs WHERE body LIKE '%{like}%'");
        let scanned = format!("SELECT count(*) FROM logs WHERE concat(body, '') LIKE '%{like}%'");
        assert_eq!(fixture.count(&pruned).await, fixture.count(&scanned).await, "like {phrase:?}");
    }
    assert!(found_some > 20, "only {found_some} phrases were there at all");
}

#[tokio::test]
async fn a_needle_reads_a_granule_and_a_word_that_is_nowhere_reads_no_file() {
    let rows = 6 * TEXT_INDEX_GRANULE_ROWS as i64;
    let fixture = filled(rows).await;
    fixture.publish().await;
    fixture.compact().await;
    let explain = |phrase: &str| {
        format!("EXPLAIN ANALYZE SELECT count(*) FROM logs WHERE has_text(body, '{phrase}')")
    };
    let plan = fixture.json(&explain("needle12345")).await.to_string();
    assert!(plan.contains("DataSourceExec"), "{plan}");
    let scanned = rows_scanned(&plan);
    assert!(scanned <= 2 * TEXT_INDEX_GRANULE_ROWS as i64, "{scanned} rows of {rows}: {plan}");
    let plan = fixture.json(&explain("nowhereword")).await.to_string();
    assert!(!plan.contains("DataSourceExec"), "{plan}");
}

/// Rows that were read before the filter looked at them.
fn rows_scanned(plan: &str) -> i64 {
    let counts = |name: &str| -> i64 {
        plan.split(name)
            .skip(1)
            .filter_map(|rest| {
                let digits: String = rest.chars().take_while(|it| it.is_ascii_digit()).collect();
                digits.parse::<i64>().ok()
            })
            .sum()
    };
    counts("pushdown_rows_pruned=") + counts("pushdown_rows_matched=")
}
