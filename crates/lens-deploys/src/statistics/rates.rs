//! Whether an error occurs more often for each request than it did.

use super::binomial::exact_p;
use super::normal::two_sided_p;

/// Occurrences up to which the exact distribution is summed.
const EXACT_UP_TO: u64 = 10_000;

/// Compares two rates of occurrences by requests: given all occurrences, those of the other side are
/// binomial with its share of all requests (the conditional test of Przyborowski and Wilenski,
/// *Biometrika* 31, 1940). `None` when either side had no requests or nothing occurred.
pub fn conditional_p(
    base: u64,
    base_requests: f64,
    other: u64,
    other_requests: f64,
) -> Option<f64> {
    let all = base + other;
    if all == 0 || base_requests <= 0.0 || other_requests <= 0.0 {
        return None;
    }
    let share = other_requests / (base_requests + other_requests);
    if all <= EXACT_UP_TO {
        return Some(exact_p(other, all, share));
    }
    let deviation = (all as f64 * share * (1.0 - share)).sqrt();
    Some(two_sided_p((other as f64 - all as f64 * share) / deviation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occurrences_are_compared_by_requests() {
        // scipy.stats.binomtest(0, 12, 0.5) and (3, 40, 0.2)
        let p = conditional_p(12, 500.0, 0, 500.0).unwrap();
        assert!((p - 0.000_488_281_25).abs() < 1e-12);
        let p = conditional_p(37, 800.0, 3, 200.0).unwrap();
        assert!((p - 0.047_869_463_388_393_13).abs() < 1e-12);
        assert_eq!(conditional_p(0, 10.0, 0, 10.0), None);
        assert_eq!(conditional_p(1, 0.0, 0, 10.0), None);
    }

    #[test]
    fn both_forms_agree_where_they_meet() {
        let exact = conditional_p(5_100, 1000.0, 4_900, 1000.0).unwrap();
        let normal = conditional_p(5_101, 1000.0, 4_901, 1000.0).unwrap();
        assert!((exact / normal - 1.0).abs() < 0.03, "{exact} {normal}");
    }
}
