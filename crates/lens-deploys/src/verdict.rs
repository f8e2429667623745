//! What a comparison says about endpoints: tests, what counts as relevant, and the verdict.
//!
//! A verdict needs both: a difference that chance does not explain, and one that somebody would feel.
//! With many requests everything is significant, with few everything looks large.

use crate::statistics::clusters::{Block, change_point, design_effect, design_effect_of_share};
use crate::statistics::correction::holm;
use crate::statistics::proportions::{self, Proportion, ProportionTest};
use crate::statistics::{Buckets, Estimate, quantiles, ranks};
use serde::Serialize;
use utoipa::ToSchema;

/// Chance that a comparison accuses anything wrongly.
pub const LEVEL: f64 = 0.05;
/// Requests of a side below which nothing is decided: the normal approximation of the U test is good
/// from about twenty, and a p95 is the second largest of thirty.
pub const REQUESTS_MIN: f64 = 30.0;
/// A latency differs when it is this many times the other …
pub const LATENCY_RATIO_MIN: f64 = 1.1;
/// … and this far from it.
pub const LATENCY_DIFFERENCE_MS_MIN: f64 = 5.0;
/// Error rates differ by so many percentage points.
pub const ERROR_POINTS_MIN: f64 = 0.5;

/// The quantile that is compared as the slow end.
const TAIL: f64 = 0.95;
const NS_PER_MS: f64 = 1e6;

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Significantly and relevantly slower or failing more often.
    Worse,
    Better,
    /// No difference that is both significant and relevant. The intervals say how large one may be.
    Same,
    /// Too few requests on one side to decide anything.
    TooFew,
    /// Only the other side has requests.
    New,
    /// Only the base has requests.
    Gone,
}

/// Which test gave a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestMethod {
    /// Durations as a whole; the effect is the ratio of medians.
    MannWhitneyU,
    /// Shares of requests beyond the pooled p95; the effect is the ratio of p95.
    QuantileTest,
    /// Failed requests, few of them.
    FisherExact,
    /// Failed requests.
    TwoProportions,
}

/// One test of an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TestResult {
    pub method: TestMethod,
    /// Null when a side has too few requests to test.
    pub p_value: Option<f64>,
    /// After Holm's correction over all tests of the comparison.
    pub adjusted_p_value: Option<f64>,
    /// Latency: other ÷ base. Errors: other − base in percentage points.
    pub effect: f64,
    /// Bounds of the 95 % interval of the effect; null where so few requests put no bound.
    pub effect_low: Option<f64>,
    pub effect_high: Option<f64>,
    /// Whether the adjusted p-value is below the level.
    pub significant: bool,
    /// Whether the effect is large enough to matter.
    pub relevant: bool,
}

/// What the tests of one endpoint say.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    pub verdict: Verdict,
    pub latency: Option<TestResult>,
    pub tail: Option<TestResult>,
    pub errors: Option<TestResult>,
}

/// Requests of one side of an endpoint in one block of time. Counts are of stored spans.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BlockSample {
    pub start_ms: i64,
    pub requests: f64,
    pub failed: f64,
    pub durations: Buckets,
}

/// Requests of one side of an endpoint.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sample {
    pub blocks: Vec<BlockSample>,
    /// Durations of all blocks.
    pub durations: Buckets,
}

impl Sample {
    /// From its blocks, in the order of time.
    pub fn of(blocks: Vec<BlockSample>) -> Self {
        let durations = Buckets::sum(blocks.iter().map(|block| &block.durations));
        Self { blocks, durations }
    }

    pub fn requests(&self) -> f64 {
        self.blocks.iter().map(|block| block.requests).sum()
    }

    /// Blocks with the sum of a score of each.
    fn scored(&self, score: impl Fn(&BlockSample) -> f64) -> Vec<Block> {
        let blocks = self.blocks.iter();
        blocks.map(|block| Block { requests: block.requests, score: score(block) }).collect()
    }

    /// Requests that took `bound` nanoseconds or longer, less what blocks of time have in common.
    fn beyond(&self, bound: u64) -> Proportion {
        effective(&self.scored(|block| block.durations.from(bound)))
    }

