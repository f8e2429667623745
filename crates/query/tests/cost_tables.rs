//! The tables of bills over real snapshots: columns, pruning, replacement while a query runs.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use arrow::array::{
    ArrayRef, Decimal128Array, RecordBatch, StringViewArray, TimestampNanosecondArray,
};
use arrow::datatypes::{Field, Schema};
use hannun_lake::bills::SnapshotRecord;
use hannun_lake::bills::snapshot::{CurrencyTotals, RestatedAmount};
use hannun_lake::bills::staging::DeliveryKey;
use hannun_model::column::ColumnType;
use hannun_model::cost::{self, COLUMNS, CostTable};
use hannun_model::money::{Money, PRECISION, SCALE};
use hannun_query::QueryLimits;
use std::sync::Arc;
use support::Fixture;

const DAY_NS: i64 = 86_400_000_000_000;

/// A line a day from a day on, each with a cost, tags, and a column of its own.
fn lines(source: &str, first_day: i64, costs: &[&str], own: (&str, &str)) -> RecordBatch {
    let text = |value: &str| -> ArrayRef {
        Arc::new(StringViewArray::from_iter_values(std::iter::repeat_n(value, costs.len())))
    };
    let days = (0..costs.len() as i64).map(|day| (first_day + day) * DAY_NS);
    let amounts = costs.iter().map(|cost| Money::parse(cost).unwrap().units());
    let amounts = Decimal128Array::from_iter_values(amounts)
        .with_precision_and_scale(PRECISION, SCALE as i8)
        .unwrap();
    let columns: [(Field, ArrayRef); 5] = [
        (
            COLUMNS[cost::CHARGE_PERIOD_START].field(),
            Arc::new(TimestampNanosecondArray::from_iter_values(days).with_timezone("UTC")),
        ),
        (COLUMNS[cost::EFFECTIVE_COST].field(), Arc::new(amounts)),
        (COLUMNS[cost::TAGS].field(), text(r#"{"team":"cart","env":"live"}"#)),
        (COLUMNS[cost::SOURCE].field(), text(source)),
        (cost::own_column(own.0, ColumnType::Text), text(own.1)),
    ];
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn import(fixture: &Fixture, source: &str, manifest: &str, records: &RecordBatch) {
    let bills = &fixture.lake().shared().bills;
    let key = DeliveryKey {
        source: source.to_owned(),
        period_start_ms: 0,
        manifest_id: manifest.to_owned(),
        assumed_currency: None,
    };
    let staging = bills.stage(&key).unwrap();
    let mut writer = staging.writer(CostTable::Lines);
    writer.write(records).unwrap();
    let files = writer.end().unwrap();
    let own = writer.own_columns().into_iter().collect();
    let record = SnapshotRecord {
        id: staging.id().to_owned(),
        source: source.to_owned(),
        provider: "AWS".to_owned(),
        manifest_id: manifest.to_owned(),
        rows: records.num_rows() as u64,
        files,
        own_columns: [(CostTable::Lines.name().to_owned(), own)].into(),
        totals: vec![CurrencyTotals {
            currency: "USD".to_owned(),
            effective: Money::parse("1.5").unwrap(),
            ..CurrencyTotals::default()
        }],
        restated_amounts: vec![RestatedAmount {
            service_name: Some("Amazon EC2".to_owned()),
            ..RestatedAmount::default()
        }],
        ..SnapshotRecord::default()
    };
    staging.commit(record, &serde_json::Value::Null).unwrap();
}

#[tokio::test]
async fn tables_of_bills_are_there_before_any_bill() {
    let fixture = Fixture::new().await;
    for table in CostTable::ALL {
        let sql = format!("SELECT count(*) FROM {}", table.name());
        assert_eq!(fixture.count(&sql).await, 0, "{sql}");
    }
    let sum = fixture.json("SELECT sum(effective_cost) AS total FROM cost_daily").await;
    assert!(sum[0]["total"].is_null(), "{sum}");
    assert_eq!(fixture.count("SELECT count(*) FROM cost_snapshots").await, 0);
    let tables = fixture.default_engine().tables().await;
    let cost = tables.iter().find(|table| table.name == "cost").unwrap();
    assert_eq!(cost.columns.len(), COLUMNS.len());
    assert!(!cost.columns[0].description.is_empty());
}

#[tokio::test]
async fn columns_of_sources_appear_and_go_with_their_snapshots() {
    let fixture = Fixture::new().await;
    import(&fixture, "aws", "a1", &lines("aws", 0, &["1.000000000001", "2"], ("x_one", "here")));
    import(&fixture, "gcp", "g1", &lines("gcp", 0, &["4"], ("x_two", "there")));
    let rows = fixture
        .json("SELECT source, x_one, x_two, sum(effective_cost) AS total FROM cost GROUP BY 1, 2, 3 ORDER BY 1")
        .await;
    assert_eq!((&rows[0]["x_one"], &rows[0]["x_two"]), (&"here".into(), &serde_json::Value::Null));
    assert_eq!(rows[1]["x_two"], "there");
    let exact =
        fixture.json("SELECT CAST(sum(effective_cost) AS VARCHAR) AS total FROM cost").await;
    assert_eq!(exact[0]["total"], "7.000000000001");
    let by_team = "SELECT count(*) FROM cost WHERE tags['team'] = 'cart' AND x_one IS NULL";
    assert_eq!(fixture.count(by_team).await, 1);
    import(&fixture, "gcp", "g2", &lines("gcp", 0, &["8"], ("x_three", "now")));
    let error = fixture.default_engine().collect("SELECT x_two FROM cost", QueryLimits::default());
    let error = error.await.unwrap_err();
    assert!(error.message.contains("x_two"), "{error}");
    assert_eq!(fixture.count("SELECT count(x_three) FROM cost").await, 1);
    assert_eq!(fixture.count("SELECT count(*) FROM cost_snapshots WHERE current").await, 2);
    assert_eq!(fixture.count("SELECT count(*) FROM cost_restatements").await, 3);
}

#[tokio::test]
async fn files_of_other_times_and_sources_are_not_opened() {
    let fixture = Fixture::new().await;
    for (index, source) in ["aws", "gcp", "oci"].into_iter().enumerate() {
        let records = lines(source, index as i64 * 31, &["1"; 31], ("x_one", "1"));
        import(&fixture, source, "m", &records);
    }
    for (filter, days) in [
        ("source = 'gcp'", 31),
        ("charge_period_start >= '1970-02-01' AND charge_period_start < '1970-02-03'", 2),
    ] {
        let sql = format!("SELECT count(*) FROM cost WHERE {filter}");
        assert_eq!(fixture.count(&sql).await, days, "{sql}");
        let plan = fixture.json(&format!("EXPLAIN {sql}")).await;
        let plan = plan[1]["plan"].as_str().unwrap();
        assert_eq!(plan.matches(".parquet").count(), 1, "{sql}\n{plan}");
    }
}

#[tokio::test]
async fn a_query_reads_the_bills_as_they_were_when_it_began() {
    let fixture = Fixture::new().await;
    import(&fixture, "aws", "m0", &lines("aws", 0, &["1"; 20], ("x_one", "1")));
    let before = fixture.lake().shared().bills.view();
    let mut answer = fixture
        .default_engine()
        .query("SELECT effective_cost FROM cost", QueryLimits::default())
        .await
        .unwrap();
    // More versions than are kept: the files of the first would be deleted.
    for version in 1..=6 {
        let name = format!("m{version}");
        import(&fixture, "aws", &name, &lines("aws", 0, &["2"], ("x_one", "1")));
    }
    let mut rows = 0;
    while let Some(batch) = answer.next().await.unwrap() {
        rows += batch.num_rows();
    }
    assert_eq!(rows, 20);
    assert!(!before.files(CostTable::Lines).is_empty());
    assert_eq!(fixture.count("SELECT count(*) FROM cost").await, 1);
}
