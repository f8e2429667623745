use super::*;
use crate::daily::DailyRollup;
use arrow::array::{
    ArrayRef, Decimal128Array, RecordBatch, StringViewArray, TimestampNanosecondArray,
};
use arrow::datatypes::Schema;
use hannun_model::column::ColumnType;
use hannun_model::cost;
use proptest::prelude::*;
use std::sync::Arc;

const DAY_MS: i64 = 86_400_000;

/// A line as (column, value), values as texts; times are days.
type Line = Vec<(usize, String)>;

fn batch(lines: &[Line]) -> RecordBatch {
    let schema = cost::schema();
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (index, column) in cost::COLUMNS.iter().enumerate() {
        let values: Vec<Option<&str>> = lines
            .iter()
            .map(|line| line.iter().find(|(at, _)| *at == index).map(|(_, value)| value.as_str()))
            .collect();
        if values.iter().all(Option::is_none) {
            continue;
        }
        let values = values.into_iter();
        fields.push(schema.fields()[index].clone());
        arrays.push(match column.column_type {
            ColumnType::Decimal => Arc::new(
                values
                    .map(|value| value.map(|value| Money::parse(value).unwrap().units()))
                    .collect::<Decimal128Array>()
                    .with_precision_and_scale(28, 12)
                    .unwrap(),
            ),
            ColumnType::Timestamp => Arc::new(
                values
                    .map(|day| day.map(|day| day.parse::<i64>().unwrap() * DAY_MS * 1_000_000))
                    .collect::<TimestampNanosecondArray>()
                    .with_timezone("UTC"),
            ),
            _ => Arc::new(values.collect::<StringViewArray>()),
        });
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn usage(day: i64, account: &str, service: &str, billed: &str, effective: &str) -> Line {
    [
        (cost::CHARGE_PERIOD_START, day.to_string()),
        (cost::CHARGE_PERIOD_END, (day + 1).to_string()),
        (cost::BILLING_PERIOD_START, "0".to_owned()),
        (cost::BILLING_PERIOD_END, "31".to_owned()),
        (cost::SUB_ACCOUNT_ID, account.to_owned()),
        (cost::SERVICE_NAME, service.to_owned()),
        (cost::BILLING_CURRENCY, "USD".to_owned()),
        (cost::CHARGE_CATEGORY, "Usage".to_owned()),
        (cost::BILLED_COST, billed.to_owned()),
        (cost::EFFECTIVE_COST, effective.to_owned()),
        (cost::LIST_COST, "2".to_owned()),
    ]
    .into()
}

fn with(mut line: Line, changes: &[(usize, &str)]) -> Line {
    for (column, value) in changes {
        line.retain(|(at, _)| at != column);
        if !value.is_empty() {
            line.push((*column, (*value).to_owned()));
        }
    }
    line
}

fn totals(lines: &[Line]) -> ControlTotals {
    let mut collector = TotalsCollector::new();
    for part in lines.chunks(7) {
        collector.add(&batch(part)).unwrap();
    }
    collector.finish()
}

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

#[test]
fn totals_tell_currencies_categories_days_accounts_and_services_apart() {
    let totals = totals(&[
        usage(3, "1", "EC2", "1.1", "1"),
        usage(3, "1", "EC2", "2.2", "2"),
        with(usage(4, "2", "S3", "5", "5"), &[(cost::BILLING_CURRENCY, "KRW")]),
        with(usage(4, "2", "S3", "0.5", "0.5"), &[(cost::CHARGE_CATEGORY, "Tax")]),
    ]);
    assert_eq!(totals.rows, 4);
    assert_eq!(totals.currencies["USD"].billed, money("3.8"));
    assert_eq!(totals.currencies["USD"].list, money("6"));
    assert_eq!(totals.currencies["KRW"].rows, 1);
    assert_eq!(totals.charge_categories["USD"]["Tax"].billed, money("0.5"));
    let key = CellKey {
        day_ms: 3 * DAY_MS,
        sub_account_id: "1".into(),
        service_name: "EC2".into(),
        currency: "USD".into(),
    };
    assert_eq!(totals.by_day_account_service.sums[&key].billed, money("3.3"));
    assert_eq!(
        (totals.charges_start_ms, totals.charges_end_ms),
        (Some(3 * DAY_MS), Some(5 * DAY_MS))
    );
    let json = serde_json::to_string(&totals).unwrap();
    assert_eq!(serde_json::from_str::<ControlTotals>(&json).unwrap(), totals);
}

#[test]
fn a_restated_month_shows_what_moved_the_largest_first() {
    let before = totals(&[usage(1, "1", "EC2", "1", "1"), usage(2, "1", "S3", "5", "5")]);
    let after = totals(&[
        usage(1, "1", "EC2", "1.5", "1"),
        usage(2, "1", "S3", "5", "5"),
        usage(3, "2", "RDS", "9", "8"),
    ]);
    let changes = difference(&before, &after);
    let told: Vec<_> = changes
        .iter()
        .map(|line| {
            (
                line.day_ms / DAY_MS,
                line.service_name.as_str(),
                line.billed_before.to_string(),
                line.billed_after.to_string(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [(3, "RDS", "0".to_owned(), "9".to_owned()), (1, "EC2", "1".to_owned(), "1.5".to_owned())]
    );
}

#[test]
fn a_bill_with_too_many_cells_is_kept_by_something_coarser_to_the_cent() {
    let mut cells = Cells::default();
    for service in 0..50 {
        for day in 0..4 {
            let key = CellKey {
                day_ms: day * DAY_MS,
                sub_account_id: (service % 5).to_string(),
                service_name: service.to_string(),
                currency: "USD".into(),
            };
            let one = CellAmounts { billed: money("1.01"), effective: money("1") };
            cells.add(key, one, 20);
        }
    }
    assert_eq!((cells.grain, cells.sums.len()), (Grain::DayAccount, 20));
    assert_eq!(cells.sums.values().map(|sum| sum.billed).sum::<Money>(), money("202"));
    cells.coarsen(Grain::Day);
    assert_eq!(cells.sums.len(), 4);
    let coarse = ControlTotals { by_day_account_service: cells, ..ControlTotals::default() };
    assert!(coarse.check()[0].message.ends_with("are shown by day"));
    let fine = totals(&[usage(0, "1", "EC2", "50.5", "50")]);
    let changes = difference(&coarse, &fine);
    assert_eq!(changes.len(), 3, "the first day is the same by day");
}

fn checks(lines: &[Line]) -> Vec<Check> {
    totals(lines).check().into_iter().map(|finding| finding.check).collect()
}

#[test]
fn each_broken_invariant_is_found_and_a_sound_bill_has_none() {
    let sound = usage(1, "1", "EC2", "1", "1");
    assert!(checks(std::slice::from_ref(&sound)).is_empty());
    for (change, check) in [
        (vec![(cost::BILLED_COST, "")], Check::ValuePresent),
        (vec![(cost::SERVICE_NAME, "")], Check::ValuePresent),
        (vec![(cost::CHARGE_CATEGORY, "Rent")], Check::CategoryKnown),
        (vec![(cost::CHARGE_PERIOD_END, "1")], Check::PeriodForward),
        (
            vec![(cost::CHARGE_PERIOD_START, "31"), (cost::CHARGE_PERIOD_END, "32")],
            Check::ChargeWithinPeriod,
        ),
        (vec![(cost::COMMITMENT_DISCOUNT_ID, "sp")], Check::CommitmentStatusPresent),
        (
            vec![(cost::LIST_UNIT_PRICE, "2"), (cost::PRICING_QUANTITY, "1.1")],
            Check::ListCostIsProduct,
        ),
        (
            vec![
                (cost::CONTRACTED_UNIT_PRICE, "2"),
                (cost::CONTRACTED_COST, "2.2"),
                (cost::PRICING_QUANTITY, "1"),
            ],
            Check::ContractedCostIsProduct,
        ),
        (vec![(cost::EFFECTIVE_COST, "0.9")], Check::EffectiveEqualsBilled),
    ] {
        let found = checks(&[sound.clone(), with(sound.clone(), &change)]);
        assert!(found.contains(&check), "{check:?}: {found:?}");
    }
    let correction = [(cost::CHARGE_PERIOD_START, "-5"), (cost::CHARGE_CLASS, "Correction")];
    assert!(checks(&[with(sound.clone(), &correction)]).is_empty());
    assert_eq!(
        checks(&[sound.clone(), with(sound, &[(cost::BILLING_CURRENCY, "KRW")])]),
        [Check::OneCurrency]
    );
}

fn commitment(category: &str, status: &str, billed: &str, effective: &str) -> Line {
    with(
        usage(1, "1", "EC2", billed, effective),
        &[
            (cost::CHARGE_CATEGORY, category),
            (cost::COMMITMENT_DISCOUNT_ID, "sp-1"),
            (cost::COMMITMENT_DISCOUNT_STATUS, status),
            (
                cost::CHARGE_FREQUENCY,
                if category == "Purchase" { "Recurring" } else { "Usage-Based" },
            ),
        ],
    )
}

#[test]
fn a_recurring_commitment_costs_what_its_use_and_idle_part_come_to() {
    let lines = [
        commitment("Purchase", "", "10", "0"),
        commitment("Usage", "Used", "0", "7"),
        commitment("Usage", "Unused", "0", "3"),
    ];
    assert!(checks(&lines).is_empty());
    let kept = totals(&lines).commitments.sums["sp-1"]["USD"];
    assert_eq!(
        (kept.recurring_billed, kept.used_effective, kept.unused_effective),
        (money("10"), money("7"), money("3"))
    );
    let short = &lines[..2];
    assert_eq!(checks(short), [Check::EffectiveEqualsBilled, Check::CommitmentUsedAsBilled]);
    let twice = [commitment("Purchase", "", "10", "10"), lines[1].clone(), lines[2].clone()];
    assert!(checks(&twice).contains(&Check::PurchaseWithoutEffectiveCost));
    let message = totals(short).check()[1].message.clone();
    assert!(
        message.starts_with("1 commitments cost other than") && message.contains("`sp-1` by 3 USD"),
        "{message}"
    );
}

fn line() -> impl Strategy<Value = Line> {
    (0i64..5, 0..3u8, 0..3u8, -5_000_000i64..5_000_000, -500i64..500).prop_map(
        |(day, account, service, billed, effective)| {
            let billed = Money::from_units(i128::from(billed) * 1_234_567).to_string();
            let effective = Money::from_units(i128::from(effective) * 1_000_000_001).to_string();
            usage(
                day,
                &account.to_string(),
                &format!("service number {service}"),
                &billed,
                &effective,
            )
        },
    )
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    proptest::collection::vec(line(), 0..60)
}

/// What both sums of each cell are after the changes.
fn applied(before: &ControlTotals, changes: &[Restated]) -> BTreeMap<CellKey, CellAmounts> {
    let mut sums = before.by_day_account_service.sums.clone();
    for line in changes {
        let key = CellKey {
            day_ms: line.day_ms,
            sub_account_id: line.sub_account_id.clone(),
            service_name: line.service_name.clone(),
            currency: line.currency.clone(),
        };
        let sum = sums.entry(key).or_default();
        assert_eq!((sum.billed, sum.effective), (line.billed_before, line.effective_before));
        *sum = CellAmounts { billed: line.billed_after, effective: line.effective_after };
    }
    sums.retain(|_, sum| *sum != CellAmounts::default());
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_difference_applied_to_the_old_bill_gives_the_new_one(one in lines(), two in lines()) {
        let (before, after) = (totals(&one), totals(&two));
        let mut wanted = after.by_day_account_service.sums.clone();
        wanted.retain(|_, sum| *sum != CellAmounts::default());
        prop_assert_eq!(applied(&before, &difference(&before, &after)), wanted);
        prop_assert!(difference(&after, &after).is_empty());
    }

    #[test]
    fn totals_are_the_same_whatever_the_order_and_however_files_are_cut(
        (lines, shuffled) in lines().prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
        cut in 0usize..60,
    ) {
        let whole = totals(&lines);
        prop_assert_eq!(&totals(&shuffled), &whole);
        let cut = cut.min(lines.len());
        let mut merged = totals(&lines[..cut]);
        merged.merge(&totals(&lines[cut..]));
        prop_assert_eq!(&merged, &whole);
    }

    #[test]
    fn the_totals_of_a_rollup_are_those_of_its_lines(
            lines in proptest::collection::vec(line(), 1..60),
            groups_max in 1usize..20,
        ) {
        let mut rollup = DailyRollup::new(groups_max);
        rollup.add(&batch(&lines)).unwrap();
        let mut collector = TotalsCollector::new();
        for part in rollup.finish().unwrap() {
            collector.add(&part).unwrap();
        }
        let (daily, whole) = (collector.finish(), totals(&lines));
        prop_assert_eq!(&daily.by_day_account_service, &whole.by_day_account_service);
    }
}
