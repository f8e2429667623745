//! How many spans a stored one stands for, when the sender sampled.

/// The threshold of OpenTelemetry's consistent sampling is of so many bits.
const THRESHOLD_DIGITS: usize = 14;
/// A weight above this is a mistake of the sender, not a sampling rate.
const WEIGHT_MAX: f64 = 1e9;

/// What a W3C `tracestate` says: `ot=th:…` is the rejection threshold of consistent probability
/// sampling (a share of 2^56 in hex without trailing zeros), `ot=p:…` its predecessor (a power of
/// two). One when it says nothing.
///
/// <https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/>
pub fn adjusted_count(trace_state: Option<&str>) -> f64 {
    let Some(entries) = trace_state.and_then(open_telemetry_entry) else { return 1.0 };
    for entry in entries.split(';') {
        let weight = match entry.split_once(':') {
            Some(("th", threshold)) => weight_of_threshold(threshold),
            Some(("p", power)) => weight_of_power(power),
            _ => continue,
        };
        return weight.filter(|weight| (1.0..=WEIGHT_MAX).contains(weight)).unwrap_or(1.0);
    }
    1.0
}

fn open_telemetry_entry(trace_state: &str) -> Option<&str> {
    trace_state.split(',').find_map(|entry| entry.trim().strip_prefix("ot="))
}

fn weight_of_threshold(threshold: &str) -> Option<f64> {
    if threshold.is_empty() || threshold.len() > THRESHOLD_DIGITS {
        return None;
    }
    let digits = u64::from_str_radix(threshold, 16).ok()?;
    let rejected = digits << (4 * (THRESHOLD_DIGITS - threshold.len()));
    let all = 1u64 << (4 * THRESHOLD_DIGITS);
    Some(all as f64 / (all - rejected) as f64)
}

/// 63 says that the span is not counted; it is here, so it counts as one.
fn weight_of_power(power: &str) -> Option<f64> {
    let power: u32 = power.parse().ok()?;
    (power < 63).then(|| (1u64 << power) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_says_what_a_span_stands_for() {
        for (trace_state, count) in [
            (None, 1.0),
            (Some(""), 1.0),
            (Some("ot=th:0"), 1.0),
            (Some("ot=th:8"), 2.0),
            (Some("ot=th:c"), 4.0),
            (Some("vendor=1, ot=rv:abcdef01234567;th:e"), 8.0),
            (Some("ot=p:3;r:5"), 8.0),
            (Some("ot=p:63"), 1.0),
            (Some("ot=th:not-hex"), 1.0),
            (Some("ot=th:fffffffffffffff"), 1.0),
        ] {
            assert_eq!(adjusted_count(trace_state), count, "{trace_state:?}");
        }
        // One in ten, as an SDK writes it.
        assert!((adjusted_count(Some("ot=th:e6666666666666")) - 10.0).abs() < 1e-6);
    }
}
