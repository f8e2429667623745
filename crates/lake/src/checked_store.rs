//! An object store that never answers damaged bytes of a data file.
//!
//! A disk may give back other bytes than it was given, and a Parquet page decodes to wrong values
//! without complaint. So the catalog keeps a checksum of every block of every file; reads are
//! widened to whole blocks, each block is verified, and only what was asked for is handed on,
//! without copying it. A read of a damaged block fails; the file is remembered for
//! [`crate::maintain`], which sets it aside.

use crate::file::CHECKSUM_BLOCK_BYTES;
use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use hannun_model::limits::DAMAGED_FILES_MAX;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetRange, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions,
    PutPayload, PutResult, RenameOptions, Result,
};
use parking_lot::{Mutex, RwLock};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

const BLOCK_BYTES: u64 = CHECKSUM_BLOCK_BYTES as u64;
/// A longer answer comes in pieces of this size, so that a whole file is never held in memory.
const PIECE_BYTES: u64 = 64 * BLOCK_BYTES;

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileDamage {
    #[error("file {path} is damaged: block {block} does not match its checksum")]
    Block { path: String, block: u64 },
    #[error("file {path} is damaged: it has {found} bytes instead of {expected}")]
    Size { path: String, expected: u64, found: u64 },
}

impl From<FileDamage> for Error {
    fn from(damage: FileDamage) -> Self {
        Self::Generic { store: "data file", source: Box::new(damage) }
    }
}

/// Size and checksums of a file as it was written.
#[derive(Debug, Clone)]
struct Expected {
    bytes: u64,
    checksums: Arc<Vec<u32>>,
}

#[derive(Debug, Default)]
struct Knowledge {
    files: RwLock<HashMap<Path, Expected>>,
    damaged: Mutex<BTreeSet<String>>,
}

/// Checks what it reads of the files that are registered; all else passes through. Clones share
/// what they know.
#[derive(Debug, Clone)]
pub struct CheckedStore {
    inner: Arc<dyn ObjectStore>,
    knowledge: Arc<Knowledge>,
}

impl CheckedStore {
    /// Checks the reads of this store.
    pub fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self { inner, knowledge: Arc::default() }
    }

    /// The store below.
    pub fn unchecked(&self) -> &Arc<dyn ObjectStore> {
        &self.inner
    }

    /// Checks reads of this file from now on. A file without checksums stays unchecked.
    pub fn register(&self, path: &Path, bytes: u64, checksums: &[u32]) {
        if checksums.is_empty() {
            return;
        }
        let expected = Expected { bytes, checksums: Arc::new(checksums.to_vec()) };
        self.knowledge.files.write().insert(path.clone(), expected);
    }

    /// Forgets the checksums of a file that is gone.
    pub fn forget(&self, path: &Path) {
        self.knowledge.files.write().remove(path);
    }

    /// Takes the paths of the files that were found damaged.
    pub fn take_damaged(&self) -> Vec<String> {
        std::mem::take(&mut *self.knowledge.damaged.lock()).into_iter().collect()
    }

    /// Remembers a damaged file until it is taken; again makes no difference.
    pub fn note_damaged(&self, path: &str) {
        let mut damaged = self.knowledge.damaged.lock();
        if damaged.len() < DAMAGED_FILES_MAX {
            damaged.insert(path.to_owned());
        }
    }

    fn expected(&self, path: &Path) -> Option<Expected> {
        self.knowledge.files.read().get(path).cloned()
    }

    fn damaged(&self, damage: FileDamage) -> Error {
        tracing::error!(%damage, "a read found damage");
        let (FileDamage::Block { path, .. } | FileDamage::Size { path, .. }) = &damage;
        self.note_damaged(path);
        damage.into()
    }

    /// Verifies bytes that begin and end with a block.
    fn verify(&self, path: &Path, expected: &Expected, from: u64, bytes: &[u8]) -> Result<()> {
        for (block, bytes) in (from / BLOCK_BYTES..).zip(bytes.chunks(CHECKSUM_BLOCK_BYTES)) {
            let index = usize::try_from(block).unwrap_or(usize::MAX);
            if expected.checksums.get(index) != Some(&crc32c::crc32c(bytes)) {
                return Err(self.damaged(FileDamage::Block { path: path.to_string(), block }));
            }
        }
        Ok(())
    }

    /// Why a read failed or fell short: damage when the file has lost or gained bytes.
    async fn explain(&self, path: &Path, expected: &Expected, error: Error) -> Error {
        match self.inner.head(path).await {
            Ok(meta) if meta.size != expected.bytes => self.damaged(FileDamage::Size {
                path: path.to_string(),
                expected: expected.bytes,
                found: meta.size,
            }),
            _ => error,
        }
    }

    /// Reads a range that is not empty, widened and verified, and slices it back.
    async fn read(
        &self,
        path: &Path,
        expected: &Expected,
        mut options: GetOptions,
        range: Range<u64>,
    ) -> Result<(GetResult, Bytes)> {
        let wide = widened(&range, expected.bytes);
        options.range = Some(GetRange::Bounded(wide.clone()));
        let answer = match self.inner.get_opts(path, options).await {
            Ok(answer) => answer,
            Err(error) => return Err(self.explain(path, expected, error).await),
        };
        let (meta, attributes) = (answer.meta.clone(), answer.attributes.clone());
        let bytes = match answer.bytes().await {
            Ok(bytes) if bytes.len() as u64 == wide.end - wide.start => bytes,
            Ok(_) => return Err(self.explain(path, expected, short(path)).await),
            Err(error) => return Err(self.explain(path, expected, error).await),
        };
        self.verify(path, expected, wide.start, &bytes)?;
        let bytes = slice(&bytes, wide.start, &range);
        let payload = GetResultPayload::Stream(futures::stream::empty().boxed());
        Ok((GetResult { payload, meta, range, attributes }, bytes))
    }

    /// The rest of a long answer, one piece after the other.
    fn pieces(
        &self,
        path: &Path,
        expected: &Expected,
        range: Range<u64>,
    ) -> BoxStream<'static, Result<Bytes>> {
        let (store, path, expected) = (self.clone(), path.clone(), expected.clone());
        futures::stream::try_unfold(range, move |range| {
            let (store, path, expected) = (store.clone(), path.clone(), expected.clone());
            async move {
                if range.is_empty() {
                    return Ok(None);
                }
                let piece = first_piece(&range);
                let rest = piece.end..range.end;
                let (_, bytes) = store.read(&path, &expected, GetOptions::new(), piece).await?;
                Ok(Some((bytes, rest)))
            }
        })
        .boxed()
    }
}

