//! Crashes at every kind of moment, and what is left after each (invariants I1 to I5).
//!
//! One round is one seed: several lives of a lake over a simulated log, an object store in memory
//! and a real SQLite catalog. A failing round prints its seed; `HANNUN_SIM_SEED` runs it alone and
//! `HANNUN_SIM_ROUNDS` runs more of them. Only the ids of files differ between two runs of a seed.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

#[path = "support/records.rs"]
#[expect(dead_code, reason = "the catalog's suite uses the rest")]
mod records;
#[path = "support/sim_model.rs"]
mod sim_model;
#[path = "support/sim_wal.rs"]
mod sim_wal;

use hannun_lake::append::{Append, AppendError, Appended, Sink};
use hannun_lake::clock::Clock;
use hannun_lake::options::{Devices, Faults};
use hannun_lake::rebuild::rebuild_over;
use hannun_lake::store::DataStore;
use hannun_lake::wal::extent::LogExtent;
use hannun_lake::{Lake, LakeError, LakeOptions, maintain, open};
use hannun_model::table::Table;
use object_store::memory::InMemory;
use records::Random;
use sim_model::{Model, read_contents};
use sim_wal::{Mischief, SimDisk};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Rounds of an ordinary test run; each has [`LIVES`] crashes.
const ROUNDS: u64 = 40;
const LIVES: u64 = 10;
/// A client that has not heard for this long gives up: the lake remembers a little longer.
const PATIENCE_MS: u64 = 500_000;

#[derive(Debug)]
struct FakeClock(AtomicU64);

impl Clock for FakeClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What the next steps of background work meet.
#[derive(Debug, Default)]
struct StepPlan {
    /// How many steps until one fails.
    left: Option<u64>,
    /// The process dies there, so no later step happens either.
    dies: bool,
    is_dead: bool,
}

