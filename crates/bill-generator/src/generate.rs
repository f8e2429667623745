//! From options to folders of bills and their truth.

use crate::calendar::Month;
use crate::charge::Charge;
use crate::columns::Bill;
use crate::company::Company;
use crate::format::Format;
use crate::ledger::Ledger;
use crate::output::Writers;
use crate::output::delivery::Delivery;
use crate::simulate::{Run, Sink, Version, month};
use crate::truth::{AccountTruth, DriftTruth, NodeTruth, RestatementTruth, Truth};
use crate::{GenerateError, synthetic};
use hannun_model::limits::{GENERATED_BILL_LINES_MAX, GENERATED_BILL_MONTHS_MAX};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const TRUTH_FILE: &str = "truth.json";
/// The folder of the first, wrong version of a period.
const DRAFT_FOLDER: &str = "draft";
/// How many charges pass between two reports of progress.
const PROGRESS_LINES: u64 = 50_000;

/// What to generate.
#[derive(Debug, Clone)]
pub struct Options {
    /// Everything is written below it.
    pub folder: PathBuf,
    pub seed: u64,
    pub first_month: Month,
    pub months: u32,
    /// Lines in all months together, about.
    pub lines: u64,
    /// Of the amounts: USD, KRW, EUR or JPY.
    pub currency: String,
    pub formats: Vec<Format>,
    /// Whether the first month has an earlier version that was wrong.
    pub with_draft: bool,
    pub lines_per_file: u64,
}

impl Options {
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            seed: 7,
            first_month: Month::of(1_790_812_800),
            months: 1,
            lines: 1_000_000,
            currency: "USD".to_owned(),
            formats: vec![Format::Cur2Csv],
            with_draft: true,
            lines_per_file: 1_000_000,
        }
    }

    fn check(&self) -> Result<(), GenerateError> {
        let wrong = |text: String| Err(GenerateError::Options(text));
        if self.months == 0 || self.months > GENERATED_BILL_MONTHS_MAX {
            return wrong(format!("months must be from 1 to {GENERATED_BILL_MONTHS_MAX}"));
        }
        if self.lines == 0 || self.lines > GENERATED_BILL_LINES_MAX {
            return wrong(format!("lines must be from 1 to {GENERATED_BILL_LINES_MAX}"));
        }
        if self.lines_per_file == 0 {
            return wrong("lines of a file must be at least 1".to_owned());
        }
        if self.formats.is_empty() {
            return wrong("name at least one format".to_owned());
        }
        Ok(())
    }
}

/// Which bills of a company are written where.
#[derive(Debug, Clone)]
pub struct Output {
    /// A folder for each format is made in it.
    pub folder: PathBuf,
    pub first_month: Month,
    pub months: u32,
    /// Seconds since 1970; what is later is not known yet.
    pub until: i64,
    pub formats: Vec<Format>,
    pub with_draft: bool,
    pub lines_per_file: u64,
}

/// Told now and then how many lines there are.
pub type Progress<'a> = &'a mut dyn FnMut(u64);

/// Generates bills and their truth.
///
/// # Errors
/// When the options make no bill, or a file cannot be written.
pub fn generate(options: &Options) -> Result<Truth, GenerateError> {
    generate_with(options, &mut |_| {})
}

/// As [`generate`], and tells how far it is.
///
/// # Errors
/// As [`generate`].
pub fn generate_with(options: &Options, progress: Progress<'_>) -> Result<Truth, GenerateError> {
    options.check()?;
    let company = synthetic::company(
        options.seed,
        &options.currency,
        options.lines,
        options.first_month,
        options.months,
    )?;
    let output = Output {
        folder: options.folder.clone(),
        first_month: options.first_month,
        months: options.months,
        until: i64::MAX,
        formats: options.formats.clone(),
        with_draft: options.with_draft,
        lines_per_file: options.lines_per_file,
    };
    write_bills(&Arc::new(company), &output, progress)
}

