//! Everything we build on is permissively licensed.

use super::Findings;
use crate::programs::output;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use serde_json::Value;

/// What we ship for; packages of other systems are not even downloaded.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
/// Names the packages of the web app with their licences.
const WEB_LOCK: &str = "ui/package-lock.json";
const PERMISSIVE: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "bzip2-1.0.6",
];

pub fn check(workspace: &Workspace) -> Result<Findings> {
    let arguments = ["metadata", "--format-version", "1", "--filter-platform", PLATFORM];
    let metadata = output(workspace.cargo().args(arguments))?;
    let metadata: Value =
        serde_json::from_str(&metadata).context("failed to read `cargo metadata`")?;
    let packages = metadata["packages"].as_array().context("`cargo metadata` has no packages")?;
    let mut findings: Findings = packages.iter().filter_map(finding).collect();
    let lock = std::fs::read_to_string(workspace.root.join(WEB_LOCK))
        .with_context(|| format!("failed to read {WEB_LOCK}"))?;
    let lock: Value =
        serde_json::from_str(&lock).with_context(|| format!("failed to read {WEB_LOCK}"))?;
    findings.extend(web_findings(&lock));
    Ok(findings)
}

/// Packages that the web app is shipped with; its tools are not in the binary.
fn web_findings(lock: &Value) -> Findings {
    let packages = lock["packages"].as_object().into_iter().flatten();
    packages
        .filter(|(path, package)| !path.is_empty() && package["dev"] != Value::Bool(true))
        .filter_map(|(path, package)| {
            let licence = package["license"].as_str().unwrap_or("no licence");
            (!is_permissive(licence)).then(|| format!("{WEB_LOCK}: `{path}` comes under {licence}"))
        })
        .collect()
}

fn finding(package: &Value) -> Option<String> {
    let licence = package["license"].as_str().unwrap_or("no licence");
    let name = package["name"].as_str().unwrap_or("?");
    (!is_permissive(licence)).then(|| format!("Cargo.toml: `{name}` comes under {licence}"))
}

/// Whether an SPDX expression can be met with permissive licences alone.
fn is_permissive(expression: &str) -> bool {
    // `/` is how old packages write OR.
    let expression = expression.replace('/', " OR ");
    let expression = without_outer_parentheses(expression.trim());
    if let Some(parts) = split_outside_parentheses(expression, " OR ") {
        return parts.into_iter().any(is_permissive);
    }
    if let Some(parts) = split_outside_parentheses(expression, " AND ") {
        return parts.into_iter().all(is_permissive);
    }
    PERMISSIVE.contains(&expression)
}

fn without_outer_parentheses(expression: &str) -> &str {
    let inner = expression.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
    match inner {
        Some(inner) if depths(inner).all(|(_, depth)| depth >= 0) => inner.trim(),
        _ => expression,
    }
}

fn split_outside_parentheses<'a>(expression: &'a str, word: &str) -> Option<Vec<&'a str>> {
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, depth) in depths(expression) {
        if depth == 0 && at >= from && expression[at..].starts_with(word) {
            parts.push(expression[from..at].trim());
            from = at + word.len();
        }
    }
    if parts.is_empty() {
        return None;
    }
    parts.push(expression[from..].trim());
    Some(parts)
}

/// Each position with how many parentheses are open after its character.
fn depths(expression: &str) -> impl Iterator<Item = (usize, i32)> {
    expression.char_indices().scan(0, |depth, (at, character)| {
        match character {
            '(' => *depth += 1,
            ')' => *depth -= 1,
            _ => {}
        }
        Some((at, *depth))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_that_only_build_the_web_app_are_free() {
        let lock = serde_json::json!({"packages": {
            "": {"license": "Apache-2.0"},
            "node_modules/a": {"license": "MIT"},
            "node_modules/b": {"license": "MPL-2.0", "dev": true},
            "node_modules/c": {"license": "GPL-3.0"},
            "node_modules/d": {},
        }});
        assert_eq!(
            web_findings(&lock),
            [
                "ui/package-lock.json: `node_modules/c` comes under GPL-3.0",
                "ui/package-lock.json: `node_modules/d` comes under no licence",
            ]
        );
    }

    #[test]
    fn expressions_are_met_with_permissive_licences_alone() {
        for licence in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ] {
            assert!(is_permissive(licence), "{licence}");
        }
        for licence in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND (AGPL-3.0)", "no licence"] {
            assert!(!is_permissive(licence), "{licence}");
        }
    }
}
