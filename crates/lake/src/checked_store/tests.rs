//! What checked reads promise.

use super::*;
use crate::file::block_checksums;
use object_store::memory::InMemory;
use proptest::collection::vec;
use proptest::prelude::*;

const LENGTH_MAX: u64 = 5 * BLOCK_BYTES;

fn noise(length: u64) -> Vec<u8> {
    (0..length).map(|at| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as u8).collect()
}

fn file() -> Path {
    Path::from("logs/0/file.parquet")
}

/// A file of `written` bytes, of which the disk gives back `stored`.
async fn store_of(written: &[u8], stored: &[u8]) -> CheckedStore {
    let store = CheckedStore::new(Arc::new(InMemory::new()));
    store.put(&file(), stored.to_vec().into()).await.unwrap();
    store.register(&file(), written.len() as u64, &block_checksums(written));
    store
}

/// Positions anywhere and, as often, within two bytes of the border of a block.
fn position() -> impl Strategy<Value = u64> {
    let border = (0u64..6, 0u64..5)
        .prop_map(|(block, offset)| (block * BLOCK_BYTES + offset).saturating_sub(2));
    prop_oneof![0..LENGTH_MAX, border]
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn part<'a>(bytes: &'a [u8], range: &Range<u64>) -> &'a [u8] {
    &bytes[range.start as usize..range.end as usize]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reads_answer_exactly_the_bytes_asked_for(
        length in position().prop_map(|length| length.max(1)),
        ends in vec((position(), position()), 1..12),
    ) {
        let bytes = noise(length);
        let ranges: Vec<Range<u64>> = ends
            .into_iter()
            .map(|(left, right)| (left.min(length), right.min(length)))
            .map(|(left, right)| left.min(right)..left.max(right))
            .collect();
        run(async {
            let store = store_of(&bytes, &bytes).await;
            let answers = store.get_ranges(&file(), &ranges).await.unwrap();
            for (range, answer) in ranges.iter().zip(&answers) {
                assert_eq!(&answer[..], part(&bytes, range));
                if range.is_empty() {
                    continue;
                }
                let single = store.get_range(&file(), range.clone()).await.unwrap();
                assert_eq!(single, answer);
                let options = |range| GetOptions { range: Some(range), ..Default::default() };
                let suffix = options(GetRange::Suffix(range.end));
                let suffix = store.get_opts(&file(), suffix).await.unwrap();
                assert_eq!(suffix.range, length - range.end..length);
                let suffix = suffix.bytes().await.unwrap();
                assert_eq!(&suffix[..], &bytes[(length - range.end) as usize..]);
                let offset = options(GetRange::Offset(range.start));
                let offset = store.get_opts(&file(), offset).await.unwrap();
                let offset = offset.bytes().await.unwrap();
                assert_eq!(&offset[..], &bytes[range.start as usize..]);
            }
            assert_eq!(store.take_damaged(), Vec::<String>::new());
        });
    }

    #[test]
    fn a_flipped_bit_fails_every_read_of_its_block_and_no_other(
        at in 0..LENGTH_MAX,
        bit in 0u8..8,
        ends in vec((position(), position()), 1..12),
    ) {
        let written = noise(LENGTH_MAX);
        let mut stored = written.clone();
        stored[at as usize] ^= 1 << bit;
        let block = at / BLOCK_BYTES;
        run(async {
            let store = store_of(&written, &stored).await;
            for (left, right) in ends {
                let (left, right) = (left.min(LENGTH_MAX - 1), right.min(LENGTH_MAX - 1));
                let range = left.min(right)..left.max(right) + 1;
                let hit = widened(&range, LENGTH_MAX).contains(&at);
                let single = store.get_range(&file(), range.clone()).await;
                let several = store.get_ranges(&file(), &[range.clone(), 0..0]).await;
                if !hit {
                    assert_eq!(&single.unwrap()[..], part(&written, &range));
                    assert_eq!(&several.unwrap()[0][..], part(&written, &range));
                    continue;
                }
                let expected =
                    format!("file {} is damaged: block {block} does not match", file());
                for error in [single.unwrap_err(), several.unwrap_err()] {
                    assert!(error.to_string().contains(&expected), "{error}");
                }
                assert_eq!(store.take_damaged(), vec![file().to_string()]);
            }
        });
    }

    #[test]
    fn no_block_is_read_twice(ends in vec((position(), position()), 0..20)) {
        let ranges: Vec<Range<u64>> = ends
            .into_iter()
            .map(|(left, right)| (left.min(LENGTH_MAX), right.min(LENGTH_MAX)))
            .map(|(left, right)| left.min(right)..left.max(right))
            .collect();
        let blocks = blocks_of(&ranges, LENGTH_MAX);
        prop_assert!(blocks.windows(2).all(|pair| pair[0].end <= pair[1].start));
        for range in ranges.iter().filter(|range| !range.is_empty()) {
            let whole = |blocks: &&Range<u64>| {
                blocks.start <= range.start && range.end <= blocks.end
            };
            prop_assert_eq!(blocks.iter().filter(whole).count(), 1);
        }
    }
}

#[tokio::test]
async fn a_long_file_is_checked_to_its_end() {
    let written = noise(2 * PIECE_BYTES + 12_345);
    let store = store_of(&written, &written).await;
    let whole = store.get(&file()).await.unwrap().bytes().await.unwrap();
    assert!(whole == written, "all pieces in order");
    let mut stored = written.clone();
    *stored.last_mut().unwrap() ^= 1;
    let store = store_of(&written, &stored).await;
    let error = store.get(&file()).await.unwrap().bytes().await.unwrap_err();
    assert!(error.to_string().contains("is damaged: block 128"), "{error}");
}

#[tokio::test]
async fn a_file_cut_short_is_damaged() {
    let written = noise(3 * BLOCK_BYTES);
    let store = store_of(&written, &written[..BLOCK_BYTES as usize]).await;
    let expected = "is damaged: it has 65536 bytes instead of 196608";
    for range in [0..2 * BLOCK_BYTES, 2 * BLOCK_BYTES..2 * BLOCK_BYTES + 1] {
        let error = store.get_range(&file(), range.clone()).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        let error = store.get_ranges(&file(), &[range]).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_deleted_or_unknown_file_is_not_checked() {
    let store = store_of(&noise(11), &[7; 11]).await;
    store.get(&file()).await.unwrap_err();
    store.delete(&file()).await.unwrap();
    store.put(&file(), vec![8; 12].into()).await.unwrap();
    assert_eq!(store.get(&file()).await.unwrap().bytes().await.unwrap(), vec![8; 12]);
}
