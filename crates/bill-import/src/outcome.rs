//! What a delivery comes to: checked against itself, compared with the one before, committed.

use crate::delivery::Import;
use crate::error::ImportError;
use crate::job::{Job, Phase};
use arrow::array::RecordBatch;
use hannun_billing::daily::DailyRollup;
use hannun_billing::totals::{
    Amounts, Check, ControlTotals, Grain, Restated, TotalsCollector, difference,
};
use hannun_lake::bills::snapshot::{
    BillFile, BillFinding, CurrencyTotals, RestatedAmount, RestatedTotals,
};
use hannun_lake::bills::{BillWriter, SnapshotRecord};
use hannun_model::cost::CostTable;
use hannun_model::limits::{COST_DAILY_GROUPS_MAX, RESTATED_AMOUNTS_MAX};
use std::collections::BTreeMap;

const DAY_MS: i64 = 86_400_000;

/// Checks and commits what was read.
pub fn finish(
    import: &mut Import,
    mut record: SnapshotRecord,
    job: &Job,
) -> Result<SnapshotRecord, ImportError> {
    job.phase(Phase::Checking);
    if import.so_far.totals.rows == 0 {
        return Err(ImportError::NoLines(job.request.location.to_string()));
    }
    if import.staging.is_some() {
        merge_days(import)?;
        check_written(import, job)?;
    }
    describe(import, &mut record);
    job.go_on()?;
    let used = import.into.bills.bytes() + record.bytes();
    let allowed = import.into.allowed_bytes;
    if used > allowed {
        return Err(ImportError::DiskBudget { used, allowed });
    }
    compare(import, &mut record);
    let Some(staging) = import.staging.take() else { return Ok(record) };
    job.phase(Phase::Committing);
    let totals = serde_json::to_value(&import.so_far.totals)
        .map_err(|error| ImportError::Totals(error.to_string()))?;
    Ok(staging.commit(record, &totals)?)
}

/// Days that were written in parts, because progress was saved in between, become one part.
fn merge_days(import: &mut Import) -> Result<(), ImportError> {
    let of_days = |file: &BillFile| file.table == CostTable::Daily.name();
    let parts: Vec<BillFile> =
        import.checkpoint.files.iter().filter(|file| of_days(file)).cloned().collect();
    let resumed = import.staging.as_ref().is_some_and(|it| !it.checkpoint().inputs.is_empty());
    if parts.len() < 2 || !resumed {
        return Ok(());
    }
    // The files of the last part get their place, so that the merged ones get another.
    import.note()?;
    let Some(staging) = &import.staging else { return Ok(()) };
    let mut writer = staging.writer(CostTable::Daily);
    let mut rollup = DailyRollup::new(COST_DAILY_GROUPS_MAX);
    for part in &parts {
        for records in staging.batches(part)? {
            rollup.add(&records?)?;
            write_all(&mut writer, &rollup.drain_full())?;
        }
    }
    write_all(&mut writer, &rollup.finish()?)?;
    import.checkpoint.files.retain(|file| !of_days(file));
    import.checkpoint.files.extend(writer.end()?);
    Ok(())
}

fn write_all(writer: &mut BillWriter, batches: &[RecordBatch]) -> Result<(), ImportError> {
    for records in batches {
        writer.write(records)?;
    }
    Ok(())
}

/// Reads back what was written: as many lines as were read, and days that come to the same.
fn check_written(import: &Import, job: &Job) -> Result<(), ImportError> {
    let Some(staging) = &import.staging else { return Ok(()) };
    let files = &import.checkpoint.files;
    let lines = files.iter().filter(|file| file.table == CostTable::Lines.name());
    let (written, read) = (lines.map(|file| file.rows).sum::<u64>(), import.so_far.totals.rows);
    if written != read {
        return Err(ImportError::Totals(format!("{written} lines instead of {read}")));
    }
    let mut days = TotalsCollector::new();
    for file in files.iter().filter(|file| file.table == CostTable::Daily.name()) {
        job.go_on()?;
        for records in staging.batches(file)? {
            days.add(&records?)?;
        }
    }
    let days = days.finish();
    let currencies = &import.so_far.totals.currencies;
    let same = days.currencies.len() == currencies.len()
        && currencies.iter().all(|(currency, amounts)| {
            let of_days = days.currencies.get(currency);
            of_days.is_some_and(|of_days| Amounts { rows: amounts.rows, ..*of_days } == *amounts)
        });
    if same { Ok(()) } else { Err(ImportError::Totals("the sums of days differ".to_owned())) }
}

