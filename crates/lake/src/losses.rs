//! What the disk did not give back, named until somebody has seen to it.

use hannun_model::limits::LOSSES_SHOWN_MAX;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// File in the data folder: one loss a line. People may delete it once they know.
const LOSSES_FILE: &str = "losses.jsonl";

/// Rows that are gone because the disk did not give back what it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// File or log segment.
    pub what: String,
    /// What is missing, as far as it is known.
    pub extent: String,
    /// When it was found, milliseconds since 1970.
    pub found_ms: u64,
}

/// All losses of a data folder.
#[derive(Debug)]
pub struct Losses {
    path: PathBuf,
    known: Mutex<Vec<Loss>>,
}

impl Losses {
    /// Reads what earlier runs found.
    pub fn open(folder: &Path) -> Self {
        let path = folder.join(LOSSES_FILE);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let known = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Self { path, known: Mutex::new(known) }
    }

    /// Names a loss, unless the same one was named before.
    pub fn add(&self, loss: Loss) {
        let mut known = self.known.lock();
        if known.iter().any(|other| other.what == loss.what && other.extent == loss.extent) {
            return;
        }
        tracing::error!(what = loss.what, extent = loss.extent, "data was lost");
        if let Err(error) = self.append(&loss) {
            tracing::error!(%error, "failed to note a loss in {}", self.path.display());
        }
        if known.len() < LOSSES_SHOWN_MAX {
            known.push(loss);
        }
    }

    fn append(&self, loss: &Loss) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(loss)?;
        line.push(b'\n');
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&self.path)?;
        file.write_all(&line)?;
        file.sync_all()
    }

    pub fn list(&self) -> Vec<Loss> {
        self.known.lock().clone()
    }

    pub fn count(&self) -> usize {
        self.known.lock().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_named_once_and_still_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let loss = |found_ms| Loss { what: "file".into(), extent: "7 rows".into(), found_ms };
        let losses = Losses::open(folder.path());
        losses.add(loss(1));
        losses.add(loss(2));
        assert_eq!(losses.list(), vec![loss(1)]);
        assert_eq!(Losses::open(folder.path()).list(), vec![loss(1)]);
    }
}
