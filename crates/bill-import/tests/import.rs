//! Bills into a real lake: real reports, deliveries that are restated, broken or interrupted.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use hannun_bill_import::request::Location;
use hannun_bill_import::{ImportError, ImportRequest, Job, JobState, run};
use hannun_lake::bills::SnapshotRecord;
use hannun_lake::options::Faults;
use hannun_lake::{Lake, LakeOptions, open};
use hannun_model::cost::CostTable;
use hannun_model::money::Money;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const HEADER: &str = "identity/LineItemId,identity/TimeInterval,bill/PayerAccountId,\
    bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,lineItem/UsageAccountId,\
    lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,\
    lineItem/UsageType,lineItem/Operation,lineItem/UsageAmount,lineItem/CurrencyCode,\
    lineItem/UnblendedRate,lineItem/UnblendedCost,lineItem/LineItemDescription,\
    product/ProductName,pricing/publicOnDemandCost,resourceTags/user:Team";

/// Usage of Amazon EC2 on these days of October 2026, each with its cost.
fn report(account: &str, days: &[(u32, &str)]) -> String {
    let mut text = HEADER.to_owned();
    for (line, (day, cost)) in days.iter().enumerate() {
        let (from, to) =
            (format!("2026-10-{day:02}T03:00:00Z"), format!("2026-10-{day:02}T04:00:00Z"));
        write!(
            text,
            "\n{line},{from}/{to},{account},2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,222222222222,\
             Usage,{from},{to},AmazonEC2,BoxUsage:m5.large,RunInstances,1,USD,{cost},{cost},\
             on demand,Amazon Elastic Compute Cloud,{cost},cart"
        )
        .unwrap();
    }
    text
}

struct Fixture {
    folder: tempfile::TempDir,
    lake: Lake,
}

impl Fixture {
    async fn new() -> Self {
        Self::with_faults(tempfile::tempdir().unwrap(), Faults::default()).await
    }

    async fn with_faults(folder: tempfile::TempDir, faults: Faults) -> Self {
        let mut options = LakeOptions::new(folder.path().join("data"), 1 << 30);
        options.background = false;
        std::fs::create_dir_all(&options.folder).unwrap();
        let mut devices = open::local_devices(&options).unwrap();
        devices.faults = faults;
        let lake = Lake::open_with(options, devices, None).await.unwrap();
        Self { folder, lake }
    }

    /// A file below the folder of deliveries.
    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join("bills").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn request(&self, path: impl Into<PathBuf>) -> ImportRequest {
        ImportRequest {
            location: Location::Path(path.into()),
            source: "aws".to_owned(),
            ..ImportRequest::default()
        }
    }

    fn bills(&self) -> PathBuf {
        self.folder.path().join("bills")
    }

    async fn run(&self, request: ImportRequest) -> (Arc<Job>, Result<usize, ImportError>) {
        let job = Job::new(request).with_checkpoints_every(Duration::ZERO);
        let (spool, job) = (self.folder.path().join("spool"), Arc::new(job));
        std::fs::create_dir_all(&spool).unwrap();
        let result = run(self.lake.shared(), &spool, &job).await;
        assert_eq!(std::fs::read_dir(&spool).unwrap().count(), 0, "the spool is empty again");
        (job, result.map(|outcome| outcome.imported.len()))
    }

    async fn import(&self) -> Result<usize, ImportError> {
        self.run(self.request(self.bills())).await.1
    }

    fn current(&self) -> Vec<SnapshotRecord> {
        let view = self.lake.shared().bills.view();
        view.current().map(|snapshot| snapshot.record.clone()).collect()
    }

    fn effective(&self) -> Vec<String> {
        let totals = |record: SnapshotRecord| record.totals[0].effective.to_string();
        self.current().into_iter().map(totals).collect()
    }

    /// Folders of snapshots and of imports.
    fn folders(&self) -> usize {
        std::fs::read_dir(self.lake.shared().bills.folder()).unwrap().count()
    }
}

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn test_data(name: &str) -> Option<PathBuf> {
    let found = std::env::var_os("HANNUN_TEST_DATA").map(|folder| Path::new(&folder).join(name));
    let found = found.filter(|path| path.exists());
    if found.is_none() {
        eprintln!("SKIPPED: HANNUN_TEST_DATA has no {name}");
    }
    found
}

