//! `hannun serve`: runs the server until it is told to end.

use crate::config::ServeSettings;
use crate::running::Running;
use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Runs until SIGTERM or SIGINT.
pub fn run(settings: &ServeSettings) -> Result<()> {
    log_to_stderr("info");
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("failed to start the runtime")?
        .block_on(serve(settings))
}

async fn serve(settings: &ServeSettings) -> Result<()> {
    let running = Running::start(settings).await?;
    running.announce().await?;
    wait_for_the_end().await?;
    running.stop().await
}

/// Starts the log, with what `HANNUN_LOG` asks for or else from this level on.
pub fn log_to_stderr(level: &str) {
    let filter = EnvFilter::try_from_env("HANNUN_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// Returns when the process is asked to end. Who asks a second time does not want to wait.
pub async fn wait_for_the_end() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tokio::spawn(async move {
        interrupt.recv().await;
        eprintln!("hannun: ended before everything was closed; the log is read at the next start");
        std::process::exit(130);
    });
    Ok(())
}
