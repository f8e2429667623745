//! Requests of one moment resemble each other: a hiccup of a minute that slows five hundred of them
//! is one event, not five hundred. The design effect says how much less they prove.

/// Blocks below which nothing can be said about how blocks differ.
const BLOCKS_MIN: usize = 4;

/// One block of time: how many requests, and the sum of their scores (1 for each failed one, or
/// their ranks).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    pub requests: f64,
    pub score: f64,
}

/// How many times larger the variance of the mean score is than of independent requests, whose scores
/// have the variance `independent`; at least 1. The variance of a ratio over clusters as in Rao and
/// Scott, *Biometrics* 48, 1992.
pub fn design_effect(blocks: &[Block], independent: f64) -> f64 {
    let filled: Vec<&Block> = blocks.iter().filter(|block| block.requests > 0.0).collect();
    let requests: f64 = filled.iter().map(|block| block.requests).sum();
    if filled.len() < BLOCKS_MIN || independent <= 0.0 || requests <= 0.0 {
        return 1.0;
    }
    let mean = filled.iter().map(|block| block.score).sum::<f64>() / requests;
    let squares: f64 =
        filled.iter().map(|block| (block.score - block.requests * mean).powi(2)).sum();
    let count = filled.len() as f64;
    let clustered = count / (count - 1.0) * squares / (requests * requests);
    (clustered / (independent / requests)).max(1.0)
}

/// [`design_effect`] of a share, such as that of failed requests.
pub fn design_effect_of_share(blocks: &[Block]) -> f64 {
    let requests: f64 = blocks.iter().map(|block| block.requests).sum();
    let share = blocks.iter().map(|block| block.score).sum::<f64>() / requests.max(1.0);
    design_effect(blocks, share * (1.0 - share))
}

/// The block from which on the mean score differs most from that before it: the split into two times
/// that leaves the least squares within them. `None` without two blocks.
pub fn change_point(blocks: &[Block]) -> Option<usize> {
    // Squares within the parts are least where n·mean² of both together is most.
    let weight = |part: &[Block]| {
        let requests: f64 = part.iter().map(|block| block.requests).sum();
        let score: f64 = part.iter().map(|block| block.score).sum();
        if requests > 0.0 { score * score / requests } else { 0.0 }
    };
    (1..blocks.len()).max_by(|a, b| {
        let both = |at: usize| weight(&blocks[..at]) + weight(&blocks[at..]);
        both(*a).total_cmp(&both(*b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(scores: &[f64]) -> Vec<Block> {
        scores.iter().map(|score| Block { requests: 100.0, score: *score }).collect()
    }

    #[test]
    fn failures_in_one_block_count_as_few_as_they_are() {
        // 50 of 1000 failed, all in one of ten blocks: Σ(x − 5)² = 2250, × 10/9 ÷ 1000² = 0.0025,
        // against 0.05 × 0.95 ÷ 1000.
        let mut scores = [0.0; 10];
        scores[3] = 50.0;
        let found = design_effect_of_share(&blocks(&scores));
        assert!((found - 0.0025 / (0.05 * 0.95 / 1000.0)).abs() < 1e-9, "{found}");
    }

    #[test]
    fn even_blocks_prove_no_more_than_independent_requests() {
        assert_eq!(design_effect_of_share(&blocks(&[5.0; 10])), 1.0);
        assert_eq!(design_effect_of_share(&blocks(&[0.0; 10])), 1.0);
    }

    #[test]
    fn a_change_is_found_where_it_began() {
        let scores = [1.0, 3.0, 2.0, 1.0, 30.0, 28.0, 33.0];
        assert_eq!(change_point(&blocks(&scores)), Some(4));
        assert_eq!(change_point(&blocks(&[1.0])), None);
    }

    #[test]
    fn few_blocks_say_nothing() {
        assert_eq!(design_effect_of_share(&blocks(&[0.0, 50.0, 0.0])), 1.0);
        assert_eq!(design_effect_of_share(&[]), 1.0);
    }
}
