//! `cargo xtask demo`: build and start Hannun with the reference shop beside it.

use crate::programs::{become_command, run as run_program};
use crate::workspace::{BINARY_TARGETS, Workspace};
use crate::{prerequisites, ui};
use anyhow::Result;
use std::process::Command;

/// Arguments go to `hannun demo`. Ends when that does.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    prerequisites::to_build()?;
    ui::build(workspace)?;
    println!("building hannun (the first time takes a while, the engine is large)");
    run_program(workspace.cargo().arg("build").args(BINARY_TARGETS))?;
    let data = workspace.cache.join("demo-data");
    println!("\nHannun keeps its data in {}; Ctrl-C ends it.\n", data.display());
    become_command(
        Command::new(workspace.binary("debug", "hannun"))
            .args(["demo", "--data-dir"])
            .arg(&data)
            .args(arguments),
    )
}
