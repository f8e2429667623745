//! `hannun cost`: bills from the command line.

pub mod generate;
mod import;
mod progress;
mod snapshots;

use crate::config::CostCommand;
use anyhow::Result;

pub fn run(command: &CostCommand) -> Result<()> {
    match command {
        CostCommand::Import(settings) => import::run(settings),
        CostCommand::Snapshots(settings) => snapshots::run(settings),
        CostCommand::Generate(settings) => generate::run(settings),
    }
}
