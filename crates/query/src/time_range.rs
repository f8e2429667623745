//! The range of time that a query asks for, read off its filters.

use arrow::datatypes::DataType;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use datafusion::scalar::ScalarValue;

/// An inclusive range of nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    pub first: i64,
    pub last: i64,
}

impl TimeRange {
    pub const ALL: Self = Self { first: i64::MIN, last: i64::MAX };

    pub fn intersect(self, other: Self) -> Self {
        Self { first: self.first.max(other.first), last: self.last.min(other.last) }
    }

    /// Whether every time from `min` to `max` is inside.
    pub fn covers(self, min: i64, max: i64) -> bool {
        self.first <= min && max <= self.last
    }

    pub fn overlaps(self, min: i64, max: i64) -> bool {
        min <= self.last && self.first <= max
    }
}

/// The range that a filter means, when the filter is nothing but a comparison of the time column
/// with a constant. `None` for any other filter.
pub fn range_of_filter(filter: &Expr, time_column: &str) -> Option<TimeRange> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            let left = range_of_filter(left, time_column)?;
            Some(left.intersect(range_of_filter(right, time_column)?))
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            if is_time(left, time_column) {
                comparison(*op, constant(right)?)
            } else if is_time(right, time_column) {
                comparison(op.swap()?, constant(left)?)
            } else {
                None
            }
        }
        Expr::Between(between) if !between.negated && is_time(&between.expr, time_column) => {
            Some(TimeRange { first: constant(&between.low)?, last: constant(&between.high)? })
        }
        _ => None,
    }
}

fn is_time(expr: &Expr, time_column: &str) -> bool {
    matches!(expr, Expr::Column(column) if column.name == time_column)
}

fn constant(expr: &Expr) -> Option<i64> {
    let Expr::Literal(value, _) = expr else { return None };
    let nanoseconds =
        DataType::Timestamp(arrow::datatypes::TimeUnit::Nanosecond, Some("UTC".into()));
    match value.cast_to(&nanoseconds).ok()? {
        ScalarValue::TimestampNanosecond(time, _) => time,
        _ => None,
    }
}

fn comparison(operator: Operator, time: i64) -> Option<TimeRange> {
    let all = TimeRange::ALL;
    match operator {
        Operator::Eq => Some(TimeRange { first: time, last: time }),
        Operator::Lt => Some(TimeRange { last: time.checked_sub(1)?, ..all }),
        Operator::LtEq => Some(TimeRange { last: time, ..all }),
        Operator::Gt => Some(TimeRange { first: time.checked_add(1)?, ..all }),
        Operator::GtEq => Some(TimeRange { first: time, ..all }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::prelude::{col, lit};

    fn at(nanoseconds: i64) -> Expr {
        lit(ScalarValue::TimestampNanosecond(Some(nanoseconds), Some("UTC".into())))
    }

    #[test]
    fn comparisons_with_constants_become_ranges() {
        let range = |filter: Expr| range_of_filter(&filter, "start_time");
        let time = col("start_time");
        assert_eq!(
            range(time.clone().gt(at(5)).and(at(9).gt_eq(time.clone()))),
            Some(TimeRange { first: 6, last: 9 })
        );
        assert_eq!(
            range(time.clone().between(at(1), at(2))),
            Some(TimeRange { first: 1, last: 2 })
        );
        assert_eq!(range(time.clone().eq(at(4))), Some(TimeRange { first: 4, last: 4 }));
        assert_eq!(range(col("duration").gt(lit(5))), None);
        assert_eq!(range(time.clone().gt(at(5)).or(time.lt(at(1)))), None);
    }
}
