//! The rules mean the same in SQL as they do without an engine, whatever people write into them.

use hannun_allocation::rule::{
    Account, Action, Alias, Condition, LookupTable, Map, Normalise, Operator, Rule, VirtualTag,
};
use hannun_allocation::rules::{CatalogService, Declared};
use hannun_allocation::sql::{Source, expression, literal, staged};
use hannun_allocation::value::{Evaluator, Line};
use hannun_allocation::{Dimension, Rules};
use hannun_lake::{Lake, LakeOptions};
use hannun_query::system_tables::{Metric, MetricsSource};
use hannun_query::{Engine, EngineOptions, QueryLimits};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map as Object, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

const COLUMNS: [&str; 9] = [
    "service_name",
    "sub_account_id",
    "sub_account_name",
    "x_usage_type",
    "charge_category",
    "x_charge_type",
    "commitment_discount_id",
    "commitment_discount_status",
    "region_id",
];
/// Each refers to those after it only.
const TAGS: [&str; 3] = ["a", "b", "c"];

#[derive(Debug)]
struct NoMetrics;

impl MetricsSource for NoMetrics {
    fn metrics(&self) -> Vec<Metric> {
        Vec::new()
    }
}

#[derive(Debug, Clone)]
struct Row {
    columns: BTreeMap<&'static str, String>,
    tags: BTreeMap<String, String>,
    categories: BTreeMap<String, String>,
}

impl Line for Row {
    fn column(&self, name: &str) -> Option<&str> {
        self.columns.get(name).map(String::as_str)
    }

    fn member(&self, column: &str, key: &str) -> Option<&str> {
        let members = if column == "tags" { &self.tags } else { &self.categories };
        members.get(key).map(String::as_str)
    }
}

/// Few values, so that rules and rows meet; and all that could end a literal or mean something to SQL,
/// to LIKE, to a pattern or to a replacement.
fn text() -> impl Strategy<Value = String> {
    let chosen = [
        "",
        "a",
        "A",
        "b",
        "order",
        "Base Load",
        "BaseLoad",
        "base-load",
        " a ",
        "-",
        "--",
        "it's",
        "''",
        "'; DROP TABLE cost; --",
        "%",
        "_",
        "a%",
        "\\",
        "\\'",
        "$1",
        "${2}",
        "x\ny",
        "\t",
        "/*",
        "\"",
        "É",
        "ẞ",
        "İ",
        "한눈",
        "NatGateway-Bytes",
        "APN2-DataTransfer-Out-Bytes",
        "Usage",
        "Tax",
        "Purchase",
        "Credit",
        "Refund",
        "RIFee",
        "Unused",
        "NULL",
        "{}",
        "\u{0}",
        "👍",
    ];
    prop_oneof![
        4 => proptest::sample::select(chosen.to_vec()).prop_map(str::to_owned),
        1 => "[a-c'%_\\\\ -]{0,4}",
        1 => ".{0,5}",
    ]
}

fn key() -> impl Strategy<Value = String> {
    let keys = ["team", "it's", "a b", "x\"y", "service", "]", "key\\"];
    proptest::sample::select(keys.to_vec()).prop_map(str::to_owned)
}

fn row() -> impl Strategy<Value = Row> {
    let columns =
        proptest::collection::btree_map(proptest::sample::select(COLUMNS.as_slice()), text(), 0..9);
    let members = || proptest::collection::btree_map(key(), text(), 0..4);
    (columns, members(), members()).prop_map(|(columns, tags, categories)| Row {
        columns,
        tags,
        categories,
    })
}

fn dimension(after: usize) -> BoxedStrategy<Dimension> {
    let plain = prop_oneof![
        4 => proptest::sample::select(COLUMNS.as_slice()).prop_map(Dimension::Column),
        4 => key().prop_map(Dimension::Tag),
        1 => key().prop_map(Dimension::CostCategory),
        1 => proptest::sample::select(
            ["network", "charge", "catalog.team", "account.name", "account.stage"].as_slice()
        ).prop_map(|name| name.parse().unwrap()),
    ];
    if after >= TAGS.len() {
        return plain.boxed();
    }
    let of_tag = proptest::sample::select(&TAGS[after..])
        .prop_map(|name| Dimension::Virtual(name.to_owned()));
    prop_oneof![4 => plain, 1 => of_tag].boxed()
}

