//! One import from its beginning to its end.

use crate::deliveries::{self, Delivery, Look};
use crate::delivery::{Into, import_delivery};
use crate::error::ImportError;
use crate::job::{Job, Outcome, Phase};
use crate::place::Place;
use hannun_billing::error::Problem;
use hannun_lake::lake::Shared;
use hannun_model::limits::BILL_DISK_SHARE_PERCENT;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Runs a job: finds the deliveries at its location and imports those that are new.
///
/// # Errors
/// Why it ended early. Deliveries that were committed before stay.
pub async fn run(lake: &Arc<Shared>, spool: &Path, job: &Arc<Job>) -> Result<Outcome, ImportError> {
    if !job.begin() {
        return Err(ImportError::Cancelled);
    }
    let result = import(lake, spool, job).await;
    if let Err(error) = &result {
        let location = &job.request.location;
        tracing::warn!(source = job.request.source, %location, %error, "a bill was not imported");
    }
    job.end(&result);
    result
}

async fn import(lake: &Arc<Shared>, spool: &Path, job: &Arc<Job>) -> Result<Outcome, ImportError> {
    let request = &job.request;
    request.check()?;
    let place = Place::open(&request.location, &request.access, spool).await?;
    let listing = place.list().await?;
    let found = deliveries::find(&place, &listing, request, job, Look::AtFirstLine).await?;
    let mut outcome = Outcome::default();
    match import_new(lake, &place, job, found, &mut outcome).await {
        Err(ImportError::Bill(error)) if matches!(error.problem, Problem::OtherPeriod { .. }) => {
            // A file of several months, or a line that strayed into one: which, every line tells.
            let found = deliveries::find(&place, &listing, request, job, Look::AtEveryLine).await?;
            if found.iter().all(|delivery| !delivery.shares_files) {
                return Err(error.into());
            }
            import_new(lake, &place, job, found, &mut outcome).await?;
        }
        ended => ended?,
    }
    Ok(outcome)
}

/// Imports the deliveries that were not imported before.
async fn import_new(
    lake: &Arc<Shared>,
    place: &Place,
    job: &Arc<Job>,
    found: Vec<Delivery>,
    outcome: &mut Outcome,
) -> Result<(), ImportError> {
    let request = &job.request;
    let (known, new): (Vec<_>, Vec<_>) = found.into_iter().partition(|delivery| {
        let view = lake.bills.view();
        let current = view.current_of(&request.source, delivery.period_start_ms);
        !request.dry_run
            && current.is_some_and(|current| {
                // A currency that was given wrongly can be mended.
                current.record.manifest_id == delivery.manifest_id
                    && current.record.assumed_currency == request.currency
            })
    });
    outcome.unchanged = known.len() as u64;
    let files = new.iter().flat_map(|delivery| &delivery.files);
    job.files_done.store(0, Ordering::Relaxed);
    job.files_total.store(files.clone().count() as u64, Ordering::Relaxed);
    job.bytes_done.store(0, Ordering::Relaxed);
    job.rows.store(0, Ordering::Relaxed);
    job.bytes_total.store(files.map(|file| file.bytes).sum(), Ordering::Relaxed);
    for delivery in new {
        job.go_on()?;
        job.phase(Phase::Reading);
        let into = Into { bills: lake.bills.clone(), allowed_bytes: allowed_bytes(lake) };
        let record = import_delivery(into, place, job, delivery).await?;
        tracing::info!(
            source = record.source,
            period_start_ms = record.period_start_ms,
            rows = record.rows,
            bytes = record.bytes(),
            "a bill was imported"
        );
        job.brought(&record);
        outcome.imported.push(record);
    }
    Ok(())
}

/// Bytes that bills may have.
fn allowed_bytes(lake: &Shared) -> u64 {
    match lake.counters.disk_budget_bytes.load(Ordering::Relaxed) {
        // Nobody has looked at the disk yet: a command that opened the folder for itself.
        0 => lake.options.disk_budget_bytes.unwrap_or(u64::MAX),
        budget => budget,
    }
    .saturating_mul(BILL_DISK_SHARE_PERCENT)
        / 100
}