/// The smallest run of whole blocks that holds the range.
fn widened(range: &Range<u64>, size: u64) -> Range<u64> {
    let end = range.end.div_ceil(BLOCK_BYTES) * BLOCK_BYTES;
    range.start / BLOCK_BYTES * BLOCK_BYTES..end.min(size)
}

/// Ends with a block, so that the next piece does not read that block again.
fn first_piece(range: &Range<u64>) -> Range<u64> {
    let end = (range.start / BLOCK_BYTES * BLOCK_BYTES).saturating_add(PIECE_BYTES);
    range.start..end.min(range.end)
}

/// The range out of bytes that begin at `from`.
fn slice(bytes: &Bytes, from: u64, range: &Range<u64>) -> Bytes {
    let at = |position: u64| {
        usize::try_from(position.saturating_sub(from)).unwrap_or(usize::MAX).min(bytes.len())
    };
    bytes.slice(at(range.start)..at(range.end))
}

/// Whole blocks that hold all of the ranges, in order, none twice. Blocks that merely follow each
/// other stay apart: the store below knows best whether to bridge gaps.
fn blocks_of(ranges: &[Range<u64>], size: u64) -> Vec<Range<u64>> {
    let mut wide: Vec<Range<u64>> =
        ranges.iter().filter(|range| !range.is_empty()).map(|range| widened(range, size)).collect();
    wide.sort_unstable_by_key(|range| range.start);
    wide.dedup_by(|next, last| {
        let shares_blocks = next.start < last.end;
        if shares_blocks {
            last.end = last.end.max(next.end);
        }
        shares_blocks
    });
    wide
}

fn short(path: &Path) -> Error {
    let message = format!("file {path} answered fewer bytes than asked for");
    Error::Generic { store: "data file", source: message.into() }
}

fn outside(path: &Path, range: &Range<u64>, size: u64) -> Error {
    let Range { start, end } = range;
    let message = format!("bytes {start}..{end} are not in file {path}, which has {size}");
    Error::Generic { store: "data file", source: message.into() }
}

#[async_trait]
impl ObjectStore for CheckedStore {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let Some(expected) = self.expected(location).filter(|_| !options.head) else {
            return self.inner.get_opts(location, options).await;
        };
        let range = match &options.range {
            Some(range) => range
                .as_range(expected.bytes)
                .map_err(|error| Error::Generic { store: "data file", source: error.into() })?,
            None => 0..expected.bytes,
        };
        if range.is_empty() {
            return self.inner.get_opts(location, options).await;
        }
        let piece = first_piece(&range);
        let rest = self.pieces(location, &expected, piece.end..range.end);
        let (answer, bytes) = self.read(location, &expected, options, piece).await?;
        let payload = futures::stream::once(async { Ok(bytes) }).chain(rest).boxed();
        Ok(GetResult { payload: GetResultPayload::Stream(payload), range, ..answer })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let Some(expected) = self.expected(location) else {
            return self.inner.get_ranges(location, ranges).await;
        };
        let size = expected.bytes;
        if let Some(range) = ranges.iter().find(|range| range.start > range.end || range.end > size)
        {
            return Err(outside(location, range, size));
        }
        let blocks = blocks_of(ranges, size);
        let read = match self.inner.get_ranges(location, &blocks).await {
            Ok(read) => read,
            Err(error) => return Err(self.explain(location, &expected, error).await),
        };
        for (blocks, bytes) in blocks.iter().zip(&read) {
            if bytes.len() as u64 != blocks.end - blocks.start {
                return Err(self.explain(location, &expected, short(location)).await);
            }
            self.verify(location, &expected, blocks.start, bytes)?;
        }
        let answer = ranges.iter().map(|range| {
            let at = blocks.partition_point(|blocks| blocks.end <= range.start);
            match (blocks.get(at), read.get(at)) {
                (Some(blocks), Some(bytes)) if !range.is_empty() => {
                    slice(bytes, blocks.start, range)
                }
                _ => Bytes::new(),
            }
        });
        Ok(answer.collect())
    }

    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let store = self.clone();
        let deleted = self.inner.delete_stream(locations);
        deleted
            .inspect(move |deleted| {
                if let Ok(path) = deleted {
                    store.forget(path);
                }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.inner.rename_opts(from, to, options).await?;
        self.forget(from);
        Ok(())
    }
}

impl std::fmt::Display for CheckedStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "CheckedStore({})", self.inner)
    }
}

#[cfg(test)]
mod tests;