/// Writes the bills of a company, and their truth beside them.
///
/// # Errors
/// When a file cannot be written.
pub fn write_bills(
    company: &Arc<Company>,
    output: &Output,
    progress: Progress<'_>,
) -> Result<Truth, GenerateError> {
    let mut truth = about(company);
    let mut lines = 0;
    let mut period = output.first_month;
    let since = period.start();
    for number in 0..output.months {
        let ledger = {
            let make = |version, progress: Progress<'_>, lines: &mut u64| {
                one_version(company, output, period, since, version, lines, progress)
            };
            let draft = if output.with_draft && number == 0 {
                Some(make(Version::Draft, progress, &mut lines)?)
            } else {
                None
            };
            let ledger = make(Version::Final, progress, &mut lines)?;
            if let Some(draft) = draft {
                truth.restatement = Some(restatement(&draft, &ledger, company, period));
            }
            ledger
        };
        truth.periods.push(ledger.truth(company, invoice(period, output.until).as_deref()));
        truth.anomalies.extend(ledger.anomalies(company));
        add_drift(&mut truth.tag_drift, ledger.drift(company));
        period = period.next();
    }
    write_truth(&output.folder, &truth)?;
    Ok(truth)
}

fn about(company: &Company) -> Truth {
    let account = |account: &crate::company::Account| AccountTruth {
        id: account.id.clone(),
        name: account.name.clone(),
        team: account.team.clone(),
        stage: account.stage.clone(),
    };
    let node = |node: &crate::company::Node| NodeTruth {
        instance_id: company.resources[node.resource].id.clone(),
        cluster: node.cluster.clone(),
        name: node.name.clone(),
        pods: node.pods.iter().map(|pod| pod.name.clone()).collect(),
    };
    Truth {
        synthetic: true,
        seed: company.seed,
        currency: company.currency.clone(),
        payer_account_id: company.accounts.first().map(|it| it.id.clone()).unwrap_or_default(),
        accounts: company.accounts.iter().map(account).collect(),
        nodes: company.nodes.iter().map(node).collect(),
        ..Truth::default()
    }
}

/// The invoice of a period that is over.
fn invoice(period: Month, until: i64) -> Option<String> {
    (period.end() <= until).then(|| format!("HS{}", period.folder().replace('-', "")))
}

fn one_version(
    company: &Arc<Company>,
    output: &Output,
    period: Month,
    since: i64,
    version: Version,
    lines: &mut u64,
    progress: Progress<'_>,
) -> Result<Ledger, GenerateError> {
    let folder = match version {
        Version::Draft => output.folder.join(DRAFT_FOLDER),
        Version::Final => output.folder.clone(),
    };
    let invoice_id = match version {
        Version::Draft => None,
        Version::Final => invoice(period, output.until),
    };
    let bill = Arc::new(Bill { company: company.clone(), month: period, invoice_id });
    let run = Run { company, month: period, since, until: output.until, version };
    let deliveries = output
        .formats
        .iter()
        .map(|format| Delivery::new(folder.join(format.name()), *format, &run));
    let writers = Writers::start(&bill, deliveries.collect(), output.lines_per_file)?;
    let mut ledger = Ledger::new(company, period);
    let mut counted = Counted { writers, lines: *lines, progress };
    let made = month(run, &mut ledger, &mut counted);
    *lines = counted.lines;
    counted.writers.finish(made)?;
    Ok(ledger)
}

/// Counts what passes.
struct Counted<'a> {
    writers: Writers,
    lines: u64,
    progress: Progress<'a>,
}

impl Sink for Counted<'_> {
    fn take(&mut self, charge: Charge) -> Result<(), GenerateError> {
        self.lines += 1;
        if self.lines.is_multiple_of(PROGRESS_LINES) {
            (self.progress)(self.lines);
        }
        self.writers.take(charge)
    }
}

fn restatement(
    draft: &Ledger,
    ledger: &Ledger,
    company: &Company,
    period: Month,
) -> RestatementTruth {
    RestatementTruth {
        period: period.to_string(),
        before: draft.truth(company, None).totals,
        after: ledger.truth(company, None).totals,
        rows: ledger.restated(draft, company),
    }
}

fn add_drift(sum: &mut Vec<DriftTruth>, month: Vec<DriftTruth>) {
    for drift in month {
        let known = sum
            .iter_mut()
            .find(|known| (&known.value, &known.canonical) == (&drift.value, &drift.canonical));
        match known {
            Some(known) => known.amounts += drift.amounts,
            None => sum.push(drift),
        }
    }
}

fn write_truth(folder: &Path, truth: &Truth) -> Result<(), GenerateError> {
    let path = folder.join(TRUTH_FILE);
    let text = serde_json::to_vec_pretty(truth)?;
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|source| GenerateError::File { path, source })
}