#[tokio::test]
async fn two_real_months_come_to_what_is_known_of_them() {
    let Some(folder) = test_data("finops/aws_cur_wa_labs") else { return };
    let fixture = Fixture::new().await;
    for (month, rows, billed, effective, list) in [
        ("Oct2018", 119_307, "4064.483132", "4195.957109", "4237.681735"),
        ("Nov2018", 124_340, "3505.326968", "3632.559846", "3671.199306"),
    ] {
        let path = folder.join(format!("{month}-WorkshopCUR-00001.snappy.parquet"));
        let (job, result) = fixture.run(fixture.request(&path)).await;
        assert_eq!(result.unwrap(), 1, "{month}");
        let record = &job.look().snapshots[0];
        assert_eq!((record.rows, record.provider.as_str()), (rows, "AWS"), "{month}");
        let totals = &record.totals[0];
        for (found, known) in
            [(totals.billed, billed), (totals.effective, effective), (totals.list, list)]
        {
            assert!((found - money(known)).abs() < money("0.0001"), "{month}: {found} ≠ {known}");
        }
    }
    assert_eq!(fixture.current().len(), 2);
}

#[tokio::test]
async fn what_was_imported_is_left_alone_and_what_was_restated_is_told() {
    let fixture = Fixture::new().await;
    fixture.put("october.csv", &report("1", &[(1, "1.5"), (2, "2"), (31, "4")]));
    assert_eq!(fixture.import().await.unwrap(), 1);
    let first = fixture.current();
    let (job, result) = fixture.run(fixture.request(fixture.bills())).await;
    assert_eq!((result.unwrap(), job.look().state), (0, JobState::Unchanged));
    assert_eq!(fixture.current(), first);

    fixture.put("october.csv", &report("1", &[(1, "1.5"), (2, "2.25"), (31, "4")]));
    assert_eq!(fixture.import().await.unwrap(), 1);
    let second = &fixture.current()[0];
    assert_eq!(second.supersedes.as_deref(), Some(first[0].id.as_str()));
    let restated = &second.restated_amounts[0];
    assert_eq!(second.restated_amounts.len(), 1);
    assert_eq!(restated.day_ms, 1_790_899_200_000, "2026-10-02");
    assert_eq!(restated.sub_account_id.as_deref(), Some("222222222222"));
    assert_eq!((restated.billed_before, restated.billed_after), (money("2"), money("2.25")));
    assert_eq!(second.restated[0].effective_after, money("2.25"));
}

#[tokio::test]
async fn days_that_a_month_in_progress_gains_are_no_restatement() {
    let fixture = Fixture::new().await;
    fixture.put("october.csv", &report("1", &[(1, "1"), (2, "2")]));
    fixture.import().await.unwrap();
    // The second day was not over yet.
    fixture.put("october.csv", &report("1", &[(1, "1"), (2, "3"), (3, "4")]));
    fixture.import().await.unwrap();
    assert_eq!(fixture.effective(), ["8"]);
    assert_eq!(fixture.current()[0].restated_amounts, []);
}

#[tokio::test]
async fn a_bad_row_is_named_and_nothing_is_half_imported() {
    let fixture = Fixture::new().await;
    fixture.put("a.csv", &report("1", &[(1, "1")]));
    fixture.import().await.unwrap();
    fixture.put("b.csv", &report("1", &[(2, "2"), (3, "three")]));
    let (job, result) = fixture.run(fixture.request(fixture.bills())).await;
    let message = result.unwrap_err().to_string();
    assert!(message.contains("b.csv: row 3, column lineItem/UnblendedCost"), "{message}");
    let problem = job.look().problem.unwrap();
    assert_eq!((problem.file.as_deref(), problem.row), (Some("b.csv"), Some(3)));
    assert_eq!(fixture.effective(), ["1"], "the old snapshot stays");
    assert_eq!(fixture.folders(), 1, "nothing is left of the other one");
}

#[tokio::test]
async fn a_delivery_is_what_its_manifest_lists() {
    let fixture = Fixture::new().await;
    let manifest = r#"{"assemblyId":"a1","account":"1","columns":[],"charset":"UTF-8",
        "billingPeriod":{"start":"20261001T000000.000Z","end":"20261101T000000.000Z"},
        "bucket":"bills","reportName":"cur","reportKeys":[
            "cur/20261001-20261101/a1/cur-00001.csv","cur/20261001-20261101/a1/cur-00002.csv"]}"#;
    fixture.put("cur/20261001-20261101/cur-Manifest.json", manifest);
    fixture.put("cur/20261001-20261101/a1/cur-00001.csv", &report("1", &[(1, "1")]));
    fixture.put("cur/20261001-20261101/a0/cur-00001.csv", &report("1", &[(1, "100")]));
    let message = fixture.import().await.unwrap_err().to_string();
    assert!(message.contains("a1/cur-00002.csv"), "{message}");
    assert_eq!(fixture.current(), []);
    fixture.put("cur/20261001-20261101/a1/cur-00002.csv", &report("1", &[(2, "2")]));
    assert_eq!(fixture.import().await.unwrap(), 1);
    assert_eq!(fixture.effective(), ["3"]);
    assert_eq!(fixture.current()[0].manifest_id, "a1");
    assert_eq!(fixture.import().await.unwrap(), 0);
}

