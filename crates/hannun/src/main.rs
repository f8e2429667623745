//! The `hannun` program: command line, configuration, wiring. Nothing else.

mod commands;
mod config;
mod cost_sources;
mod datadog;
mod documents;
mod log_rules;
mod log_senders;
mod memory;
mod probe_rules;
mod running;
mod secrets;
mod size;
mod watch_itself;

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let arguments = match config::with_file(std::env::args_os().collect()) {
        Ok(arguments) => arguments,
        Err(error) => return fail(&error),
    };
    let command = config::Cli::parse_from(arguments).command;
    let ran = match command {
        config::Command::Serve(settings) => commands::serve::run(&settings),
        config::Command::Demo(settings) => commands::demo::run(&settings),
        config::Command::Sql(settings) => commands::sql::run(&settings),
        config::Command::Search(settings) => commands::search::run(settings),
        config::Command::Tail(settings) => commands::tail::run(&settings),
        config::Command::Apply(settings) => commands::apply::apply(&settings),
        config::Command::Export(settings) => commands::apply::export(&settings),
        config::Command::OwnerLink(folder) => commands::owner_link::run(&folder),
        config::Command::Cost(command) => commands::cost::run(&command),
        config::Command::Doctor(settings) => commands::doctor::run(&settings),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Prints an error and its causes, leaving out those that a message before already tells.
fn fail(error: &anyhow::Error) -> ExitCode {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !told.contains(&cause) {
            told.push_str(": ");
            told.push_str(&cause);
        }
    }
    eprintln!("hannun{told}");
    ExitCode::FAILURE
}
