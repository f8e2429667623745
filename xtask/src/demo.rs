//! `cargo xtask demo`: build and start Hannun.

use crate::prerequisites;
use crate::programs::{become_command, run as run_program};
use crate::workspace::{BINARY_TARGETS, Workspace};
use anyhow::Result;
use std::process::Command;

/// Arguments go to `hannun serve`. Ends when the server does.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    prerequisites::to_build()?;
    println!("building hannun (the first time takes a while, the engine is large)");
    run_program(workspace.cargo().arg("build").args(BINARY_TARGETS))?;
    let data = workspace.cache.join("demo-data");
    println!("\nHannun keeps its data in {}", data.display());
    if arguments.is_empty() {
        println!("Open http://127.0.0.1:7070/ and send OTLP to 127.0.0.1:4317 or :4318.");
        println!("Ctrl-C ends it.\n");
    }
    become_command(
        Command::new(workspace.binary("debug", "hannun"))
            .args(["serve", "--data-dir"])
            .arg(&data)
            .args(arguments),
    )
}
