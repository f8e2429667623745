//! SQL and the evaluator agree on random rows and random searches.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod search_support;
mod support;

use hannun_model::value::Value;
use hannun_query::search::Source;
use search_support::{Row, batch, matched, selected};
use support::Fixture;

/// A small generator: the same seed gives the same rows and searches everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, count: usize) -> usize {
        ((self.next() >> 33) % count as u64) as usize
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

const WORDS: [&str; 16] = [
    "timeout",
    "Timeout",
    "pay",
    "결제",
    "결제가",
    "카드결제",
    "order_5032",
    "5032",
    "a\nb",
    "C:\\dir",
    "\"q\"",
    "100%",
    "ÜBER",
    "10.0.0.1",
    "x",
    "東京都",
];
const KEYS: [&str; 12] = [
    "user",
    "n",
    "a",
    "a.b",
    "a.b.c",
    "http.response.status_code",
    "http.status_code",
    "http.route",
    "user.id",
    "size_ms",
    "team",
    "client.address",
];

fn scalar(random: &mut Random) -> Value {
    match random.below(10) {
        0 => Value::Empty,
        1 => Value::Bool(random.chance(50)),
        2 | 3 => Value::Int([-3, 0, 5, 400, 500, 9_007_199_254_740_993][random.below(6)]),
        4 => Value::Double([0.25, 400.0, -1.5, 1e21, 5.0][random.below(5)]),
        5 => {
            Value::Text(random.one(&["400", "0400", "5.0", "2s", "1500ms", "10MB", ""]).to_owned())
        }
        6 => Value::Text(format!("{} {}", random.one(&WORDS), random.one(&WORDS))),
        7 => Value::Bytes(vec![0x40, random.below(256) as u8]),
        _ => Value::Text(random.one(&WORDS).to_owned()),
    }
}

fn value(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth > 0 { 12 } else { 10 }) {
        10 => Value::Array((0..random.below(3)).map(|_| value(random, depth - 1)).collect()),
        11 => {
            let keys = ["b", "c", "b.c", "x"];
            let entry =
                |random: &mut Random| (random.one(&keys).to_owned(), value(random, depth - 1));
            Value::Map((0..random.below(3)).map(|_| entry(random)).collect())
        }
        _ => scalar(random),
    }
}

fn attributes(random: &mut Random, keys: &[&str]) -> Vec<(String, Value)> {
    let mut attributes: Vec<(String, Value)> = Vec::new();
    for _ in 0..random.below(5) {
        let key = random.one(keys);
        if attributes.iter().all(|(known, _)| known != key) {
            attributes.push((key.to_owned(), value(random, 2)));
        }
    }
    attributes
}

fn row(random: &mut Random, source: Source, id: usize) -> Row {
    let mut columns = Vec::new();
    let words = |random: &mut Random| {
        (0..=random.below(3)).map(|_| random.one(&WORDS)).collect::<Vec<_>>().join(" ")
    };
    match source {
        Source::Logs => {
            if random.chance(90) {
                columns.push(("body", Value::Text(words(random))));
            }
            if random.chance(80) {
                columns.push(("severity_number", Value::Int(random.below(27) as i64 - 1)));
            }
        }
        Source::Spans => {
            columns.push(("name", Value::Text(words(random))));
            columns.push(("duration", Value::Int([-5, 0, 400, 1_500_000_000][random.below(4)])));
            if random.chance(60) {
                let code = random.one(&["ok", "error", "3"]);
                columns.push(("status_code", Value::Text(code.to_owned())));
            }
        }
    }
    let resource = attributes(random, &["service.name", "host.name", "team", "a", "a.b", "user"]);
    let attributes = attributes(random, &KEYS);
    Row { id: format!("{id:05}"), columns, attributes, resource }
}

/// A text as it is typed: in quotes, or with its special characters escaped.
fn typed(random: &mut Random, text: &str) -> String {
    if random.chance(40) {
        return format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    }
    text.chars()
        .flat_map(|character| {
            let plain = character.is_alphanumeric() || "_./%".contains(character);
            (!plain).then_some('\\').into_iter().chain([character])
        })
        .collect()
}

