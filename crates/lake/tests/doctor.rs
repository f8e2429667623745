//! A lost catalog in a real folder: refused, diagnosed, rebuilt.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use hannun_lake::append::{Append, Sink};
use hannun_lake::doctor::{Severity, check};
use hannun_lake::rebuild::rebuild_catalog;
use hannun_lake::{Lake, LakeError, LakeOptions, maintain};
use hannun_model::batch::BatchBuilder;
use hannun_model::table::{Table, spans};

fn options(folder: &std::path::Path) -> LakeOptions {
    let mut options = LakeOptions::new(folder, 256 << 20);
    options.background = false;
    options.retention.clear();
    options
}

async fn append_spans(lake: &Lake, request: u128) {
    let mut builder = BatchBuilder::new(Table::Spans);
    for row in 0..10 {
        builder.start_row();
        builder.set_text(spans::TRACE_ID, "0102");
        builder.set_int(spans::START_TIME, row);
    }
    let append = Append { batches: vec![builder.finish().unwrap()], content_hash: request };
    lake.append(append).await.unwrap();
}

/// Three runs, so that the log has let go of the first ones; ten rows are in the log only.
async fn fill(folder: &std::path::Path) {
    for request in 0..3 {
        let lake = Lake::open(options(folder)).await.unwrap();
        append_spans(&lake, request).await;
        lake.close().await.unwrap();
    }
    let lake = Lake::open(options(folder)).await.unwrap();
    append_spans(&lake, 3).await;
    maintain::publish(lake.shared(), Table::Spans).await.unwrap();
    append_spans(&lake, 4).await;
    lake.shared().catalog.close().await;
}

async fn rows(folder: &std::path::Path) -> u64 {
    let lake = Lake::open(options(folder)).await.unwrap();
    let totals = lake.shared().state.totals(Table::Spans);
    lake.close().await.unwrap();
    totals.file_rows + totals.live_rows
}

#[tokio::test]
async fn i1_an_emptied_catalog_is_refused_and_rebuilt_without_loss() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fill(path).await;
    let healthy = check(&options(path)).await.unwrap();
    assert!(healthy.is_healthy(), "{healthy:?}");
    assert_eq!((healthy.file_rows["spans"], healthy.unpublished_rows["spans"]), (40, 10));

    std::fs::write(path.join("catalog.sqlite"), []).unwrap();
    let refused = Lake::open(options(path)).await.unwrap_err();
    assert!(matches!(refused, LakeError::CatalogBehind(_)), "{refused}");
    assert!(refused.to_string().contains("hannun doctor --rebuild-catalog"));
    let report = check(&options(path)).await.unwrap();
    assert_eq!(report.findings[0].severity, Severity::Error);

    let report = rebuild_catalog(&options(path)).await.unwrap();
    assert_eq!((report.rows["spans"], report.left_out.len()), (40, 0), "{report:?}");
    assert!(report.set_aside.unwrap().exists());
    assert_eq!(rows(path).await, 50);
    assert!(check(&options(path)).await.unwrap().is_healthy());
}

#[tokio::test]
async fn a_damaged_file_is_found_and_a_rebuild_sets_it_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fill(path).await;
    let victim = std::fs::read_dir(path.join("data/spans/0")).unwrap().next().unwrap().unwrap();
    let mut bytes = std::fs::read(victim.path()).unwrap();
    let end = bytes.len() - 20;
    bytes[end] ^= 1;
    bytes.truncate(end + 1);
    std::fs::write(victim.path(), bytes).unwrap();
    let report = check(&options(path)).await.unwrap();
    assert!(report.findings[0].what.contains("is damaged: 10 rows of spans"), "{report:?}");
    let report = rebuild_catalog(&options(path)).await.unwrap();
    assert_eq!((report.unreadable.len(), report.rows["spans"]), (1, 30));
}
