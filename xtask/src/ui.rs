//! The web app: its packages, its checks, its tests and its build. The binary embeds what it builds.

use crate::programs::run;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the built app depends on, besides its sources.
const INPUTS: &[&str] = &[
    "ui/src",
    "ui/public",
    "ui/scripts",
    "ui/index.html",
    "ui/package-lock.json",
    "ui/package.json",
    "ui/tsconfig.json",
    "ui/vite.config.ts",
    "docs/guide/reference/openapi.json",
];
/// Written by the build itself.
const GENERATED: &str = "schema.d.ts";

/// Builds the app into `ui/dist` unless it was built from these very sources.
pub fn build(workspace: &Workspace) -> Result<()> {
    packages(workspace)?;
    let folder = folder(workspace);
    let stamp = folder.join("node_modules/.built-from");
    let wanted = fingerprint(workspace)?;
    let built = folder.join("dist/index.html.gz").exists();
    if built && std::fs::read_to_string(&stamp).is_ok_and(|it| it == wanted) {
        return Ok(());
    }
    npm_run(workspace, "build")?;
    write(&stamp, &wanted)
}

/// Format, lint and types, then the unit tests.
pub fn check(workspace: &Workspace) -> Result<()> {
    packages(workspace)?;
    npm_run(workspace, "check")?;
    npm_run(workspace, "test")
}

fn packages(workspace: &Workspace) -> Result<()> {
    let folder = folder(workspace);
    let stamp = folder.join("node_modules/.installed-from");
    let lock = folder.join("package-lock.json");
    let wanted = std::fs::read_to_string(&lock)
        .with_context(|| format!("failed to read {}", lock.display()))?;
    if std::fs::read_to_string(&stamp).is_ok_and(|it| it == wanted) {
        return Ok(());
    }
    println!("installing the packages of the web app");
    run(Command::new("npm").current_dir(&folder).args(["ci", "--no-audit", "--no-fund"]))
        .context("failed to install the packages of ui/")?;
    write(&stamp, &wanted)
}

fn npm_run(workspace: &Workspace, script: &str) -> Result<()> {
    run(Command::new("npm").current_dir(folder(workspace)).args(["run", "--silent", script]))
        .with_context(|| format!("repeat it with: cd ui && npm run {script}"))
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("ui")
}

fn fingerprint(workspace: &Workspace) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for input in INPUTS {
        hash(&workspace.root.join(input), &mut hasher)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn hash(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    if path.file_name().is_some_and(|name| name == GENERATED) || !path.exists() {
        return Ok(());
    }
    path.hash(hasher);
    if path.is_dir() {
        let entries = std::fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
        let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        paths.sort();
        return paths.iter().try_for_each(|path| hash(path, hasher));
    }
    std::fs::read(path).with_context(|| format!("failed to read {}", path.display()))?.hash(hasher);
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))
}
