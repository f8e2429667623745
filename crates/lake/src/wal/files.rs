//! The few file operations that the log needs, so that a simulation can take their place.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Keeps log segments. A segment is known by the position of its first record.
pub trait WalFiles: Send {
    /// First positions of all segments, ascending.
    fn list(&self) -> io::Result<Vec<u64>>;
    /// All bytes of a segment.
    fn read(&self, first_position: u64) -> io::Result<Vec<u8>>;
    /// Size of a segment.
    fn size(&self, first_position: u64) -> io::Result<u64>;
    /// Makes an empty segment and its name durable.
    fn create(&mut self, first_position: u64) -> io::Result<()>;
    /// Appends to a segment without syncing.
    fn append(&mut self, first_position: u64, bytes: &[u8]) -> io::Result<()>;
    /// Makes everything appended to a segment durable.
    fn sync(&mut self, first_position: u64) -> io::Result<()>;
    /// Cuts a segment to `size` bytes.
    fn truncate(&mut self, first_position: u64, size: u64) -> io::Result<()>;
    /// Deletes a segment, durably before the next one is deleted.
    fn remove(&mut self, first_position: u64) -> io::Result<()>;
    /// Keeps a copy of a damaged segment for people to look at.
    fn quarantine(&mut self, first_position: u64) -> io::Result<()>;
}

/// Segments as files of a folder.
#[derive(Debug)]
pub struct FolderWal {
    folder: PathBuf,
    open: BTreeMap<u64, File>,
}

impl FolderWal {
    /// Opens the folder, creating it when needed.
    pub fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), open: BTreeMap::new() })
    }

    fn path(&self, first_position: u64) -> PathBuf {
        self.folder.join(format!("{first_position:020}.wal"))
    }

    fn file(&mut self, first_position: u64) -> io::Result<&mut File> {
        let path = self.path(first_position);
        match self.open.entry(first_position) {
            std::collections::btree_map::Entry::Occupied(entry) => Ok(entry.into_mut()),
            std::collections::btree_map::Entry::Vacant(entry) => {
                Ok(entry.insert(OpenOptions::new().read(true).append(true).open(path)?))
            }
        }
    }

    fn sync_folder(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}

impl WalFiles for FolderWal {
    fn list(&self) -> io::Result<Vec<u64>> {
        let mut positions = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let position = name.to_str().and_then(|name| name.strip_suffix(".wal"));
            if let Some(position) = position.and_then(|digits| digits.parse().ok()) {
                positions.push(position);
            }
        }
        positions.sort_unstable();
        Ok(positions)
    }

    fn read(&self, first_position: u64) -> io::Result<Vec<u8>> {
        std::fs::read(self.path(first_position))
    }

    fn size(&self, first_position: u64) -> io::Result<u64> {
        Ok(std::fs::metadata(self.path(first_position))?.len())
    }

    fn create(&mut self, first_position: u64) -> io::Result<()> {
        let path = self.path(first_position);
        let file = OpenOptions::new().read(true).append(true).create_new(true).open(path)?;
        self.sync_folder()?;
        // Closed segments are read by path; only the newest one is written.
        self.open.clear();
        self.open.insert(first_position, file);
        Ok(())
    }

    fn append(&mut self, first_position: u64, bytes: &[u8]) -> io::Result<()> {
        self.file(first_position)?.write_all(bytes)
    }

    fn sync(&mut self, first_position: u64) -> io::Result<()> {
        self.file(first_position)?.sync_data()
    }

    fn truncate(&mut self, first_position: u64, size: u64) -> io::Result<()> {
        let file = self.file(first_position)?;
        file.set_len(size)?;
        file.seek(SeekFrom::End(0))?;
        file.sync_all()
    }

    fn remove(&mut self, first_position: u64) -> io::Result<()> {
        self.open.remove(&first_position);
        std::fs::remove_file(self.path(first_position))?;
        // Segments go in order: a power cut must not bring one back between two that are gone.
        self.sync_folder()
    }

    fn quarantine(&mut self, first_position: u64) -> io::Result<()> {
        let from = self.path(first_position);
        std::fs::copy(&from, from.with_extension("quarantined"))?;
        self.sync_folder()
    }
}
