use super::*;
use crate::line_source;
use crate::mapper::LineBatch;
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, TimestampNanosecondType};
use proptest::prelude::*;
use std::io::{Seek, Write};

/// The lines of a file, or what is wrong with it.
pub(crate) fn read_bytes(bytes: &[u8], options: &ReadOptions) -> Result<Vec<RecordBatch>, String> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    read_file("bill", file, options)
}

pub(crate) fn read_file(
    name: &str,
    file: std::fs::File,
    options: &ReadOptions,
) -> Result<Vec<RecordBatch>, String> {
    let told = |error: BillError| error.to_string();
    let mut source = line_source::open(name, file, options).map_err(told)?;
    let mut batches = Vec::new();
    while let Some(lines) = source.next().map_err(told)? {
        for LineBatch { table, records } in lines {
            assert_eq!(table, CostTable::Lines);
            batches.push(records);
        }
    }
    Ok(batches)
}

const HEADER: &str = "BilledCost,EffectiveCost,ListCost,ContractedCost,BillingAccountId,\
    BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,\
    ServiceName,BillingCurrency";
const ROW: &str = "1.5,1,2,1.7,42,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,2026-10-02 03:00:00,\
    2026-10-02 04:00:00,Usage,S3,USD";

fn read(header: &str, row: &str) -> Result<RecordBatch, String> {
    read_as(header, row, &ReadOptions::default())
}

fn read_as(header: &str, row: &str, options: &ReadOptions) -> Result<RecordBatch, String> {
    let text = format!("{HEADER},{header}\n{ROW},{row}\n");
    read_bytes(text.as_bytes(), options).map(|mut batches| batches.remove(0))
}

fn text<'a>(lines: &'a RecordBatch, column: &str) -> &'a str {
    lines[column].as_string_view().value(0)
}

#[test]
fn versions_are_recognised_by_their_columns() {
    let of =
        |names: &str| version(&Header::new("bill", names.split(',').map(str::to_owned).collect()));
    assert_eq!(of("BilledCost,ProviderName"), Version::V1_0);
    assert_eq!(of("ProviderName,SkuMeter"), Version::V1_1);
    assert_eq!(of("ProviderName,SkuMeter,InvoiceId"), Version::V1_2);
    assert_eq!(of("ProviderName,ServiceProviderName,AllocatedTags"), Version::V1_3);
    assert_eq!(of("service_provider_name,allocated_tags"), Version::V1_4);
    assert_eq!(of("ServiceProviderName,InvoiceDetailId"), Version::V1_4);
}