struct World {
    random: Random,
    /// Of the current life: the catalog is copied at a crash, as a process leaves it that dies.
    folder: tempfile::TempDir,
    disk: SimDisk,
    store: DataStore,
    clock: Arc<FakeClock>,
    steps: Arc<Mutex<StepPlan>>,
    model: Model,
    memory_limit_bytes: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let start_ms = 1_700_000_000_000 + random.below(86_400_000);
        Self {
            disk: SimDisk::new(random.next()),
            folder: new_folder(),
            store: DataStore::remote(Arc::new(InMemory::new())),
            clock: Arc::new(FakeClock(AtomicU64::new(start_ms))),
            steps: Arc::default(),
            model: Model::default(),
            memory_limit_bytes: [2 << 20, 8 << 20, 256 << 20][random.index(3)],
            random,
        }
    }

    fn options(&self) -> LakeOptions {
        let mut options = LakeOptions::new(self.folder.path(), self.memory_limit_bytes);
        options.retention = BTreeMap::new();
        options.background = false;
        options.clock = self.clock.clone();
        options
    }

    async fn open(&self) -> Result<Lake, LakeError> {
        let steps = self.steps.clone();
        let faults = Faults::new(move |_| {
            let mut steps = steps.lock().unwrap();
            if steps.is_dead {
                return false;
            }
            match &mut steps.left {
                Some(0) => {
                    steps.left = None;
                    steps.is_dead = steps.dies;
                    false
                }
                Some(left) => {
                    *left -= 1;
                    true
                }
                None => true,
            }
        });
        let devices =
            Devices { wal: Box::new(self.disk.open()), store: self.store.clone(), faults };
        Lake::open_with(self.options(), devices, None).await
    }

    fn is_dead(&self) -> bool {
        self.steps.lock().unwrap().is_dead || self.disk.is_off()
    }

    /// Decides how this life ends, and what goes wrong before.
    fn plan(&mut self) {
        let random = &mut self.random;
        let mut steps = self.steps.lock().unwrap();
        *steps = StepPlan::default();
        if random.below(3) > 0 {
            steps.left = Some(random.below(40));
            steps.dies = random.below(3) > 0;
        }
        if random.below(3) > 0 {
            let kinds = [Mischief::Fail, Mischief::FailAndNotCut, Mischief::PowerCut];
            self.disk.plan(random.below(50), kinds[random.index(3)]);
        }
    }

    /// One request, awaited; its client notes the answer.
    async fn send(&mut self, lake: &Lake, request: usize) {
        let outcome = lake.append(self.append_of(request)).await;
        self.note(request, &outcome);
    }

    fn append_of(&self, request: usize) -> Append {
        let request = &self.model.requests[request];
        Append { batches: request.batches.clone(), content_hash: request.hash }
    }

    fn note(&mut self, request: usize, outcome: &Result<Appended, AppendError>) {
        if outcome.is_ok() {
            self.model.requests[request].must_be_there = true;
        }
    }

    /// Several requests in one group: they queue while the log is busy with another.
    async fn send_group(&mut self, lake: &Lake) {
        let count = 2 + self.random.index(4);
        let requests: Vec<usize> = (0..count).map(|_| self.new_request()).collect();
        self.disk.close_gate();
        let mut first = Box::pin(lake.append(self.append_of(requests[0])));
        let mut answered = futures::poll!(&mut first);
        // A failure can come before the log gets as far as the gate.
        while answered.is_pending() && !self.disk.is_at_gate() {
            answered = futures::poll!(&mut first);
        }
        let others: Vec<_> =
            requests[1..].iter().map(|request| lake.append(self.append_of(*request))).collect();
        let mut others = Box::pin(futures::future::join_all(others));
        let polled = futures::poll!(&mut others);
        self.disk.open_gate();
        let mut outcomes = vec![match answered {
            std::task::Poll::Ready(outcome) => outcome,
            std::task::Poll::Pending => first.await,
        }];
        outcomes.extend(match polled {
            std::task::Poll::Ready(outcomes) => outcomes,
            std::task::Poll::Pending => others.await,
        });
        for (request, outcome) in requests.into_iter().zip(outcomes) {
            self.note(request, &outcome);
        }
    }

    fn new_request(&mut self) -> usize {
        let now_ms = self.clock.now_ms();
        self.model.new_request(&mut self.random, now_ms)
    }

    /// Sends a request again, whether its answer was lost, a refusal, or a success.
    async fn retry(&mut self, lake: &Lake) {
        let oldest = self.model.requests.len().saturating_sub(12);
        let candidates = self.model.requests.len() - oldest;
        if candidates == 0 {
            return;
        }
        let request = oldest + self.random.index(candidates);
        if self.clock.now_ms() - self.model.requests[request].first_sent_ms < PATIENCE_MS {
            self.send(lake, request).await;
        }
    }

    /// The log lets go in a thread of its own; a round must not depend on how fast.
    fn wait_for_release(&self, lake: &Lake) {
        let Some(position) = lake.shared().state.releasable() else { return };
        for _ in 0..200 {
            let segments = self.disk.segments();
            let waits = segments.get(1).is_some_and(|second| *second <= position + 1);
            if !waits || self.disk.is_off() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    async fn step(&mut self, lake: &Lake) {
        match self.random.below(100) {
            0..40 => {
                let request = self.new_request();
                self.send(lake, request).await;
            }
            40..52 => self.send_group(lake).await,
            52..64 => self.retry(lake).await,
            64..78 => {
                let table = Table::INTAKE[self.random.index(Table::INTAKE.len())];
                // A failed publish leaves its rows where they are; the checks say whether.
                let _ = maintain::publish(lake.shared(), table).await;
                self.wait_for_release(lake);
            }
            78..92 => {
                let _ = maintain::maintain_once(lake.shared()).await;
            }
            92..95 => {
                let contents = read_contents_when_settled(lake).await;
                if let Some(contents) = contents {
                    self.model.check(&contents, false);
                }
            }
            95..98 => self.heal(lake).await,
            _ => {
                let later_ms = [1_000, 60_000, 200_000, 7_200_000][self.random.index(4)];
                self.clock.0.fetch_add(later_ms, Ordering::Relaxed);
            }
        }
    }

    /// Once nothing fails any more, work that failed before goes through, without a restart.
    async fn heal(&mut self, lake: &Lake) {
        self.disk.heal();
        *self.steps.lock().unwrap() = StepPlan::default();
        for table in Table::INTAKE {
            maintain::publish(lake.shared(), table).await.unwrap();
        }
        while maintain::maintain_once(lake.shared()).await.unwrap() {}
        self.wait_for_release(lake);
        let contents = read_contents(lake).await;
        self.model.check(&contents, false);
    }

    /// Ends a life. What the process still does while it is torn down reaches nothing.
    fn crash(&mut self, lake: Lake) {
        self.disk.power_cut();
        let copy = copy_catalog(self.folder.path());
        drop(lake);
        self.folder = copy;
    }

    /// Opens what a crash left and checks it. The catalog is lost now and then.
    async fn recover(&mut self) -> Lake {
        *self.steps.lock().unwrap() = StepPlan::default();
        let fate = self.random.below(10);
        if fate < 4 {
            lose_catalog(self.folder.path(), fate == 0);
            if fate >= 2 {
                self.rebuild().await;
            }
        }
        let before = self.store.list().await.unwrap();
        let lake = match self.open().await {
            Err(LakeError::CatalogBehind(_)) if fate < 2 => {
                assert_eq!(self.store.list().await.unwrap(), before, "nothing is deleted");
                self.rebuild().await;
                self.open().await.unwrap()
            }
            opened => opened.unwrap(),
        };
        self.wait_for_release(&lake);
        assert_eq!(lake.shared().losses.list(), Vec::new(), "I1: nothing durable was damaged");
        let contents = read_contents(&lake).await;
        self.model.check(&contents, true);
        lake
    }

    async fn rebuild(&self) {
        let log = LogExtent::read(&self.disk.open()).unwrap();
        let url = open::catalog_url(&self.options());
        let report = rebuild_over(&url, &self.store, &log).await.unwrap();
        assert_eq!(report.unreadable, Vec::new());
    }
}

/// In the middle of a failed step the catalog may be ahead of what is visible, so totals are
/// compared only when every step has ended.
async fn read_contents_when_settled(lake: &Lake) -> Option<sim_model::Contents> {
    let shared = lake.shared();
    let has_attempt = Table::ALL.into_iter().any(|table| !shared.state.attempted(table).is_empty());
    let is_settled = !has_attempt && shared.unsettled.lock().is_none();
    if is_settled { Some(read_contents(lake).await) } else { None }
}

fn new_folder() -> tempfile::TempDir {
    let shm = Path::new("/dev/shm");
    // The catalog syncs each commit; in memory that costs nothing.
    let folder = if shm.is_dir() { tempfile::tempdir_in(shm) } else { tempfile::tempdir() };
    folder.unwrap()
}

/// The catalog as it is on disk, while connections of the dead process may still be open.
fn copy_catalog(folder: &Path) -> tempfile::TempDir {
    let copy = new_folder();
    for name in ["catalog.sqlite", "catalog.sqlite-wal"] {
        if folder.join(name).exists() {
            std::fs::copy(folder.join(name), copy.path().join(name)).unwrap();
        }
    }
    copy
}

fn lose_catalog(folder: &Path, only_emptied: bool) {
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.join(format!("catalog.sqlite{suffix}")));
    }
    let main = folder.join("catalog.sqlite");
    if only_emptied && main.exists() {
        std::fs::write(main, []).unwrap();
    } else {
        let _ = std::fs::remove_file(main);
    }
}

