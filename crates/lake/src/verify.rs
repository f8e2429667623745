//! Reading a whole file to find out whether it still is what was written.

use crate::checked_store::FileDamage;
use crate::error::LakeError;
use crate::file::{BlockChecksums, CHECKSUM_BLOCK_BYTES, FileRecord};
use crate::store::DataStore;
use object_store::ObjectStoreExt;
use object_store::path::Path as ObjectPath;

/// Bytes read at a time: few calls, and little memory.
const PIECE_BYTES: u64 = 16 * CHECKSUM_BLOCK_BYTES as u64;

/// Compares the length and the checksum of every block with what the catalog says.
pub async fn read_whole(store: &DataStore, file: &FileRecord) -> Result<(), LakeError> {
    read_whole_file(store, &file.path, file.bytes, &file.checksums).await
}

/// As [`read_whole`], of a file that no catalog knows.
pub async fn read_whole_file(
    store: &DataStore,
    path: &str,
    bytes: u64,
    checksums: &[u32],
) -> Result<(), LakeError> {
    let found = read_checksums(store, path).await?;
    if found.total_bytes() != bytes {
        let (expected, found) = (bytes, found.total_bytes());
        let damage = FileDamage::Size { path: path.to_owned(), expected, found };
        return Err(LakeError::Store(damage.into()));
    }
    let found = found.finish();
    if checksums.is_empty() || checksums == found {
        return Ok(());
    }
    let same = checksums.iter().zip(&found).take_while(|(left, right)| left == right);
    let damage = FileDamage::Block { path: path.to_owned(), block: same.count() as u64 };
    Err(LakeError::Store(damage.into()))
}

/// Whether this says that the bytes are wrong, and not merely that they could not be had now: a
/// process out of file descriptors or a folder not mounted must not cost a healthy file.
pub fn is_damage(error: &LakeError) -> bool {
    match error {
        LakeError::Store(object_store::Error::Generic { source, .. }) => source.is::<FileDamage>(),
        _ => false,
    }
}

/// Size and checksums of a file as it lies in the store.
pub async fn read_checksums(store: &DataStore, path: &str) -> Result<BlockChecksums, LakeError> {
    let path = ObjectPath::from(path);
    let store = store.unchecked();
    let size = store.head(&path).await?.size;
    let mut checksums = BlockChecksums::default();
    while checksums.total_bytes() < size {
        let from = checksums.total_bytes();
        let piece = store.get_range(&path, from..size.min(from + PIECE_BYTES)).await?;
        if piece.is_empty() {
            break;
        }
        checksums.update(&piece);
    }
    Ok(checksums)
}
