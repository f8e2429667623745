//! Which differences between two sides are more than chance.

use super::side::{Operation, Side, Tag};
use super::{AttributeDifference, TimeDifference};
use crate::statistics::{benjamini_hochberg, fisher_exact};
use foldhash::HashMap;
use hannun_model::limits::{TRACE_TIME_ROWS_MAX, TRACES_COMPARED_VALUES_MAX};

/// Values that occur less often on both sides together are not tested: no count of so few could
/// tell them from chance.
pub(super) const COUNT_MIN: usize = 5;
/// Of the differences that are called significant, so many are made by chance.
pub(super) const LEVEL: f64 = 0.05;

/// The values that differ most surely, and how many were tested.
pub(super) fn of_attributes(slow: &Side, fast: &Side) -> (Vec<AttributeDifference>, usize) {
    let own = of_counts((&slow.own, slow.spans), (&fast.own, fast.spans));
    let around = of_counts((&slow.around, slow.traces_around), (&fast.around, fast.traces_around));
    let mut found: Vec<AttributeDifference> = own.into_iter().chain(around).collect();
    let p_values: Vec<f64> = found.iter().map(|it| it.p_value).collect();
    for (difference, adjusted) in found.iter_mut().zip(benjamini_hochberg(&p_values)) {
        difference.adjusted_p_value = adjusted;
        difference.significant = adjusted < LEVEL;
    }
    let tested = found.len();
    // Two values of one attribute can be equally unlikely, but for rounding: then the one comes first
    // that slow spans have more often.
    let evidence = |it: &AttributeDifference| (it.p_value.ln() * 1e6).round();
    let more_often = |it: &AttributeDifference| it.slow_percent - it.fast_percent;
    found.sort_by(|a, b| {
        evidence(a)
            .total_cmp(&evidence(b))
            .then_with(|| more_often(b).total_cmp(&more_often(a)))
            .then_with(|| (&a.service, &a.field, &a.value).cmp(&(&b.service, &b.field, &b.value)))
    });
    // What is the same on both sides says nothing.
    found.retain(|it| it.p_value < 1.0);
    found.truncate(TRACES_COMPARED_VALUES_MAX);
    (found, tested)
}

/// How often values occur, and among how many.
type Counted<'a> = (&'a HashMap<Tag, usize>, usize);

fn of_counts(slow: Counted<'_>, fast: Counted<'_>) -> Vec<AttributeDifference> {
    if slow.1 == 0 || fast.1 == 0 {
        return Vec::new();
    }
    let only_fast = fast.0.keys().filter(|tag| !slow.0.contains_key(*tag));
    let count = |side: Counted<'_>, tag: &Tag| side.0.get(tag).copied().unwrap_or(0);
    let tags = slow.0.keys().chain(only_fast);
    tags.filter(|tag| count(slow, tag) + count(fast, tag) >= COUNT_MIN)
        .map(|tag| difference(tag, (count(slow, tag), slow.1), (count(fast, tag), fast.1)))
        .collect()
}

fn difference(tag: &Tag, slow: (usize, usize), fast: (usize, usize)) -> AttributeDifference {
    let percent = |(count, all): (usize, usize)| count as f64 / all as f64 * 100.0;
    AttributeDifference {
        service: tag.service.clone(),
        key: tag.field.strip_prefix('@').unwrap_or(&tag.field).to_owned(),
        field: tag.field.clone(),
        value: tag.value.clone(),
        slow_count: slow.0,
        slow_percent: percent(slow),
        fast_count: fast.0,
        fast_percent: percent(fast),
        lift: (fast.0 > 0).then(|| percent(slow) / percent(fast)),
        p_value: fisher_exact(slow.0, slow.1, fast.0, fast.1),
        adjusted_p_value: 1.0,
        significant: false,
    }
}