#[tokio::test]
async fn a_month_of_another_account_is_refused_unless_somebody_says_so() {
    let fixture = Fixture::new().await;
    let path = fixture.put("october.csv", &report("1", &[(1, "1")]));
    fixture.import().await.unwrap();
    assert_eq!(fixture.current()[0].account.as_deref(), Some("1"));
    std::fs::write(&path, report("2", &[(1, "7")])).unwrap();
    let message = fixture.import().await.unwrap_err().to_string();
    assert!(message.contains("`2`") && message.contains("`1`"), "{message}");
    assert_eq!(fixture.effective(), ["1"]);
    let named = ImportRequest { account: Some("2".to_owned()), ..fixture.request(&path) };
    fixture.run(named).await.1.unwrap();
    assert_eq!(fixture.effective(), ["7"]);
}

#[tokio::test]
async fn an_interrupted_import_goes_on_and_comes_to_the_same() {
    // The process ends at its third checkpoint: the first is that of the beginning.
    let (checkpoints, on) = (AtomicUsize::new(0), Arc::new(AtomicBool::new(true)));
    let armed = on.clone();
    let faults = Faults::new(move |step| {
        let counted = step == "bills: before a checkpoint" && armed.load(Ordering::Relaxed);
        !(counted && checkpoints.fetch_add(1, Ordering::Relaxed) == 2)
    });
    let fixture = Fixture::with_faults(tempfile::tempdir().unwrap(), faults).await;
    for (day, cost) in [(1, "1"), (2, "2"), (3, "4"), (4, "8")] {
        // The same line in every file: days come together whatever the files.
        let text = report("1", &[(day, cost), (9, "0.5")]);
        fixture.put(&format!("part-{day}.csv"), &text);
    }
    assert!(matches!(fixture.import().await, Err(ImportError::Lake(_))));
    assert_eq!((fixture.current().len(), fixture.folders()), (0, 1));
    on.store(false, Ordering::Relaxed);
    let (job, result) = fixture.run(fixture.request(fixture.bills())).await;
    assert_eq!(result.unwrap(), 1);
    assert_eq!(job.rows.load(Ordering::Relaxed), 8);
    assert_eq!(fixture.effective(), ["17"]);
    let record = &fixture.current()[0];
    assert_eq!((record.rows, record.inputs.len()), (8, 4));
    let rows = |table: CostTable| -> u64 {
        let files = record.files.iter().filter(|file| file.table == table.name());
        files.map(|file| file.rows).sum()
    };
    assert_eq!((rows(CostTable::Lines), rows(CostTable::Daily)), (8, 5));
    let own: Vec<&str> =
        record.own_columns["cost"].iter().map(|column| column.name.as_str()).collect();
    assert!(own.iter().all(|name| name.starts_with("x_")), "{own:?}");
    assert_eq!(fixture.folders(), 1);
}

#[tokio::test]
async fn a_file_of_several_months_becomes_one_snapshot_of_each() {
    let fixture = Fixture::new().await;
    // Two accounts pay in October, one of them in November.
    let october = report("1", &[(1, "1"), (2, "2")]);
    let other = report("2", &[(3, "4")]).lines().skip(1).collect::<Vec<_>>().join("\n");
    let november = october.lines().skip(1).fold(String::new(), |text, line| {
        text + "\n" + &line.replace("2026-11-01", "2026-12-01").replace("2026-10-", "2026-11-")
    });
    let path = fixture.put("both.csv", &format!("{october}\n{other}{november}"));
    assert_eq!(fixture.run(fixture.request(&path)).await.1.unwrap(), 2);
    assert_eq!(fixture.effective(), ["3", "7"]);
    let accounts: Vec<_> = fixture.current().into_iter().map(|it| it.account).collect();
    assert_eq!(accounts, [Some("1".to_owned()), None]);
    let months: Vec<i64> = fixture.current().iter().map(|it| it.period_start_ms).collect();
    assert_eq!(months, [1_793_491_200_000, 1_790_812_800_000]);
    assert_eq!(fixture.run(fixture.request(&path)).await.1.unwrap(), 0, "the same is left alone");
}

