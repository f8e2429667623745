//! Every habit of the house as a command: `cargo xtask <command>`.

mod bench;
mod demo;
mod docs;
mod node;
mod prerequisites;
mod programs;
mod python;
mod test;
mod tidy;
mod ui;
mod workspace;

use anyhow::{Result, bail};
use std::process::ExitCode;
use workspace::Workspace;

const USAGE: &str = "\
Usage: cargo xtask <command>

  test [--no-e2e] [--only <step>]   every check, from a fresh clone; `test --list` names the steps
  demo [options of `hannun demo`]   build and start Hannun with the reference shop beside it
  ui                                build the web app that the binary embeds
  bench [--quick] [--peers] …       build for release and measure; see bench/README.md
  tidy                              the rules that no other tool checks
  docs [--check]                    write (or compare) the generated reference

Programs and build results are kept in $HANNUN_CACHE_DIR (default ~/.cache/hannun);
CARGO_TARGET_DIR moves the build results elsewhere.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            error.chain().skip(1).for_each(|cause| eprintln!("  because {cause}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let Some((command, rest)) = arguments.split_first() else {
        println!("{USAGE}");
        return Ok(());
    };
    let workspace = Workspace::find()?;
    match command.as_str() {
        "test" => test::run(&workspace, rest),
        "demo" => demo::run(&workspace, rest),
        "ui" => ui::build(&workspace),
        "bench" => bench::run(&workspace, rest),
        "tidy" => tidy::run(&workspace),
        "docs" => docs::run(&workspace, rest),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => bail!("no command `{other}`\n\n{USAGE}"),
    }
}
