//! Brings one delivery into the lake: read, staged, checked, committed.

use crate::deliveries::{DeliveredFile, Delivery, billing_period_starts};
use crate::error::ImportError;
use crate::job::{Job, Phase};
use crate::lines::{LineSink, Written};
use crate::outcome;
use crate::place::Place;
use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use hannun_billing::daily::RollupError;
use hannun_billing::detect::Format;
use hannun_billing::line_source;
use hannun_billing::mapper::{LineBatch, ReadOptions};
use hannun_billing::totals::ControlTotals;
use hannun_lake::bills::snapshot::InputFile;
use hannun_lake::bills::staging::{Checkpoint, DeliveryKey};
use hannun_lake::bills::{BillStore, SnapshotRecord, Staging};
use hannun_model::cost::{self, COLUMNS};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Seek;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Where a delivery goes.
#[derive(Debug)]
pub struct Into {
    pub bills: Arc<BillStore>,
    /// Bytes that all bills may have.
    pub allowed_bytes: u64,
}

/// What is known of the lines so far; beside what they come to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Seen {
    pub provider: Option<String>,
    /// The accounts that pay; the first two of them, which tell that it is not one.
    pub accounts: Vec<String>,
}

/// What has been read, as it is noted at a checkpoint.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SoFar {
    pub totals: ControlTotals,
    pub seen: Seen,
}

/// Imports a delivery. Nothing of it is seen before all of it is.
///
/// # Errors
/// Why not. What was current is current still.
pub async fn import_delivery(
    into: Into,
    place: &Place,
    job: &Arc<Job>,
    delivery: Delivery,
) -> Result<SnapshotRecord, ImportError> {
    let request = &job.request;
    let key = DeliveryKey {
        source: request.source.clone(),
        period_start_ms: delivery.period_start_ms,
        manifest_id: delivery.manifest_id.clone(),
        assumed_currency: request.currency.clone(),
    };
    let used = into.bills.bytes();
    if used >= into.allowed_bytes {
        return Err(ImportError::DiskBudget { used, allowed: into.allowed_bytes });
    }
    let staging = if request.dry_run { None } else { Some(into.bills.stage(&key)?) };
    let options = ReadOptions {
        source: request.source.clone(),
        snapshot_id: staging.as_ref().map_or_else(String::new, |it| it.id().to_owned()),
        period: (!delivery.shares_files)
            .then_some((delivery.period_start_ms, delivery.period_end_ms)),
        account: expected_account(&into.bills, job, &delivery),
        currency: request.currency.clone(),
    };
    let mut import = Import::resume(into, staging, options)?;
    import.only = delivery.shares_files.then_some(delivery.period_start_ms);
    let result = import.read_all(place, job, delivery.files).await;
    let result = match result {
        Ok(()) => {
            let (start_ms, end_ms) = (delivery.period_start_ms, delivery.period_end_ms);
            let record = SnapshotRecord {
                source: key.source,
                period_start_ms: start_ms,
                period_end_ms: end_ms,
                manifest_id: key.manifest_id,
                assumed_currency: key.assumed_currency,
                ..SnapshotRecord::default()
            };
            let job = job.clone();
            let finishing = tokio::task::spawn_blocking(move || {
                let finished = outcome::finish(&mut import, record, &job);
                (import, finished)
            });
            let finished = finishing.await;
            let (given_back, finished) =
                finished.map_err(|error| ImportError::Stopped(error.to_string()))?;
            import = given_back;
            finished
        }
        Err(error) => Err(error),
    };
    if let Err(error) = &result {
        import.leave(error);
    }
    result
}

/// The account that lines must be of: the one that somebody named, else that of the months before
/// when all of them are of one. Of months that were in one file, one says nothing of another.
fn expected_account(bills: &BillStore, job: &Job, delivery: &Delivery) -> Option<String> {
    let request = &job.request;
    request.account.clone().or_else(|| {
        if delivery.shares_files {
            return None;
        }
        let view = bills.view();
        let of_source = view.current().filter(|it| it.record.source == request.source);
        let mut accounts = of_source.map(|snapshot| &snapshot.record.account);
        let first = accounts.next()?.clone();
        first.filter(|first| accounts.all(|account| account.as_ref() == Some(first)))
    })
}

/// A delivery that is being read.
pub struct Import {
    pub into: Into,
    /// Absent when nothing is to be kept.
    pub staging: Option<Staging>,
    pub checkpoint: Checkpoint,
    pub so_far: SoFar,
    options: ReadOptions,
    /// Lines of the period that begins then are taken; of all when not given.
    only: Option<i64>,
    /// Bytes that all bills have, with those that an earlier try has left of this one.
    used_bytes: u64,
    sink: Option<LineSink>,
}

