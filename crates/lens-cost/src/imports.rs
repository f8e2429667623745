//! Imports and what they brought, as the API tells them.

use hannun_bill_import::Job;
use hannun_bill_import::job::{JobState, Phase, Problem};
use hannun_lake::bills::snapshot::{BillFinding, CurrencyTotals, RestatedTotals};
use hannun_lake::bills::{SnapshotRecord, View};
use hannun_model::money::Money;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};
use utoipa::ToSchema;

/// The day of a moment in UTC, as `2026-10-01`.
pub fn day(time_ms: i64) -> String {
    let time = chrono::DateTime::from_timestamp_millis(time_ms).unwrap_or_default();
    time.format("%Y-%m-%d").to_string()
}

/// An import.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportJob {
    pub id: String,
    pub source: String,
    pub location: String,
    /// `queued`, `running`, `done`, `unchanged`, `failed` or `cancelled`.
    pub state: &'static str,
    /// `listing`, `downloading`, `reading`, `checking` or `committing`.
    pub phase: &'static str,
    pub files_done: u64,
    pub files_total: u64,
    /// Bytes of the files as they lie there, of which so many are read.
    pub bytes_done: u64,
    pub bytes_total: u64,
    pub rows: u64,
    pub started_ms: i64,
    pub ended_ms: Option<i64>,
    pub problem: Option<ImportProblem>,
    /// What it brought.
    pub snapshots: Vec<SnapshotSummary>,
}

/// Why an import failed, and where in the bill.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportProblem {
    pub message: String,
    pub file: Option<String>,
    pub row: Option<u64>,
    pub column: Option<String>,
}

/// A delivery of a month of a source.
#[derive(Debug, Serialize, ToSchema)]
pub struct SnapshotSummary {
    pub id: String,
    pub source: String,
    pub provider: String,
    pub account: Option<String>,
    pub period_start_ms: i64,
    pub period_end_ms: i64,
    pub manifest_id: String,
    pub imported_ms: i64,
    /// Whether it is what the month counts.
    pub current: bool,
    pub rows: u64,
    pub bytes: u64,
    pub currency_totals: Vec<CurrencySums>,
    /// By how much it differs from the one before, in the currency that differs most.
    pub restated: Option<RestatedSums>,
    /// What is odd about it.
    pub findings: Vec<SnapshotFinding>,
}

/// What lines of one currency come to.
#[derive(Debug, Serialize, ToSchema)]
pub struct CurrencySums {
    pub currency: String,
    #[schema(value_type = String)]
    pub billed: Money,
    #[schema(value_type = String)]
    pub effective: Money,
    #[schema(value_type = String)]
    pub list: Money,
    #[schema(value_type = String)]
    pub contracted: Money,
}

/// How the sums of what differs were before and are now.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestatedSums {
    /// How many amounts by day, account and service differ.
    pub lines: u64,
    pub currency: String,
    #[schema(value_type = String)]
    pub billed_before: Money,
    #[schema(value_type = String)]
    pub billed_after: Money,
    #[schema(value_type = String)]
    pub effective_before: Money,
    #[schema(value_type = String)]
    pub effective_after: Money,
}

/// Something odd.
#[derive(Debug, Serialize, ToSchema)]
pub struct SnapshotFinding {
    pub check: String,
    pub message: String,
}

/// An amount of a day, account and service that a delivery has otherwise than the one before.
#[derive(Debug, Serialize, ToSchema)]
pub struct Restatement {
    pub source: String,
    pub period_start_ms: i64,
    pub imported_ms: i64,
    pub day_ms: i64,
    pub sub_account_id: Option<String>,
    pub service_name: Option<String>,
    pub currency: String,
    #[schema(value_type = String)]
    pub billed_before: Money,
    #[schema(value_type = String)]
    pub billed_after: Money,
    #[schema(value_type = String)]
    pub effective_before: Money,
    #[schema(value_type = String)]
    pub effective_after: Money,
}

impl ImportJob {
    /// A job as it is now.
    pub fn new(job: &Job) -> Self {
        let view = job.look();
        let number = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Self {
            id: job.id.clone(),
            source: job.request.source.clone(),
            location: job.request.location.to_string(),
            state: state(view.state),
            phase: phase(view.phase),
            files_done: number(&job.files_done),
            files_total: number(&job.files_total),
            bytes_done: number(&job.bytes_done),
            bytes_total: number(&job.bytes_total),
            rows: number(&job.rows),
            started_ms: job.started_ms.load(Ordering::Relaxed),
            ended_ms: view.ended_ms,
            problem: view.problem.map(|Problem { message, file, row, column }| ImportProblem {
                message,
                file,
                row,
                column,
            }),
            snapshots: view.snapshots.iter().map(SnapshotSummary::new).collect(),
        }
    }
}

