//! Lines of every kind, and what a report must not hold.

use crate::line_source::open;
use crate::mapper::{LineBatch, ReadOptions};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, TimestampNanosecondType};
use hannun_model::cost::CostTable;
use hannun_model::money::Money;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

mod real_reports;

const HEADER: &str = "bill/PayerAccountId,bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,\
    lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,\
    lineItem/ProductCode,lineItem/UsageType,lineItem/Operation,lineItem/ResourceId,\
    lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/NetUnblendedCost,\
    pricing/publicOnDemandCost,reservation/EffectiveCost,reservation/NetEffectiveCost,\
    reservation/ReservationARN,reservation/UnusedAmortizedUpfrontFeeForBillingPeriod,\
    reservation/UnusedRecurringFee,savingsPlan/SavingsPlanARN,\
    savingsPlan/SavingsPlanEffectiveCost,savingsPlan/TotalCommitmentToDate,\
    savingsPlan/UsedCommitment,splitLineItem/ParentResourceId,splitLineItem/SplitCost,\
    splitLineItem/UnusedCost,resourceTags/user:Team,resourceTags/aws:createdBy";

/// A row of the report with these cells; the period and the accounts are those of every row.
fn row(cells: &[(&str, &str)]) -> String {
    let common = [
        ("bill/PayerAccountId", "111111111111"),
        ("bill/BillingPeriodStartDate", "2026-10-01T00:00:00Z"),
        ("bill/BillingPeriodEndDate", "2026-11-01T00:00:00Z"),
        ("lineItem/UsageAccountId", "222222222222"),
        ("lineItem/UsageStartDate", "2026-10-03T04:00:00Z"),
        ("lineItem/UsageEndDate", "2026-10-03T05:00:00Z"),
        ("lineItem/ProductCode", "AmazonEC2"),
        ("lineItem/CurrencyCode", "USD"),
    ];
    let cell = |name: &str| {
        let found = cells.iter().chain(&common).find(|(key, _)| *key == name);
        found.map_or("", |(_, value)| *value)
    };
    HEADER.split(',').map(|name| cell(name.trim())).collect::<Vec<_>>().join(",")
}

fn report(rows: &[Vec<(&str, &str)>]) -> String {
    let header = HEADER.replace(' ', "");
    rows.iter().fold(header, |text, cells| format!("{text}\n{}", row(cells)))
}

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    file
}

fn read_with(text: &str, options: &ReadOptions) -> Result<Vec<LineBatch>, String> {
    let text_error = |error: crate::error::BillError| error.to_string();
    let mut source = open("cur.csv", file_of(text.as_bytes()), options).map_err(text_error)?;
    let mut batches = Vec::new();
    while let Some(lines) = source.next().map_err(text_error)? {
        batches.extend(lines);
    }
    Ok(batches)
}

fn lines(rows: &[Vec<(&str, &str)>]) -> RecordBatch {
    let mut batches = read_with(&report(rows), &ReadOptions::default()).unwrap();
    assert_eq!((batches.len(), batches[0].table), (1, CostTable::Lines));
    batches.remove(0).records
}

fn money(records: &RecordBatch, column: &str, row: usize) -> String {
    let units = records[column].as_primitive::<Decimal128Type>().value(row);
    Money::from_units(units).to_string()
}

fn amounts(records: &RecordBatch, row: usize) -> [String; 6] {
    [
        "billed_cost",
        "effective_cost",
        "list_cost",
        "contracted_cost",
        "net_billed_cost",
        "net_effective_cost",
    ]
    .map(|column| money(records, column, row))
}

fn text<'a>(records: &'a RecordBatch, column: &str, row: usize) -> &'a str {
    records.column_by_name(column).map_or("", |array| {
        let array = array.as_string_view();
        if array.is_null(row) { "" } else { array.value(row) }
    })
}

const KIND: &str = "lineItem/LineItemType";
const COST: &str = "lineItem/UnblendedCost";
const PUBLIC: &str = "pricing/publicOnDemandCost";

