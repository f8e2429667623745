//! Sketches of durations, as clients send them: the protobuf form of a DDSketch.
//!
//! Sources: the message <https://github.com/DataDog/sketches-go/blob/master/ddsketch/pb/ddsketch.proto>
//! and the paper <https://arxiv.org/abs/1908.10693>.
//!
//! Bin `i` holds the values from `b((i - offset) / m)` to `b((i + 1 - offset) / m)`, where `b` is the
//! exponential or what stands for it by the interpolation, and `m` follows from gamma. What stands
//! for all of them is off by `(gamma - 1) / (gamma + 1)` at most, 0.8 % as tracers choose gamma; a
//! bucket of [`Histogram`] adds up to 0.8 %. Two libraries (JavaScript's and Python's `ddsketch`)
//! number their bins from one above, and what they send comes out higher by another gamma, 2 %.

use crate::otlp::wire::{Slice, WireError};
use hannun_model::histogram::Histogram;
use hannun_model::limits::CLIENT_SKETCH_BINS_MAX;

/// Why bytes are not a sketch of durations.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SketchError {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("gamma of a sketch is {0}, which must be a number above 1")]
    Gamma(f64),
    #[error("index offset of a sketch is {0}, which must be a number")]
    Offset(f64),
    #[error("interpolation {0} of a sketch is unknown")]
    Interpolation(u64),
    #[error("a bin of a sketch counts {0}, which must be a number and not negative")]
    Count(f64),
    #[error("bin {0} of a sketch is no duration")]
    Bin(i64),
    #[error("more than {CLIENT_SKETCH_BINS_MAX} bins in a sketch")]
    TooMany,
}

/// Durations in nanoseconds, and what they come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Durations {
    pub histogram: Histogram,
    /// All of them together, as near as the bins tell.
    pub sum_ns: f64,
    /// What stands for the longest.
    pub longest_ns: i64,
}

impl Durations {
    fn add(&mut self, duration_ns: i64, count: f64) {
        self.histogram.add(duration_ns, count);
        self.sum_ns += duration_ns as f64 * count;
        self.longest_ns = self.longest_ns.max(duration_ns);
    }

    /// Adds others.
    pub fn merge(&mut self, other: &Self) {
        self.histogram.merge(&other.histogram);
        self.sum_ns += other.sum_ns;
        self.longest_ns = self.longest_ns.max(other.longest_ns);
    }
}

/// Reads a sketch. No bytes are no durations.
pub fn read(sketch: &[u8]) -> Result<Durations, SketchError> {
    let mut durations = Durations::default();
    let mut mapping = Mapping::default();
    let mut positive = Vec::new();
    let mut negative = Vec::new();
    let mut zeros = 0.0;
    let mut fields = Slice::whole(sketch).fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => mapping = Mapping::read(field.slice()?)?,
            2 => read_store(field.slice()?, &mut positive)?,
            3 => read_store(field.slice()?, &mut negative)?,
            4 => zeros += counted(field.double()?)?,
            _ => {}
        }
    }
    // A clock that went back says nothing about how long it took.
    zeros += negative.iter().map(|(_, count)| count).sum::<f64>();
    if zeros > 0.0 {
        durations.add(0, zeros);
    }
    if !positive.is_empty() {
        mapping.check()?;
    }
    for (bin, count) in positive {
        durations.add(mapping.duration_ns(bin)?, count);
    }
    Ok(durations)
}

/// How bins are numbered.
#[derive(Debug, Clone, Copy, Default)]
struct Mapping {
    gamma: f64,
    offset: f64,
    interpolation: Interpolation,
}

/// What stands for the logarithm within a power of two.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Interpolation {
    /// The logarithm itself.
    #[default]
    None,
    Linear,
    Quadratic,
    Cubic,
}