fn condition(after: usize) -> impl Strategy<Value = Condition> {
    let compared = (
        proptest::sample::select(
            [
                Operator::Is,
                Operator::IsNot,
                Operator::OneOf,
                Operator::Contains,
                Operator::StartsWith,
            ]
            .as_slice(),
        ),
        proptest::collection::vec(text(), 1..4),
    );
    let pattern = prop_oneof![
        text().prop_map(|text| regex::escape(&text)),
        proptest::sample::select(
            [
                "^a",
                "a$",
                "^a$",
                "^(order|b)$",
                "(?i)base.?load",
                "[^a-z]",
                "",
                ".",
                r"\s",
                "^$",
                "a|b"
            ]
            .as_slice()
        )
        .prop_map(str::to_owned),
    ];
    let matched = proptest::collection::vec(pattern, 1..3).prop_map(|it| (Operator::Matches, it));
    let there = prop_oneof![Just(Operator::Present), Just(Operator::Absent)]
        .prop_map(|operator| (operator, Vec::new()));
    let test = prop_oneof![5 => compared, 2 => matched, 1 => there];
    (dimension(after), test).prop_map(|(dimension, (operator, values))| Condition {
        dimension,
        operator,
        values,
    })
}

fn rule(after: usize) -> impl Strategy<Value = Rule> {
    let set = text().prop_map(Action::Set);
    let copy = dimension(after).prop_map(Action::Copy);
    let map = (dimension(after), proptest::option::of(text())).prop_map(|(from, otherwise)| {
        Action::Map(Map { from, table: "owners".to_owned(), otherwise })
    });
    let alias = (dimension(after), proptest::collection::btree_map(text(), text(), 0..3))
        .prop_map(|(from, names)| Action::Alias(Alias { from, names }));
    let then = prop_oneof![4 => set, 1 => copy, 1 => map, 1 => alias];
    let same = condition(after).prop_map(|it| vec![it]);
    let several = proptest::collection::vec(condition(after), 0..3);
    (prop_oneof![same, several], then).prop_map(|(when, then)| Rule { when, then })
}

fn tag(index: usize) -> impl Strategy<Value = VirtualTag> {
    let normalise = [Normalise::None, Normalise::Lower, Normalise::TrimLower, Normalise::Kebab];
    // Runs of equalities are written in another way.
    let equal = (dimension(index + 1), proptest::collection::vec((text(), text()), 2..5)).prop_map(
        |(dimension, pairs)| {
            let rule = |(value, then): (String, String)| Rule {
                when: vec![Condition {
                    dimension: dimension.clone(),
                    operator: Operator::Is,
                    values: vec![value],
                }],
                then: Action::Set(then),
            };
            pairs.into_iter().map(rule).collect::<Vec<Rule>>()
        },
    );
    let single = rule(index + 1).prop_map(|rule| vec![rule]);
    let rules = proptest::collection::vec(prop_oneof![3 => single, 1 => equal], 0..5);
    (proptest::sample::select(normalise.to_vec()), proptest::option::of(text()), rules).prop_map(
        move |(normalise, default, rules)| VirtualTag {
            name: TAGS[index].to_owned(),
            description: None,
            default,
            normalise,
            rules: rules.concat(),
        },
    )
}

fn rules() -> impl Strategy<Value = Rules> {
    let table = proptest::collection::btree_map(text(), text(), 0..8);
    let named = || proptest::collection::vec((text(), text()), 0..4);
    (tag(0), tag(1), tag(2), table, named(), named()).prop_map(|(a, b, c, rows, teams, stages)| {
        let service =
            |(name, team)| CatalogService { name, team: Some(team), ..Default::default() };
        let account = |(account_id, stage): (String, String)| Account {
            account_id,
            name: Some(stage.clone()),
            team: None,
            stage: Some(stage),
        };
        Rules::new(Declared {
            tags: vec![a, b, c],
            tables: vec![LookupTable { name: "owners".to_owned(), description: None, rows }],
            accounts: stages.into_iter().map(account).collect(),
            services: teams.into_iter().map(service).collect(),
            ..Declared::default()
        })
    })
}