#[test]
fn usage_costs_what_is_billed_and_net_falls_back_to_gross() {
    let records = lines(&[
        vec![(KIND, "Usage"), (COST, "0.5"), (PUBLIC, "0.6")],
        vec![(KIND, "Usage"), (COST, "0.5"), ("lineItem/NetUnblendedCost", "0.4")],
        vec![(KIND, "Usage"), ("lineItem/UsageType", "APN2-SpotUsage:c5.large"), (COST, "-1e-3")],
    ]);
    assert_eq!(amounts(&records, 0), ["0.5", "0.5", "0.6", "0.5", "0.5", "0.5"]);
    assert_eq!(amounts(&records, 1), ["0.5", "0.5", "0.5", "0.4", "0.4", "0.4"]);
    assert_eq!(amounts(&records, 2)[..2], ["-0.001", "-0.001"]);
    assert_eq!(text(&records, "pricing_category", 0), "Standard");
    assert_eq!(text(&records, "pricing_category", 2), "Dynamic");
    assert_eq!(text(&records, "charge_category", 0), "Usage");
    assert_eq!(text(&records, "service_category", 0), "Compute");
    assert_eq!(text(&records, "service_name", 0), "AmazonEC2");
}

#[test]
fn a_reservation_is_spread_over_what_it_covers_and_the_rest_is_unused() {
    let arn = ("reservation/ReservationARN", "arn:aws:ec2:ri/1");
    let records = lines(&[
        vec![
            (KIND, "DiscountedUsage"),
            (COST, "0"),
            (PUBLIC, "2"),
            ("reservation/EffectiveCost", "1.25"),
            ("reservation/NetEffectiveCost", "1.1"),
            arn,
        ],
        vec![
            (KIND, "RIFee"),
            (COST, "74.4"),
            (PUBLIC, "0"),
            ("reservation/UnusedAmortizedUpfrontFeeForBillingPeriod", "3.5"),
            ("reservation/UnusedRecurringFee", "1.5"),
            arn,
        ],
        vec![(KIND, "RIFee"), (COST, "10"), arn],
        vec![(KIND, "Fee"), (COST, "300"), arn],
        vec![(KIND, "Fee"), (COST, "12"), ("lineItem/ProductCode", "AmazonRoute53")],
    ]);
    assert_eq!(amounts(&records, 0), ["0", "1.25", "2", "2", "0", "1.1"]);
    assert_eq!(amounts(&records, 1), ["74.4", "5", "0", "0", "74.4", "5"]);
    assert_eq!(amounts(&records, 2)[..3], ["10", "0", "0"]);
    assert_eq!(amounts(&records, 3)[..2], ["300", "0"]);
    assert_eq!(amounts(&records, 4)[..2], ["12", "12"]);
    let status = |row| text(&records, "commitment_discount_status", row);
    assert_eq!([0, 1, 2, 3].map(status), ["Used", "Unused", "", ""]);
    assert_eq!(text(&records, "commitment_discount_id", 1), "arn:aws:ec2:ri/1");
    assert_eq!(text(&records, "commitment_discount_category", 1), "Usage");
    assert_eq!(text(&records, "charge_category", 1), "Purchase");
    assert_eq!(text(&records, "charge_frequency", 1), "Recurring");
}