/// Fills in what is known by now.
fn describe(import: &Import, record: &mut SnapshotRecord) {
    let totals = &import.so_far.totals;
    if let Some(staging) = &import.staging {
        staging.id().clone_into(&mut record.id);
    }
    record.provider = import.so_far.seen.provider.clone().unwrap_or_default();
    record.account = import.so_far.seen.account();
    record.inputs.clone_from(&import.checkpoint.inputs);
    record.files.clone_from(&import.checkpoint.files);
    record.rows = totals.rows;
    record.own_columns = import
        .checkpoint
        .own_columns
        .iter()
        .map(|(table, columns)| (table.clone(), columns.iter().cloned().collect()))
        .collect();
    record.totals = totals
        .currencies
        .iter()
        .map(|(currency, amounts)| CurrencyTotals {
            currency: currency.clone(),
            rows: amounts.rows,
            billed: amounts.billed,
            effective: amounts.effective,
            list: amounts.list,
            contracted: amounts.contracted,
            net_billed: amounts.net_billed,
            net_effective: amounts.net_effective,
        })
        .collect();
    let findings = totals.check().into_iter();
    record.findings = findings
        .map(|finding| BillFinding { check: name_of(finding.check), message: finding.message })
        .collect();
}

fn name_of(check: Check) -> String {
    let name = serde_json::to_value(check).ok();
    name.and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Compares with what counted before.
fn compare(import: &Import, record: &mut SnapshotRecord) {
    let view = import.into.bills.view();
    let Some(before) = view.current_of(&record.source, record.period_start_ms) else {
        return;
    };
    if record.rows.saturating_mul(2) < before.record.rows {
        // One file of several, most often, which alone replaces them all.
        let message = format!(
            "the month has {} lines, and had {} before: files of one month replace it together \
             when they are imported as a folder, and each other when one by one",
            record.rows, before.record.rows
        );
        record.findings.push(BillFinding { check: "fewer_lines".to_owned(), message });
    }
    let noted = import.into.bills.totals(&before.record.id).map_err(|error| error.to_string());
    let before: Result<ControlTotals, String> =
        noted.and_then(|noted| serde_json::from_value(noted).map_err(|error| error.to_string()));
    let before = match before {
        Ok(before) => before,
        // Damaged, or of another version: a month must not be stuck with what it has for that.
        Err(why) => {
            let message = format!("what this version restates is not known: {why}");
            let check = "comparison_missing".to_owned();
            record.findings.push(BillFinding { check, message });
            return;
        }
    };
    let restated = restated_days(&before, &import.so_far.totals, record.period_end_ms);
    (record.restated, record.restated_amounts) = sums(&restated);
}

/// The amounts that differ, the largest first, without days that the delivery before did not have
/// whole: that a month goes on is no restatement.
fn restated_days(
    before: &ControlTotals,
    after: &ControlTotals,
    period_end_ms: i64,
) -> Vec<Restated> {
    let mut restated = difference(before, after);
    let cells = &before.by_day_account_service;
    let last_day_ms = cells.sums.keys().map(|key| key.day_ms).max().unwrap_or(0);
    if cells.grain != Grain::Whole && last_day_ms + DAY_MS < period_end_ms {
        restated.retain(|amount| amount.day_ms < last_day_ms);
    }
    restated
}

fn sums(restated: &[Restated]) -> (Vec<RestatedTotals>, Vec<RestatedAmount>) {
    let mut totals: BTreeMap<&str, RestatedTotals> = BTreeMap::new();
    for amount in restated {
        let total = totals.entry(&amount.currency).or_insert_with(|| RestatedTotals {
            currency: amount.currency.clone(),
            ..RestatedTotals::default()
        });
        total.amounts += 1;
        total.billed_before += amount.billed_before;
        total.billed_after += amount.billed_after;
        total.effective_before += amount.effective_before;
        total.effective_after += amount.effective_after;
    }
    let amounts = restated.iter().take(RESTATED_AMOUNTS_MAX).map(|amount| RestatedAmount {
        day_ms: amount.day_ms,
        sub_account_id: Some(amount.sub_account_id.clone()).filter(|id| !id.is_empty()),
        service_name: Some(amount.service_name.clone()).filter(|name| !name.is_empty()),
        currency: amount.currency.clone(),
        billed_before: amount.billed_before,
        billed_after: amount.billed_after,
        effective_before: amount.effective_before,
        effective_after: amount.effective_after,
    });
    (totals.into_values().collect(), amounts.collect())
}
