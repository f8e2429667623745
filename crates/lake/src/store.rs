//! Data files in an object store, made durable before the catalog names them.

use crate::checked_store::CheckedStore;
use crate::file::FileRecord;
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where data files are.
#[derive(Debug, Clone)]
pub struct DataStore {
    store: Arc<CheckedStore>,
    /// Set for a local folder, whose files and folders have to be synced by us.
    folder: Option<PathBuf>,
}

impl DataStore {
    /// A local folder, created when needed.
    pub fn folder(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        delete_staging(folder)?;
        let local = Arc::new(LocalFileSystem::new_with_prefix(folder)?);
        let store = Arc::new(CheckedStore::new(local));
        Ok(Self { store, folder: Some(folder.to_owned()) })
    }

    /// A store that is durable by itself.
    pub fn remote(store: Arc<dyn ObjectStore>) -> Self {
        Self { store: Arc::new(CheckedStore::new(store)), folder: None }
    }

    /// The store as readers see it: what it answers of a registered file has been checked.
    pub fn object_store(&self) -> Arc<dyn ObjectStore> {
        self.store.clone()
    }

    /// From now on reads of this file are checked.
    pub fn register(&self, file: &FileRecord) {
        self.register_file(&file.path, file.bytes, &file.checksums);
    }

    /// As [`DataStore::register`], of a file that no catalog knows.
    pub fn register_file(&self, path: &str, bytes: u64, checksums: &[u32]) {
        self.store.register(&ObjectPath::from(path), bytes, checksums);
    }

    /// Forgets a file that is gone.
    pub fn forget(&self, path: &str) {
        self.store.forget(&ObjectPath::from(path));
    }

    /// Takes the paths of the files that readers found damaged since the last call.
    pub fn take_damaged(&self) -> Vec<String> {
        self.store.take_damaged()
    }

    /// Names a file again that could not be set aside.
    pub fn put_back_damaged(&self, path: &str) {
        self.store.note_damaged(path);
    }

    /// The store below, for what has to see files as they are.
    pub fn unchecked(&self) -> &Arc<dyn ObjectStore> {
        self.store.unchecked()
    }

    /// Writes a whole file durably.
    pub async fn put(&self, path: &str, bytes: Bytes) -> object_store::Result<()> {
        self.store.put(&ObjectPath::from(path), bytes.into()).await?;
        self.sync(path).await
    }

    /// Makes a file that was written durable, its folders included.
    pub async fn sync(&self, path: &str) -> object_store::Result<()> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        let file = folder.join(path);
        let synced = tokio::task::spawn_blocking(move || {
            std::fs::File::open(&file)?.sync_all()?;
            let mut at = file.as_path();
            while let Some(parent) = at.parent() {
                std::fs::File::open(parent)?.sync_all()?;
                if parent == folder {
                    break;
                }
                at = parent;
            }
            Ok(())
        })
        .await;
        synced.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(
            |source: std::io::Error| object_store::Error::Generic {
                store: "local folder",
                source: Box::new(source),
            },
        )
    }

    /// Deletes a file; one that is gone already is as good.
    pub async fn delete(&self, path: &str) -> object_store::Result<()> {
        match self.store.delete(&ObjectPath::from(path)).await {
            Err(object_store::Error::NotFound { .. }) => {
                self.store.forget(&ObjectPath::from(path));
                Ok(())
            }
            other => other,
        }
    }

    /// Paths and sizes of all data files.
    pub async fn list(&self) -> object_store::Result<Vec<(String, u64)>> {
        self.store
            .list(None)
            .map_ok(|meta| (meta.location.to_string(), meta.size))
            .try_filter(|(path, _)| std::future::ready(path.ends_with(".parquet")))
            .try_collect()
            .await
    }

    /// Moves a damaged file out of the way, keeping its bytes. One that is gone needs no moving.
    pub async fn quarantine(&self, path: &str) -> object_store::Result<()> {
        let from = ObjectPath::from(path);
        let to = ObjectPath::from(format!("quarantine/{}.damaged", path.replace('/', "_")));
        match self.store.rename(&from, &to).await {
            Err(object_store::Error::NotFound { .. }) => {
                self.store.forget(&from);
                Ok(())
            }
            other => other,
        }
    }
}

/// Deletes what a crash left of files that were being written. The store writes `name#1` and renames
/// it when it is whole, and does not list such names.
fn delete_staging(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            delete_staging(&entry.path())?;
        } else if entry.file_name().to_string_lossy().contains(".parquet#") {
            tracing::info!(path = %entry.path().display(), "deleting an unfinished data file");
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_files_of_a_crash_are_deleted_and_others_kept() {
        let folder = tempfile::tempdir().unwrap();
        let window = folder.path().join("spans/0");
        std::fs::create_dir_all(&window).unwrap();
        std::fs::write(window.join("a.parquet#1"), b"half").unwrap();
        std::fs::write(window.join("b.parquet"), b"whole").unwrap();
        DataStore::folder(folder.path()).unwrap();
        assert!(!window.join("a.parquet#1").exists());
        assert!(window.join("b.parquet").exists());
    }
}
