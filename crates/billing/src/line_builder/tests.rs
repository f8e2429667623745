use super::*;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{Decimal128Type, TimestampNanosecondType};

fn builder() -> LineBuilder {
    let header =
        Header::new("bill.csv", vec!["x_Note".into(), "Note".into(), "product/vcpu".into()]);
    let own = OwnColumns::new(&header, |index, _| {
        Some(if index == 2 { ColumnType::Decimal } else { ColumnType::Text })
    });
    let options =
        ReadOptions { source: "aws".into(), snapshot_id: "01".into(), ..ReadOptions::default() };
    LineBuilder::new(CostTable::Lines, &header, &options, &own)
}

#[test]
fn what_is_not_written_is_null_and_columns_without_a_value_are_left_out() {
    let mut builder = builder();
    builder.text(cost::SERVICE_NAME, "Amazon Elastic Compute Cloud");
    builder.end_line();
    builder.end_line();
    builder.text(cost::SERVICE_NAME, "Amazon Elastic Compute Cloud");
    builder.money(cost::BILLED_COST, Money::parse("1.5").ok());
    builder.time(cost::CHARGE_PERIOD_START, Some(7));
    builder.end_line();
    let first = builder.take().unwrap().unwrap().records;
    let names: Vec<_> = first.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(
        names,
        ["charge_period_start", "billed_cost", "service_name", "source", "snapshot_id"]
    );
    assert_eq!(first.schema().field(1), cost::schema().field(cost::BILLED_COST));
    let services = first["service_name"].as_string_view();
    assert_eq!(
        services.iter().collect::<Vec<_>>(),
        [Some("Amazon Elastic Compute Cloud"), None, Some("Amazon Elastic Compute Cloud")]
    );
    let billed = first["billed_cost"].as_primitive::<Decimal128Type>();
    assert!(billed.is_null(0) && billed.is_null(1));
    assert_eq!(billed.value(2), 1_500_000_000_000);
    assert_eq!(first["charge_period_start"].as_primitive::<TimestampNanosecondType>().value(2), 7);
    assert_eq!(first["source"].as_string_view().value(1), "aws");
}

#[test]
fn columns_that_had_a_value_stay_in_later_batches() {
    let mut builder = builder();
    builder.text(cost::REGION_ID, "ap-northeast-2");
    builder.end_line();
    builder.take().unwrap();
    builder.text(cost::SERVICE_NAME, "EC2");
    builder.end_line();
    let second = builder.take().unwrap().unwrap().records;
    assert!(second["region_id"].is_null(0));
    assert_eq!(second["service_name"].as_string_view().value(0), "EC2");
    assert!(builder.take().unwrap().is_none());
}

#[test]
fn own_columns_begin_with_x_and_have_names_of_their_own() {
    let mut builder = builder();
    for (index, text) in ["a", "b"].into_iter().enumerate() {
        builder.text(cost::COLUMNS.len() + index, text);
    }
    builder.money(cost::COLUMNS.len() + 2, Money::parse("4").ok());
    builder.end_line();
    let records = builder.take().unwrap().unwrap().records;
    assert_eq!(records["x_note"].as_string_view().value(0), "a");
    assert_eq!(records["x_note_2"].as_string_view().value(0), "b");
    assert_eq!(
        records["x_product_vcpu"].as_primitive::<Decimal128Type>().value(0),
        4_000_000_000_000
    );
}

#[test]
fn lines_with_huge_texts_make_smaller_batches() {
    let mut builder = builder();
    let mut most = 0;
    for line in 0..200 {
        builder.text(cost::CHARGE_DESCRIPTION, &format!("{line} {}", "x".repeat(1 << 20)));
        builder.end_line();
        if let Some(full) = builder.take_full().unwrap() {
            most = most.max(full.records.num_rows());
        }
    }
    assert_eq!(most, 32);
    assert_eq!(builder.lines(), 200 % 32);
}

#[test]
fn many_distinct_texts_are_kept_apart() {
    let mut builder = builder();
    for line in 0..5000 {
        builder.text(cost::RESOURCE_ID, &format!("arn:aws:resource/{}", line % 1700));
        builder.end_line();
    }
    let records = builder.take().unwrap().unwrap().records;
    let resources = records["resource_id"].as_string_view();
    for line in [0, 1, 1699, 1700, 4999] {
        assert_eq!(resources.value(line), format!("arn:aws:resource/{}", line % 1700));
    }
}