/// The rows as a table.
fn table(rows: &[Row]) -> String {
    let value = |it: Option<&str>| it.map_or_else(|| "NULL".to_owned(), literal);
    let object = |members: &BTreeMap<String, String>| {
        let object: Object<String, Value> =
            members.iter().map(|(key, it)| (key.clone(), Value::from(it.as_str()))).collect();
        literal(&Value::Object(object).to_string())
    };
    let tuple = |(id, row): (usize, &Row)| {
        let mut items = vec![id.to_string()];
        items.extend(COLUMNS.iter().map(|name| value(row.column(name))));
        items.extend([object(&row.tags), object(&row.categories)]);
        format!("({})", items.join(", "))
    };
    let tuples: Vec<String> = rows.iter().enumerate().map(tuple).collect();
    let names: Vec<&str> = COLUMNS.into_iter().chain(["tags", "x_cost_category"]).collect();
    let typed: Vec<String> =
        names.iter().map(|name| format!("arrow_cast({name}, 'Utf8View') AS {name}")).collect();
    format!(
        "(SELECT id, {} FROM (VALUES {}) AS v (id, {})) AS lines",
        typed.join(", "),
        tuples.join(", "),
        names.join(", ")
    )
}

struct Store {
    engine: Arc<Engine>,
    _lake: Lake,
    _folder: tempfile::TempDir,
}

impl Store {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = LakeOptions::new(folder.path(), 1 << 30);
        options.background = false;
        let lake = Lake::open(options).await.unwrap();
        let options = EngineOptions { partitions: Some(1), ..EngineOptions::default() };
        let engine = Engine::new(lake.shared().clone(), Arc::new(NoMetrics), &options).unwrap();
        Self { engine: Arc::new(engine), _lake: lake, _folder: folder }
    }

    async fn ask(&self, sql: &str) -> Vec<Object<String, Value>> {
        let found = self.engine.rows(sql, QueryLimits::default()).await;
        found.unwrap_or_else(|error| panic!("{error}\n{sql}")).rows
    }
}

fn value_of(row: &Object<String, Value>, name: &str) -> Option<String> {
    row.get(name).and_then(Value::as_str).map(str::to_owned)
}