#[tokio::test]
async fn a_try_and_a_cancelled_import_keep_nothing() {
    let fixture = Fixture::new().await;
    let path = fixture.put("october.csv", &report("1", &[(1, "1"), (2, "2")]));
    let dry = ImportRequest { dry_run: true, ..fixture.request(&path) };
    let (job, result) = fixture.run(dry).await;
    assert_eq!(result.unwrap(), 1);
    assert_eq!(job.look().snapshots[0].totals[0].billed, money("3"));
    let job = Arc::new(Job::new(fixture.request(&path)));
    job.cancel();
    let cancelled = run(fixture.lake.shared(), fixture.folder.path(), &job).await;
    assert!(matches!(cancelled, Err(ImportError::Cancelled)));
    assert_eq!(job.look().state, JobState::Cancelled);
    assert_eq!((fixture.current().len(), fixture.folders()), (0, 0));
}

#[tokio::test]
async fn bills_never_take_more_than_their_part_of_the_disk() {
    let fixture = Fixture::new().await;
    fixture.put("october.csv", &report("1", &[(1, "1")]));
    fixture.lake.shared().counters.disk_budget_bytes.store(100, Ordering::Relaxed);
    let message = fixture.import().await.unwrap_err().to_string();
    assert!(message.contains("raise --disk-budget"), "{message}");
    assert_eq!(fixture.folders(), 0);
    fixture.lake.shared().counters.disk_budget_bytes.store(1 << 30, Ordering::Relaxed);
    assert_eq!(fixture.import().await.unwrap(), 1);
    assert_eq!(fixture.effective(), ["1"]);
}

#[tokio::test]
async fn an_import_that_grows_too_large_ends_long_before_the_file_does() {
    let fixture = Fixture::new().await;
    let mut text = focus(10, &["a"], "USD").replace("ProviderName", "ProviderName,x_Note");
    text.push_str(",first");
    let line = text.lines().last().unwrap().trim_end_matches("first").to_owned();
    let mut state: u64 = 1;
    for _ in 0..150_000 {
        text.push('\n');
        text.push_str(&line);
        for _ in 0..64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            write!(text, "{state:016x}").unwrap();
        }
    }
    text.push_str("\ncut off");
    let path = fixture.put("large.csv", &text);
    fixture.lake.shared().counters.disk_budget_bytes.store(4 << 20, Ordering::Relaxed);
    let (_, result) = fixture.run(fixture.request(path)).await;
    assert!(matches!(result, Err(ImportError::DiskBudget { .. })), "{result:?}");
    assert_eq!(fixture.folders(), 0, "and takes no room");
}

#[tokio::test]
async fn a_place_without_a_bill_is_told() {
    let fixture = Fixture::new().await;
    fixture.put("readme.md", "nothing here");
    let message = fixture.import().await.unwrap_err().to_string();
    assert!(message.contains("there is no bill in"), "{message}");
    let absent = fixture.request(fixture.bills().join("absent"));
    let message = fixture.run(absent).await.1.unwrap_err().to_string();
    assert!(message.contains("absent"), "{message}");
    let path = fixture.put("names.csv", "name,age\nkim,7\n");
    let message = fixture.run(fixture.request(path)).await.1.unwrap_err().to_string();
    assert!(message.contains("names.csv"), "{message}");
}

/// A bill in the columns of FOCUS, of a month, with a line of each of these accounts.
fn focus(month: u32, accounts: &[&str], currency: &str) -> String {
    let mut text = "BillingAccountId,BillingCurrency,BilledCost,EffectiveCost,ListCost,\
        ContractedCost,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,\
        ChargeCategory,ServiceName,ProviderName"
        .to_owned();
    for account in accounts {
        write!(
            text,
            "\n{account},{currency},1,1,1,1,2026-{month:02}-01T00:00:00Z,\
             2026-{:02}-01T00:00:00Z,2026-{month:02}-02T00:00:00Z,2026-{month:02}-03T00:00:00Z,\
             Usage,Box,Cloud",
            month + 1
        )
        .unwrap();
    }
    text
}

#[tokio::test]
async fn a_bill_of_several_accounts_may_have_them_next_month_too() {
    let fixture = Fixture::new().await;
    for month in [9, 10] {
        let path = fixture.put("bill.csv", &focus(month, &["a", "a", "b"], "USD"));
        fixture.run(fixture.request(&path)).await.1.unwrap();
    }
    assert_eq!(fixture.effective(), ["3", "3"]);
    assert!(fixture.current().iter().all(|record| record.account.is_none()));
}