/// Self times on average over the traces of each side, the largest difference first.
pub(super) fn of_times(slow: &Side, fast: &Side) -> Vec<TimeDifference> {
    if slow.traces == 0 || fast.traces == 0 {
        return Vec::new();
    }
    let only_fast = fast.self_ns.keys().filter(|it| !slow.self_ns.contains_key(*it));
    let mean_ms = |side: &Side, operation: &Operation| {
        side.self_ns.get(operation).copied().unwrap_or(0.0) / 1e6 / side.traces as f64
    };
    let operations = slow.self_ns.keys().chain(only_fast);
    let mut rows: Vec<TimeDifference> = operations
        .map(|operation| {
            let (slow_self_ms, fast_self_ms) = (mean_ms(slow, operation), mean_ms(fast, operation));
            let (service, name) = operation.clone();
            let difference_ms = slow_self_ms - fast_self_ms;
            TimeDifference { service, operation: name, slow_self_ms, fast_self_ms, difference_ms }
        })
        .collect();
    rows.sort_by(|a, b| {
        let by_size = b.difference_ms.abs().total_cmp(&a.difference_ms.abs());
        by_size.then_with(|| (&a.service, &a.operation).cmp(&(&b.service, &b.operation)))
    });
    rows.truncate(TRACE_TIME_ROWS_MAX);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(service: Option<&str>, counts: &[(&str, &str, usize)]) -> HashMap<Tag, usize> {
        let tag = |field: &str, value: &str| Tag {
            service: service.map(str::to_owned),
            field: field.to_owned(),
            value: value.to_owned(),
        };
        counts.iter().map(|(field, value, count)| (tag(field, value), *count)).collect()
    }

    fn side(spans: usize, own: &[(&str, &str, usize)]) -> Side {
        Side { spans, own: counts(None, own), ..Side::default() }
    }

    #[test]
    fn the_value_that_slow_spans_have_comes_first() {
        let slow = side(50, &[("@shard", "3", 48), ("@shard", "1", 2), ("service.name", "a", 50)]);
        let fast = side(60, &[("@shard", "1", 58), ("@shard", "3", 2), ("service.name", "a", 60)]);
        let (found, tested) = of_attributes(&slow, &fast);
        assert_eq!(tested, 3);
        assert_eq!(found.len(), 2, "what all have says nothing");
        assert_eq!((found[0].field.as_str(), found[0].value.as_str()), ("@shard", "3"));
        assert_eq!(found[1].value, "1", "as unlikely, but fast spans have it");
        let third = &found[0];
        assert_eq!((third.key.as_str(), third.slow_count, third.fast_count), ("shard", 48, 2));
        assert!(third.significant && (third.lift.unwrap() - 28.8).abs() < 1e-9);
    }

    #[test]
    fn values_of_other_spans_are_counted_by_traces() {
        let around = |traces_around, count| Side {
            traces_around,
            around: counts(Some("stock"), &[("@shard", "3", count)]),
            ..Side::default()
        };
        let (found, tested) = of_attributes(&around(20, 20), &around(40, 4));
        assert_eq!((tested, found[0].service.as_deref()), (1, Some("stock")));
        assert_eq!((found[0].slow_percent, found[0].fast_percent), (100.0, 10.0));
    }

    #[test]
    fn chance_is_not_called_a_difference_and_rare_values_are_not_tested() {
        let slow = side(20, &[("@a", "x", 11), ("@id", "1", 1), ("@id", "2", 1)]);
        let fast = side(20, &[("@a", "x", 9), ("@id", "3", 1)]);
        let (found, tested) = of_attributes(&slow, &fast);
        assert_eq!((tested, found.len()), (1, 1));
        assert!(!found[0].significant);
        assert_eq!(of_attributes(&slow, &Side::default()).1, 0);
    }

    #[test]
    fn self_times_are_averaged_over_the_traces() {
        let times = |traces, ns| Side {
            traces,
            self_ns: [(("web".to_owned(), "GET /".to_owned()), ns)].into_iter().collect(),
            ..Side::default()
        };
        let rows = of_times(&times(2, 8e6), &times(1, 1e6));
        assert_eq!((rows[0].slow_self_ms, rows[0].fast_self_ms), (4.0, 1.0));
        assert_eq!(rows[0].difference_ms, 3.0);
    }
}
