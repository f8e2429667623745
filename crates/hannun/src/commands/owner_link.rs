//! `hannun owner-link`: a new one-time link for an owner, for who lost the first or the password.

use super::client::Server;
use super::existing_ledger_url;
use crate::config::Folder;
use anyhow::{Context, Result, bail};
use hannun_ledger::Ledger;

pub fn run(folder: &Folder) -> Result<()> {
    if !folder.data_dir.exists() {
        bail!("there is no data folder {}; name it with --data-dir", folder.data_dir.display());
    }
    let server = Server::of_folder_if_running(&folder.data_dir)?
        .context("no server runs on this folder; start it first, the link leads to it")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // The folder is the authority: who can read it may make himself an owner.
    let token = runtime.block_on(async {
        let ledger =
            Ledger::open(&existing_ledger_url(folder)?, crate::documents::kinds()?).await?;
        let link = ledger.new_owner_link().await?;
        ledger.close().await;
        anyhow::Ok(link.token)
    })?;
    println!("{}/welcome#{token}", server.url());
    Ok(())
}
