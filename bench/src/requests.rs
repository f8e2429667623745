//! Requests built ahead of the measurement and kept in a file, so that a run measures the server.
//!
//! A record is the number of rows and the length of the body (both `u32`, little endian), then the
//! body. The peers' scripts read the same file.

use anyhow::{Context, Result};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Where one body is in the file.
#[derive(Debug, Clone, Copy)]
struct Record {
    offset: u64,
    bytes: usize,
    rows: u32,
}

/// A finished file of requests.
#[derive(Debug)]
pub struct RequestFile {
    path: PathBuf,
    file: File,
    records: Vec<Record>,
}

impl RequestFile {
    /// Number of requests.
    pub fn count(&self) -> usize {
        self.records.len()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The body of one request.
    pub fn body(&self, index: usize) -> Result<Vec<u8>> {
        let record = self.records[index];
        let mut body = vec![0; record.bytes];
        self.file.read_exact_at(&mut body, record.offset).context("failed to read a request")?;
        Ok(body)
    }

    /// Rows of all requests.
    pub fn rows(&self) -> u64 {
        self.records.iter().map(|record| u64::from(record.rows)).sum()
    }

    /// Bytes of all bodies, as protobuf without compression.
    pub fn raw_bytes(&self) -> u64 {
        self.records.iter().map(|record| record.bytes as u64).sum()
    }

    /// The same requests, each compressed with gzip as exporters do it.
    pub fn zipped(&self, path: &Path) -> Result<Self> {
        let mut writer = RequestWriter::create(path)?;
        for index in 0..self.count() {
            let body = hannun_e2e::otlp::gzip(&self.body(index)?);
            writer.add(&body, self.records[index].rows)?;
        }
        writer.finish()
    }
}

/// Writes a [`RequestFile`].
pub struct RequestWriter {
    path: PathBuf,
    writer: BufWriter<File>,
    records: Vec<Record>,
    offset: u64,
}

impl RequestWriter {
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("failed to create {path:?}"))?;
        Ok(Self {
            path: path.to_owned(),
            writer: BufWriter::with_capacity(1 << 20, file),
            records: Vec::new(),
            offset: 0,
        })
    }

    pub fn add(&mut self, body: &[u8], rows: u32) -> Result<()> {
        let length = u32::try_from(body.len()).context("a request is too large")?;
        self.writer.write_all(&rows.to_le_bytes())?;
        self.writer.write_all(&length.to_le_bytes())?;
        self.writer.write_all(body)?;
        self.records.push(Record { offset: self.offset + 8, bytes: body.len(), rows });
        self.offset += 8 + u64::from(length);
        Ok(())
    }

    pub fn finish(mut self) -> Result<RequestFile> {
        self.writer.flush()?;
        let file = File::open(&self.path)?;
        Ok(RequestFile { path: self.path, file, records: self.records })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_read_back_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = RequestWriter::create(&folder.path().join("requests")).unwrap();
        writer.add(b"first", 2).unwrap();
        writer.add(b"", 0).unwrap();
        writer.add(b"third", 5).unwrap();
        let requests = writer.finish().unwrap();
        assert_eq!(requests.count(), 3);
        assert_eq!(requests.body(0).unwrap(), b"first");
        assert_eq!(requests.body(2).unwrap(), b"third");
        assert_eq!((requests.rows(), requests.raw_bytes()), (7, 10));
        let zipped = requests.zipped(&folder.path().join("zipped")).unwrap();
        assert_eq!(zipped.rows(), 7);
        assert_eq!(zipped.body(2).unwrap()[..2], [0x1f, 0x8b]);
    }
}
