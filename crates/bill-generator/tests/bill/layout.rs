//! Folders, manifests and bytes.

use crate::read::{files, generated, options};
use hannun_bill_generator::{Format, generate};
use serde_json::Value;
use std::path::Path;

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_gives_others() {
    let made = |seed: u64| {
        let folder = tempfile::tempdir().unwrap();
        let mut options = options(folder.path(), &Format::ALL);
        options.seed = seed;
        options.months = 1;
        options.lines = 1;
        options.with_draft = false;
        generate(&options).unwrap();
        let read =
            |(name, path): (String, std::path::PathBuf)| (name, std::fs::read(path).unwrap());
        files(folder.path()).into_iter().map(read).collect::<Vec<_>>()
    };
    let (first, second, other) = (made(7), made(7), made(8));
    assert_eq!(first.len(), second.len());
    for ((name, bytes), (_, again)) in first.iter().zip(&second) {
        assert!(bytes == again, "{name} differs");
    }
    let same = first.iter().filter(|file| other.contains(file)).count();
    assert_eq!(same, 0);
}

#[test]
fn legacy_reports_lie_where_aws_puts_them() {
    let (folder, truth) = generated(&[Format::CurLegacy, Format::CurLegacyOverwrite]);
    let period = "reports/hannun/20261001-20261101";
    let root = folder.path().join("cur-legacy");
    let manifest = json(&root.join(period).join("hannun-Manifest.json"));
    let assembly = manifest["assemblyId"].as_str().unwrap();
    assert_eq!(
        manifest,
        json(&root.join(period).join(assembly).join("hannun-Manifest.json")),
        "the newest version and the period have the same manifest"
    );
    assert_eq!(manifest["account"], truth.payer_account_id.as_str());
    assert_eq!(manifest["billingPeriod"]["start"], "20261001T000000.000Z");
    let keys = manifest["reportKeys"].as_array().unwrap();
    assert!(keys.len() >= 2, "{keys:?}");
    for key in keys {
        let key = key.as_str().unwrap();
        assert!(key.starts_with(&format!("{period}/{assembly}/hannun-0000")), "{key}");
        assert!(root.join(key).exists(), "{key}");
    }
    let overwrite = folder.path().join("cur-legacy-overwrite");
    let manifest = json(&overwrite.join(period).join("hannun-Manifest.json"));
    assert_eq!(manifest["reportKeys"][0], format!("{period}/hannun-00001.csv.gz"));
    let names = files(&overwrite);
    assert!(!names.keys().any(|name| name.contains(assembly)), "{names:?}");
}

#[test]
fn exports_lie_where_aws_puts_them() {
    let (folder, _) = generated(&[Format::Cur2Parquet, Format::Focus12Csv]);
    for (format, end) in [(Format::Cur2Parquet, "snappy.parquet"), (Format::Focus12Csv, "csv.gz")] {
        let root = folder.path().join(format.name());
        let manifest =
            json(&root.join("exports/hannun/metadata/BILLING_PERIOD=2026-10/hannun-Manifest.json"));
        let files: Vec<&str> = manifest["dataFiles"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap())
            .collect();
        assert!(files.len() >= 2);
        for (number, file) in files.iter().enumerate() {
            let key = format!(
                "exports/hannun/data/BILLING_PERIOD=2026-10/hannun-{:05}.{end}",
                number + 1
            );
            assert_eq!(*file, format!("s3://hannun-synthetic/{key}"));
            assert!(root.join(&key).exists());
        }
    }
}

#[test]
fn a_draft_is_another_execution_of_the_same_period() {
    let (folder, _) = generated(&[Format::Cur2Csv]);
    let name = "cur2-csv/exports/hannun/metadata/BILLING_PERIOD=2026-09/hannun-Manifest.json";
    let (draft, last) =
        (json(&folder.path().join("draft").join(name)), json(&folder.path().join(name)));
    assert_ne!(draft["executionId"], last["executionId"]);
    assert_eq!(draft["billingPeriod"], last["billingPeriod"]);
}

#[test]
fn options_that_make_no_bill_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |change: fn(&mut hannun_bill_generator::Options)| {
        let mut options = options(folder.path(), &[Format::Cur2Csv]);
        change(&mut options);
        generate(&options).unwrap_err().to_string()
    };
    assert_eq!(refused(|it| it.months = 0), "months must be from 1 to 60");
    assert_eq!(refused(|it| it.lines = 0), "lines must be from 1 to 200000000");
    assert_eq!(refused(|it| it.formats.clear()), "name at least one format");
    assert_eq!(
        refused(|it| it.currency = "XXX".to_owned()),
        "no prices in XXX; use USD, KRW, EUR or JPY"
    );
    let unknown = "cur3".parse::<Format>().unwrap_err().to_string();
    assert!(unknown.starts_with("unknown format `cur3`; use one of: cur-legacy,"), "{unknown}");
}
