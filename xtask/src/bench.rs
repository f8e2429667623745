//! `cargo xtask bench`: build for release and measure, peers beside us.

use crate::programs::{become_command, run as run_program};
use crate::workspace::Workspace;
use crate::{node, prerequisites, python, ui};
use anyhow::Result;
use std::process::Command;

/// Arguments go to `hannun-bench`.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    prerequisites::to_build()?;
    if arguments.iter().any(|argument| argument == "--patterns") {
        return patterns(workspace, arguments);
    }
    ui::build(workspace)?;
    run_program(workspace.cargo().args([
        "build",
        "--release",
        "--workspace",
        "--bin",
        "hannun",
        "--bin",
        "hannun-bench",
    ]))?;
    let mut bench = Command::new(workspace.binary("release", "hannun-bench"));
    bench
        .args(arguments)
        .current_dir(&workspace.root)
        .env("HANNUN_BIN", workspace.binary("release", "hannun"))
        .env("CARGO_TARGET_DIR", &workspace.target);
    if arguments.iter().any(|argument| argument == "--demo") {
        let modules = node::modules(workspace, "e2e-node", &workspace.root.join("e2e"))?;
        bench.env("HANNUN_NODE_MODULES", modules);
    }
    let requirements = workspace.root.join("bench/requirements.txt");
    if arguments.iter().any(|argument| argument == "--peers") {
        match python::environment(workspace, "bench-venv", &requirements) {
            Ok(python) => {
                bench.env("HANNUN_PYTHON", python);
            }
            // Peers are optional: Hannun is measured without them.
            Err(error) => eprintln!("peers from PyPI are left out: {error:#}"),
        }
    }
    become_command(&mut bench)
}

/// How log messages are grouped, beside Drain3. Needs neither the server nor the web app.
fn patterns(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    run_program(workspace.cargo().args([
        "build",
        "--release",
        "--workspace",
        "--bin",
        "hannun-bench",
    ]))?;
    let mut bench = Command::new(workspace.binary("release", "hannun-bench"));
    bench.args(arguments).current_dir(&workspace.root);
    let requirements = workspace.root.join("bench/drain3/requirements.txt");
    match python::environment(workspace, "drain3-venv", &requirements) {
        Ok(python) => {
            bench.env("HANNUN_PYTHON", python);
        }
        Err(error) => eprintln!("Drain3 is left out: {error:#}"),
    }
    become_command(&mut bench)
}
