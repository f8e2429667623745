use super::*;
use arrow::datatypes::Schema;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The parts of a line that matter here.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) hour: i64,
    pub(crate) service: Option<&'static str>,
    pub(crate) resource: Option<String>,
    pub(crate) unit: Option<&'static str>,
    pub(crate) billed: Option<i128>,
    pub(crate) quantity: Option<i128>,
}

const HOUR_NS: i64 = 3_600_000_000_000;

pub(crate) fn batch(lines: &[Line]) -> RecordBatch {
    let text = |value: &dyn Fn(&Line) -> Option<String>| -> arrow::array::ArrayRef {
        Arc::new(lines.iter().map(value).collect::<StringViewArray>())
    };
    let decimal = |value: &dyn Fn(&Line) -> Option<i128>| -> arrow::array::ArrayRef {
        let array: Decimal128Array = lines.iter().map(value).collect();
        Arc::new(array.with_precision_and_scale(28, 12).unwrap())
    };
    let time: TimestampNanosecondArray =
        lines.iter().map(|line| Some(line.hour * HOUR_NS)).collect();
    let columns = [
        (cost::CHARGE_PERIOD_START, Arc::new(time.with_timezone("UTC")) as _),
        (cost::BILLED_COST, decimal(&|line| line.billed)),
        (cost::LIST_UNIT_PRICE, decimal(&|_| Some(7))),
        (cost::CONSUMED_QUANTITY, decimal(&|line| line.quantity)),
        (cost::CONSUMED_UNIT, text(&|line| line.unit.map(str::to_owned))),
        (cost::SERVICE_NAME, text(&|line| line.service.map(str::to_owned))),
        (cost::RESOURCE_ID, text(&|line| line.resource.clone())),
    ];
    let schema = cost::schema();
    let fields: Vec<_> = columns.iter().map(|(index, _)| schema.fields()[*index].clone()).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

type GroupKey = (i64, Option<String>, Option<String>, Option<String>);

/// Sums by group, of a rollup's batches.
fn sums_of(batches: &[RecordBatch]) -> BTreeMap<GroupKey, (Option<i128>, Option<i128>)> {
    let mut sums = BTreeMap::new();
    for batch in batches {
        let text = |column, row| {
            let array = text_array(batch, column).unwrap()?;
            (!array.is_null(row)).then(|| array.value(row).to_owned())
        };
        let amount = |column, row| {
            let array = decimal_array(batch, column).unwrap()?;
            (!array.is_null(row)).then(|| array.value(row))
        };
        for row in 0..batch.num_rows() {
            let day = time_array(batch, cost::CHARGE_PERIOD_START).unwrap().unwrap().value(row);
            let end = time_array(batch, cost::CHARGE_PERIOD_END).unwrap().unwrap().value(row);
            assert_eq!((day % DAY_NS, end - day), (0, DAY_NS));
            let key = (
                day / DAY_NS,
                text(cost::SERVICE_NAME, row),
                text(cost::RESOURCE_ID, row),
                text(cost::CONSUMED_UNIT, row),
            );
            let sum: &mut (Option<i128>, Option<i128>) = sums.entry(key).or_default();
            add(&mut sum.0, amount(cost::BILLED_COST, row));
            add(&mut sum.1, amount(cost::CONSUMED_QUANTITY, row));
        }
    }
    sums
}

fn add(sum: &mut Option<i128>, amount: Option<i128>) {
    if let Some(amount) = amount {
        *sum = Some(sum.unwrap_or(0) + amount);
    }
}

fn sums_of_lines(lines: &[Line]) -> BTreeMap<GroupKey, (Option<i128>, Option<i128>)> {
    let mut sums = BTreeMap::new();
    for line in lines {
        let key = (
            line.hour.div_euclid(24),
            line.service.map(str::to_owned),
            line.resource.clone(),
            line.unit.map(str::to_owned),
        );
        let sum: &mut (Option<i128>, Option<i128>) = sums.entry(key).or_default();
        add(&mut sum.0, line.billed);
        add(&mut sum.1, line.quantity);
    }
    sums
}

fn roll_up(lines: &[Line], groups_max: usize, batch_lines: usize) -> Vec<RecordBatch> {
    let mut rollup = DailyRollup::new(groups_max);
    let mut batches = Vec::new();
    for part in lines.chunks(batch_lines.max(1)) {
        rollup.add(&batch(part)).unwrap();
        assert!(rollup.groups() <= groups_max);
        batches.extend(rollup.drain_full());
    }
    batches.extend(rollup.finish().unwrap());
    batches
}

pub(crate) fn line() -> impl Strategy<Value = Line> {
    let service = prop_oneof![
        Just(None),
        Just(Some("")),
        Just(Some("AmazonEC2")),
        Just(Some("Amazon Relational Database Service")),
    ];
    let resource = prop_oneof![
        Just(None),
        (0..5u8).prop_map(|number| Some(format!("i-{number}"))),
        (0..5u8).prop_map(|number| Some(format!("arn:aws:ec2:instance/i-00000000{number}"))),
    ];
    let unit = prop_oneof![Just(None), Just(Some("Hrs")), Just(Some("GB"))];
    let amount =
        || proptest::option::weighted(0.8, -1_000_000_000_000_000i128..1_000_000_000_000_000);
    (-30i64..60, service, resource, unit, amount(), amount()).prop_map(
        |(hour, service, resource, unit, billed, quantity)| Line {
            hour,
            service,
            resource,
            unit,
            billed,
            quantity,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn sums_are_those_of_the_lines_whatever_their_order_and_however_small_the_limit(
        (lines, shuffled) in proptest::collection::vec(line(), 1..400)
            .prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
        groups_max in prop_oneof![1usize..4, 4usize..1000],
        batch_lines in 1usize..500,
    ) {
        let wanted = sums_of_lines(&lines);
        prop_assert_eq!(&sums_of(&roll_up(&lines, groups_max, batch_lines)), &wanted);
        prop_assert_eq!(&sums_of(&roll_up(&shuffled, groups_max, batch_lines)), &wanted);
        let whole = roll_up(&lines, usize::MAX, batch_lines);
        let groups: usize = whole.iter().map(RecordBatch::num_rows).sum();
        prop_assert_eq!(groups, wanted.len(), "without a limit each group is one row");
    }
}

fn simple(hour: i64, billed: i128) -> Line {
    Line {
        hour,
        service: Some("S3"),
        resource: None,
        unit: None,
        billed: Some(billed),
        quantity: None,
    }
}

#[test]
fn lines_of_a_day_become_one_and_columns_without_a_value_are_left_out() {
    let batches = roll_up(&[simple(0, 3), simple(23, 4), simple(24, 5)], 10, 10);
    assert_eq!(batches.len(), 1);
    let names: Vec<_> =
        batches[0].schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["charge_period_start", "charge_period_end", "billed_cost", "service_name"]);
    let billed = decimal_array(&batches[0], cost::BILLED_COST).unwrap().unwrap();
    assert_eq!(billed.values().to_vec(), [7, 5]);
    for field in batches[0].schema().fields() {
        let column = cost::column_index(field.name()).unwrap();
        assert_eq!(field.as_ref(), cost::schema().field(column));
    }
}

#[test]
fn a_limit_hands_out_partial_sums_and_no_lines_no_rows() {
    let lines = [simple(0, 1), simple(24, 2), simple(0, 4)];
    let batches = roll_up(&lines, 1, 10);
    assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [1, 1, 1]);
    assert!(roll_up(&[], 1, 10).is_empty());
}

#[test]
fn what_no_column_holds_is_an_error() {
    let most = 9_999_999_999_999_999_999_999_999_999;
    let mut rollup = DailyRollup::new(10);
    rollup.add(&batch(&[simple(0, most), simple(1, 1)])).unwrap();
    let message = rollup.finish().unwrap_err().to_string();
    assert_eq!(
        message,
        "the sum of `billed_cost` over one day has more than 16 digits before the point"
    );
    let wrong = RecordBatch::try_from_iter([(
        "billed_cost",
        Arc::new(arrow::array::Float64Array::from(vec![1.0])) as arrow::array::ArrayRef,
    )])
    .unwrap();
    let message = DailyRollup::new(1).add(&wrong).unwrap_err().to_string();
    assert!(message.starts_with("column `billed_cost` of the lines is Float64"), "{message}");
}

#[test]
#[ignore = "a measurement: run it with --release --run-ignored only"]
fn nanoseconds_a_line() {
    let texts = |column: usize, long: bool, distinct: usize| {
        let values = (0..8192usize).map(|row| {
            let value = row * 7919 % distinct;
            match long {
                true => format!("arn:aws:service:region:account:{column}/{value:024}"),
                false => format!("v{value}"),
            }
        });
        // As readers make them: each distinct text of a batch is there once.
        let mut builder = arrow::array::StringViewBuilder::new().with_deduplicate_strings();
        values.for_each(|value| builder.append_value(value));
        Arc::new(builder.finish()) as arrow::array::ArrayRef
    };
    let schema = cost::schema();
    let mut columns = Vec::new();
    for (index, column) in cost::COLUMNS.iter().enumerate() {
        let array = match column.column_type {
            ColumnType::Text | ColumnType::Json if index % 2 == 0 => match index % 8 {
                0 => texts(index, true, 500),
                2 => texts(index, true, 1),
                _ => texts(index, false, 20),
            },
            ColumnType::Decimal if SUMMED.contains(&index) => Arc::new(
                (0..8192)
                    .map(|row| Some(row * 1_000_000))
                    .collect::<Decimal128Array>()
                    .with_precision_and_scale(28, 12)
                    .unwrap(),
            ) as _,
            ColumnType::Timestamp => Arc::new(
                (0..8192)
                    .map(|row| Some(row % 24 * HOUR_NS))
                    .collect::<TimestampNanosecondArray>()
                    .with_timezone("UTC"),
            ) as _,
            _ => continue,
        };
        columns.push((schema.fields()[index].clone(), array));
    }
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let lines = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    let mut rollup = DailyRollup::new(250_000);
    let started = std::time::Instant::now();
    for _ in 0..100 {
        rollup.add(&lines).unwrap();
    }
    let each = started.elapsed().as_nanos() / (100 * 8192);
    let mut totals = crate::totals::TotalsCollector::new();
    let started = std::time::Instant::now();
    for _ in 0..100 {
        totals.add(&lines).unwrap();
    }
    let totals_each = started.elapsed().as_nanos() / (100 * 8192);
    println!(
        "{} columns, {} groups: {each} ns a line to roll up, {totals_each} ns to total",
        lines.num_columns(),
        rollup.groups()
    );
}