#[test]
fn rules_mean_the_same_in_sql_as_without_an_engine() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let store = runtime.block_on(Store::open());
    let config = Config { cases: 96, failure_persistence: None, ..Config::default() };
    let several = (rules(), proptest::collection::vec(row(), 1..25));
    let outcome = TestRunner::new(config).run(&several, |(rules, rows)| {
        let mut dimensions: Vec<Dimension> =
            TAGS.iter().map(|name| Dimension::Virtual((*name).to_owned())).collect();
        let more = ["network", "charge", "catalog.team", "account.name", "tag:it's", "region_id"];
        dimensions.extend(more.iter().map(|name| name.parse::<Dimension>().unwrap()));
        let tables = rules.tables().map(|(name, it)| (name.to_owned(), it.clone())).collect();
        store.engine.publish_lookups(tables);
        let evaluator = Evaluator::new(&rules, &dimensions).unwrap();
        let steps = staged(&dimensions, &rules).unwrap();
        let lines = table(&rows);
        let source =
            Source { table: &lines, condition: "", keys: &["id"], sums: &["count(*) AS lines"] };
        let mut items = vec!["id".to_owned()];
        for (index, dimension) in dimensions.iter().enumerate() {
            items.push(format!("{} AS s{index}", steps.value(dimension)));
        }
        for (index, name) in TAGS.iter().enumerate() {
            let tag = rules.tag(name).unwrap();
            items.push(format!("{} AS r{index}", steps.rule_number(tag)));
        }
        let sql =
            format!("SELECT {} FROM ({}) ORDER BY id", items.join(", "), steps.select(&source));
        let in_steps = runtime.block_on(store.ask(&sql));
        let mut items = vec!["id".to_owned()];
        for (index, dimension) in dimensions.iter().enumerate() {
            items.push(format!("{} AS e{index}", expression(dimension, &rules).unwrap()));
        }
        let sql = format!("SELECT {} FROM {lines} ORDER BY id", items.join(", "));
        let at_once = runtime.block_on(store.ask(&sql));
        prop_assert_eq!((in_steps.len(), at_once.len()), (rows.len(), rows.len()));
        for (id, row) in rows.iter().enumerate() {
            for (index, dimension) in dimensions.iter().enumerate() {
                let meant = evaluator.value(dimension, row);
                let told = value_of(&in_steps[id], &format!("s{index}"));
                prop_assert_eq!(&told, &meant, "in steps: {} of {:?}", dimension, row);
                let told = value_of(&at_once[id], &format!("e{index}"));
                prop_assert_eq!(&told, &meant, "at once: {} of {:?}", dimension, row);
            }
            for (index, name) in TAGS.iter().enumerate() {
                let meant = evaluator.decided(rules.tag(name).unwrap(), row);
                let told = in_steps[id].get(&format!("r{index}")).and_then(Value::as_u64);
                let meant = meant.map(|(rule, _)| rule as u64 + 1);
                prop_assert_eq!(told, meant, "rule of {} for {:?}", name, row);
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_hundred_rules_over_a_million_lines_are_quick() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let store = runtime.block_on(Store::open());
    let condition = |dimension: Dimension, operator, value: String| Condition {
        dimension,
        operator,
        values: vec![value],
    };
    let rule = |index: usize| {
        let (dimension, operator) = match index % 3 {
            0 => (Dimension::Tag("team".to_owned()), Operator::Is),
            1 => (Dimension::Column("service_name"), Operator::StartsWith),
            _ => (Dimension::Column("sub_account_id"), Operator::Matches),
        };
        let when = vec![condition(dimension, operator, format!("never {index}"))];
        Rule { when, then: Action::Set(format!("team {index}")) }
    };
    let tag = VirtualTag {
        name: "team".to_owned(),
        description: None,
        default: None,
        normalise: Normalise::None,
        rules: (0..100).map(rule).collect(),
    };
    let rules = Rules::new(Declared { tags: vec![tag], ..Declared::default() });
    let dimension = Dimension::Virtual("team".to_owned());
    let steps = staged(std::slice::from_ref(&dimension), &rules).unwrap();
    // A thousand groups of lines: 40 services, 25 accounts, and a tag that goes with the account.
    let lines = "(SELECT arrow_cast('service ' || (value % 40), 'Utf8View') AS service_name, \
                 arrow_cast('account ' || (value % 1000 / 40), 'Utf8View') AS sub_account_id, \
                 arrow_cast('{\"team\":\"t' || (value % 1000 / 40) || '\"}', 'Utf8View') AS tags, \
                 CAST(1.25 AS DECIMAL(28, 12)) AS effective_cost \
                 FROM generate_series(0, 999999)) AS lines";
    let source = Source {
        table: lines,
        condition: "",
        keys: &[],
        sums: &["sum(effective_cost) AS cost", "count(*) AS lines"],
    };
    let sql = format!(
        "SELECT {} AS value, CAST(sum(cost) AS VARCHAR) AS cost, sum(lines) AS lines FROM ({}) GROUP BY 1",
        steps.value(&dimension),
        steps.select(&source)
    );
    let started = std::time::Instant::now();
    let found = runtime.block_on(store.ask(&sql));
    let took = started.elapsed();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["cost"], "1250000.000000000000");
    assert_eq!(found[0]["lines"], 1_000_000);
    // Rules are asked of a thousand groups and not of a million lines, which would take minutes in a
    // build for tests.
    assert!(took.as_secs() < 20, "{took:?}");
}
