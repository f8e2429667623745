//! Real and official files, whose totals were computed apart with Python's `decimal`: each amount
//! rounded to twelve places, half to even, then added up.

use super::tests::{read_bytes, read_file};
use crate::azure;
use crate::daily::DailyRollup;
use crate::mapper::ReadOptions;
use crate::totals::{Amounts, Check, ControlTotals, TotalsCollector};
use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Float64Array, MapBuilder, RecordBatch, StringArray,
    StringBuilder, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampSecondArray,
};
use arrow::datatypes::Decimal128Type;
use hannun_model::money::Money;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder of bills; none when it is not on this machine.
fn bills(folder: &str) -> Option<PathBuf> {
    let data = match std::env::var_os("HANNUN_TEST_DATA") {
        Some(data) => PathBuf::from(data),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
    };
    let bills = data.join("finops").join(folder);
    if !bills.is_dir() {
        println!("SKIPPED: no bills in {}", bills.display());
        return None;
    }
    Some(bills)
}

fn read(path: &Path) -> Vec<RecordBatch> {
    let file = std::fs::File::open(path).unwrap();
    read_file(&path.to_string_lossy(), file, &ReadOptions::default()).unwrap()
}

fn totals(batches: &[RecordBatch]) -> ControlTotals {
    let mut collector = TotalsCollector::new();
    batches.iter().for_each(|lines| collector.add(lines).unwrap());
    collector.finish()
}

/// Rows, and billed, effective, list and contracted cost in the only currency.
fn told(totals: &ControlTotals) -> (u64, [String; 4]) {
    assert_eq!(totals.currencies.len(), 1);
    let amounts: Amounts = *totals.currencies.values().next().unwrap();
    let told = [amounts.billed, amounts.effective, amounts.list, amounts.contracted];
    (totals.rows, told.map(|amount| amount.to_string()))
}

fn texts(batches: &[RecordBatch], column: &str) -> Vec<String> {
    let arrays = batches.iter().filter_map(|lines| lines.column_by_name(column));
    arrays.flat_map(|array| array.as_string_view().iter().flatten().map(str::to_owned)).collect()
}

/// Files of every version: name, rows, billed, effective, list, contracted.
const FOCUS_FILES: [(&str, u64, [&str; 4]); 6] = [
    (
        "1.0_official/focus_sample_1000.csv.gz",
        1000,
        ["20.52022672899", "14.97651418586", "20.39090575119", "14.97626039326"],
    ),
    (
        "synthetic/focus_1_2_cost_and_usage_aws.csv.gz",
        8000,
        [
            "185286.913093960526",
            "185286.913093960526",
            "255503.694609827955",
            "245265.777432203726",
        ],
    ),
    (
        "synthetic/focus_1_2_cost_and_usage_gcp.csv.gz",
        8000,
        [
            "237727.598767180471",
            "237727.598767180471",
            "335155.405259812035",
            "319880.669955800871",
        ],
    ),
    (
        "synthetic/focus_1_3_cost_and_usage_aws.csv.gz",
        8000,
        ["168007.645931110733", "168007.645931110733", "218800.35203300247", "213203.647543376333"],
    ),
    (
        "synthetic/focus_1_3_cost_and_usage_gcp.csv.gz",
        8000,
        ["205888.934801006928", "205888.934801006928", "277678.65953335692", "269404.497828923128"],
    ),
    (
        "synthetic/focus_1_4_aws/synthetic_focus_1_4_cost_and_usage.csv.gz",
        8000,
        ["168007.645931110733", "168007.645931110733", "218800.35203300247", "213203.647543376333"],
    ),
];

#[test]
fn focus_files_of_every_version_come_to_what_they_state() {
    let Some(folder) = bills("focus") else { return };
    for (name, rows, amounts) in FOCUS_FILES {
        let lines = read(&folder.join(name));
        let whole = totals(&lines);
        assert_eq!(told(&whole), (rows, amounts.map(str::to_owned)), "{name}");
        let mut rollup = DailyRollup::new(700);
        let mut daily = Vec::new();
        for batch in &lines {
            rollup.add(batch).unwrap();
            daily.extend(rollup.drain_full());
        }
        daily.extend(rollup.finish().unwrap());
        let by_day = totals(&daily);
        assert_eq!(by_day.by_day_account_service, whole.by_day_account_service, "{name}");
        let checks: Vec<Check> = whole.check().iter().map(|finding| finding.check).collect();
        let is_official = name.starts_with("1.0");
        assert_eq!(checks.contains(&Check::EffectiveEqualsBilled), is_official, "{name}");
    }
}

