//! Virtual tags, shared costs and rules on trial, over a generated bill: every amount lands exactly
//! once.

use crate::cost_explorer::{DAY_MS, text_of};
use hannun_e2e::random::Random;
use hannun_e2e::{Server, Session, now_ns, otlp};
use opentelemetry_proto::tonic::metrics::v1::number_data_point;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// An amount in 10⁻¹² of a currency.
pub(crate) type Units = i128;

const ONE: Units = 1_000_000_000_000;

const HEADER: &str = "BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodStart,\
    BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ChargeFrequency,\
    ChargeDescription,BilledCost,EffectiveCost,ListCost,ContractedCost,ProviderName,PublisherName,\
    InvoiceIssuerName,ServiceName,ServiceCategory,SubAccountId,RegionId,ResourceId,\
    CommitmentDiscountId,CommitmentDiscountStatus,Tags,x_UsageType";

/// A line, as far as the rules of these tests read it.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    service: &'static str,
    pub(crate) account: &'static str,
    usage_type: &'static str,
    pub(crate) team: &'static str,
    is_unused: bool,
    cost: Units,
}

pub(crate) struct Bill {
    pub(crate) server: Server,
    pub(crate) owner: Session,
    lines: Vec<Line>,
    pub(crate) folder: tempfile::TempDir,
    /// The month before this one.
    from_ms: i64,
    pub(crate) to_ms: i64,
}

/// The month before this one, in UTC.
fn last_month() -> (i64, i64) {
    let day_of_month = |ms: i64| text_of(ms)[8..10].parse::<i64>().unwrap();
    let now_ms = i64::try_from(now_ns() / 1_000_000).unwrap();
    let today_ms = now_ms - now_ms % DAY_MS;
    let to_ms = today_ms - (day_of_month(today_ms) - 1) * DAY_MS;
    (to_ms - day_of_month(to_ms - DAY_MS) * DAY_MS, to_ms)
}

fn decimal(units: Units) -> String {
    let sign = if units < 0 { "-" } else { "" };
    format!("{sign}{}.{:012}", units.abs() / ONE, units.abs() % ONE)
}

