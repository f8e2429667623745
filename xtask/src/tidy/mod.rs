//! `cargo xtask tidy`: the rules of the house that no other tool checks.

mod architecture;
mod length;
mod licences;
mod links;
mod masked;
mod rooms;
mod words;

use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::path::Path;

/// A text file of the repository.
#[derive(Debug)]
struct Source {
    /// Relative to the clone, with `/`.
    path: String,
    text: String,
}

/// What is wrong, with the place in front: `path:line: what`.
type Findings = Vec<String>;

/// Folders without sources of ours.
const SKIPPED_FOLDERS: &[&str] =
    &[".git", "target", "node_modules", "data", "dist", "corpus", "artifacts", "__pycache__"];
/// Written by the build of the web app.
const GENERATED_FILES: &[&str] = &["ui/src/api/schema.d.ts"];
const EXTENSIONS: &[&str] =
    &["rs", "ts", "tsx", "js", "py", "md", "toml", "txt", "yml", "yaml", "sh"];
/// Files without an extension that count too.
const NAMES: &[&str] = &[".ci/run"];
const ALLOW_FILE: &str = "xtask/tidy-allow.txt";

/// Prints what breaks a rule, and fails when something does.
pub fn run(workspace: &Workspace) -> Result<()> {
    let sources = read_sources(&workspace.root)?;
    let mut findings = length::check(&sources);
    findings.extend(words::check(&sources));
    findings.extend(architecture::check(&sources));
    findings.extend(rooms::check(&sources));
    findings.extend(links::check(&sources, &|path| workspace.root.join(path).exists()));
    findings.extend(licences::check(workspace)?);
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} rules broken", findings.len());
    }
    println!("{} files are tidy", sources.len());
    Ok(())
}

fn read_sources(root: &Path) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    collect(root, "", &mut sources)?;
    sources.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(sources)
}

fn collect(root: &Path, folder: &str, sources: &mut Vec<Source>) -> Result<()> {
    let entries =
        std::fs::read_dir(root.join(folder)).with_context(|| format!("failed to list {folder}"))?;
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if entry.file_type()?.is_dir() {
            if !SKIPPED_FOLDERS.contains(&name.as_str()) {
                collect(root, &path, sources)?;
            }
        } else if is_source(&path) && !GENERATED_FILES.contains(&path.as_str()) {
            let text = std::fs::read_to_string(root.join(&path))
                .with_context(|| format!("failed to read {path}"))?;
            sources.push(Source { path, text });
        }
    }
    Ok(())
}

fn is_source(path: &str) -> bool {
    NAMES.contains(&path) || EXTENSIONS.contains(&extension(path))
}

fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn find<'a>(sources: &'a [Source], path: &str) -> Option<&'a str> {
    sources.iter().find(|source| source.path == path).map(|source| source.text.as_str())
}

/// Positions of `word` in `text` where it stands alone.
fn word_positions<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        !text[..*at].chars().next_back().is_some_and(is_part)
            && !text[at + word.len()..].chars().next().is_some_and(is_part)
    })
}

fn line_of(text: &str, position: usize) -> usize {
    text[..position].matches('\n').count() + 1
}

#[cfg(test)]
fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_only_alone() {
        assert_eq!(word_positions("I1 I12 xI1 (I1)", "I1").collect::<Vec<_>>(), [0, 12]);
    }

    #[test]
    fn sources_are_known_by_their_name() {
        assert!(is_source("crates/model/src/lib.rs"));
        assert!(is_source(".ci/run"));
        assert!(!is_source("Cargo.lock"));
        assert!(!is_source("LICENSE"));
    }
}