fn wild(random: &mut Random) -> String {
    let word: Vec<char> = random.one(&WORDS).chars().collect();
    let mut pattern = String::new();
    for character in word {
        match random.below(6) {
            0 => pattern.push('*'),
            1 => pattern.push('?'),
            _ if character.is_alphanumeric() => pattern.push(character),
            _ => pattern.extend(['\\', character]),
        }
    }
    if random.chance(50) { format!("{pattern}*") } else { pattern }
}

fn term(random: &mut Random) -> String {
    let key = match random.below(10) {
        0 => "service".to_owned(),
        1 => random.one(&["host", "team", "a.b", "user", "source"]).to_owned(),
        2 => "status".to_owned(),
        3 => "*".to_owned(),
        4 | 5 => String::new(),
        6 => "@duration".to_owned(),
        _ => format!("@{}", random.one(&KEYS)),
    };
    if key == "status" {
        let statuses =
            ["error", "ok", "none", ">=warn", "<error", "[debug TO warn}", "*", "e*", ">=17", "-"];
        let status = random.one(&statuses);
        return if status == "-" { "-status:*".to_owned() } else { format!("status:{status}") };
    }
    let is_text = key.is_empty() || key == "*";
    let word = random.one(&WORDS);
    let value = match random.below(if is_text { 4 } else { 12 }) {
        0..=2 => typed(random, word),
        3 => wild(random),
        4 => "*".to_owned(),
        5 | 6 => {
            let numbers = ["400", "400.0", "5", "-3", "0", "4e2", "9007199254740993", "2s", "true"];
            random.one(&numbers).to_owned()
        }
        7 => random
            .one(&[">=400", ">0", "<5", "<=5.0", ">-2", ">1s", "<=10MB", ">m", "<c"])
            .to_owned(),
        8 => random
            .one(&["[0 TO 400]", "{0 TO 400}", "[-3 TO 0.5}", "[a TO x]", "[1s TO 3s]"])
            .to_owned(),
        9 => format!("({} OR {})", typed(random, word), random.one(&["400", "x", "pay*"])),
        10 => "40*".to_owned(),
        _ => return format!("CIDR({key}, 10.0.0.0/8)"),
    };
    if key.is_empty() { value } else { format!("{key}:{value}") }
}

fn search(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 1 } else { 6 }) {
        0 | 1 => term(random),
        2 => format!("-({})", search(random, depth - 1)),
        3 => format!("({} OR {})", search(random, depth - 1), search(random, depth - 1)),
        4 => format!("NOT {}", term(random)),
        _ => format!("{} {}", search(random, depth - 1), search(random, depth - 1)),
    }
}

async fn compare(source: Source, seed: u64) {
    let mut random = Random(seed);
    let rows: Vec<Row> = (0..400).map(|id| row(&mut random, source, id)).collect();
    let fixture = Fixture::new().await;
    fixture.append(batch(source, &rows[..250])).await;
    fixture.publish().await;
    fixture.append(batch(source, &rows[250..])).await;
    let memory = batch(source, &rows).finish().unwrap();
    let (mut asked, mut found_some) = (0, 0);
    while asked < 400 {
        let text = search(&mut random, 2);
        // A pattern can be nothing but stars, and a random range can be empty.
        let Ok(filter) = hannun_search::parse_filter(&text) else { continue };
        let expected = matched(&filter, &memory);
        let found = selected(&fixture, &filter, source).await;
        assert_eq!(found, expected, "seed {seed}: {text}");
        asked += 1;
        found_some += usize::from(!found.is_empty() && found.len() < rows.len());
    }
    assert!(found_some > asked / 3, "only {found_some} of {asked} searches find some rows");
}

#[tokio::test]
async fn sql_finds_what_the_evaluator_finds_in_logs() {
    compare(Source::Logs, 0x5eed_0001).await;
    compare(Source::Logs, 0x5eed_0002).await;
}

#[tokio::test]
async fn sql_finds_what_the_evaluator_finds_in_spans() {
    compare(Source::Spans, 0x5eed_0003).await;
}
