//! Who may know what: the walls between the rooms (invariants I8, I9 and I10).

use super::{Findings, Source, find, line_of};

/// Packages that only these rooms may depend on.
struct Wall {
    invariant: &'static str,
    packages: &'static [&'static str],
    rooms: &'static [&'static str],
}

const WALLS: &[Wall] = &[
    Wall { invariant: "I9", packages: &["datafusion"], rooms: &["crates/lake", "crates/query"] },
    // Bills come as Parquet of others, and tests and the demo make such bills.
    Wall {
        invariant: "I9",
        packages: &["parquet"],
        rooms: &["crates/lake", "crates/query", "crates/billing", "crates/bill-generator"],
    },
    // A provider leaves its bills in a bucket.
    Wall {
        invariant: "I9",
        packages: &["object_store"],
        rooms: &["crates/lake", "crates/query", "crates/bill-import"],
    },
    // Rows of a database belong to the rooms that own tables.
    Wall {
        invariant: "I9",
        packages: &["sqlx"],
        rooms: &["crates/database", "crates/lake", "crates/ledger"],
    },
    // Decisions about telemetry need its formats; the server and the binary have none.
    Wall {
        invariant: "I10",
        packages: &["prost", "opentelemetry-proto", "tonic"],
        rooms: &["crates/intake"],
    },
];
/// All that the model may depend on: none of it does I/O.
const MODEL_PACKAGES: &[&str] = &["arrow", "foldhash", "serde", "serde_json", "thiserror"];
const MODEL: &str = "crates/model";
const INPUT_OUTPUT: &[&str] = &["std::fs", "std::net", "std::process", "std::env", "std::io"];

pub fn check(sources: &[Source]) -> Findings {
    let mut findings = Vec::new();
    for Source { path, text } in sources {
        let Some(room) = path.strip_suffix("/Cargo.toml").filter(|it| it.starts_with("crates/"))
        else {
            continue;
        };
        for package in dependencies(text) {
            if let Some(invariant) = breaks_wall(room, package) {
                findings.push(format!("{path}: {invariant}: may not depend on `{package}`"));
            }
        }
    }
    findings.extend(model_input_output(sources));
    findings
}

fn breaks_wall(room: &str, package: &str) -> Option<&'static str> {
    if room == MODEL {
        return (!MODEL_PACKAGES.contains(&package)).then_some("I8");
    }
    WALLS
        .iter()
        .find(|wall| wall.packages.contains(&package) && !wall.rooms.contains(&room))
        .map(|wall| wall.invariant)
}

/// Names under `[dependencies]`; what only tests use is free.
fn dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    manifest
        .lines()
        .skip_while(|line| line.trim() != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['=', '.']).next())
        .map(str::trim)
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
}

fn model_input_output(sources: &[Source]) -> Findings {
    let inside = format!("{MODEL}/src/");
    let files = sources.iter().filter(|source| source.path.starts_with(&inside));
    files
        .flat_map(|source| {
            INPUT_OUTPUT.iter().filter_map(|module| {
                let at = source.text.find(module)?;
                let line = line_of(&source.text, at);
                Some(format!("{}:{line}: I8: the model does no I/O (`{module}`)", source.path))
            })
        })
        .chain(find(sources, "crates/model/build.rs").map(|_| {
            "crates/model/build.rs: I8: the model is built from its source alone".to_owned()
        }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn rooms_keep_to_their_side_of_the_wall() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\n# engine\nserde = \"1\"\n\
                        datafusion.workspace = true\n[dev-dependencies]\nsqlx.workspace = true\n";
        let rooms = ["crates/server", "crates/query", "crates/model", "bench"]
            .map(|room| source(&format!("{room}/Cargo.toml"), manifest));
        assert_eq!(
            check(&rooms),
            [
                "crates/server/Cargo.toml: I9: may not depend on `datafusion`",
                "crates/model/Cargo.toml: I8: may not depend on `datafusion`",
            ]
        );
        let rows = "[dependencies]\nsqlx.workspace = true\n";
        let rooms = ["crates/server", "crates/ledger", "crates/database"]
            .map(|room| source(&format!("{room}/Cargo.toml"), rows));
        assert_eq!(check(&rooms), ["crates/server/Cargo.toml: I9: may not depend on `sqlx`"]);
        let wire = source("crates/hannun/Cargo.toml", "[dependencies]\nprost.workspace = true\n");
        assert_eq!(check(&[wire]), ["crates/hannun/Cargo.toml: I10: may not depend on `prost`"]);
    }

    #[test]
    fn the_model_opens_nothing() {
        let model = source("crates/model/src/a.rs", "//! A.\nuse std::fs::File;\n");
        assert_eq!(
            check(&[model]),
            ["crates/model/src/a.rs:2: I8: the model does no I/O (`std::fs`)"]
        );
    }
}