#[test]
fn a_savings_plan_is_spread_over_what_it_covers_and_negations_cost_nothing() {
    let arn = ("savingsPlan/SavingsPlanARN", "arn:aws:savingsplans:1");
    let covered = vec![
        (KIND, "SavingsPlanCoveredUsage"),
        (COST, "0.096"),
        (PUBLIC, "0.1"),
        ("savingsPlan/SavingsPlanEffectiveCost", "0.06"),
        ("lineItem/UsageAmount", "1"),
        arn,
    ];
    let negation = vec![
        (KIND, "SavingsPlanNegation"),
        (COST, "-0.096"),
        (PUBLIC, "0.1"),
        ("lineItem/UsageAmount", "1"),
        arn,
    ];
    let fee = vec![
        (KIND, "SavingsPlanRecurringFee"),
        (COST, "0.08"),
        ("savingsPlan/TotalCommitmentToDate", "0.08"),
        ("savingsPlan/UsedCommitment", "0.06"),
        arn,
    ];
    let upfront = vec![(KIND, "SavingsPlanUpfrontFee"), (COST, "500"), arn];
    let refund = vec![(KIND, "Refund"), (COST, "-500"), arn];
    let records = lines(&[covered, negation, fee, upfront, refund]);
    assert_eq!(amounts(&records, 0), ["0.096", "0.06", "0.1", "0.096", "0.096", "0.06"]);
    assert_eq!(amounts(&records, 1), ["-0.096", "0", "0", "0", "-0.096", "0"]);
    assert_eq!(amounts(&records, 2)[..3], ["0.08", "0.02", "0"]);
    assert_eq!(amounts(&records, 3)[..2], ["500", "0"]);
    assert_eq!(amounts(&records, 4)[..2], ["-500", "0"]);
    assert_eq!(money(&records, "consumed_quantity", 0), "1");
    assert!(records["consumed_quantity"].is_null(1), "the usage of a negation counts once");
    assert_eq!(text(&records, "commitment_discount_status", 2), "Unused");
    assert_eq!(text(&records, "commitment_discount_type", 2), "Savings Plan");
    // The public cost that does not count is kept as the report has it.
    assert_eq!(text(&records, "x_pricing_public_on_demand_cost", 1), "0.1");
}

#[test]
fn credits_refunds_and_taxes_are_told_apart() {
    let records = lines(&[
        vec![(KIND, "Credit"), (COST, "-5")],
        vec![(KIND, "Refund"), (COST, "-7")],
        vec![(KIND, "Tax"), (COST, "1.2")],
        vec![(KIND, "EdpDiscount"), (COST, "-0.3")],
        vec![(KIND, "SomethingNew"), (COST, "2")],
    ]);
    let categories = [0, 1, 2, 3, 4].map(|row| text(&records, "charge_category", row));
    assert_eq!(categories, ["Credit", "Adjustment", "Tax", "Credit", "Adjustment"]);
    assert_eq!(text(&records, "charge_class", 1), "Correction");
    assert_eq!(text(&records, "x_charge_type", 4), "SomethingNew");
    assert_eq!(amounts(&records, 0), ["-5"; 6]);
    assert_eq!(amounts(&records, 2), ["1.2"; 6]);
}

