//! The file of a SQLite database: its address, its birth, and whether it is still the same one.

use crate::error::DatabaseError;
use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The file as it was when it was opened.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl DatabaseFile {
    /// Finds the file or makes an empty one, which SQLite takes for a new database. Connections
    /// are told never to create it, so none can quietly start over when it vanishes.
    pub(crate) fn find_or_create(path: PathBuf) -> Result<Self, DatabaseError> {
        let failed = |error: std::io::Error| DatabaseError::Open {
            path: path.clone(),
            reason: error.to_string(),
        };
        if !path.exists() {
            create(&path).map_err(failed)?;
        }
        let metadata = std::fs::metadata(&path).map_err(failed)?;
        Ok(Self { device: metadata.dev(), inode: metadata.ino(), path })
    }

    pub(crate) fn check_present(&self) -> Result<(), DatabaseError> {
        let is_same =
            |metadata: &Metadata| metadata.dev() == self.device && metadata.ino() == self.inode;
        match std::fs::metadata(&self.path) {
            Ok(metadata) if is_same(&metadata) => Ok(()),
            _ => Err(DatabaseError::Removed(self.path.clone())),
        }
    }

    /// As [`Self::check_present`], after a commit: then the write-ahead log must be there as well.
    pub(crate) fn check_kept(&self) -> Result<(), DatabaseError> {
        self.check_present()?;
        let wal = with_suffix(&self.path, "-wal");
        if wal.exists() { Ok(()) } else { Err(DatabaseError::Removed(wal)) }
    }
}

/// Makes an empty file, for one of several openers; the others find it.
///
/// The folder is locked meanwhile, so that nobody removes a write-ahead log that another opener
/// has just begun. The file appears under its name only when it is closed again: closing any
/// handle of a file drops the locks that SQLite holds on it in the same process.
fn create(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder)?;
    let lock = File::open(folder)?;
    // Where a file system cannot lock a folder, only the first start of two at once is at risk.
    let _ = lock.lock();
    if path.exists() {
        return Ok(());
    }
    // What a removed database left behind would be replayed into the new one.
    for suffix in ["-wal", "-shm"] {
        match std::fs::remove_file(with_suffix(path, suffix)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    let unborn = with_suffix(path, "-new");
    drop(File::create(&unborn)?);
    std::fs::rename(&unborn, path)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Address of the SQLite database at an absolute path; the characters that an address uses for
/// itself are escaped.
pub fn sqlite_url(path: &Path) -> String {
    let mut url = String::from("sqlite://");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'~' => url.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => url.push(char::from(*byte)),
            byte => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

pub(crate) fn sqlite_path(url: &str) -> Option<PathBuf> {
    let escaped = url.strip_prefix("sqlite://").filter(|path| path.starts_with('/'))?.as_bytes();
    let mut path = Vec::with_capacity(escaped.len());
    let mut index = 0;
    while let Some(byte) = escaped.get(index) {
        if *byte == b'%' {
            let digits = std::str::from_utf8(escaped.get(index + 1..index + 3)?).ok()?;
            path.push(u8::from_str_radix(digits, 16).ok()?);
            index += 3;
        } else if *byte == b'?' || *byte == b'#' {
            return None;
        } else {
            path.push(*byte);
            index += 1;
        }
    }
    Some(PathBuf::from(OsString::from_vec(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_survives_being_an_address() {
        for path in ["/data/catalog.sqlite", "/데이터/a b%20?#.sqlite", "/a+b&c=d"] {
            assert_eq!(sqlite_path(&sqlite_url(Path::new(path))), Some(PathBuf::from(path)));
        }
    }
}
