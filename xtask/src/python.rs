//! Python environments for clients and peers that exist only as Python packages.

use crate::prerequisites::{install_packages, may_install_packages};
use crate::programs::{run, succeeds};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter of the environment `name`, with the packages of `requirements` installed.
pub fn environment(workspace: &Workspace, name: &str, requirements: &Path) -> Result<PathBuf> {
    let wanted = std::fs::read_to_string(requirements)
        .with_context(|| format!("failed to read {}", requirements.display()))?;
    let folder = workspace.cache.join(name);
    let python = interpreter(workspace, name);
    let stamp = folder.join("installed-requirements.txt");
    let runs = succeeds(Command::new(&python).arg("--version"));
    if runs && std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    // A folder without pip is what a failed attempt leaves behind.
    if !succeeds(Command::new(&python).args(["-m", "pip", "--version"])) {
        create(workspace, &folder)?;
    }
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(requirements))
    .with_context(|| format!("failed to install the packages of {}", requirements.display()))?;
    std::fs::write(&stamp, wanted)
        .with_context(|| format!("failed to write {}", stamp.display()))?;
    Ok(python)
}

/// Where the interpreter of the environment `name` is, or will be.
pub fn interpreter(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.cache.join(name).join("bin/python")
}

fn create(workspace: &Workspace, folder: &Path) -> Result<()> {
    println!("creating a Python environment in {}", folder.display());
    if succeeds(&mut venv(folder)) {
        return Ok(());
    }
    // Debian ships Python without the module that `venv` needs.
    if may_install_packages() {
        if let Err(error) = install_packages(&["python3-venv"]) {
            eprintln!("{error:#}");
        }
        if succeeds(&mut venv(folder)) {
            return Ok(());
        }
    }
    let modules = workspace.cache.join("virtualenv");
    run(Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--upgrade", "--target"])
        .arg(&modules)
        .arg("virtualenv"))
    .and_then(|()| {
        run(Command::new("python3")
            .args(["-m", "virtualenv", "--quiet", "--clear"])
            .arg(folder)
            .env("PYTHONPATH", &modules))
    })
    .context("failed to create a Python environment; install python3-venv")
}

fn venv(folder: &Path) -> Command {
    let mut command = Command::new("python3");
    command.args(["-m", "venv", "--clear"]).arg(folder);
    command
}