#[test]
fn lines_that_split_a_charge_never_count_twice() {
    let pod = vec![
        (KIND, "Usage"),
        (COST, "0"),
        ("lineItem/Operation", "EKSPod-EC2"),
        ("lineItem/ResourceId", "arn:aws:eks:pod/cart"),
        ("splitLineItem/ParentResourceId", "i-1"),
        ("splitLineItem/SplitCost", "0.03"),
        ("splitLineItem/UnusedCost", "0.01"),
        ("resourceTags/user:Team", "cart"),
    ];
    let node = vec![(KIND, "Usage"), (COST, "0.1"), ("lineItem/ResourceId", "i-1")];
    let fargate = vec![(KIND, "Usage"), (COST, "0.2"), ("splitLineItem/SplitCost", "0.2")];
    let batches = read_with(&report(&[node, pod, fargate]), &ReadOptions::default()).unwrap();
    let [counted, split] = batches.as_slice() else { panic!("{} batches", batches.len()) };
    assert_eq!((counted.table, counted.records.num_rows()), (CostTable::Lines, 2));
    assert_eq!((split.table, split.records.num_rows()), (CostTable::Split, 1));
    assert_eq!(amounts(&split.records, 0)[..2], ["0", "0.04"]);
    assert_eq!(text(&split.records, "resource_id", 0), "i-1");
    assert_eq!(text(&split.records, "allocated_resource_id", 0), "arn:aws:eks:pod/cart");
    assert_eq!(text(&split.records, "allocated_tags", 0), r#"{"Team":"cart"}"#);
    assert_eq!(money(&split.records, "x_split_line_item_split_cost", 0), "0.03");
}

#[test]
fn tags_and_times_are_as_people_know_them() {
    let records = lines(&[vec![
        (KIND, "RIFee"),
        (COST, "1"),
        ("lineItem/UsageStartDate", "2026-10-01 00:00:00"),
        ("lineItem/UsageEndDate", "2026-10-31T23:59:59Z"),
        ("resourceTags/user:Team", "cart"),
        ("resourceTags/aws:createdBy", "Root:1"),
    ]]);
    assert_eq!(text(&records, "tags", 0), r#"{"Team":"cart","aws:createdBy":"Root:1"}"#);
    let end = records["charge_period_end"].as_primitive::<TimestampNanosecondType>();
    let period_end = records["billing_period_end"].as_primitive::<TimestampNanosecondType>();
    assert_eq!(end.value(0), period_end.value(0));
    assert_eq!(text(&records, "sub_account_id", 0), "222222222222");
}

#[test]
fn maps_of_the_second_edition_are_read_from_json() {
    let text_of_map = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let tags = text_of_map(r#"{"user_team":"cart","aws_created_by":"Root:1","user_empty":""}"#);
    let product = text_of_map(r#"{"product_name":"Amazon Simple Storage Service","x":"y"}"#);
    let category = text_of_map(r#"{"Cost centre":"B2C"}"#);
    let report = format!(
        "line_item_line_item_type,line_item_usage_start_date,line_item_unblended_cost,\
         line_item_currency_code,resource_tags,product,cost_category,line_item_product_code\n\
         Usage,2026-10-03T04:00:00.000Z,0.1,USD,{tags},{product},{category},AmazonS3\n"
    );
    let batches = read_with(&report, &ReadOptions::default()).unwrap();
    let records = &batches[0].records;
    assert_eq!(text(records, "tags", 0), r#"{"aws:createdBy":"Root:1","team":"cart"}"#);
    assert_eq!(text(records, "x_cost_category", 0), r#"{"Cost centre":"B2C"}"#);
    assert_eq!(text(records, "service_name", 0), "Amazon Simple Storage Service");
    assert!(text(records, "x_product", 0).contains(r#""x":"y""#));
    let period = records["billing_period_start"].as_primitive::<TimestampNanosecondType>();
    assert_eq!(period.value(0), 1_790_812_800_000_000_000);
    let broken = report.replace("\"{\"\"Cost centre", "\"[\"\"Cost centre");
    let message = read_with(&broken, &ReadOptions::default()).unwrap_err();
    assert!(message.starts_with("cur.csv: row 2, column cost_category: `[\"Cost"), "{message}");
}

#[test]
fn what_does_not_belong_is_refused_with_row_and_column() {
    let usage = vec![(KIND, "Usage"), (COST, "0.5")];
    let refused = |changed: Vec<(&'static str, &'static str)>, options: &ReadOptions| {
        read_with(&report(&[usage.clone(), changed]), options).unwrap_err()
    };
    let options = ReadOptions::default();
    assert_eq!(
        refused(vec![(KIND, "Usage"), (COST, "1.2.3")], &options),
        "cur.csv: row 3, column lineItem/UnblendedCost: `1.2.3` is not a decimal number, such as \
         12.5 or -3.1e-7"
    );
    let message =
        refused(vec![(KIND, "Usage"), ("lineItem/UsageStartDate", "03/10/2026")], &options);
    assert!(message.starts_with("cur.csv: row 3, column lineItem/UsageStartDate: `03/10/2026`"));
    let october = ReadOptions {
        period: Some((1_790_812_800_000, 1_793_491_200_000)),
        account: Some("111111111111".to_owned()),
        ..ReadOptions::default()
    };
    let other_month =
        vec![(KIND, "Usage"), ("bill/BillingPeriodStartDate", "2026-09-01T00:00:00Z")];
    assert_eq!(
        refused(other_month, &october),
        "cur.csv: row 3, column bill/BillingPeriodStartDate: belongs to the billing period that \
         starts at 2026-09-01T00:00:00Z, where 2026-10-01T00:00:00Z was expected: import each \
         period by itself"
    );
    let other_account = vec![(KIND, "Usage"), ("bill/PayerAccountId", "999")];
    let message = refused(other_account, &october);
    assert!(message.contains("column bill/PayerAccountId: belongs to the account `999`"));
    let no_currency = vec![(KIND, "Usage"), ("lineItem/CurrencyCode", "NULL")];
    assert!(refused(no_currency, &options).contains("row 3: has no currency"));
    // Usage of another month on this bill is what AWS does with late lines.
    let late = vec![(KIND, "Refund"), ("lineItem/UsageStartDate", "2026-08-01T00:00:00Z")];
    assert!(read_with(&report(&[late]), &october).is_ok());
}

#[test]
fn a_cost_that_is_not_stated_is_told() {
    let records = lines(&[vec![(KIND, "Usage"), (COST, "")], vec![(KIND, "Usage"), (COST, "0")]]);
    let billed = records["billed_cost"].as_primitive::<Decimal128Type>();
    assert!(billed.is_null(0) && billed.is_valid(1));
    let mut totals = crate::totals::TotalsCollector::new();
    totals.add(&records).unwrap();
    let findings = totals.finish().check();
    assert!(findings[0].message.starts_with("1 of 2 lines lack a cost"), "{findings:?}");
}

#[test]
fn equal_rows_are_charges_of_their_own() {
    let usage = vec![(KIND, "Usage"), (COST, "0.5")];
    assert_eq!(lines(&[usage.clone(), usage]).num_rows(), 2);
}

#[test]
fn maps_of_a_parquet_export_are_read_as_those_of_a_text_export() {
    use arrow::array::{ArrayRef, Float64Array, MapBuilder, StringArray, StringBuilder};
    use std::sync::Arc;
    let map = |key: &str, value: &str| -> ArrayRef {
        let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
        map.keys().append_value(key);
        map.values().append_value(value);
        map.append(true).unwrap();
        Arc::new(map.finish())
    };
    let one = |value: &str| -> ArrayRef { Arc::new(StringArray::from(vec![value])) };
    let export = RecordBatch::try_from_iter([
        ("line_item_line_item_type", one("Usage")),
        ("line_item_usage_start_date", one("2026-10-03T04:00:00.000Z")),
        ("line_item_unblended_cost", Arc::new(Float64Array::from(vec![0.1])) as ArrayRef),
        ("line_item_currency_code", one("USD")),
        ("line_item_product_code", one("AmazonS3")),
        ("resource_tags", map("user_team", "cart")),
        ("cost_category", map("Cost centre", "B2C")),
        ("product", map("product_name", "Amazon Simple Storage Service")),
        ("discount", map("total", "-0.01")),
    ])
    .unwrap();
    let mut bytes = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut bytes, export.schema(), None).unwrap();
    writer.write(&export).unwrap();
    writer.close().unwrap();
    let mut source = open("cur2", file_of(&bytes), &ReadOptions::default()).unwrap();
    assert_eq!(source.format(), crate::detect::Format::AwsCur2);
    let records = source.next().unwrap().unwrap().remove(0).records;
    assert_eq!(money(&records, "billed_cost", 0), "0.1");
    assert_eq!(text(&records, "tags", 0), r#"{"team":"cart"}"#);
    assert_eq!(text(&records, "x_cost_category", 0), r#"{"Cost centre":"B2C"}"#);
    assert_eq!(text(&records, "service_name", 0), "Amazon Simple Storage Service");
    assert_eq!(text(&records, "x_discount", 0), r#"{"total":"-0.01"}"#);
}
