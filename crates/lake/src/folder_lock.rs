//! One process per data folder.

use crate::error::LakeError;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// Holds the folder until dropped.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the folder or says who is in the way.
    pub fn take(folder: &Path) -> Result<Self, LakeError> {
        let doing = "lock the data folder";
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("lock"))
            .map_err(LakeError::io(doing))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LakeError::FolderInUse(folder.to_owned())),
            Err(TryLockError::Error(source)) => Err(LakeError::Io { doing, source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_is_told_which_folder_is_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path()).unwrap();
        let error = FolderLock::take(folder.path()).unwrap_err().to_string();
        assert!(error.contains("another process uses the data folder"), "{error}");
        drop(first);
        FolderLock::take(folder.path()).unwrap();
    }
}
