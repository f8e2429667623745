//! The explorer, the overview and currencies over a small bill whose every sum is known.

use hannun_e2e::server::run;
use hannun_e2e::{Server, ServerOptions, Session, now_ns};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

pub const DAY_MS: i64 = 86_400_000;

/// A server with the bill of two months.
///
/// Each day of the first fourteen of the month before this one has, in USD:
///
/// | what | first week | second week | tag |
/// |---|---|---|---|
/// | small machines | 10 h for 10 | 9 h for 9.9 | `team: Checkout` |
/// | large machines | 2 h for 8 | 4 h for 16 | `team: Checkout` |
/// | databases | 24 h for 5 | 24 h for 5 | `team: Cart Team` |
/// | tax | 1 | 1 | none |
/// | credit | −0.5 | −0.5 | none |
///
/// The month before that has the databases alone, at 4.
pub struct Bill {
    pub server: Server,
    pub owner: Session,
    /// First day of the month.
    pub month_ms: i64,
    pub earlier_month_ms: i64,
    _folder: tempfile::TempDir,
}

/// Year, month and day of a day since 1970, in the proleptic Gregorian calendar.
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

pub fn text_of(ms: i64) -> String {
    let (year, month, day) = civil(ms.div_euclid(DAY_MS));
    let hour = ms.rem_euclid(DAY_MS) / 3_600_000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:00:00Z")
}

/// The first day of the month that the day before this one is in.
fn month_before(ms: i64) -> i64 {
    let last = ms.div_euclid(DAY_MS) - 1;
    (last - civil(last).2 + 1) * DAY_MS
}

const HEADER: &str = "BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodStart,\
    BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ChargeFrequency,\
    ChargeDescription,BilledCost,EffectiveCost,ListCost,ContractedCost,PricingQuantity,PricingUnit,\
    PricingCategory,ConsumedQuantity,ConsumedUnit,ProviderName,PublisherName,InvoiceIssuerName,\
    ServiceName,ServiceCategory,SubAccountId,RegionId,ResourceId,SkuId,SkuPriceId,Tags,x_Cores";

/// Service, category, cost, hours, SKU and team of a line.
type Line<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a str);

fn csv(
    month_ms: i64,
    month_end_ms: i64,
    days: std::ops::Range<i64>,
    of: impl Fn(i64) -> Vec<Line<'static>>,
) -> String {
    let (start, end) = (text_of(month_ms), text_of(month_end_ms));
    let mut text = format!("{HEADER}\n");
    for day in days {
        let from = text_of(month_ms + day * DAY_MS);
        let to = text_of(month_ms + (day + 1) * DAY_MS);
        for (service, category, cost, hours, sku, team) in of(day) {
            let tags = match team {
                "" => "{}".to_owned(),
                team => format!("\"{{\"\"team\"\": \"\"{team}\"\"}}\""),
            };
            let (unit, pricing) = if hours.is_empty() { ("", "") } else { ("Hours", "Standard") };
            text.push_str(&format!(
                "100,Shop,USD,{start},{end},{from},{to},{category},Usage-Based,{service},{cost},{cost},\
                 {cost},{cost},{hours},{unit},{pricing},{hours},{unit},AWS,AWS,AWS,{service},Compute,200,\
                 ap-northeast-2,r-{sku},{sku},{sku}-price,{tags},{}\n",
                if sku == "large" { "8" } else { "2" },
            ));
        }
    }
    text
}

fn lines(day: i64) -> Vec<Line<'static>> {
    let machines: [Line<'static>; 2] = if day < 7 {
        [
            ("Machines", "Usage", "10", "10", "small", "Checkout"),
            ("Machines", "Usage", "8", "2", "large", "Checkout"),
        ]
    } else {
        [
            ("Machines", "Usage", "9.9", "9", "small", "Checkout"),
            ("Machines", "Usage", "16", "4", "large", "Checkout"),
        ]
    };
    let mut lines = machines.to_vec();
    lines.push(("Databases", "Usage", "5", "24", "db", "Cart Team"));
    lines.push(("Tax", "Tax", "1", "", "tax", ""));
    lines.push(("Machines", "Credit", "-0.5", "", "credit", ""));
    lines
}

