//! Node packages for clients that exist only as such.

use crate::programs::run;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the packages and their hashes; npm installs exactly these.
const LOCK: &str = "package-lock.json";
const MANIFEST: &str = "package.json";

/// The packages that `project` locks, installed under the cache as `name`.
pub fn modules(workspace: &Workspace, name: &str, project: &Path) -> Result<PathBuf> {
    let folder = workspace.cache.join(name);
    let modules = modules_folder(workspace, name);
    let stamp = folder.join("installed-package-lock.json");
    let wanted = read(&project.join(LOCK))?;
    if modules.exists() && std::fs::read_to_string(&stamp).is_ok_and(|it| it == wanted) {
        return Ok(modules);
    }
    println!("installing Node packages in {}", folder.display());
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("failed to create {}", folder.display()))?;
    write(&folder.join(LOCK), &wanted)?;
    write(&folder.join(MANIFEST), &read(&project.join(MANIFEST))?)?;
    // No package here needs to run a program of its own to be installed.
    run(Command::new("npm").current_dir(&folder).args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]))
    .with_context(|| format!("failed to install the packages of {}", project.display()))?;
    write(&stamp, &wanted)?;
    Ok(modules)
}

/// Where the packages of `name` are, or will be.
pub fn modules_folder(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.cache.join(name).join("node_modules")
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))
}
