//! ARCHITECTURE.md is true: every room is on the map, every invariant is watched; every crate says
//! what it is for, and the CHANGELOG is open.

use super::{Findings, Source, find, word_positions};

const MAP: &str = "ARCHITECTURE.md";
const CHANGELOG: &str = "CHANGELOG.md";
/// Its tests name invariants that they do not watch.
const THIS_FILE: &str = "xtask/src/tidy/architecture.rs";
/// A crate with fewer lines of code than this is not born yet.
const CRATE_CODE_LINES_MIN: usize = 10;

pub fn check(sources: &[Source]) -> Findings {
    let mut findings = Vec::new();
    let Some(map) = find(sources, MAP) else {
        return vec![format!("{MAP}: missing")];
    };
    for folder in crate_folders(sources) {
        if !map.contains(&format!("`{folder}`")) {
            findings.push(format!("{MAP}: does not name `{folder}`"));
        }
        findings.extend(check_crate(sources, folder));
    }
    findings.extend(unwatched_invariants(sources, map));
    findings.extend(check_changelog(find(sources, CHANGELOG).unwrap_or("")));
    findings
}

/// Folders of packages. Fuzz targets belong to the room they fuzz.
fn crate_folders(sources: &[Source]) -> impl Iterator<Item = &str> {
    sources
        .iter()
        .filter(|source| source.text.contains("[package]"))
        .filter_map(|source| source.path.strip_suffix("/Cargo.toml"))
        .filter(|folder| !folder.ends_with("fuzz"))
}

fn check_crate(sources: &[Source], folder: &str) -> Findings {
    let mut findings = Vec::new();
    let roots = ["src/lib.rs", "src/main.rs"].map(|root| format!("{folder}/{root}"));
    let mut has_root = false;
    for root in roots {
        let Some(text) = find(sources, &root) else { continue };
        has_root = true;
        if !text.starts_with("//! ") {
            findings.push(format!("{root}: does not begin with its purpose (`//! …`)"));
        }
    }
    if !has_root {
        findings.push(format!("{folder}: has neither src/lib.rs nor src/main.rs"));
    }
    let inside = format!("{folder}/");
    let code_lines: usize = sources
        .iter()
        .filter(|source| source.path.starts_with(&inside) && source.path.ends_with(".rs"))
        .map(|source| code_lines(&source.text))
        .sum();
    if code_lines < CRATE_CODE_LINES_MIN {
        findings.push(format!("{folder}: empty; a room is born when its first real code is"));
    }
    findings
}

fn code_lines(text: &str) -> usize {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

/// Invariants are numbered `**I1 …` on the map and watched by a test or an assertion that says so.
fn unwatched_invariants(sources: &[Source], map: &str) -> Findings {
    let ids = invariant_ids(map);
    if ids.is_empty() {
        return vec![format!("{MAP}: no numbered invariants")];
    }
    let is_watched = |id: &str| {
        sources
            .iter()
            .filter(|source| source.path.ends_with(".rs") && source.path != THIS_FILE)
            .any(|source| word_positions(&source.text, id).next().is_some())
    };
    ids.iter()
        .filter(|id| !is_watched(id))
        .map(|id| format!("{MAP}: no test or assertion names {id}"))
        .collect()
}

fn invariant_ids(map: &str) -> Vec<String> {
    map.match_indices("**I")
        .map(|(at, _)| &map[at + 3..])
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>())
        .filter(|digits| !digits.is_empty())
        .map(|digits| format!("I{digits}"))
        .collect()
}

fn check_changelog(text: &str) -> Findings {
    let unreleased = text.split("\n## ").find(|section| section.starts_with("[Unreleased]"));
    match unreleased {
        None => vec![format!("{CHANGELOG}: no section `## [Unreleased]`")],
        Some(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    fn house(map: &str, root: &str) -> [Source; 4] {
        [
            source(MAP, map),
            source(CHANGELOG, "# Changelog\n\n## [Unreleased]\n"),
            source("crates/a/Cargo.toml", "[package]\n"),
            source("crates/a/src/lib.rs", root),
        ]
    }

    #[test]
    fn a_house_in_order_has_no_findings() {
        let root = format!("//! A room.\n{}// I1\n", "fn f() {}\n".repeat(10));
        assert_eq!(check(&house("`crates/a` **I1 Rule.**", &root)), Vec::<String>::new());
    }

    #[test]
    fn rooms_off_the_map_empty_rooms_and_unwatched_invariants_are_found() {
        assert_eq!(
            check(&house("**I1 Rule.** **I2 Rule.**", "fn f() {} // I2\n")),
            [
                "ARCHITECTURE.md: does not name `crates/a`",
                "crates/a/src/lib.rs: does not begin with its purpose (`//! …`)",
                "crates/a: empty; a room is born when its first real code is",
                "ARCHITECTURE.md: no test or assertion names I1",
            ]
        );
    }

    #[test]
    fn the_changelog_has_an_open_section() {
        assert_eq!(check_changelog("# Changelog\n\n## [Unreleased]\n"), Vec::<String>::new());
        assert_eq!(check_changelog("").len(), 1);
    }
}