impl Import {
    /// Goes on from the checkpoint of an earlier try, if there was one.
    fn resume(
        into: Into,
        staging: Option<Staging>,
        options: ReadOptions,
    ) -> Result<Self, ImportError> {
        let checkpoint = staging.as_ref().map(|it| it.checkpoint().clone()).unwrap_or_default();
        let so_far = match &checkpoint.totals {
            serde_json::Value::Null => SoFar::default(),
            noted => match serde_json::from_value(noted.clone()) {
                Ok(so_far) => so_far,
                Err(error) => {
                    // Of another version of ours: the next try begins anew.
                    staging.map_or(Ok(()), Staging::discard)?;
                    return Err(ImportError::Totals(error.to_string()));
                }
            },
        };
        let left: u64 = checkpoint.files.iter().map(|file| file.bytes).sum();
        let used_bytes = into.bills.bytes() + left;
        let sink = Some(LineSink::start(staging.as_ref())?);
        Ok(Self { into, staging, checkpoint, so_far, options, only: None, used_bytes, sink })
    }

    async fn read_all(
        &mut self,
        place: &Place,
        job: &Arc<Job>,
        files: Vec<DeliveredFile>,
    ) -> Result<(), ImportError> {
        let mut saved = Instant::now();
        let mut unread = Vec::new();
        for file in files {
            if let Some(input) = self.checkpoint.inputs.iter().find(|input| is_of(input, &file)) {
                job.files_done.fetch_add(1, Ordering::Relaxed);
                job.bytes_done.fetch_add(input.bytes, Ordering::Relaxed);
                job.rows.fetch_add(input.rows, Ordering::Relaxed);
            } else {
                unread.push(file);
            }
        }
        let left = unread.len();
        for (index, file) in unread.into_iter().enumerate() {
            let DeliveredFile { listed, fetched } = file;
            let opened = match fetched {
                Some(file) => file,
                None => {
                    job.phase(Phase::Downloading);
                    place.fetch(&listed, job).await?
                }
            };
            job.phase(Phase::Reading);
            let rows = self.read(listed.key.clone(), opened, job).await?;
            self.checkpoint.inputs.push(InputFile { name: listed.key, bytes: listed.bytes, rows });
            job.files_done.fetch_add(1, Ordering::Relaxed);
            let due = saved.elapsed() >= job.checkpoint_every;
            if due && index + 1 < left {
                self.save().await?;
                saved = Instant::now();
            }
        }
        self.gather().await
    }

    /// Reads one file to its end; answers its rows.
    async fn read(&mut self, name: String, file: File, job: &Arc<Job>) -> Result<u64, ImportError> {
        let mut sink = self.take_sink()?;
        let (options, only, job) = (self.options.clone(), self.only, job.clone());
        let mut seen = std::mem::take(&mut self.so_far.seen);
        let (used, allowed) = (self.used_bytes, self.into.allowed_bytes);
        let reading = tokio::task::spawn_blocking(move || {
            let (sink_of, seen_of) = (&mut sink, &mut seen);
            let mut reader =
                Reader { options, only, job, sink: sink_of, seen: seen_of, used, allowed };
            let rows = reader.read(&name, file);
            (sink, seen, rows)
        });
        let (sink, seen, rows) =
            reading.await.map_err(|error| ImportError::Stopped(error.to_string()))?;
        self.sink = Some(sink);
        self.so_far.seen = seen;
        rows
    }

    fn take_sink(&mut self) -> Result<LineSink, ImportError> {
        self.sink.take().ok_or_else(|| ImportError::Stopped("reading".to_owned()))
    }

    /// Adds what was written since the last time to the checkpoint.
    async fn gather(&mut self) -> Result<(), ImportError> {
        let mut sink = self.take_sink()?;
        let ending = tokio::task::spawn_blocking(move || {
            let written = sink.end();
            (sink, written)
        });
        let (sink, written) =
            ending.await.map_err(|error| ImportError::Stopped(error.to_string()))?;
        self.sink = Some(sink);
        let Written { files, own_columns, totals } = written?;
        self.checkpoint.files.extend(files);
        for (table, columns) in own_columns {
            self.checkpoint.own_columns.entry(table).or_default().extend(columns);
        }
        self.so_far.totals.merge(&totals);
        Ok(())
    }

    /// Makes durable what was read so far.
    async fn save(&mut self) -> Result<(), ImportError> {
        self.gather().await?;
        self.note()
    }