    /// A quantile with its interval, less what blocks of time have in common.
    fn quantile(&self, share: f64) -> Option<Estimate> {
        let value = self.durations.at_rank(self.durations.total() * share)?;
        let beyond = self.scored(|block| block.durations.from(value as u64));
        quantiles::quantile(&self.durations, share, design_effect_of_share(&beyond))
    }
}

/// Hits and their number divided by the design effect, after which tests for independent requests
/// hold (Rao and Scott, *Biometrics* 48, 1992).
fn effective(blocks: &[Block]) -> Proportion {
    let effect = design_effect_of_share(blocks);
    let sum = |of: fn(&Block) -> f64| blocks.iter().map(of).sum::<f64>() / effect;
    Proportion::new(sum(|block| block.score), sum(|block| block.requests))
}

/// Compares endpoints, base before other, and corrects for how many there are.
pub fn compare(endpoints: &[(Option<Sample>, Option<Sample>)]) -> Vec<Findings> {
    let mut findings: Vec<Findings> = endpoints.iter().map(tested).collect();
    let mut results: Vec<&mut TestResult> = findings.iter_mut().flat_map(results_of).collect();
    let p_values: Vec<f64> = results.iter().filter_map(|result| result.p_value).collect();
    let tested = results.iter_mut().filter(|result| result.p_value.is_some());
    for (result, adjusted) in tested.zip(holm(&p_values)) {
        result.adjusted_p_value = Some(adjusted);
        result.significant = adjusted < LEVEL;
    }
    for found in findings.iter_mut().filter(|found| found.verdict == Verdict::Same) {
        found.verdict = judged(found);
    }
    findings
}

fn results_of(findings: &mut Findings) -> impl Iterator<Item = &mut TestResult> {
    [&mut findings.latency, &mut findings.tail, &mut findings.errors].into_iter().flatten()
}

/// Tests without the correction. Who can be judged has the verdict `Same` for now.
fn tested((base, other): &(Option<Sample>, Option<Sample>)) -> Findings {
    let (base, other) = match (base, other) {
        (Some(base), Some(other)) => (base, other),
        (base, _) => {
            let verdict = if base.is_some() { Verdict::Gone } else { Verdict::New };
            return Findings { verdict, latency: None, tail: None, errors: None };
        }
    };
    let enough = base.requests().min(other.requests()) >= REQUESTS_MIN;
    Findings {
        verdict: if enough { Verdict::Same } else { Verdict::TooFew },
        latency: latency(base, other, enough),
        tail: tail(base, other, enough),
        errors: Some(errors(base, other, enough)),
    }
}

fn latency(base: &Sample, other: &Sample, enough: bool) -> Option<TestResult> {
    let (from, to) = (base.quantile(0.5)?, other.quantile(0.5)?);
    let scores = ranks::scores(&base.durations, &other.durations);
    let effect = |sample: &Sample| {
        let mean = |block: &BlockSample| sum_of_ranks(&scores, &block.durations).0;
        let (sum, squares) = sum_of_ranks(&scores, &sample.durations);
        let total = sample.durations.total();
        design_effect(&sample.scored(mean), squares / total - (sum / total).powi(2))
    };
    let effects = (effect(base), effect(other));
    let p_value =
        enough.then(|| ranks::mann_whitney(&base.durations, &other.durations, effects).p_value);
    Some(ratio_result(TestMethod::MannWhitneyU, p_value, from, to))
}

/// Sum of the ranks of all durations, and of their squares.
fn sum_of_ranks(scores: &[ranks::Score], durations: &Buckets) -> (f64, f64) {
    let (mut sum, mut squares) = (0.0, 0.0);
    let mut scores = scores.iter();
    for (from, _, count) in &durations.counts {
        // Both ascend, and each bucket has a score.
        if let Some(score) = scores.find(|score| score.from == *from) {
            sum += count * score.rank;
            squares += count * score.rank * score.rank;
        }
    }
    (sum, squares)
}