#[tokio::test]
async fn a_copy_of_a_file_does_not_count_a_second_time() {
    let fixture = Fixture::new().await;
    fixture.put("october.csv", &report("1", &[(1, "1")]));
    fixture.import().await.unwrap();
    fixture.put("october (1).csv", &report("1", &[(1, "1")]));
    let message = fixture.import().await.unwrap_err().to_string();
    assert!(message.contains("october.csv") && message.contains("october (1).csv"), "{message}");
    assert_eq!(fixture.effective(), ["1"]);
}

#[tokio::test]
async fn a_month_that_shrinks_to_one_of_its_files_is_told() {
    let fixture = Fixture::new().await;
    fixture.put("1.csv", &report("1", &[(1, "1"), (2, "2"), (3, "3")]));
    fixture.import().await.unwrap();
    let path = fixture.put("2.csv", &report("1", &[(4, "4")]));
    fixture.run(fixture.request(path)).await.1.unwrap();
    let record = &fixture.current()[0];
    assert!(record.findings.iter().any(|it| it.check == "fewer_lines"), "{:?}", record.findings);
}

#[tokio::test]
async fn a_currency_that_was_given_wrongly_is_mended_by_importing_again() {
    let armed = Arc::new(AtomicBool::new(true));
    let (on, checkpoints) = (armed.clone(), AtomicUsize::new(0));
    let faults = Faults::new(move |step| {
        let counted = step == "bills: before a checkpoint" && on.load(Ordering::Relaxed);
        !(counted && checkpoints.fetch_add(1, Ordering::Relaxed) == 2)
    });
    let fixture = Fixture::with_faults(tempfile::tempdir().unwrap(), faults).await;
    for (name, accounts) in [("1.csv", &["a"][..]), ("2.csv", &["a", "a"]), ("3.csv", &["a"; 3])] {
        fixture.put(name, &focus(10, accounts, ""));
    }
    let in_currency = |currency: &str| ImportRequest {
        currency: Some(currency.to_owned()),
        ..fixture.request(fixture.bills())
    };
    assert!(fixture.run(in_currency("EUR")).await.1.is_err(), "it is interrupted");
    armed.store(false, Ordering::Relaxed);
    for (currency, imported) in [("USD", 1), ("USD", 0), ("KRW", 1)] {
        assert_eq!(fixture.run(in_currency(currency)).await.1.unwrap(), imported, "{currency}");
        let record = &fixture.current()[0];
        assert_eq!((record.totals.len(), record.rows), (1, 6), "{currency}");
        assert_eq!(record.totals[0].currency, currency);
    }
}

#[tokio::test]
async fn a_month_whose_totals_are_lost_can_be_imported_again() {
    let fixture = Fixture::new().await;
    fixture.put("october.csv", &report("1", &[(1, "1")]));
    fixture.import().await.unwrap();
    let bills = fixture.lake.shared().bills.folder().to_owned();
    std::fs::remove_file(bills.join(&fixture.current()[0].id).join("totals.json")).unwrap();
    fixture.put("october.csv", &report("1", &[(1, "2")]));
    assert_eq!(fixture.import().await.unwrap(), 1);
    let record = &fixture.current()[0];
    assert!(record.findings.iter().any(|it| it.check == "comparison_missing"));
    assert_eq!((fixture.effective(), record.restated_amounts.len()), (vec!["2".to_owned()], 0));
}

#[tokio::test]
async fn what_an_ended_import_is_remembered_by_is_small_and_says_its_bytes() {
    let fixture = Fixture::new().await;
    for cost in ["1", "2"] {
        let path = fixture.put("october.csv", &report("1", &[(1, cost)]));
        let (job, result) = fixture.run(fixture.request(path)).await;
        result.unwrap();
        let told = job.look().snapshots.remove(0);
        assert_eq!(told.bytes(), fixture.current()[0].bytes());
        assert!(told.bytes() > 0 && told.restated_amounts.is_empty());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_has_no_end_is_not_read() {
    let fixture = Fixture::new().await;
    let message = fixture.run(fixture.request("/dev/zero")).await.1.unwrap_err().to_string();
    assert!(message.contains("`/dev/zero` is no place of a bill"), "{message}");
}

#[tokio::test]
async fn a_bill_without_lines_is_told_as_such() {
    let fixture = Fixture::new().await;
    fixture.put("october.csv", &report("1", &[]));
    let message = fixture.import().await.unwrap_err().to_string();
    assert!(message.contains("has a header and no lines"), "{message}");
}