#[test]
fn the_official_sample_keeps_its_own_column_and_three_providers() {
    let Some(folder) = bills("focus") else { return };
    let lines = read(&folder.join(FOCUS_FILES[0].0));
    assert_eq!(texts(&lines, "x_id")[0], "11472");
    let providers = texts(&lines, "service_provider_name");
    let count = |name: &str| providers.iter().filter(|provider| *provider == name).count();
    assert_eq!((count("AWS"), count("Microsoft"), count("Oracle")), (942, 51, 7));
    assert_eq!(texts(&lines, "charge_class").len(), 0, "NULL is no value");
}

#[test]
fn allocated_rows_of_1_3_are_kept() {
    let Some(folder) = bills("focus") else { return };
    let lines = read(&folder.join(FOCUS_FILES[3].0));
    assert_eq!(texts(&lines, "allocated_method_id").len(), 1815);
    assert_eq!(texts(&lines, "x_provider_name").len(), 8000);
}

#[test]
fn other_datasets_of_focus_are_refused_by_name() {
    let Some(folder) = bills("focus/synthetic") else { return };
    for (name, dataset) in [
        ("focus_1_3_contract_commitment_aws.csv.gz", "Contract Commitment"),
        ("focus_1_3_contract_commitment_gcp.csv.gz", "Contract Commitment"),
        ("focus_1_4_aws/synthetic_focus_1_4_billing_period.csv.gz", "Billing Period"),
        ("focus_1_4_aws/synthetic_focus_1_4_invoice_detail.csv.gz", "Invoice Detail"),
    ] {
        let file = std::fs::File::open(folder.join(name)).unwrap();
        let message = read_file(name, file, &ReadOptions::default()).unwrap_err();
        assert!(message.contains(&format!("is the FOCUS dataset {dataset}")), "{message}");
    }
}

/// Worked examples of the specification: rows, billed, effective. They are excerpts, which lack
/// mandatory columns, write `4/1/25` or `$10,000.00`, have empty rows and an hour of thirty.
const EXAMPLES: [(&str, u64, &str, &str); 26] = [
    (
        "commitment_discount_flexibility/one_hundred_percent_utilization_with_commitment_discount_flexibility_with_1_resource.csv",
        3,
        "2.75",
        "2.75",
    ),
    (
        "commitment_discount_flexibility/one_hundred_percent_utilization_with_commitment_discount_flexibility_with_2_resources.csv",
        3,
        "2",
        "2",
    ),
    (
        "commitment_discount_flexibility/one_hundred_percent_utilization_without_commitment_discount_flexibility.csv",
        2,
        "1.5",
        "1.5",
    ),
    (
        "commitment_discount_flexibility/zero_percent_utilization_without_commitment_discount_flexibility.csv",
        3,
        "3.5",
        "3.5",
    ),
    ("commitment_discount_scenarios/commitment_discount_purchase_scenario_1.csv", 1, "8760", "0"),
    ("commitment_discount_scenarios/commitment_discount_purchase_scenario_2.csv", 3, "3", "0"),
    ("commitment_discount_scenarios/commitment_discount_purchase_scenario_3.csv", 4, "4381.5", "0"),
    ("commitment_discount_scenarios/commitment_discount_usage_scenario_1.csv", 1, "0", "1"),
    ("commitment_discount_scenarios/commitment_discount_usage_scenario_2.csv", 1, "0", "1"),
    ("commitment_discount_scenarios/commitment_discount_usage_scenario_3.csv", 2, "0", "1"),
    ("commitment_discount_scenarios/commitment_discount_usage_scenario_4.csv", 2, "0.5", "1.5"),
    ("saas_examples/virtual_currency_pricing_model_a1.csv", 1, "200000", "0"),
    ("saas_examples/virtual_currency_pricing_model_a2.csv", 3, "0", "1230"),
    ("saas_examples/virtual_currency_pricing_model_b1.csv", 1, "100000", "0"),
    ("saas_examples/virtual_currency_pricing_model_b2.csv", 3, "0", "615"),
    ("saas_examples/virtual_currency_pricing_model_b3.csv", 3, "0", "495"),
    ("saas_examples/virtual_currency_pricing_model_c.csv", 2, "53000", "0"),
    ("simple_agreements/simple_saas_agreements_a1.csv", 1, "10000", "10000"),
    ("simple_agreements/simple_saas_agreements_a2.csv", 1, "50000", "50000"),
    ("simple_agreements/simple_saas_agreements_a3.csv", 1, "1000", "1000"),
    ("simple_agreements/simple_saas_agreements_b.csv", 1, "50000", "50000"),
    ("simple_agreements/simple_saas_agreements_c.csv", 3, "35800", "35800"),
    ("spend_agreements/saas_spend_agreements_a1.csv", 4, "1200", "1200"),
    ("spend_agreements/saas_spend_agreements_a2.csv", 13, "1200", "1200"),
    ("spend_agreements/saas_spend_agreements_b1.csv", 5, "1200", "1200"),
    ("spend_agreements/saas_spend_agreements_b2.csv", 14, "1200", "1200"),
];

