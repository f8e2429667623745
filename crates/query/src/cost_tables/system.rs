//! Which bills there are: `cost_snapshots` and `cost_restatements`.

use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, RecordBatch, StringViewArray,
    TimestampNanosecondArray, UInt64Array,
};
use arrow::error::ArrowError;
use datafusion::error::Result;
use hannun_lake::bills::snapshot::{CurrencyTotals, RestatedAmount, SnapshotRecord};
use hannun_lake::bills::view::BillSnapshot;
use hannun_lake::bills::{BillStore, View};
use hannun_model::money::{Money, PRECISION, SCALE};
use std::sync::Arc;

/// One row a snapshot and currency.
pub(crate) fn snapshots_batch(bills: &BillStore) -> Result<RecordBatch> {
    let view = bills.view();
    let nothing = CurrencyTotals::default();
    let rows: Vec<(&SnapshotRecord, &CurrencyTotals)> = view
        .snapshots()
        .iter()
        .flat_map(|snapshot| {
            let record = &snapshot.record;
            let without = record.totals.is_empty().then_some(&nothing);
            record.totals.iter().chain(without).map(move |totals| (record, totals))
        })
        .collect();
    let records = || rows.iter().map(|(record, _)| *record);
    let totals = |amount: fn(&CurrencyTotals) -> Money| money(rows.iter().map(|row| amount(row.1)));
    let current = records().map(|record| Some(view.is_current(&record.id)));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("snapshot_id", texts(records().map(|it| Some(it.id.as_str())))),
        ("source", texts(records().map(|it| Some(it.source.as_str())))),
        ("provider", texts(records().map(|it| Some(it.provider.as_str())))),
        ("billing_period_start", times(records().map(|it| it.period_start_ms))),
        ("billing_period_end", times(records().map(|it| it.period_end_ms))),
        ("manifest_id", texts(records().map(|it| Some(it.manifest_id.as_str())))),
        ("imported", times(records().map(|it| it.imported_ms))),
        ("current", Arc::new(BooleanArray::from_iter(current))),
        ("supersedes", texts(records().map(|it| it.supersedes.as_deref()))),
        ("billing_currency", texts(rows.iter().map(|row| currency(&row.1.currency)))),
        ("rows", Arc::new(UInt64Array::from_iter_values(rows.iter().map(|row| row.1.rows)))),
        ("bytes", Arc::new(UInt64Array::from_iter_values(records().map(SnapshotRecord::bytes)))),
        ("billed_cost", totals(|it| it.billed)?),
        ("effective_cost", totals(|it| it.effective)?),
        ("list_cost", totals(|it| it.list)?),
        ("contracted_cost", totals(|it| it.contracted)?),
        ("net_billed_cost", totals(|it| it.net_billed)?),
        ("net_effective_cost", totals(|it| it.net_effective)?),
    ];
    Ok(RecordBatch::try_from_iter_with_nullable(nullable(columns))?)
}

/// One row an amount that a snapshot has otherwise than the one before.
pub(crate) fn restatements_batch(bills: &BillStore) -> Result<RecordBatch> {
    let view = bills.view();
    let rows = restated(&view);
    let records = || rows.iter().map(|(snapshot, _)| &snapshot.record);
    let amounts =
        |amount: fn(&RestatedAmount) -> Money| money(rows.iter().map(|row| amount(row.1)));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("source", texts(records().map(|it| Some(it.source.as_str())))),
        ("billing_period_start", times(records().map(|it| it.period_start_ms))),
        ("snapshot_id", texts(records().map(|it| Some(it.id.as_str())))),
        ("imported", times(records().map(|it| it.imported_ms))),
        ("day", times(rows.iter().map(|row| row.1.day_ms))),
        ("sub_account_id", texts(rows.iter().map(|row| row.1.sub_account_id.as_deref()))),
        ("service_name", texts(rows.iter().map(|row| row.1.service_name.as_deref()))),
        ("billing_currency", texts(rows.iter().map(|row| currency(&row.1.currency)))),
        ("billed_before", amounts(|it| it.billed_before)?),
        ("billed_after", amounts(|it| it.billed_after)?),
        ("effective_before", amounts(|it| it.effective_before)?),
        ("effective_after", amounts(|it| it.effective_after)?),
    ];
    Ok(RecordBatch::try_from_iter_with_nullable(nullable(columns))?)
}

fn restated(view: &View) -> Vec<(&BillSnapshot, &RestatedAmount)> {
    let of = |snapshot: &'_ Arc<BillSnapshot>| snapshot.record.restated_amounts.len();
    let mut rows = Vec::with_capacity(view.snapshots().iter().map(of).sum());
    for snapshot in view.snapshots() {
        rows.extend(snapshot.record.restated_amounts.iter().map(|row| (snapshot.as_ref(), row)));
    }
    rows
}

fn nullable(columns: Vec<(&str, ArrayRef)>) -> impl Iterator<Item = (&str, ArrayRef, bool)> {
    columns.into_iter().map(|(name, column)| (name, column, true))
}

fn currency(code: &str) -> Option<&str> {
    Some(code).filter(|code| !code.is_empty())
}

fn texts<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(StringViewArray::from_iter(texts))
}

fn times(times_ms: impl Iterator<Item = i64>) -> ArrayRef {
    let times = times_ms.map(|ms| ms.saturating_mul(1_000_000));
    Arc::new(TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC"))
}

fn money(amounts: impl Iterator<Item = Money>) -> Result<ArrayRef, ArrowError> {
    let amounts = Decimal128Array::from_iter_values(amounts.map(Money::units));
    Ok(Arc::new(amounts.with_precision_and_scale(PRECISION, SCALE as i8)?))
}