impl Bill {
    pub fn imported() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Spans and logs of that month would be too old otherwise.
        let options = ServerOptions::with(&["--retention", "spans=90d,logs=90d"]);
        let server = Server::start_with(&folder.path().join("data"), &options);
        let owner = Session::owner(&server, "owner");
        let now_ms = i64::try_from(now_ns() / 1_000_000).unwrap();
        let this_month_ms = month_before(now_ms + DAY_MS);
        let month_ms = month_before(this_month_ms);
        let earlier_month_ms = month_before(month_ms);
        let bill = Self { server, owner, month_ms, earlier_month_ms, _folder: folder };
        bill.import("month.csv", &csv(month_ms, this_month_ms, 0..14, lines));
        bill.import(
            "earlier.csv",
            &csv(earlier_month_ms, month_ms, 0..28, |_| {
                vec![("Databases", "Usage", "4", "24", "db", "Cart Team")]
            }),
        );
        bill
    }

    fn import(&self, name: &str, text: &str) {
        let path = self._folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        self.import_from(&path, "shop");
    }

    fn import_from(&self, path: &Path, source: &str) {
        let wanted = json!({"location": path.to_str().unwrap(), "source": source});
        let answer = self.owner.send("POST", "/cost/imports", Some(&wanted));
        assert_eq!(answer.status, 202, "{}", answer.text());
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        let started = Instant::now();
        loop {
            let job = self.owner.get(&format!("/cost/imports/{id}"));
            match job["state"].as_str().unwrap() {
                "done" => return,
                "queued" | "running" => std::thread::sleep(Duration::from_millis(50)),
                _ => panic!("{job}"),
            }
            assert!(started.elapsed() < Duration::from_secs(60), "{job}");
        }
    }

    /// The fourteen days.
    pub fn period(&self) -> (i64, i64) {
        (self.month_ms, self.month_ms + 14 * DAY_MS)
    }

    pub fn put(&self, kind: &str, id: &str, body: &Value) {
        let body = json!({"body": body, "expected_revision": 0});
        let answer = self.owner.send("PUT", &format!("/documents/{kind}/{id}"), Some(&body));
        assert!(answer.status < 300, "{}", answer.text());
    }

    fn rate(&self, id: &str, rate: &str, valid_from_ms: i64) {
        let valid_from = &text_of(valid_from_ms)[..10];
        let body = json!({"from": "USD", "to": "KRW", "rate": rate, "valid_from": valid_from});
        self.put("exchange-rate", id, &body);
    }

    fn try_explore(&self, more: Value) -> (u16, Value) {
        let (from_ms, to_ms) = self.period();
        let mut body = json!({"from_ms": from_ms, "to_ms": to_ms, "granularity": "total"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = self.owner.send("POST", "/cost/explore", Some(&body));
        (answer.status, answer.json())
    }

    fn explore(&self, more: Value) -> Value {
        let (status, answer) = self.try_explore(more);
        assert_eq!(status, 200, "{answer}");
        answer
    }
}

/// Keys and totals of an answer.
fn totals(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().map(|row| (text(&row["keys"][0]), text(&row["total"]))).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, total)| ((*key).to_owned(), (*total).to_owned())).collect()
}