const fn state(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "queued",
        JobState::Running => "running",
        JobState::Done => "done",
        JobState::Unchanged => "unchanged",
        JobState::Failed => "failed",
        JobState::Cancelled => "cancelled",
    }
}

const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Listing => "listing",
        Phase::Downloading => "downloading",
        Phase::Reading => "reading",
        Phase::Checking => "checking",
        Phase::Committing => "committing",
    }
}

impl SnapshotSummary {
    /// A snapshot that has just been imported.
    pub fn new(record: &SnapshotRecord) -> Self {
        Self {
            id: record.id.clone(),
            source: record.source.clone(),
            provider: record.provider.clone(),
            account: record.account.clone(),
            period_start_ms: record.period_start_ms,
            period_end_ms: record.period_end_ms,
            manifest_id: record.manifest_id.clone(),
            imported_ms: record.imported_ms,
            current: true,
            rows: record.rows,
            bytes: record.bytes(),
            currency_totals: record.totals.iter().map(CurrencySums::new).collect(),
            restated: record.restated.iter().max_by_key(|sums| sums.amounts).map(RestatedSums::new),
            findings: record.findings.iter().map(SnapshotFinding::new).collect(),
        }
    }

    /// The snapshots of a source, or of all, the newest first.
    pub fn of_view(view: &View, source: Option<&str>) -> Vec<Self> {
        let wanted = |record: &SnapshotRecord| source.is_none_or(|source| record.source == source);
        let snapshots = view.snapshots().iter().filter(|snapshot| wanted(&snapshot.record));
        snapshots
            .map(|snapshot| Self {
                current: view.is_current(&snapshot.record.id),
                ..Self::new(&snapshot.record)
            })
            .collect()
    }
}

impl CurrencySums {
    fn new(totals: &CurrencyTotals) -> Self {
        Self {
            currency: totals.currency.clone(),
            billed: totals.billed,
            effective: totals.effective,
            list: totals.list,
            contracted: totals.contracted,
        }
    }
}

impl RestatedSums {
    fn new(restated: &RestatedTotals) -> Self {
        Self {
            lines: restated.amounts,
            currency: restated.currency.clone(),
            billed_before: restated.billed_before,
            billed_after: restated.billed_after,
            effective_before: restated.effective_before,
            effective_after: restated.effective_after,
        }
    }
}

impl SnapshotFinding {
    fn new(finding: &BillFinding) -> Self {
        Self { check: finding.check.clone(), message: finding.message.clone() }
    }
}

impl Restatement {
    /// What deliveries of a source (or of all) changed of a month (or of all), the newest first, and
    /// whether there is more than `rows_max`.
    pub fn of_view(
        view: &View,
        source: Option<&str>,
        period_start_ms: Option<i64>,
        rows_max: usize,
    ) -> (Vec<Self>, bool) {
        let (mut rows, mut truncated) = (Vec::new(), false);
        for snapshot in view.snapshots() {
            let record = &snapshot.record;
            let wanted = source.is_none_or(|source| record.source == source)
                && period_start_ms.is_none_or(|start_ms| record.period_start_ms == start_ms);
            if !wanted {
                continue;
            }
            let amounts: u64 = record.restated.iter().map(|sums| sums.amounts).sum();
            let kept = record.restated_amounts.len();
            let room = rows_max - rows.len();
            rows.extend(record.restated_amounts.iter().take(room).map(|amount| Self {
                source: record.source.clone(),
                period_start_ms: record.period_start_ms,
                imported_ms: record.imported_ms,
                day_ms: amount.day_ms,
                sub_account_id: amount.sub_account_id.clone(),
                service_name: amount.service_name.clone(),
                currency: amount.currency.clone(),
                billed_before: amount.billed_before,
                billed_after: amount.billed_after,
                effective_before: amount.effective_before,
                effective_after: amount.effective_after,
            }));
            truncated |= kept > room || amounts > kept as u64;
        }
        (rows, truncated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_lake::bills::snapshot::RestatedAmount;
    use hannun_lake::bills::view::BillSnapshot;
    use std::sync::Arc;

    #[test]
    fn a_large_restatement_does_not_hide_those_of_other_months() {
        let snapshot = |id: &str, amounts: u64| {
            let record = SnapshotRecord {
                id: id.to_owned(),
                period_start_ms: amounts as i64,
                restated: vec![RestatedTotals { amounts, ..RestatedTotals::default() }],
                restated_amounts: vec![RestatedAmount::default()],
                ..SnapshotRecord::default()
            };
            Arc::new(BillSnapshot { record })
        };
        let view = View::new(vec![snapshot("a", 1), snapshot("b", 9)]);
        let (rows, truncated) = Restatement::of_view(&view, None, None, 10);
        assert_eq!((rows.len(), truncated), (2, true));
        assert!(!Restatement::of_view(&view, None, Some(1), 10).1);
        assert_eq!(Restatement::of_view(&view, None, None, 1).0.len(), 1);
    }
}
