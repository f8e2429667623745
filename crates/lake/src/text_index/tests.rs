//! The filters answer for their granules, and never miss a token.

use super::*;
use hannun_model::batch::BatchBuilder;
use hannun_model::table::logs;
use proptest::prelude::*;

/// Looks tokens up in filters that begin at the start of their bytes.
fn found(filters: &[u8], index: &TextIndex, needs: &Needs) -> Granules {
    let mut hashes = Vec::new();
    needs.hashes(&mut hashes);
    let mut start = 0;
    let mut granules = Vec::new();
    for group in &index.groups {
        let blocks: Vec<Bytes> = hashes
            .iter()
            .map(|hash| {
                let range = block_range(*hash, start, group);
                Bytes::copy_from_slice(&filters[range.start as usize..range.end as usize])
            })
            .collect();
        granules.push(test(group, &hashes, &blocks, needs));
        start += group.bytes();
    }
    assert_eq!(start as usize, filters.len());
    granules
}

fn bodies(texts: impl Iterator<Item = String>) -> RecordBatch {
    let mut builder = BatchBuilder::new(Table::Logs);
    for text in texts {
        builder.start_row();
        builder.set_text(logs::BODY, &text);
    }
    builder.finish().unwrap().records().clone()
}

#[test]
fn a_needle_is_in_its_granule_and_hardly_anywhere_else() {
    let row_group_rows = 4 * TEXT_INDEX_GRANULE_ROWS;
    let rows = 2 * row_group_rows + 10;
    let mut builder = TextIndexBuilder::new(Table::Logs, row_group_rows).unwrap();
    let text = |row: usize| format!("request {row} took {} ms 결제{}", row % 97, row % 1009);
    for from in (0..rows).step_by(5000) {
        builder.add(&bodies((from..(from + 5000).min(rows)).map(text)));
    }
    let (filters, index) = builder.finish(0);
    let sizes: Vec<u32> = index.groups.iter().map(|group| group.rows).collect();
    assert_eq!(sizes, [row_group_rows as u32, row_group_rows as u32, 10]);
    let mut wrong = 0;
    for row in (0..rows).step_by(1111) {
        let granules = found(&filters, &index, &Needs::tokens([row.to_string()])).concat();
        assert!(granules[row / TEXT_INDEX_GRANULE_ROWS], "row {row}");
        wrong += granules.iter().filter(|maybe| **maybe).count() - 1;
    }
    // Small numbers stand in every granule; a hundredth of the others is found in vain.
    assert!(wrong < 60, "{wrong}");
    let everywhere = Needs::tokens(["결제", "took"]);
    assert!(found(&filters, &index, &everywhere).concat().into_iter().all(|maybe| maybe));
    let nowhere = Needs::All(vec![everywhere, Needs::tokens(["환불"])]);
    assert_eq!(found(&filters, &index, &nowhere).concat().iter().filter(|it| **it).count(), 0);
}

#[test]
fn too_many_tokens_are_in_every_answer() {
    let mut builder = TextIndexBuilder::new(Table::Logs, TEXT_INDEX_GRANULE_ROWS).unwrap();
    let words = |from: usize| {
        (from..from + 1000).map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ")
    };
    let rows = TEXT_INDEX_GRANULE_TOKENS_MAX / 1000 + 2;
    builder.add(&bodies((0..rows).map(|row| words(row * 1000))));
    let (filters, index) = builder.finish(0);
    assert_eq!(found(&filters, &index, &Needs::tokens(["absent"])), [[true]]);
    assert!(filters.len() < 1024, "a filter that says nothing takes no room");
}

#[test]
fn every_kind_of_column_is_known() {
    let mut batch = BatchBuilder::new(Table::Logs);
    batch.start_row();
    batch.set_text(logs::SERVICE_NAME, "Order-Service");
    batch.set_int(logs::HTTP_RESPONSE_STATUS_CODE, 503);
    batch.add_attribute(logs::ATTRIBUTES, "order.id", |out| out.push_str("\u{2}5032"));
    batch.set_text(logs::RESOURCE_ATTRIBUTES, r#"{"team":"checkout","note":"a\nline"}"#);
    let mut builder = TextIndexBuilder::new(Table::Logs, TEXT_INDEX_GRANULE_ROWS).unwrap();
    builder.add(batch.finish().unwrap().records());
    let (filters, index) = builder.finish(0);
    for (token, expected) in [
        ("order", true),
        ("503", true),
        ("5032", true),
        ("checkout", true),
        ("line", true),
        ("504", false),
    ] {
        let answer = found(&filters, &index, &Needs::tokens([token]));
        assert_eq!(answer, [[expected]], "{token}");
    }
    let needs = |token: &str| Needs::tokens([token]);
    let either = Needs::Any(vec![needs("absent"), needs("503")]);
    assert_eq!(found(&filters, &index, &either), [[true]]);
    assert!(Needs::Any(vec![needs("absent"), Needs::Nothing]).is_nothing());
}

proptest! {
    #[test]
    fn no_token_of_a_row_is_ever_missed(
        texts in proptest::collection::vec("[ a-cA-C0-2가-나é_-]{0,12}", 1..60),
        row_group_rows in 1usize..50,
        cut in 1usize..20,
    ) {
        let mut builder = TextIndexBuilder::new(Table::Logs, row_group_rows).unwrap();
        for part in texts.chunks(cut) {
            builder.add(&bodies(part.iter().cloned()));
        }
        let (filters, index) = builder.finish(0);
        for (row, text) in texts.iter().enumerate() {
            let mut tokens = Vec::new();
            for_each_token(text, &mut String::new(), |token| tokens.push(token.to_owned()));
            let granules = found(&filters, &index, &Needs::tokens(&tokens));
            let group = row / row_group_rows;
            prop_assert!(tokens.is_empty() || granules[group][0], "{text:?} of row {row}");
        }
    }
}