#[test]
fn the_explorer_says_what_the_bill_says() {
    let bill = Bill::imported();
    let by_service = bill.explore(json!({"group_by": ["service_name"]}));
    assert_eq!(by_service["currency"], "USD");
    assert_eq!(
        totals(&by_service),
        pairs(&[("Machines", "300.3"), ("Databases", "70"), ("Tax", "14")])
    );
    assert_eq!((&by_service["total"], &by_service["missing"]), (&json!("384.3"), &json!([])));
    let by_team = bill.explore(json!({"group_by": ["tag:team"]}));
    assert_eq!(
        totals(&by_team),
        pairs(&[("Checkout", "307.3"), ("Cart Team", "70"), ("none", "7")])
    );
    // Without taxes and credits; those that are left are told as one row past the first.
    let usage = json!({"group_by": ["service_name"], "rows_max": 1,
        "charges": {"exclude": ["tax", "credit"]}});
    let usage = bill.explore(usage);
    assert_eq!(totals(&usage), pairs(&[("Machines", "307.3")]));
    assert_eq!((&usage["others"]["rows"], &usage["others"]["total"]), (&json!(1), &json!("70")));
    assert_eq!(usage["total"], "377.3");
    // Credits alone are negative, and of a negative total there are no shares.
    let credits = json!({"group_by": ["charge"],
        "filters": [{"dimension": "charge", "values": ["credit"]}]});
    let credits = bill.explore(credits);
    assert_eq!(totals(&credits), pairs(&[("credit", "-7")]));
    assert_eq!(credits["rows"][0]["share"], Value::Null);
    // By day, with the days before, and lines without a tag.
    let days = bill.explore(json!({"group_by": ["tag:team"], "granularity": "day",
        "filters": [{"dimension": "tag:team", "values": [null, "Checkout"], "exclude": false}]}));
    assert_eq!(days["bucket_ms"].as_array().unwrap().len(), 14);
    assert_eq!(days["rows"][0]["points"][6], "18");
    assert_eq!(days["rows"][0]["points"][7], "25.9");
    assert_eq!(days["points"][0], "18.5");
    // Fourteen days before lie in the month before, of which the bill has 28 days.
    let days_before = bill.month_ms - 14 * DAY_MS;
    let with_bill =
        (0..14).filter(|day| days_before + day * DAY_MS < bill.earlier_month_ms + 28 * DAY_MS);
    let before = (4 * with_bill.count()).to_string();
    assert_eq!(by_service["before_total"].as_str(), Some(before.as_str()));
    assert_eq!(by_service["before_from_ms"], json!(days_before));
}

#[test]
fn hours_weeks_columns_of_a_source_and_the_query_itself_agree() {
    let bill = Bill::imported();
    for granularity in ["hour", "day", "week", "month", "total"] {
        let answer =
            bill.explore(json!({"granularity": granularity, "group_by": ["service_name"]}));
        assert_eq!(answer["total"], "384.3", "{granularity}");
        let points: f64 = answer["points"]
            .as_array()
            .unwrap()
            .iter()
            .map(|point| point.as_str().unwrap().parse::<f64>().unwrap())
            .sum();
        assert!((points - 384.3).abs() < 1e-9, "{granularity}: {points}");
        let rows = bill.server.rows(answer["sql"].as_str().unwrap());
        let sum: f64 = rows.iter().map(|row| row["cost"].as_f64().unwrap()).sum();
        assert!((sum - 384.3).abs() < 1e-9, "{granularity}: {sum}");
    }
    let own = bill.explore(json!({"group_by": ["x_cores"]}));
    assert_eq!(totals(&own), pairs(&[("2", "216.3"), ("8", "168")]));
    assert!(own["sql"].as_str().unwrap().contains("FROM cost\n"), "{}", own["sql"]);
    let (status, answer) = bill.try_explore(json!({"group_by": ["x_nothing"]}));
    assert_eq!(status, 400, "{answer}");
    for wrong in [
        json!({"group_by": ["team"]}),
        json!({"group_by": ["network", "charge", "region_id", "service_name"]}),
        json!({"metric": "amortised"}),
        json!({"rows_max": 0}),
        json!({"granularity": "hour", "from_ms": 0}),
        json!({"filters": [{"dimension": "network", "values": []}]}),
    ] {
        let (status, answer) = bill.try_explore(wrong.clone());
        assert_eq!(
            (status, answer["error"]["code"].as_str()),
            (400, Some("invalid_request")),
            "{wrong}"
        );
    }
}

#[test]
fn amounts_are_shown_in_a_currency_only_at_a_rate_that_somebody_stated() {
    let bill = Bill::imported();
    let (status, asked) = bill.try_explore(json!({"currency": "KRW"}));
    assert_eq!((status, asked["error"]["code"].as_str()), (409, Some("exchange_rate_missing")));
    let message = asked["error"]["message"].as_str().unwrap();
    assert!(message.contains("from USD to KRW"), "{message}");
    // A rate from the second week on leaves the first without one.
    bill.rate("second", "1400", bill.month_ms + 7 * DAY_MS);
    assert_eq!(bill.explore(json!({}))["currency"], "USD");
    assert_eq!(bill.try_explore(json!({"currency": "KRW"})).0, 409);
    bill.rate("first", "1350.5", bill.month_ms);
    let answer = bill.explore(json!({"granularity": "day"}));
    // 7 × 23.5 × 1350.5 + 7 × 31.4 × 1400
    assert_eq!((&answer["currency"], &answer["total"]), (&json!("KRW"), &json!("529877.25")));
    assert_eq!(answer["rates"].as_array().unwrap().len(), 2);
    // The days before have no rate: they are not told, and it is said why.
    assert_eq!(
        (&answer["before_total"], &answer["missing"][0]["what"]),
        (&Value::Null, &json!("exchange_rate"))
    );
    bill.put("display-settings", "organization", &json!({"currency": "USD"}));
    assert_eq!(bill.explore(json!({}))["total"], "384.3");
}