    /// Notes the checkpoint as it is.
    pub fn note(&mut self) -> Result<(), ImportError> {
        self.checkpoint.totals = serde_json::to_value(&self.so_far)
            .map_err(|error| ImportError::Totals(error.to_string()))?;
        if let Some(staging) = &mut self.staging {
            staging.save(self.checkpoint.clone())?;
        }
        Ok(())
    }

    /// Leaves what another try can go on from, or nothing.
    fn leave(&mut self, error: &ImportError) {
        // The threads hold files that may be about to be deleted.
        self.sink = None;
        let Some(staging) = self.staging.take() else { return };
        if error.leaves_progress() && !staging.checkpoint().inputs.is_empty() {
            return;
        }
        if let Err(error) = staging.discard() {
            tracing::warn!(%error, "failed to clear away an import; the next start does");
        }
    }
}

fn is_of(input: &InputFile, file: &DeliveredFile) -> bool {
    input.name == file.key && input.bytes == file.bytes
}

/// Reads files on a thread of its own.
struct Reader<'a> {
    options: ReadOptions,
    only: Option<i64>,
    job: Arc<Job>,
    sink: &'a mut LineSink,
    seen: &'a mut Seen,
    /// Bytes that bills have beside what the sink writes, and that they may have.
    used: u64,
    allowed: u64,
}

impl Reader<'_> {
    /// Reads a file to its end; answers its rows.
    fn read(&mut self, name: &str, mut file: File) -> Result<u64, ImportError> {
        // A copy of an open file shares its position with others.
        file.rewind().map_err(ImportError::io(name))?;
        let mut source = line_source::open(name, file, &self.options)?;
        let job = self.job.clone();
        let (bytes_before, rows_before) =
            (job.bytes_done.load(Ordering::Relaxed), job.rows.load(Ordering::Relaxed));
        while let Some(batches) = source.next()? {
            job.go_on()?;
            for batch in batches {
                let batch = match self.only {
                    Some(period_start_ms) => of_period(batch, period_start_ms)?,
                    None => batch,
                };
                self.seen.look(source.format(), &batch);
                self.sink.write(batch)?;
            }
            let used = self.used.saturating_add(self.sink.bytes());
            if used > self.allowed {
                return Err(ImportError::DiskBudget { used, allowed: self.allowed });
            }
            job.bytes_done.store(bytes_before + source.bytes_read(), Ordering::Relaxed);
            job.rows.store(rows_before + source.rows_read(), Ordering::Relaxed);
        }
        Ok(source.rows_read())
    }
}

/// The lines of one billing period.
fn of_period(batch: LineBatch, period_start_ms: i64) -> Result<LineBatch, ImportError> {
    let Some(starts) = billing_period_starts(&batch.records) else { return Ok(batch) };
    let wanted = Some(period_start_ms.saturating_mul(1_000_000));
    let chosen: BooleanArray = starts.iter().map(|start| Some(start == wanted)).collect();
    let records = filter_record_batch(&batch.records, &chosen).map_err(RollupError::from)?;
    Ok(LineBatch { records, ..batch })
}

impl Seen {
    fn look(&mut self, format: Format, batch: &LineBatch) {
        if self.provider.is_none() {
            self.provider = match format {
                Format::AwsCur | Format::AwsCur2 => Some("AWS".to_owned()),
                Format::Azure => Some("Microsoft".to_owned()),
                Format::Oci => Some("Oracle".to_owned()),
                Format::Focus => first_text(&batch.records, cost::INVOICE_ISSUER_NAME)
                    .or_else(|| first_text(&batch.records, cost::SERVICE_PROVIDER_NAME)),
            };
        }
        let accounts = batch.records.column_by_name(COLUMNS[cost::BILLING_ACCOUNT_ID].name);
        for account in accounts.and_then(|it| it.as_string_view_opt()).into_iter().flatten() {
            if self.accounts.len() > 1 {
                break;
            }
            if let Some(account) = account.filter(|it| self.accounts.iter().all(|one| one != it)) {
                self.accounts.push(account.to_owned());
            }
        }
    }

    /// The account that pays, when it is one.
    pub fn account(&self) -> Option<String> {
        match self.accounts.as_slice() {
            [account] => Some(account.clone()),
            _ => None,
        }
    }
}

fn first_text(records: &RecordBatch, column: usize) -> Option<String> {
    let texts = records.column_by_name(COLUMNS[column].name)?.as_string_view_opt()?;
    (!texts.is_empty() && texts.is_valid(0)).then(|| texts.value(0).to_owned())
}