async fn run_round(seed: u64) -> u64 {
    let mut world = World::new(seed);
    let mut crashes = 0;
    for _ in 0..LIVES {
        let lake = world.recover().await;
        world.plan();
        let steps = 5 + world.random.below(50);
        for _ in 0..steps {
            world.step(&lake).await;
            if world.is_dead() {
                break;
            }
        }
        world.crash(lake);
        crashes += 1;
    }
    let lake = world.recover().await;
    lake.close().await.unwrap();
    world.crash(lake);
    // After an orderly end everything is in files.
    let lake = world.recover().await;
    let live: u64 =
        Table::ALL.into_iter().map(|table| lake.shared().state.totals(table).live_rows).sum();
    assert_eq!(live, 0);
    crashes
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn i1_to_i5_hold_after_crashes_at_any_moment() {
    let rounds = number("HANNUN_SIM_ROUNDS").unwrap_or(ROUNDS);
    let seeds = match number("HANNUN_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..rounds,
    };
    let mut crashes = 0;
    for seed in seeds {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let round = std::panic::AssertUnwindSafe(|| runtime.block_on(run_round(seed)));
        match std::panic::catch_unwind(round) {
            Ok(count) => crashes += count,
            Err(panic) => {
                eprintln!("a round failed; replay it with HANNUN_SIM_SEED={seed}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    assert!(rounds < ROUNDS || crashes >= 300 || number("HANNUN_SIM_SEED").is_some());
}
