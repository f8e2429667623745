//! Bytes of a file, uncompressed on a thread of their own while others are read.

use crate::detect::Container;
use crate::error::{BillError, Problem};
use flate2::read::MultiGzDecoder;
use hannun_model::limits::{BILL_CHUNK_BYTES, BILL_CHUNKS_AHEAD};
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

type Block = Result<Vec<u8>, Problem>;

/// Blocks of a file in order.
pub(super) struct Blocks {
    blocks: Receiver<Block>,
    /// Blocks that were read, to be filled again.
    used: SyncSender<Vec<u8>>,
    bytes_read: Arc<AtomicU64>,
}

impl Blocks {
    /// Starts to read `file` from where it is.
    ///
    /// # Errors
    /// The thread cannot be started, or the compression not be set up.
    pub(super) fn start(name: &str, container: Container, file: File) -> Result<Self, BillError> {
        let of_file = |error: io::Error| BillError::of_file(name, error);
        let bytes_read = Arc::new(AtomicU64::new(0));
        let counted =
            BufReader::with_capacity(1 << 17, Counted { file, bytes: bytes_read.clone() });
        let mut reader: Box<dyn Read + Send> = match container {
            Container::Gzip => Box::new(MultiGzDecoder::new(counted)),
            Container::Zstandard => {
                Box::new(zstd::stream::read::Decoder::with_buffer(counted).map_err(of_file)?)
            }
            Container::Plain | Container::Parquet => Box::new(counted),
        };
        let (send, blocks) = sync_channel(BILL_CHUNKS_AHEAD);
        let (used, take_used) = sync_channel::<Vec<u8>>(BILL_CHUNKS_AHEAD + 2);
        std::thread::Builder::new()
            .name("bill-unpack".to_owned())
            .spawn(move || {
                loop {
                    let mut block = take_used.try_recv().unwrap_or_default();
                    let filled = fill(&mut reader, &mut block);
                    let last = !matches!(filled, Ok(true));
                    // A block that is cut short by an error is of no use: nothing of it is kept.
                    let message = filled.map(|_| block).map_err(|error| problem(container, error));
                    if send.send(message).is_err() || last {
                        return;
                    }
                }
            })
            .map_err(of_file)?;
        Ok(Self { blocks, used, bytes_read })
    }

    /// Blocks that are there already.
    #[cfg(test)]
    pub(super) fn of(ready: Vec<Vec<u8>>) -> Self {
        let (send, blocks) = sync_channel(ready.len());
        ready.into_iter().for_each(|block| send.send(Ok(block)).unwrap());
        Self { blocks, used: sync_channel(1).0, bytes_read: Arc::default() }
    }

    /// The next block; `None` after the last one.
    pub(super) fn next(&self) -> Result<Option<Vec<u8>>, Problem> {
        self.blocks.recv().ok().transpose()
    }

    pub(super) fn give_back(&self, mut block: Vec<u8>) {
        block.clear();
        // When nobody wants it, it is freed.
        let _ = self.used.try_send(block);
    }

    /// Bytes of the file that were read so far, as it lies there.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }
}

/// Fills a block; false at the end of the file.
fn fill(reader: &mut dyn Read, block: &mut Vec<u8>) -> io::Result<bool> {
    block.resize(BILL_CHUNK_BYTES, 0);
    let mut filled = 0;
    while filled < block.len() {
        match reader.read(&mut block[filled..]) {
            Ok(0) => {
                block.truncate(filled);
                return Ok(false);
            }
            Ok(bytes) => filled += bytes,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

fn problem(container: Container, error: io::Error) -> Problem {
    match (container, error.kind()) {
        (Container::Plain, _) => Problem::Read(error),
        (_, ErrorKind::UnexpectedEof) => Problem::Truncated,
        (_, ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other) => {
            Problem::Damaged(error.to_string())
        }
        _ => Problem::Read(error),
    }
}

/// A file that tells how much of it was read.
struct Counted {
    file: File,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.read(into)?;
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}