/// Amounts have up to twelve places, so that adding them up as floats would be seen.
fn lines(seed: u64, count: usize) -> Vec<Line> {
    let services = ["Amazon EC2", "Amazon RDS", "Amazon S3", "AWS Support"];
    let usage_types =
        ["APN2-BoxUsage:m5.large", "APN2-NatGateway-Bytes", "APN2-DataTransfer-Regional-Bytes", ""];
    let teams = ["Checkout", "checkout", " CheckOut", "cart", "", "", "it's; --"];
    let mut random = Random::new(seed);
    let mut pick = |texts: &[&'static str]| texts[random.below(texts.len() as u64) as usize];
    let mut lines: Vec<Line> = (0..count)
        .map(|_| Line {
            service: pick(&services),
            account: pick(&["111", "222", "333"]),
            usage_type: pick(&usage_types),
            team: pick(&teams),
            is_unused: false,
            cost: 0,
        })
        .collect();
    let mut random = Random::new(seed + 1);
    for line in &mut lines {
        line.cost = Units::from(random.below(4_000_000_000_000)) - 200_000_000_000;
        line.is_unused = line.service == "Amazon EC2" && random.below(20) == 0;
    }
    lines
}

fn csv(lines: &[Line], from_ms: i64, to_ms: i64) -> String {
    let mut text = format!("{HEADER}\n");
    let (start, end, days) = (text_of(from_ms), text_of(to_ms), (to_ms - from_ms) / DAY_MS);
    for (index, line) in lines.iter().enumerate() {
        let day_ms = from_ms + index as i64 % days * DAY_MS;
        let (day, next) = (text_of(day_ms), text_of(day_ms + DAY_MS));
        let tags = match line.team {
            "" => "{}".to_owned(),
            team => format!("\"{{\"\"team\"\": \"\"{team}\"\"}}\""),
        };
        let commitment = if line.is_unused { "sp-1,Unused" } else { "," };
        let Line { service, account, usage_type, .. } = line;
        let cost = decimal(line.cost);
        text.push_str(&format!(
            "900,Shop,USD,{start},{end},{day},{next},Usage,Usage-Based,{service},{cost},{cost},{cost},\
             {cost},AWS,AWS,AWS,{service},Compute,{account},ap-northeast-2,r-{},{commitment},{tags},\
             {usage_type}\n",
            index % 50,
        ));
    }
    text
}

impl Bill {
    pub(crate) fn imported() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(&folder.path().join("data"));
        let owner = Session::owner(&server, "owner");
        let (from_ms, to_ms) = last_month();
        let bill = Self { server, owner, lines: lines(7, 4000), folder, from_ms, to_ms };
        bill.import();
        bill
    }

    fn import(&self) {
        let path = self.folder.path().join("october.csv");
        std::fs::write(&path, csv(&self.lines, self.from_ms, self.to_ms)).unwrap();
        let wanted = json!({"location": path.to_str().unwrap(), "source": "shop"});
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

    pub(crate) fn put(&self, kind: &str, id: &str, body: &Value) {
        let body = json!({"body": body, "expected_revision": 0});
        let answer = self.owner.send("PUT", &format!("/documents/{kind}/{id}"), Some(&body));
        assert!(answer.status < 300, "{}", answer.text());
    }

    pub(crate) fn allocation(&self, tag: &str) -> Value {
        self.owner.get(&format!("/cost/allocation?tag={tag}&{}", self.time()))
    }

    pub(crate) fn time(&self) -> String {
        format!("from_ms={}&to_ms={}", self.from_ms, self.to_ms)
    }

    fn attempt(&self, tag: &Value) -> Value {
        let body = json!({"tag": tag, "from_ms": self.from_ms, "to_ms": self.to_ms});
        let answer = self.owner.send("POST", "/cost/allocation/try", Some(&body));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    pub(crate) fn sum(&self, of: impl Fn(&Line) -> bool) -> Units {
        self.lines.iter().filter(|line| of(line)).map(|line| line.cost).sum()
    }
}

pub(crate) fn money(value: &Value) -> Units {
    let text = value.as_str().unwrap_or_else(|| panic!("{value} is no amount"));
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    sign * (whole.parse::<Units>().unwrap() * ONE
        + format!("{places:0<12}").parse::<Units>().unwrap())
}

fn float(units: Units) -> f64 {
    units as f64 / ONE as f64
}

pub(crate) fn rows(answer: &Value) -> BTreeMap<String, &Value> {
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().map(|row| (row["value"].as_str().unwrap().to_owned(), row)).collect()
}

/// `team`: the tag made alike, else what the account says, else the network's for everything that
/// crosses zones.
fn team() -> Value {
    json!({"name": "team", "normalise": "kebab", "rules": [
        {"when": [{"dimension": "tag:team", "operator": "present"}], "then": {"copy": "tags['team']"}},
        {"then": {"map": {"from": "sub_account_id", "table": "owners"}}},
        {"when": [{"dimension": "network", "operator": "is", "values": ["cross_az"]},
                  {"dimension": "service_name", "operator": "matches", "values": ["^Amazon (EC2|RDS)$"]}],
         "then": {"set": "Network"}},
    ]})
}

fn meant(line: &Line) -> Option<&'static str> {
    match (line.team, line.account) {
        ("Checkout", _) => Some("checkout"),
        (" CheckOut", _) => Some("check-out"),
        ("checkout", _) => Some("checkout"),
        ("it's; --", _) => Some("it-s"),
        ("cart", _) => Some("cart"),
        (_, "111") => Some("platform"),
        _ if line.usage_type.contains("Regional") && line.service.starts_with("Amazon EC2") => {
            Some("network")
        }
        _ if line.usage_type.contains("Regional") && line.service == "Amazon RDS" => {
            Some("network")
        }
        _ => None,
    }
}

pub(crate) fn declare(bill: &Bill) {
    bill.put(
        "cost-lookup-table",
        "owners",
        &json!({"name": "owners", "rows": {"111": "Platform"}}),
    );
    bill.put("cost-virtual-tag", "team", &team());
    let shared = |name: &str, dimension: &str, value: &str, split: Value| {
        json!({"name": name, "over": "team", "split": split,
            "when": [{"dimension": dimension, "operator": "is", "values": [value]}]})
    };
    let nat = shared("NAT", "network", "nat_bytes", json!({"metric": "orders"}));
    bill.put("cost-shared", "nat", &nat);
    let support = shared("Support", "service_name", "AWS Support", json!("proportional"));
    bill.put("cost-shared", "support", &support);
}

/// Three orders of checkout for each of cart.
fn send_orders(bill: &Bill) {
    let time_ns = (bill.to_ms - DAY_MS) as u64 * 1_000_000;
    let point = |id: u64, team: &str, value: f64| {
        let mut point = otlp::point(id, time_ns + id);
        point.attributes = vec![otlp::attribute("team", team)];
        point.value = Some(number_data_point::Value::AsDouble(value));
        point
    };
    let points = vec![point(1, "checkout", 30.0), point(2, "cart", 10.0)];
    bill.server.send_ok("metrics", &otlp::gauge("shop", "orders", points));
}

#[test]
fn every_amount_of_a_bill_lands_exactly_once() {
    let bill = Bill::imported();
    send_orders(&bill);
    declare(&bill);
    let answer = bill.allocation("team");
    assert_eq!((&answer["currency"], &answer["metric"]), (&json!("USD"), &json!("effective")));
    assert_eq!(answer["problems"], json!([]));
    let total = bill.sum(|_| true);
    assert_eq!(money(&answer["total"]), total);
    let in_nat = |line: &Line| line.usage_type.contains("NatGateway");
    let in_support = |line: &Line| !in_nat(line) && line.service == "AWS Support";
    let own = |line: &Line| !in_nat(line) && !in_support(line);
    let rows = rows(&answer);
    let names: Vec<&str> = rows.keys().map(String::as_str).collect();
    assert_eq!(names, ["cart", "check-out", "checkout", "it-s", "network", "platform"]);
    let mut sum = 0;
    for (name, row) in &rows {
        let of = |line: &Line| own(line) && meant(line) == Some(name.as_str());
        assert_eq!(money(&row["direct"]), bill.sum(|it| of(it) && !it.is_unused), "{name}");
        assert_eq!(money(&row["idle"]), bill.sum(|it| of(it) && it.is_unused), "{name}");
        sum += money(&row["total"]);
    }
    let nobody = |line: &Line| own(line) && meant(line).is_none();
    assert_eq!(money(&answer["unallocated"]), bill.sum(|it| nobody(it) && !it.is_unused));
    assert_eq!(money(&answer["idle"]), bill.sum(|it| nobody(it) && it.is_unused));
    assert_eq!(answer["shared_pool"], "0");
    assert_eq!(sum + money(&answer["unallocated"]) + money(&answer["idle"]), total);
    assert_eq!(answer["checked"], true);

    let [nat, support] = answer["shared"].as_array().unwrap().as_slice() else { panic!() };
    assert_eq!((&nat["name"], &nat["split"]), (&json!("NAT"), &json!("metric")));
    assert_eq!(money(&nat["cost"]), bill.sum(in_nat));
    let of_nat: Vec<Units> =
        nat["parts"].as_array().unwrap().iter().map(|part| money(&part["cost"])).collect();
    assert_eq!((&nat["parts"][0]["value"], of_nat.len()), (&json!("checkout"), 2));
    assert_eq!(of_nat[0] + of_nat[1], bill.sum(in_nat));
    let three_quarters = float(bill.sum(in_nat)) * 0.75;
    assert!((float(of_nat[0]) - three_quarters).abs() < 1e-6, "{of_nat:?}");
    assert_eq!(money(&support["cost"]), bill.sum(in_support));
    let of_support: Units =
        support["parts"].as_array().unwrap().iter().map(|part| money(&part["cost"])).sum();
    assert_eq!((of_support, support["parts"].as_array().unwrap().len()), (bill.sum(in_support), 6));
}

#[test]
fn what_is_of_nobody_is_listed_with_the_largest_first_and_its_query_runs() {
    let bill = Bill::imported();
    declare(&bill);
    let answer = bill.allocation("team");
    // No orders were sent: what is split by them stays together and says why.
    let nat = &answer["shared"][0];
    assert_eq!(nat["cost"], answer["shared_pool"]);
    assert!(nat["problem"].as_str().unwrap().contains("orders has no values"), "{nat}");
    let nobody = |line: &Line| {
        meant(line).is_none()
            && !line.usage_type.contains("NatGateway")
            && line.service != "AWS Support"
    };
    let worklist = answer["worklist"].as_array().unwrap();
    let costs: Vec<Units> = worklist.iter().map(|row| money(&row["cost"])).collect();
    assert!(costs.is_sorted_by(|one, other| one >= other), "{costs:?}");
    assert_eq!(costs.iter().copied().sum::<Units>(), bill.sum(nobody));
    let first = &worklist[0];
    let of_first = |line: &Line| {
        nobody(line)
            && first["service_name"] == line.service
            && first["sub_account_id"] == line.account
            && first["x_usage_type"].as_str().unwrap_or_default() == line.usage_type
    };
    assert_eq!(costs[0], bill.sum(of_first));
    assert!(first["resource_id"].as_str().unwrap().starts_with("r-"), "{first}");
    let share = float(costs[0]) / float(bill.sum(|_| true));
    assert!((first["share"].as_f64().unwrap() - share).abs() < 1e-9);
    // The query that is shown says the same.
    let rows = bill.server.rows(answer["sql"].as_str().unwrap());
    let of = |name: Option<&str>| {
        let row = rows.iter().find(|row| row["team"].as_str() == name).unwrap();
        row["cost"].as_f64().unwrap()
    };
    let cart = float(bill.sum(|line| meant(line) == Some("cart")));
    assert!((of(Some("cart")) - cart).abs() < 1e-6);
    assert!((of(None) - float(bill.sum(|line| meant(line).is_none()))).abs() < 1e-6);
}

#[test]
fn rules_are_tried_on_history_before_they_apply() {
    let bill = Bill::imported();
    bill.put(
        "cost-lookup-table",
        "owners",
        &json!({"name": "owners", "rows": {"111": "Platform"}}),
    );
    let first = bill.attempt(&team());
    assert_eq!(first["before"]["coverage"], 0.0);
    assert_eq!(first["problems"], json!([]));
    let by_rule: Units =
        first["rules"].as_array().unwrap().iter().map(|rule| money(&rule["cost"])).sum();
    let total = bill.sum(|_| true);
    assert_eq!(by_rule + money(&first["unmatched"]), total);
    assert_eq!(money(&first["unmatched"]), bill.sum(|line| meant(line).is_none()));
    assert_eq!(money(&first["rules"][0]["cost"]), bill.sum(|line| !line.team.is_empty()));
    assert_eq!(first["rules"][0]["examples"].as_array().unwrap().len(), 3);
    // Nothing was kept.
    let path = format!("/cost/allocation?tag=team&{}", bill.time());
    let none = bill.owner.send("GET", &path, None);
    assert_eq!(none.status, 400);
    assert!(none.text().contains("there is no virtual tag `team`; make one"), "{}", none.text());

    bill.put("cost-virtual-tag", "team", &team());
    let mut other = team();
    other["rules"][1]["then"] =
        json!({"map": {"from": "sub_account_id", "table": "owners", "otherwise": "Rest"}});
    let changed = bill.attempt(&other);
    let gained = bill.sum(|line| meant(line).is_none());
    let from_network = bill.sum(|line| meant(line) == Some("network"));
    let change = |value: &Value| {
        let changes = changed["changes"].as_array().unwrap();
        money(&changes.iter().find(|row| row["value"] == *value).unwrap()["change"])
    };
    assert_eq!(change(&json!("rest")), gained + from_network);
    assert_eq!(change(&json!("network")), -from_network);
    assert_eq!(change(&Value::Null), -gained);
    let moved = changed["moved"].as_array().unwrap();
    assert_eq!(moved.len(), 2, "{moved:?}");
    assert!(moved.iter().all(|row| row["to"] == "rest"));
    assert_eq!(changed["after"]["coverage"], 1.0);
    // The rule after it decides nothing any more, and that is said.
    let problem = &changed["problems"][0];
    assert_eq!((&problem["rule"], &problem["fatal"]), (&json!(2), &json!(false)));
}

#[test]
fn wrong_rules_are_told_by_their_number_and_kept_out() {
    let bill = Bill::imported();
    let told = |rules: Value| {
        let answer = bill.attempt(&json!({"name": "team", "rules": rules}));
        assert_eq!(answer["unmatched"], answer["total"]);
        let problem = answer["problems"][0].clone();
        (problem["rule"].clone(), problem["message"].as_str().unwrap().to_owned())
    };
    let fine = json!({"then": {"copy": "tag:team"}});
    let pattern = json!({"when": [{"dimension": "tag:team", "operator": "matches", "values": ["("]}],
        "then": {"set": "x"}});
    assert_eq!(
        told(json!([fine, pattern])),
        (json!(1), "rule 2: `(` is no pattern: unclosed group".to_owned())
    );
    let (rule, message) = told(json!([fine, fine, {"then": {"copy": "virtual:none"}}]));
    assert_eq!(rule, json!(2));
    assert!(message.starts_with("there is no virtual tag `none`"), "{message}");
    let (rule, message) = told(json!([{"then": {"copy": "cost"}}]));
    assert_eq!(rule, json!(0));
    assert!(message.contains("`cost` is no dimension; use a column such as"), "{message}");
    // A circle through a tag that is there.
    let stage = json!({"name": "stage", "rules": [{"then": {"copy": "virtual:team"}}]});
    bill.put("cost-virtual-tag", "stage", &stage);
    let (_, message) = told(json!([{"then": {"copy": "virtual:stage"}}]));
    assert!(message.contains("virtual:stage → virtual:team → virtual:stage"), "{message}");
    // A document with a wrong rule is not kept.
    let body = json!({"body": {"name": "team", "rules": [pattern]}, "expected_revision": 0});
    let answer = bill.owner.send("PUT", "/documents/cost-virtual-tag/team", Some(&body));
    assert_eq!(answer.status, 422);
    assert_eq!(answer.json()["error"]["fields"][0]["path"], "/rules/0/when/0/values");
}

#[test]
fn what_people_write_is_never_run() {
    let bill = Bill::imported();
    let hostile = "'; DROP TABLE cost; --";
    let tag = json!({"name": "team", "default": hostile, "rules": [
        {"when": [{"dimension": "tag:it's", "operator": "is", "values": [hostile]}],
         "then": {"set": hostile}},
        {"when": [{"dimension": "tag:team", "operator": "is", "values": ["it's; --"]}],
         "then": {"alias": {"from": "tag:team", "names": {"it's; --": "x' || 'y"}}}},
    ]});
    bill.put("cost-virtual-tag", "team", &tag);
    let answer = bill.allocation("team");
    let rows = rows(&answer);
    assert_eq!(rows.keys().map(String::as_str).collect::<Vec<_>>(), [hostile, "x' || 'y"]);
    let named = |line: &Line| line.team == "it's; --";
    let of = |name: &str| money(&rows[name]["direct"]) + money(&rows[name]["idle"]);
    assert_eq!(of("x' || 'y"), bill.sum(named));
    assert_eq!(of(hostile), bill.sum(|line| !named(line)));
}

#[test]
fn dimensions_are_listed_with_what_they_cover_and_joined_with_accounts_and_the_catalog() {
    let bill = Bill::imported();
    declare(&bill);
    let account =
        json!({"account_id": "222", "name": "Shop", "team": "shop", "stage": "production"});
    bill.put("cost-account", "222", &account);
    let service = json!({"schema-version": "v2.2", "dd-service": "cart", "team": "basket"});
    bill.put("service-definition", "cart", &service);
    let of_service = json!({"name": "service", "rules": [{"then": {"copy": "tag:team"}}]});
    bill.put("cost-virtual-tag", "service", &of_service);
    let time = bill.time();
    let found = bill.owner.get(&format!("/cost/dimensions?{time}"));
    let dimensions = found["dimensions"].as_array().unwrap();
    let of = |name: &str| {
        let found = dimensions.iter().find(|it| it["name"] == name);
        found.unwrap_or_else(|| panic!("{name} is not in {dimensions:?}"))
    };
    assert_eq!(
        (&of("service_name")["kind"], &of("service_name")["values"]),
        (&json!("column"), &json!(4))
    );
    assert_eq!(of("service_name")["coverage"], 1.0);
    assert_eq!((&of("tag:team")["kind"], &of("tag:team")["values"]), (&json!("tag"), &json!(5)));
    assert_eq!(
        (&of("virtual:team")["kind"], &of("virtual:team")["values"]),
        (&json!("virtual"), &json!(6))
    );
    assert_eq!(of("network")["values"], 3);
    let values = |dimension: &str, query: &str| {
        let path = format!("/cost/dimensions/values?dimension={dimension}&query={query}&{time}");
        let answer = bill.owner.get(&path);
        let values = answer["values"].as_array().unwrap().clone();
        values.into_iter().map(|it| (it["value"].clone(), money(&it["cost"]))).collect::<Vec<_>>()
    };
    let of_account = |account: &str| bill.sum(|line| line.account == account);
    let stages: BTreeMap<String, Units> = values("account.stage", "")
        .into_iter()
        .map(|(value, it)| (value.to_string(), it))
        .collect();
    assert_eq!(stages["\"production\""], of_account("222"));
    assert_eq!(stages["null"], of_account("111") + of_account("333"));
    let basket = bill.sum(|line| line.team == "cart");
    assert_eq!(values("catalog.team", "BASK"), [(json!("basket"), basket)]);
    assert_eq!(values("tag:team", "art"), [(json!("cart"), basket)]);
    let wrong =
        bill.owner.send("GET", &format!("/cost/dimensions/values?dimension=team&{time}"), None);
    assert_eq!(wrong.status, 400);
}