impl Mapping {
    fn read(message: Slice<'_>) -> Result<Self, SketchError> {
        let mut mapping = Self::default();
        let mut fields = message.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                1 => mapping.gamma = field.double()?,
                2 => mapping.offset = field.double()?,
                3 => {
                    mapping.interpolation = match field.varint()? {
                        0 => Interpolation::None,
                        1 => Interpolation::Linear,
                        2 => Interpolation::Quadratic,
                        3 => Interpolation::Cubic,
                        other => return Err(SketchError::Interpolation(other)),
                    }
                }
                _ => {}
            }
        }
        Ok(mapping)
    }

    fn check(&self) -> Result<(), SketchError> {
        // Not a number is not above one either.
        if !(self.gamma > 1.0 && self.gamma.is_finite()) {
            return Err(SketchError::Gamma(self.gamma));
        }
        if !self.offset.is_finite() {
            return Err(SketchError::Offset(self.offset));
        }
        Ok(())
    }

    /// What stands for every duration of a bin.
    fn duration_ns(&self, bin: i64) -> Result<i64, SketchError> {
        let (from, to) = (self.lower_bound(bin), self.lower_bound(bin + 1));
        let duration = 2.0 * from * to / (from + to);
        // The bin of a duration that a column holds; bins next to nothing hold less than 1 ns.
        let is_duration = duration.is_finite() && duration < i64::MAX as f64;
        let is_tiny = from == 0.0 && to < 1.0;
        if is_tiny {
            return Ok(0);
        }
        is_duration.then_some(duration.round() as i64).ok_or(SketchError::Bin(bin))
    }

    /// The smallest value of a bin.
    fn lower_bound(&self, bin: i64) -> f64 {
        let position = (bin as f64 - self.offset) * self.gamma.ln();
        if self.interpolation == Interpolation::None {
            return position.exp();
        }
        let position = position / std::f64::consts::LN_2;
        let power = position.floor();
        let share = position - power;
        let significand = match self.interpolation {
            Interpolation::None | Interpolation::Linear => 1.0 + share,
            Interpolation::Quadratic => 3.0 - (4.0 - 3.0 * share).sqrt(),
            Interpolation::Cubic => 1.0 + inverse_cubic(share),
        };
        power.exp2() * significand
    }
}

/// Where the cubic that stands for the binary logarithm of `1 + x` has this value, for shares from
/// zero to one. It is steep and nearly straight there, so Newton's method needs few steps.
fn inverse_cubic(share: f64) -> f64 {
    const A: f64 = 6.0 / 35.0;
    const B: f64 = -3.0 / 5.0;
    const C: f64 = 10.0 / 7.0;
    let mut x = share;
    for _ in 0..5 {
        let value = ((A * x + B) * x + C) * x - share;
        let slope = (3.0 * A * x + 2.0 * B) * x + C;
        x -= value / slope;
    }
    x.clamp(0.0, 1.0)
}

/// Bins that count anything, with their numbers.
fn read_store(message: Slice<'_>, bins: &mut Vec<(i64, f64)>) -> Result<(), SketchError> {
    let mut in_a_row = Vec::new();
    let mut first_bin = 0;
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => push(bins, read_bin(field.slice()?)?)?,
            2 => {
                // Each takes eight bytes, so there are as many as bytes came.
                field.repeated_fixed64(&mut in_a_row, f64::from_bits)?;
                if in_a_row.len() > CLIENT_SKETCH_BINS_MAX {
                    return Err(SketchError::TooMany);
                }
            }
            3 => first_bin = i64::from(field.sint32()?),
            _ => {}
        }
    }
    for (bin, count) in (first_bin..).zip(in_a_row) {
        push(bins, (bin, count))?;
    }
    Ok(())
}

/// An entry of a map from `sint32` to `double`.
fn read_bin(message: Slice<'_>) -> Result<(i64, f64), WireError> {
    let (mut bin, mut count) = (0, 0.0);
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => bin = i64::from(field.sint32()?),
            2 => count = field.double()?,
            _ => {}
        }
    }
    Ok((bin, count))
}

fn push(bins: &mut Vec<(i64, f64)>, (bin, count): (i64, f64)) -> Result<(), SketchError> {
    if counted(count)? == 0.0 {
        return Ok(());
    }
    if bins.len() >= CLIENT_SKETCH_BINS_MAX {
        return Err(SketchError::TooMany);
    }
    bins.push((bin, count));
    Ok(())
}

/// A count as it may be added.
fn counted(count: f64) -> Result<f64, SketchError> {
    if (0.0..=COUNT_MAX).contains(&count) { Ok(count) } else { Err(SketchError::Count(count)) }
}

/// More than this is a mistake of the sender, whose sums would lose their units.
const COUNT_MAX: f64 = 1e15;

#[cfg(test)]
pub(super) mod tests;
