//! Imports of a server: one runs, others wait, the last ones are remembered.

use crate::error::ImportError;
use crate::job::Job;
use crate::request::{ImportRequest, Location};
use hannun_lake::lake::Shared;
use hannun_model::limits::{IMPORT_JOBS_KEPT, IMPORT_QUEUE_MAX};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// The imports of a server.
#[derive(Debug)]
pub struct Imports {
    lake: Arc<Shared>,
    spool: PathBuf,
    /// The oldest first.
    jobs: Mutex<VecDeque<Arc<Job>>>,
    queue: mpsc::Sender<Arc<Job>>,
}

impl Imports {
    /// Begins to run what is asked for. Files on their way lie in `imports` in the data folder;
    /// what an earlier process left there is deleted.
    ///
    /// # Errors
    /// When that folder cannot be made.
    pub fn start(lake: Arc<Shared>) -> Result<Arc<Self>, ImportError> {
        let spool = spool_folder(&lake)?;
        let (queue, mut waiting) = mpsc::channel::<Arc<Job>>(IMPORT_QUEUE_MAX);
        let imports = Arc::new(Self { lake, spool, jobs: Mutex::default(), queue });
        let (lake, spool) = (imports.lake.clone(), imports.spool.clone());
        tokio::spawn(async move {
            while let Some(job) = waiting.recv().await {
                let (lake, spool, running) = (lake.clone(), spool.clone(), job.clone());
                let run = async move { crate::run::run(&lake, &spool, &running).await };
                // Told by the job; one that stops unexpectedly must not stop those behind it.
                if let Err(stopped) = tokio::spawn(run).await {
                    job.end(&Err(ImportError::Stopped(stopped.to_string())));
                }
                if let Location::Upload { path, .. } = &job.request.location {
                    let _ = tokio::fs::remove_file(path).await;
                }
            }
        });
        Ok(imports)
    }

    /// Where an upload may lie until it is imported.
    pub fn spool(&self) -> &Path {
        &self.spool
    }

    /// Puts an import at the end of the queue.
    ///
    /// # Errors
    /// [`ImportError::QueueFull`].
    pub fn add(&self, request: ImportRequest) -> Result<Arc<Job>, ImportError> {
        let job = Arc::new(Job::new(request));
        self.queue.try_send(job.clone()).map_err(|_| ImportError::QueueFull(IMPORT_QUEUE_MAX))?;
        let mut jobs = self.jobs.lock();
        jobs.push_back(job.clone());
        while jobs.len() > IMPORT_JOBS_KEPT + IMPORT_QUEUE_MAX {
            jobs.pop_front();
        }
        Ok(job)
    }

    /// Those that are known, the newest first.
    pub fn jobs(&self) -> Vec<Arc<Job>> {
        self.jobs.lock().iter().rev().cloned().collect()
    }

    pub fn job(&self, id: &str) -> Option<Arc<Job>> {
        self.jobs.lock().iter().find(|job| job.id == id).cloned()
    }
}

/// The folder of files on their way, empty.
///
/// # Errors
/// When it cannot be made.
pub fn spool_folder(lake: &Shared) -> Result<PathBuf, ImportError> {
    let spool = lake.options.folder.join("imports");
    let told = || spool.display().to_string();
    if spool.exists() {
        std::fs::remove_dir_all(&spool).map_err(ImportError::io(told()))?;
    }
    std::fs::create_dir_all(&spool).map_err(ImportError::io(told()))?;
    Ok(spool)
}