#[test]
fn the_overview_is_about_the_last_month_of_the_bill() {
    let server = tempfile::tempdir().unwrap();
    let empty = Server::start(&server.path().join("data"));
    let stranger = Session::stranger(&empty);
    assert_eq!(stranger.send("GET", "/cost/overview", None).status, 401);
    let none = Session::owner(&empty, "owner").get("/cost/overview");
    assert_eq!((&none["has_data"], &none["month"]["so_far"]), (&json!(false), &json!("0")));

    let bill = Bill::imported();
    let overview = bill.owner.get("/cost/overview");
    let month = &overview["month"];
    assert_eq!((&overview["has_data"], &overview["currency"]), (&json!(true), &json!("USD")));
    assert_eq!(month["from_ms"], json!(bill.month_ms));
    assert_eq!(month["data_until_ms"], json!(bill.period().1));
    let amounts = ["so_far", "same_days_last_month", "last_month"].map(|name| month[name].clone());
    assert_eq!(amounts, [json!("384.3"), json!("56"), json!("112")]);
    let charge = |name: &str| {
        let charges = month["charges"].as_array().unwrap();
        charges.iter().find(|charge| charge["charge"] == name).unwrap()["total"].clone()
    };
    assert_eq!([charge("tax"), charge("credit")], [json!("14"), json!("-7")]);
    let teams = &overview["teams"];
    assert_eq!(
        (&teams["tag"], &teams["rows"][0]["value"]),
        (&json!("tag:team"), &json!("Checkout"))
    );
    assert_eq!(teams["rows"][1]["same_days_last_month"], "56");
    assert_eq!(overview["days"].as_array().unwrap().len(), 60);
    let mover = &overview["movers"][0];
    assert_eq!((&mover["after"], &mover["change"]), (&json!("384.3"), &json!("328.3")));
    let coverage = overview["coverage"][0]["coverage"].as_f64().unwrap();
    assert!((coverage - 377.3 / 384.3).abs() < 1e-9, "{coverage}");
    assert_eq!(overview["coverage"][0]["untagged_cost"], "7");
    assert_eq!(overview["views"]["list"], "384.3");
    assert_eq!(overview["sources"][0]["source"], "shop");
    assert_eq!(overview["sources"][0]["rows"], json!(14 * 5));
    assert_eq!(overview["sources"][0]["stale"], json!(false));
    assert_eq!(overview["commitments"]["covered_share"], Value::Null);
}

#[test]
fn more_sums_than_an_answer_holds_are_cut_by_the_engine_and_nothing_is_lost() {
    let bill = Bill::imported();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let output = run(&[
        "cost",
        "generate",
        "--out",
        out,
        "--months",
        "1",
        "--lines",
        "120000",
        "--draft",
        "false",
        "--format",
        "focus14-parquet",
        "--first-month",
        "2026-03",
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    bill.import_from(folder.path(), "synthetic");
    let asked = |granularity: &str, rows_max: i64| {
        bill.explore(json!({"from_ms": 1_772_323_200_000_i64, "to_ms": 1_775_001_600_000_i64,
            "group_by": ["resource_id", "x_usage_type"], "granularity": granularity,
            "rows_max": rows_max}))
    };
    // A row for each thing and hour is more than is added up outside the engine; a month is not.
    let (hours, month) = (asked("hour", 5), asked("total", 1000));
    assert_eq!(
        (&hours["total"], hours["bucket_ms"].as_array().unwrap().len()),
        (&month["total"], 744)
    );
    let rows = month["rows"].as_array().unwrap().len();
    assert_eq!(hours["others"]["rows"], json!(rows - 5), "{}", hours["others"]["rows"]);
    let first_five = |answer: &Value| -> Vec<(Value, Value)> {
        let rows = answer["rows"].as_array().unwrap().iter().take(5);
        rows.map(|row| (row["keys"].clone(), row["total"].clone())).collect()
    };
    assert_eq!(first_five(&hours), first_five(&month));
}