fn tail(base: &Sample, other: &Sample, enough: bool) -> Option<TestResult> {
    let (from, to) = (base.quantile(TAIL)?, other.quantile(TAIL)?);
    let bound = quantiles::pooled_bound(&base.durations, &other.durations, TAIL);
    let p_value = enough.then(|| proportions::compare(base.beyond(bound), other.beyond(bound)).1);
    Some(ratio_result(TestMethod::QuantileTest, p_value, from, to))
}

fn ratio_result(
    method: TestMethod,
    p_value: Option<f64>,
    base_ns: Estimate,
    other_ns: Estimate,
) -> TestResult {
    let ratio = quantiles::ratio(base_ns, other_ns);
    let factor = ratio.value.max(1.0 / ratio.value);
    let difference_ms = (other_ns.value - base_ns.value).abs() / NS_PER_MS;
    TestResult {
        method,
        p_value,
        adjusted_p_value: None,
        effect: ratio.value,
        effect_low: ratio.low,
        effect_high: ratio.high,
        significant: false,
        relevant: factor >= LATENCY_RATIO_MIN && difference_ms >= LATENCY_DIFFERENCE_MS_MIN,
    }
}

fn errors(base: &Sample, other: &Sample, enough: bool) -> TestResult {
    let of = |sample: &Sample| effective(&sample.scored(|block| block.failed));
    let (from, to) = (of(base), of(other));
    let (test, p_value) = proportions::compare(from, to);
    let difference = proportions::difference(from, to);
    let points = |share: f64| 100.0 * share;
    TestResult {
        method: match test {
            ProportionTest::FisherExact => TestMethod::FisherExact,
            ProportionTest::TwoProportions => TestMethod::TwoProportions,
        },
        p_value: enough.then_some(p_value),
        adjusted_p_value: None,
        effect: points(difference.value),
        effect_low: difference.low.map(points),
        effect_high: difference.high.map(points),
        significant: false,
        relevant: points(difference.value.abs()) >= ERROR_POINTS_MIN,
    }
}

/// The verdict about an endpoint with enough requests. What got worse is not made up for by what got
/// better.
fn judged(findings: &Findings) -> Verdict {
    let decides = |result: &&TestResult| result.significant && result.relevant;
    let ratios = [&findings.latency, &findings.tail].into_iter().flatten().filter(decides);
    let differences = findings.errors.iter().filter(decides);
    let worse: Vec<bool> = ratios
        .map(|result| result.effect > 1.0)
        .chain(differences.map(|result| result.effect > 0.0))
        .collect();
    match worse.as_slice() {
        [] => Verdict::Same,
        all if all.contains(&true) => Verdict::Worse,
        _ => Verdict::Better,
    }
}

/// When the other side of a worse endpoint became so; `None` when it was from its beginning. A change
/// hours after a deploy may have another cause, or be one that grows.
pub fn worse_since(base: &Sample, other: &Sample, findings: &Findings) -> Option<i64> {
    if findings.verdict != Verdict::Worse {
        return None;
    }
    let decides = |result: &Option<TestResult>| {
        result.as_ref().is_some_and(|result| result.significant && result.relevant)
    };
    let blocks = if decides(&findings.latency) {
        let scores = ranks::scores(&base.durations, &other.durations);
        other.scored(|block| sum_of_ranks(&scores, &block.durations).0)
    } else if decides(&findings.tail) {
        let bound = quantiles::pooled_bound(&base.durations, &other.durations, TAIL);
        other.scored(|block| block.durations.from(bound))
    } else {
        other.scored(|block| block.failed)
    };
    let change = change_point(&blocks)?;
    let early = Sample::of(other.blocks[..change].to_vec());
    let found = compare(&[(Some(base.clone()), Some(early))]).remove(0);
    (found.verdict == Verdict::Same).then(|| other.blocks[change].start_ms)
}

/// The verdict about a service from those about its endpoints.
pub fn overall(endpoints: &[Verdict]) -> Verdict {
    let any = |wanted| endpoints.contains(&wanted);
    [Verdict::Worse, Verdict::Better, Verdict::Same]
        .into_iter()
        .find(|verdict| any(*verdict))
        .unwrap_or(Verdict::TooFew)
}

#[cfg(test)]
mod tests;
