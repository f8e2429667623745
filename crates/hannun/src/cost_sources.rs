//! Looks at the cost sources of the ledger as often as they say.

use hannun_bill_import::{Imports, Job};
use hannun_ledger::Ledger;
use hannun_lens_cost::sources::CostSource;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often it is looked whether a source is due.
const TICK: Duration = Duration::from_secs(5);

/// Imports what is due until the process ends. A source is looked at when the server starts, and
/// when its document has changed, so that nobody waits half a day to see that it works.
pub async fn run(ledger: Ledger, imports: Arc<Imports>) {
    let mut last: HashMap<String, Looked> = HashMap::new();
    let mut failing = false;
    loop {
        match CostSource::load(&ledger).await {
            Ok(sources) => {
                failing = false;
                last.retain(|id, _| sources.iter().any(|source| source.id == *id));
                for source in sources {
                    look(&imports, &mut last, source);
                }
            }
            // Told once: it is tried again soon.
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, "failed to read the cost sources; trying again");
            }
            Err(_) => {}
        }
        tokio::time::sleep(TICK).await;
    }
}

/// The last look at a source.
struct Looked {
    source: CostSource,
    at: Instant,
    job: Arc<Job>,
}

fn look(imports: &Imports, last: &mut HashMap<String, Looked>, source: CostSource) {
    let Some(every) = source.every_seconds.map(Duration::from_secs) else { return };
    let due = last.get(&source.id).is_none_or(|looked| {
        looked.job.has_ended() && (looked.source != source || looked.at.elapsed() >= every)
    });
    if !due {
        return;
    }
    match imports.add(source.request.clone()) {
        Ok(job) => {
            last.insert(source.id.clone(), Looked { source, at: Instant::now(), job });
        }
        Err(error) => tracing::warn!(source = source.id, %error, "a cost source has to wait"),
    }
}
