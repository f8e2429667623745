//! Which spans of a batch are two sides of one call.

use super::Columns;
use super::keys::{Name, Names};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher};

type Map<Value> = HashMap<u64, Value, foldhash::fast::FixedState>;

/// The services behind client spans, and those in front of server and consumer spans.
#[derive(Debug, Default)]
pub struct Calls {
    /// By the key of the calling span: who answered.
    callees: Map<Name>,
    /// By the key of a span that is a parent or a link: its service, when nothing else tells of
    /// the call.
    callers: Map<Caller>,
}

#[derive(Debug, Clone, Copy)]
struct Caller {
    service: Name,
    /// Whether the span tells of the calls of its children itself.
    tells: bool,
}

/// One number for a trace id and a span id. It is a hash: of the 2^64 numbers a publish uses half a
/// million at most, so two spans never share one in practice.
pub fn span_key(trace_id: &str, span_id: &str) -> u64 {
    let mut hasher = foldhash::fast::FixedState::default().build_hasher();
    hasher.write(trace_id.as_bytes());
    hasher.write_u8(0xff);
    hasher.write(span_id.as_bytes());
    hasher.finish()
}

impl Calls {
    pub fn among<'a>(batches: &[(Columns<'a>, usize)], names: &mut Names<'a>) -> Self {
        let mut calls = Self::default();
        let mut wanted: HashSet<u64, foldhash::fast::FixedState> = HashSet::default();
        for (columns, rows) in batches {
            for row in 0..*rows {
                let Some(kind @ ("server" | "consumer")) = columns.kind.get(row) else { continue };
                let service = names.number(columns.service_name.get(row));
                if let Some(parent) = parent_key(columns, row) {
                    // Several answers to one call, as of a broadcast: the first tells.
                    calls.callees.entry(parent).or_insert(service);
                    wanted.insert(parent);
                }
                if kind == "consumer"
                    && let Some(link) = link_key(columns, row)
                {
                    wanted.insert(link);
                }
            }
        }
        for (columns, rows) in batches {
            for row in 0..*rows {
                let (Some(trace), Some(span)) =
                    (columns.trace_id.get(row), columns.span_id.get(row))
                else {
                    continue;
                };
                let key = span_key(trace, span);
                let kind = columns.kind.get(row);
                // A client span tells of its call itself.
                if !wanted.contains(&key) || kind == Some("client") {
                    continue;
                }
                let service = names.number(columns.service_name.get(row));
                // So does a producer span of its child, unless it tells of its queue only.
                let tells = kind == Some("producer") && !names.is_queue(columns, row, service);
                calls.callers.insert(key, Caller { service, tells });
            }
        }
        calls
    }

    /// The service that answered the call of this span.
    pub fn callee(&self, caller: u64) -> Name {
        self.callees.get(&caller).copied().unwrap_or_default()
    }

    /// Another service, whose span this one follows without a client span between.
    pub fn caller(&self, columns: &Columns<'_>, row: usize, service: Name) -> Name {
        let other = |key: Option<u64>| {
            let caller = key.and_then(|key| self.callers.get(&key));
            caller.filter(|caller| caller.service != service)
        };
        match other(parent_key(columns, row)) {
            Some(parent) if parent.tells => Name::default(),
            Some(parent) => parent.service,
            None => other(link_key(columns, row)).map(|link| link.service).unwrap_or_default(),
        }
    }
}

fn parent_key(columns: &Columns<'_>, row: usize) -> Option<u64> {
    Some(span_key(columns.trace_id.get(row)?, columns.parent_span_id.get(row)?))
}

/// The first span that this one is linked to.
fn link_key(columns: &Columns<'_>, row: usize) -> Option<u64> {
    // There may be megabytes of them.
    let links = columns.links.get(row)?.trim_start().strip_prefix('[')?;
    let mut links = serde_json::Deserializer::from_str(links).into_iter::<serde_json::Value>();
    let link = links.next()?.ok()?;
    Some(span_key(link.get("trace_id")?.as_str()?, link.get("span_id")?.as_str()?))
}