#[test]
fn columns_of_older_versions_go_where_1_4_has_them_and_others_are_kept() {
    let lines = read(
        "ProviderName,PublisherName,Id,x_UsageType,Tags,x_Discounts,SkuPriceid,RegionName",
        "AWS,ACME,17,NatGateway-Bytes,\"{\"\"team\"\": \"\"shop\"\"}\",{},P1,NULL",
    )
    .unwrap();
    assert_eq!(text(&lines, "service_provider_name"), "AWS");
    assert!(lines.column_by_name("host_provider_name").is_none());
    assert_eq!(text(&lines, "x_publisher_name"), "ACME");
    assert_eq!(text(&lines, "x_id"), "17");
    assert_eq!(text(&lines, "x_usage_type"), "NatGateway-Bytes");
    assert_eq!(text(&lines, "tags"), r#"{"team":"shop"}"#);
    assert_eq!(text(&lines, "x_discounts"), "{}");
    assert_eq!(text(&lines, "sku_price_id"), "P1");
    assert!(lines.column_by_name("region_name").is_none());
    assert_eq!(
        lines["charge_period_start"].as_primitive::<TimestampNanosecondType>().value(0),
        1_790_910_000_000_000_000
    );
    for (column, units) in [
        ("billed_cost", 1_500_000_000_000),
        ("net_billed_cost", 1_500_000_000_000),
        ("net_effective_cost", 1_000_000_000_000),
        ("list_cost", 2_000_000_000_000),
    ] {
        assert_eq!(lines[column].as_primitive::<Decimal128Type>().value(0), units, "{column}");
    }
}

#[test]
fn allocated_rows_are_lines_with_what_they_were_split_by() {
    let lines = read(
        "ServiceProviderName,AllocatedMethodId,AllocatedMethodDetails,AllocatedTags",
        "AWS,split,\"{\"\"Elements\"\": [{\"\"AllocatedRatio\"\":0.250}]}\",\"{\"\"a\"\":\"\"b\"\"}\"",
    )
    .unwrap();
    assert_eq!(
        text(&lines, "allocated_method_details"),
        r#"{"Elements":[{"AllocatedRatio":0.250}]}"#
    );
    assert_eq!(text(&lines, "allocated_tags"), r#"{"a":"b"}"#);
}

#[test]
fn all_missing_columns_are_named_at_once() {
    let message =
        read_bytes(b"BilledCost,ChargePeriodStart\n1,2026-10-01\n", &ReadOptions::default())
            .unwrap_err();
    assert_eq!(
        message,
        "bill: lacks columns that FOCUS demands: EffectiveCost, ListCost, ContractedCost, \
         BillingAccountId, BillingPeriodStart, BillingPeriodEnd, ChargePeriodEnd, ChargeCategory, \
         ServiceName, BillingCurrency, ProviderName; add them to the export"
    );
    let invoice = b"BilledCost,InvoiceDetailId,InvoiceId\n1,2,3\n";
    let message = read_bytes(invoice, &ReadOptions::default()).unwrap_err();
    assert_eq!(
        message,
        "bill: is the FOCUS dataset Invoice Detail, which has no charges: import Cost and Usage"
    );
}

#[test]
fn bad_values_are_told_with_row_and_column() {
    for (from, to, wanted) in [
        ("1.7", "\"$1,000\"", "bill: row 2, column ContractedCost: `$1,000` is not a decimal"),
        (
            "2026-10-02 03:00:00",
            "4/1/25",
            "bill: row 2, column ChargePeriodStart: `4/1/25` is not a time",
        ),
        ("1.5,", ",", "bill: row 2, column BilledCost: is empty, where FOCUS demands a value"),
        ("Usage", "null", "bill: row 2, column ChargeCategory: is empty"),
        ("USD", "", "bill: row 2: has no currency: say which one it is in"),
    ] {
        let text = format!("{HEADER},ProviderName\n{},AWS\n", ROW.replacen(from, to, 1));
        let message = read_bytes(text.as_bytes(), &ReadOptions::default()).unwrap_err();
        assert!(message.starts_with(wanted), "{message}");
    }
    let message = read("ProviderName,Tags", "AWS,team=shop").unwrap_err();
    assert!(message.starts_with("bill: row 2, column Tags: `team=shop` is not JSON"), "{message}");
}

#[test]
fn lines_of_another_month_or_account_are_refused_and_a_currency_can_be_given() {
    let october = 1_790_812_800_000;
    let expecting = |period, account: Option<&str>| ReadOptions {
        period,
        account: account.map(str::to_owned),
        ..ReadOptions::default()
    };
    let right = expecting(Some((october, october + 31 * 86_400_000)), Some("42"));
    assert!(read_as("ProviderName", "AWS", &right).is_ok());
    let message = read_as("ProviderName", "AWS", &expecting(Some((0, 1)), None)).unwrap_err();
    assert!(message.contains("starts at 2026-10-01T00:00:00Z, where 1970-01-01"), "{message}");
    let message = read_as("ProviderName", "AWS", &expecting(None, Some("7"))).unwrap_err();
    assert!(message.contains("belongs to the account `42`, where `7` was expected"), "{message}");
    let text = format!("{HEADER},ProviderName\n{},AWS\n", ROW.replace("USD", ""));
    let options = ReadOptions { currency: Some("KRW".to_owned()), ..ReadOptions::default() };
    let lines = read_bytes(text.as_bytes(), &options).unwrap().remove(0);
    assert_eq!(lines["billing_currency"].as_string_view().value(0), "KRW");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0..4) {
        let headers = [
            "",
            "lineItem/intervalUsageStart,lineItem/intervalUsageEnd,cost/myCost,tags/a.b,cost/currencyCode\n",
            "MeterId,Date,CostInBillingCurrency,BillingCurrency,Tags,ChargeType\n",
        ];
        let head = match headers.get(kind as usize) {
            Some(head) => (*head).to_owned(),
            None => format!("{HEADER},ProviderName,Tags\n"),
        };
        let mut file = head.into_bytes();
        file.extend(bytes);
        let _ = read_bytes(&file, &ReadOptions::default());
    }

    #[test]
    fn random_cells_never_panic(cells in proptest::collection::vec("[-0-9./:TZe, \"{}a]{0,12}", 14..60)) {
        let mut file = format!("{HEADER},ProviderName,Tags\n");
        for row in cells.chunks_exact(14) {
            let quoted: Vec<_> =
                row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            file.push_str(&quoted.join(","));
            file.push('\n');
        }
        let _ = read_bytes(file.as_bytes(), &ReadOptions::default());
        let head = "MeterId,Date,CostInBillingCurrency,BillingCurrency,Tags,ChargeType,BillingPeriodEndDate";
        let mut file = format!("{head}\n");
        for row in cells.chunks_exact(7) {
            file.push_str(&row.join(" ").replace([',', '"'], ""));
            file.push_str(",1/1/2026,3,USD,,,12/31/2262\n");
        }
        let _ = read_bytes(file.as_bytes(), &ReadOptions::default());
    }
}
