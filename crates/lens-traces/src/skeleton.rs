//! What a tree needs to know of spans, and no more: a trace may have very many of them.

use crate::tree::{Kind, Node, Tree};
use foldhash::HashMap;
use hannun_model::limits::SPAN_NAME_CHARACTERS_MAX;
use serde::Deserialize;

/// SQL of the columns of a [`SkeletonRow`]. Their names are short because each row repeats them on
/// its way here.
///
/// Times are comparable within one machine: a node of a cluster rather than a container on it, or
/// else whatever calls itself a host, or else one service.
pub(crate) fn columns() -> String {
    format!(
        "coalesce(span_id, '') AS __i, parent_span_id AS __p, coalesce(service_name, '') AS __v, \
         coalesce(k8s_node_name, host_name, service_name, '') AS __c, \
         left(coalesce(name, ''), {SPAN_NAME_CHARACTERS_MAX}) AS __n, kind AS __k, \
         CAST(start_time AS BIGINT) AS __t, coalesce(duration, 0) AS __d, status_code AS __s, \
         links IS NOT NULL AS __l"
    )
}

/// A span on its way into a tree.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SkeletonRow {
    #[serde(rename = "__i")]
    pub(crate) span_id: String,
    #[serde(rename = "__p")]
    pub(crate) parent_span_id: Option<String>,
    #[serde(rename = "__v")]
    pub(crate) service: String,
    #[serde(rename = "__c")]
    pub(crate) clock: String,
    #[serde(rename = "__n")]
    pub(crate) name: String,
    #[serde(rename = "__k")]
    pub(crate) kind: Option<String>,
    #[serde(rename = "__t")]
    pub(crate) start_ns: i64,
    #[serde(rename = "__d")]
    pub(crate) duration_ns: i64,
    #[serde(rename = "__s")]
    pub(crate) status: Option<String>,
    #[serde(rename = "__l")]
    pub(crate) linked: bool,
}

impl SkeletonRow {
    pub(crate) fn kind(&self) -> Kind {
        Kind::of(self.kind.as_deref())
    }

    /// What decides which of two spans comes first, whatever file they are in.
    pub(crate) fn order(&self) -> (i64, &str, &str, i64) {
        (self.start_ns, &self.span_id, &self.service, self.duration_ns)
    }

    pub(crate) fn failed(&self) -> bool {
        self.status.as_deref() == Some("error")
    }
}

/// The tree of spans, which must come in an order that the store does not decide.
pub(crate) fn tree(rows: &[SkeletonRow]) -> Tree {
    let mut clocks = Numbers::default();
    let nodes: Vec<Node<'_>> = rows
        .iter()
        .map(|row| Node {
            span_id: &row.span_id,
            parent_span_id: row.parent_span_id.as_deref(),
            start_ns: row.start_ns,
            duration_ns: row.duration_ns,
            clock: clocks.of(&row.clock),
            kind: row.kind(),
            linked: row.linked,
        })
        .collect();
    Tree::of(&nodes)
}

/// Numbers of texts that occur often.
#[derive(Debug, Default)]
pub(crate) struct Numbers<'a> {
    numbers: HashMap<&'a str, u32>,
}

impl<'a> Numbers<'a> {
    pub(crate) fn of(&mut self, text: &'a str) -> u32 {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(text).or_insert(next)
    }

    /// The texts in order of their names, and the place of each number among them.
    pub(crate) fn sorted(self) -> (Vec<String>, Vec<u32>) {
        let mut texts: Vec<(&str, u32)> = self.numbers.into_iter().collect();
        texts.sort_unstable();
        let mut places = vec![0; texts.len()];
        for (place, (_, number)) in (0_u32..).zip(&texts) {
            places[*number as usize] = place;
        }
        (texts.into_iter().map(|(text, _)| text.to_owned()).collect(), places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_numbered_by_their_names() {
        let mut numbers = Numbers::default();
        let met: Vec<u32> = ["web", "db", "web", "a"].map(|text| numbers.of(text)).to_vec();
        let (texts, places) = numbers.sorted();
        let names: Vec<&str> =
            met.iter().map(|number| texts[places[*number as usize] as usize].as_str()).collect();
        assert_eq!(names, ["web", "db", "web", "a"]);
        assert_eq!(texts, ["a", "db", "web"]);
    }
}
