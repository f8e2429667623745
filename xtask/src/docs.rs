//! `cargo xtask docs`: the part of the documentation that is written by the code.
//!
//! The writer is the test `column_reference` of this package, which knows `hannun-model`. This
//! program itself does not, so that it is built in seconds.

use crate::programs::run as run_program;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};

/// Writes the reference, or with `--check` fails when it differs.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    match arguments {
        [] => column_reference(workspace, true),
        [flag] if flag == "--check" => column_reference(workspace, false),
        _ => bail!("usage: cargo xtask docs [--check]"),
    }
}

fn column_reference(workspace: &Workspace, write: bool) -> Result<()> {
    let mut command = workspace.cargo();
    command.args(["test", "--quiet", "--workspace", "--test", "column_reference"]);
    if write {
        command.env("HANNUN_WRITE_REFERENCE", "1");
    }
    run_program(&mut command).context("the column reference is not up to date: `cargo xtask docs`")
}
