//! `cargo xtask docs`: the part of the documentation that is written by the code.
//!
//! The writers are tests, which know the code that they describe: `column_reference` of this
//! package and `openapi_reference` of `hannun-server`. This program itself knows neither, so that
//! it is built in seconds.

use crate::programs::run as run_program;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};

const WRITERS: [&str; 2] = ["column_reference", "openapi_reference"];

/// Writes the reference, or with `--check` fails when it differs.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let write = match arguments {
        [] => true,
        [flag] if flag == "--check" => false,
        _ => bail!("usage: cargo xtask docs [--check]"),
    };
    let mut command = workspace.cargo();
    command.args(["test", "--quiet", "--workspace"]);
    for writer in WRITERS {
        command.args(["--test", writer]);
    }
    if write {
        command.env("HANNUN_WRITE_REFERENCE", "1");
    }
    run_program(&mut command).context("the reference is not up to date: `cargo xtask docs`")
}
