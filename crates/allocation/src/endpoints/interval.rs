//! How sure a cost is.

/// Standard errors to each side that hold 95 of 100 results.
const NORMAL_95: f64 = 1.96;

/// From which to which amount a cost lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

impl Interval {
    /// The interval of a cost: from the least to the greatest that any of the weights gives, each
    /// widened by the sampling error at 95 %. It is about choices and chance; what no input tells,
    /// such as work that leaves no span, is said beside it.
    pub fn of(cost: f64, with_other_weights: &[f64], relative_error: f64) -> Self {
        let least = with_other_weights.iter().copied().fold(cost, f64::min);
        let most = with_other_weights.iter().copied().fold(cost, f64::max);
        let error = NORMAL_95 * relative_error.clamp(0.0, 1.0);
        let low = least - least.abs() * error.min(1.0);
        Self { low, high: most + most.abs() * error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_span_and_sampling_widens() {
        assert_eq!(Interval::of(10.0, &[], 0.0), Interval { low: 10.0, high: 10.0 });
        assert_eq!(Interval::of(10.0, &[8.0, 11.0], 0.0), Interval { low: 8.0, high: 11.0 });
        let wide = Interval::of(10.0, &[8.0, 11.0], 0.1);
        assert!((wide.low - 6.432).abs() < 1e-9 && (wide.high - 13.156).abs() < 1e-9, "{wide:?}");
        assert_eq!(Interval::of(10.0, &[], 5.0).low, 0.0);
    }
}