/// An example with the columns that it lacks, in the styles that the specification demands.
fn completed(text: &str) -> String {
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let lacking: Vec<_> = [
        ("BillingAccountId", "1"),
        ("BillingCurrency", "USD"),
        ("ListCost", "0"),
        ("ContractedCost", "0"),
        ("ServiceName", "Example"),
        ("ProviderName", "Example"),
    ]
    .into_iter()
    .filter(|(name, _)| !header.iter().any(|column| column == name))
    .collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = header.iter().map(String::as_str).chain(lacking.iter().map(|(name, _)| *name));
    writer.write_record(names).unwrap();
    for row in reader.records() {
        let row = row.unwrap();
        let cells =
            row.iter().map(specified).chain(lacking.iter().map(|(_, value)| (*value).to_owned()));
        writer.write_record(cells).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

fn specified(cell: &str) -> String {
    let date: Vec<&str> = cell.split('/').collect();
    match date.as_slice() {
        [month, day, year] => format!("20{year}-{month:0>2}-{day:0>2}T00:00:00Z"),
        _ if cell.ends_with("T30:00:00Z") => cell.replace("T30:", "T03:"),
        _ if cell.starts_with('$') => cell.trim().replace(['$', ','], ""),
        _ => cell.to_owned(),
    }
}

#[test]
fn examples_of_the_specification_are_refused_as_they_are_and_right_once_completed() {
    let Some(folder) = bills("focus/spec_examples") else { return };
    for (name, rows, billed, effective) in EXAMPLES {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let refused = read_bytes(text.as_bytes(), &ReadOptions::default()).unwrap_err();
        let reason = match name.split('/').next().unwrap() {
            "simple_agreements" | "spend_agreements" | "saas_examples" => "row 2, column ",
            _ => "lacks columns that FOCUS demands: ",
        };
        assert!(refused.contains(reason), "{name}: {refused}");
        let lines = read_bytes(completed(&text).as_bytes(), &ReadOptions::default());
        let (found_rows, amounts) = told(&totals(&lines.unwrap()));
        assert_eq!(
            (found_rows, amounts[0].as_str(), amounts[1].as_str()),
            (rows, billed, effective),
            "{name}"
        );
    }
}

#[test]
fn azure_exports_of_both_kinds_come_to_what_they_state() {
    let Some(folder) = bills("azure") else { return };
    for (name, rows, amounts) in [
        (
            "EA_ActualCost_Small.csv",
            11,
            ["8.545007786742", "5.295007786742", "8.545007719", "8.545007719"],
        ),
        (
            "EA_AmortizedCost_Small.csv",
            28,
            ["15.797780136169", "16.296932136637", "16.979127594784", "16.979127594784"],
        ),
        (
            "sample-anonymous-ea-export-dataset.csv",
            27,
            ["1.261369265057", "1.261369265057", "0.591596632448", "6.491398750007"],
        ),
    ] {
        let found = told(&totals(&read(&folder.join(name))));
        assert_eq!(found, (rows, amounts.map(str::to_owned)), "{name}");
    }
    let lines = read(&folder.join("EA_ActualCost_Small.csv"));
    assert_eq!(texts(&lines, "charge_category")[0], "Purchase");
    assert_eq!(texts(&lines, "commitment_discount_type"), ["Reservation"]);
    assert_eq!(texts(&lines, "region_id")[1], "eastus2");
    assert!(texts(&lines, "tags")[0].starts_with(r#"{"CostCenter":"1234","env":"prod""#));
    assert_eq!(texts(&lines, "x_resource_group")[0], "databricks-rg-PeskyData-s6taefbli5c5e");
    let day = |column: &str| {
        let array = lines[0][column].as_primitive::<arrow::datatypes::TimestampNanosecondType>();
        crate::times::print_ns(array.value(0))
    };
    assert_eq!(day("charge_period_start"), "2023-09-21T00:00:00Z");
    assert_eq!(day("billing_period_end"), "2023-10-01T00:00:00Z");
    // March 1971.
    assert_eq!(azure::month_ns(0, 14), 36_633_600_000_000_000);
}

#[test]
fn an_oracle_report_comes_to_what_it_states() {
    let Some(folder) = bills("oci") else { return };
    let lines = read(&folder.join("reports_cost-csv_0000000030000269.csv.gz"));
    let whole = totals(&lines);
    let cost = "2.52358932543".to_owned();
    assert_eq!(told(&whole), (506, [cost.clone(), cost.clone(), cost.clone(), cost]));
    let of = |service: &str| -> Money {
        let cells = whole.by_day_account_service.sums.iter();
        cells.filter(|(key, _)| key.service_name == service).map(|(_, sum)| sum.billed).sum()
    };
    assert_eq!(of("DATABASE").to_string(), "1.088888220316");
    assert_eq!(of("OBJECTSTORE").to_string(), "0.000000000036");
    assert!(texts(&lines, "tags")[0].contains(r#""OracleInternalReserved.CostCenter":"607825""#));
    assert_eq!(texts(&lines, "x_line_item_backreference_no")[0], "17053");
}

/// A FOCUS file as Parquet, in the types that exports use.
fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let lines = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut bytes, lines.schema(), None).unwrap();
    writer.write(&lines).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn parquet_decimals_floats_texts_times_of_any_unit_and_maps_are_read() {
    let decimal = |units: i128, precision, scale| -> ArrayRef {
        let array = Decimal128Array::from(vec![units]);
        Arc::new(array.with_precision_and_scale(precision, scale).unwrap())
    };
    let text = |value: &str| -> ArrayRef { Arc::new(StringArray::from(vec![value])) };
    let mut tags = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    tags.keys().append_value("team");
    tags.values().append_value("shop");
    tags.append(true).unwrap();
    // 2026-10-01.
    let second = 1_790_812_800;
    let bytes = parquet(vec![
        ("BilledCost", decimal(1_234_500, 18, 6)),
        ("EffectiveCost", Arc::new(Float64Array::from(vec![0.1]))),
        ("ListCost", text("2.5e-1")),
        ("ContractedCost", decimal(15, 38, 18)),
        ("BillingAccountId", text("42")),
        ("BillingPeriodStart", Arc::new(TimestampSecondArray::from(vec![second]))),
        ("BillingPeriodEnd", text("2026-11-01T00:00:00Z")),
        (
            "ChargePeriodStart",
            Arc::new(TimestampMillisecondArray::from(vec![second * 1000]).with_timezone("UTC")),
        ),
        (
            "ChargePeriodEnd",
            Arc::new(TimestampMicrosecondArray::from(vec![(second + 3600) * 1_000_000])),
        ),
        ("ChargeCategory", text("Usage")),
        ("ServiceName", text("S3")),
        ("BillingCurrency", text("USD")),
        ("ProviderName", text("AWS")),
        ("Tags", Arc::new(tags.finish())),
    ]);
    let lines = read_bytes(&bytes, &ReadOptions::default()).unwrap().remove(0);
    for (column, wanted) in [
        ("billed_cost", "1.2345"),
        ("effective_cost", "0.1"),
        ("list_cost", "0.25"),
        ("contracted_cost", "0"),
    ] {
        let units = lines[column].as_primitive::<Decimal128Type>().value(0);
        assert_eq!(Money::from_units(units).to_string(), wanted, "{column}");
    }
    for (column, wanted_s) in [
        ("billing_period_start", second),
        ("charge_period_start", second),
        ("charge_period_end", second + 3600),
    ] {
        let array = lines[column].as_primitive::<arrow::datatypes::TimestampNanosecondType>();
        assert_eq!(array.value(0), wanted_s * 1_000_000_000, "{column}");
    }
    assert_eq!(lines["tags"].as_string_view().value(0), r#"{"team":"shop"}"#);
    assert_eq!(lines.num_rows(), lines["source"].len());
}
