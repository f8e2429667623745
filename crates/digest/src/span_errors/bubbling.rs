//! Which errors count when several spans of a trace tell of the same failure.

use super::SpanColumns;
use super::exceptions::Recorded;
use hannun_model::limits::{ERROR_ANCESTORS_MAX, ERROR_CAUSES_BYTES_MAX};
use std::collections::{HashMap, HashSet};

type FastMap<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// A span that may tell of errors.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) batch: usize,
    pub(super) row: usize,
    pub(super) is_failed: bool,
    pub(super) exceptions: Vec<Recorded>,
}

/// Which errors of a candidate count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// The span itself, which has no exception.
    pub(super) as_failed_span: bool,
    /// One for each exception.
    pub(super) exceptions: Vec<bool>,
}

/// A span by its trace and its id.
type SpanKey<'a> = (&'a str, &'a str);

#[derive(Debug, Clone, Copy)]
struct Relative<'a> {
    parent: Option<&'a str>,
    service: &'a str,
    /// Position among the candidates.
    candidate: Option<usize>,
}

/// Decides for each candidate.
pub(super) fn counted(batches: &[SpanColumns<'_>], candidates: &[Candidate]) -> Vec<Counted> {
    let mut counted: Vec<Counted> = candidates
        .iter()
        .map(|candidate| Counted {
            as_failed_span: candidate.is_failed && candidate.exceptions.is_empty(),
            exceptions: vec![true; candidate.exceptions.len()],
        })
        .collect();
    let relatives = relatives(batches, candidates);
    let mut causes = Causes { bytes_left: ERROR_CAUSES_BYTES_MAX };
    for (position, candidate) in candidates.iter().enumerate() {
        let columns = &batches[candidate.batch];
        let Some(trace_id) = columns.trace_id.get(candidate.row) else { continue };
        let service = columns.service_name.get(candidate.row).unwrap_or("");
        let mut above = columns.parent_span_id.get(candidate.row);
        let mut steps = 0;
        while let Some(span_id) = above
            && steps < ERROR_ANCESTORS_MAX
        {
            let Some(ancestor) = relatives.get(&(trace_id, span_id)) else { break };
            let is_other = ancestor.candidate != Some(position);
            if ancestor.service == service
                && is_other
                && let Some(other) = ancestor.candidate
            {
                settle(&mut counted, candidates, (position, other), &mut causes);
            }
            above = ancestor.parent;
            steps += 1;
        }
    }
    counted
}

/// Settles who tells of a failure: a span (the first position), or its ancestor of the same service.
///
/// Only an error that counts silences another one, so that in a cycle of parents one is left.
fn settle(
    counted: &mut [Counted],
    candidates: &[Candidate],
    (below, above): (usize, usize),
    causes: &mut Causes,
) {
    let (deeper, higher) = (&candidates[below], &candidates[above]);
    if counted[below].as_failed_span || counted[below].exceptions.contains(&true) {
        counted[above].as_failed_span = false;
    }
    if deeper.exceptions.is_empty() && !higher.exceptions.is_empty() {
        counted[below].as_failed_span = false;
    }
    for (place, outer) in higher.exceptions.iter().enumerate() {
        let mut told = deeper.exceptions.iter().zip(&counted[below].exceptions);
        if told.any(|(cause, counts)| *counts && causes.is_told_by(cause, outer)) {
            counted[above].exceptions[place] = false;
        }
    }
}

/// A comparison takes as long as searching so many bytes: of 64 exceptions on each span of a long chain
/// there are billions.
const COMPARISON_BYTES: usize = 64;

/// Finds causes among the names in stacks, as long as there is time for it.
struct Causes {
    bytes_left: usize,
}

impl Causes {
    /// Whether `outer` is `cause` again, or names it as its cause.
    fn is_told_by(&mut self, cause: &Recorded, outer: &Recorded) -> bool {
        let bytes = COMPARISON_BYTES + outer.names.len();
        let Some(bytes_left) = self.bytes_left.checked_sub(bytes) else { return false };
        self.bytes_left = bytes_left;
        outer.is_again(cause) || outer.names_as_cause(cause)
    }
}

/// The spans of the traces that have candidates.
fn relatives<'a>(
    batches: &[SpanColumns<'a>],
    candidates: &[Candidate],
) -> FastMap<SpanKey<'a>, Relative<'a>> {
    let mut places: FastMap<(usize, usize), usize> = HashMap::default();
    let mut traces: HashSet<&str, foldhash::fast::FixedState> = HashSet::default();
    for (position, candidate) in candidates.iter().enumerate() {
        places.insert((candidate.batch, candidate.row), position);
        traces.extend(batches[candidate.batch].trace_id.get(candidate.row));
    }
    let mut relatives = HashMap::default();
    for (batch, columns) in batches.iter().enumerate() {
        for row in 0..columns.rows {
            let Some(trace_id) = columns.trace_id.get(row).filter(|id| traces.contains(id)) else {
                continue;
            };
            let Some(span_id) = columns.span_id.get(row) else { continue };
            let relative = Relative {
                parent: columns.parent_span_id.get(row),
                service: columns.service_name.get(row).unwrap_or(""),
                candidate: places.get(&(batch, row)).copied(),
            };
            // Of spans with the same id the one with an error is the relative.
            let known = relatives.entry((trace_id, span_id)).or_insert(relative);
            if known.candidate.is_none() {
                *known = relative;
            }
        }
    }
    relatives
}
