use super::*;
use proptest::prelude::*;

fn listed(keys: &[&str]) -> Vec<Listed> {
    keys.iter()
        .enumerate()
        .map(|(index, key)| Listed { key: (*key).to_owned(), bytes: 10, modified_ms: index as i64 })
        .collect()
}

fn delivery(files: &[&str]) -> Delivery {
    Delivery {
        source_kind: SourceKind::AwsReport,
        billing_period_start_ms: None,
        billing_period_end_ms: None,
        manifest_id: "1".to_owned(),
        account: None,
        files: files.iter().map(|file| (*file).to_owned()).collect(),
        columns: Vec::new(),
    }
}

#[test]
fn the_newest_manifest_of_each_period_is_read_and_older_editions_are_not() {
    let layout = find(&listed(&[
        "cur/hourly/20260901-20261001/aaaa/hourly-00001.csv.gz",
        "cur/hourly/20260901-20261001/aaaa/hourly-Manifest.json",
        "cur/hourly/20260901-20261001/hourly-Manifest.json",
        "cur/hourly/20260901-20261001/hourly-create-table.sql",
        "cur/hourly/20261001-20261101/bbbb/hourly-Manifest.json",
        "cur/hourly/20261001-20261101/cccc/hourly-Manifest.json",
        "cur/hourly/20261001-20261101/cccc/hourly-00001.csv.gz",
        "cur/hourly/20261001-20261101/dddd/hourly-00001.csv.gz",
    ]));
    assert_eq!(
        layout.manifests,
        [
            "cur/hourly/20260901-20261001/hourly-Manifest.json",
            "cur/hourly/20261001-20261101/cccc/hourly-Manifest.json",
        ]
    );
    assert_eq!(layout.plain, []);
}

#[test]
fn overwritten_reports_and_exports_are_found_side_by_side() {
    let layout = find(&listed(&[
        "a/cur/20261001-20261101/cur-Manifest.json",
        "a/cur/20261001-20261101/cur-00001.csv.gz",
        "a/cur/year=2026/month=10/cur-00001.snappy.parquet",
        "b/focus/metadata/BILLING_PERIOD=2026-10/focus-Manifest.json",
        "b/focus/data/BILLING_PERIOD=2026-10/focus-00001.csv.gz",
        "b/cur2/metadata/BILLING_PERIOD=2026-10/2026-10-02T00:00:00Z-1/cur2-Manifest.json",
        "b/cur2/metadata/BILLING_PERIOD=2026-10/2026-10-03T00:00:00Z-2/cur2-Manifest.json",
        "b/cur2/data/BILLING_PERIOD=2026-10/2026-10-03T00:00:00Z-2/cur2-00001.snappy.parquet",
        "c/export/month=10/azure.csv",
        "c/export/readme.md",
    ]));
    assert_eq!(
        layout.manifests,
        [
            "a/cur/20261001-20261101/cur-Manifest.json",
            "b/cur2/metadata/BILLING_PERIOD=2026-10/2026-10-03T00:00:00Z-2/cur2-Manifest.json",
            "b/focus/metadata/BILLING_PERIOD=2026-10/focus-Manifest.json",
        ]
    );
    let plain: Vec<_> = layout.plain.iter().flat_map(|group| &group.files).collect();
    assert_eq!(plain, ["c/export/month=10/azure.csv"]);
}

#[test]
fn files_without_a_manifest_stand_for_themselves_or_for_their_month() {
    let layout = find(&listed(&[
        "one.csv.gz",
        "two.parquet",
        ".hidden.csv",
        "data/BILLING_PERIOD=2026-10/x-00001.csv.gz",
        "data/BILLING_PERIOD=2026-10/x-00002.csv.gz",
    ]));
    assert_eq!(layout.manifests, [""; 0]);
    let files: Vec<_> = layout.plain.iter().map(|group| group.files.len()).collect();
    assert_eq!(files, [2, 1, 1]);
    assert_eq!(layout.plain[0].period_ms, Some((1_790_812_800_000, 1_793_491_200_000)));
    assert_eq!(layout.plain[1].period_ms, None);
}

#[test]
fn files_of_a_manifest_are_found_in_a_bucket_and_in_a_copy_of_its_folder() {
    let key = "cur/hourly/20261001-20261101/cccc/hourly-00001.csv.gz";
    let wanted = delivery(&[key]);
    for there in [key, "20261001-20261101/cccc/hourly-00001.csv.gz", "hourly-00001.csv.gz"] {
        assert_eq!(resolve(&wanted, &listed(&["x.csv", there])).unwrap()[0].key, there);
    }
    let moved = "copy/of/20261001-20261101/cccc/hourly-00001.csv.gz";
    assert_eq!(resolve(&wanted, &listed(&[moved])).unwrap()[0].key, moved);
    let others = ["20260901-20261001/bbbb/hourly-00001.csv.gz", "dddd/hourly-00001.csv.gz"];
    let message = resolve(&wanted, &listed(&others)).unwrap_err().to_string();
    assert!(message.contains("the manifest lists"), "{message}");
    assert!(message.ends_with("which is not there: wait until the delivery is complete"));
}

#[test]
fn no_file_counts_twice_however_a_manifest_lists_it() {
    let key = "cur/hourly/20261001-20261101/cccc/hourly-00001.csv.gz";
    let other = "cur/daily/20261001-20261101/cccc/hourly-00001.csv.gz";
    let copied = "20261001-20261101/cccc/hourly-00001.csv.gz";
    for (lists, there) in [([key, key], key), ([key, other], copied)] {
        let message = resolve(&delivery(&lists), &listed(&[there])).unwrap_err().to_string();
        assert!(message.contains(&format!("lists `{there}` twice")), "{message}");
    }
}

#[test]
fn the_same_files_are_the_same_edition_whatever_they_are_called() {
    let edition = |names: [&str; 2], contents: [&'static str; 2]| {
        let files = names.map(str::to_owned).to_vec();
        let plain = PlainFiles { files: files.clone(), period_ms: None };
        let read = |key: &str| {
            let index = files.iter().position(|name| name == key).unwrap();
            Ok(Box::new(contents[index].as_bytes()) as Box<dyn Read>)
        };
        plain_delivery(&plain, read).unwrap().manifest_id
    };
    let first = edition(["a", "b"], ["x", "y"]);
    assert_eq!(first.len(), 64);
    assert_eq!(first, edition(["c", "d"], ["x", "y"]));
    assert_ne!(first, edition(["a", "b"], ["x", "z"]));
}

proptest! {
    #[test]
    fn no_listing_is_too_strange(keys in proptest::collection::vec("[a-zA-Z0-9=/.-]{0,40}", 0..20)) {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let files = listed(&keys);
        let layout = find(&files);
        for key in layout.manifests.iter().chain(layout.plain.iter().flat_map(|group| &group.files)) {
            prop_assert!(keys.contains(&key.as_str()));
        }
        let _ = resolve(&delivery(&["a/b.csv"]), &files);
    }
}
