//! Histograms of durations in SQL: made from spans, added up, and read.
//!
//! A histogram is a list of buckets and counts in turn; see [`hannun_model::histogram`].

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, ListArray, new_empty_array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type};
use datafusion::common::{ScalarValue, exec_err};
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use hannun_model::histogram::Histogram;
use std::sync::Arc;

/// The aggregates: `duration_histogram(duration[, weight])` and `merge_histograms(histogram)`.
pub fn histogram_aggregates() -> Vec<AggregateUDF> {
    [Source::Durations, Source::Histograms]
        .map(|source| AggregateUDF::from(Sum::new(source)))
        .into()
}

/// The readers: `histogram_quantile(histogram, share)` and `histogram_count_over(histogram, ns)`.
pub fn histogram_functions() -> Vec<ScalarUDF> {
    [Question::Quantile, Question::CountOver].map(|it| ScalarUDF::from(Read::new(it))).into()
}

fn item() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Float64, true))
}

fn list_type() -> DataType {
    DataType::List(item())
}

/// What an aggregate adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Source {
    Durations,
    Histograms,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Sum {
    source: Source,
    signature: Signature,
}

impl Sum {
    fn new(source: Source) -> Self {
        let signature = match source {
            Source::Durations => Signature::one_of(
                vec![
                    datafusion::logical_expr::TypeSignature::Exact(vec![DataType::Int64]),
                    datafusion::logical_expr::TypeSignature::Exact(vec![
                        DataType::Int64,
                        DataType::Float64,
                    ]),
                ],
                Volatility::Immutable,
            ),
            Source::Histograms => Signature::any(1, Volatility::Immutable),
        };
        Self { source, signature }
    }
}

impl AggregateUDFImpl for Sum {
    fn name(&self) -> &str {
        match self.source {
            Source::Durations => "duration_histogram",
            Source::Histograms => "merge_histograms",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(list_type())
    }

    fn state_fields(&self, _: StateFieldsArgs) -> Result<Vec<Arc<Field>>> {
        Ok(vec![Arc::new(Field::new("histogram", list_type(), true))])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Adding { source: self.source, histogram: Histogram::default() }))
    }
}

#[derive(Debug)]
struct Adding {
    source: Source,
    histogram: Histogram,
}

impl Adding {
    fn add_lists(&mut self, lists: &ArrayRef) -> Result<()> {
        let Some(lists) = lists.as_list_opt::<i32>() else {
            return exec_err!("merge_histograms takes the column `histogram` of span_stats");
        };
        for list in lists.iter().flatten() {
            let Some(flat) = list.as_primitive_opt::<Float64Type>() else {
                return exec_err!("merge_histograms takes the column `histogram` of span_stats");
            };
            self.histogram.add_flat(flat.values());
        }
        Ok(())
    }
}

impl Accumulator for Adding {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if self.source == Source::Histograms {
            return self.add_lists(&values[0]);
        }
        let durations = values[0].as_primitive::<Int64Type>();
        let weights = values.get(1).map(|it| it.as_primitive::<Float64Type>());
        for (row, duration) in durations.iter().enumerate() {
            let weight =
                weights.map_or(1.0, |it| if it.is_valid(row) { it.value(row) } else { 1.0 });
            if let Some(duration) = duration {
                self.histogram.add(duration, weight);
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let flat = self.histogram.to_flat();
        let offsets = OffsetBuffer::from_lengths([flat.len()]);
        let values: ArrayRef = if flat.is_empty() {
            new_empty_array(&DataType::Float64)
        } else {
            Arc::new(Float64Array::from(flat))
        };
        Ok(ScalarValue::List(Arc::new(ListArray::try_new(item(), offsets, values, None)?)))
    }

    fn size(&self) -> usize {
        // A bucket in a tree of nodes that are about half full.
        size_of::<Self>() + self.histogram.buckets().count() * 32
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.add_lists(&states[0])
    }
}

/// What is asked of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Question {
    Quantile,
    CountOver,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Read {
    question: Question,
    signature: Signature,
}

impl Read {
    fn new(question: Question) -> Self {
        Self { question, signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Read {
    fn name(&self) -> &str {
        match self.question {
            Question::Quantile => "histogram_quantile",
            Question::CountOver => "histogram_count_over",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [histograms, number] = args.args.as_slice() else {
            return exec_err!("{} takes a histogram and a number", self.name());
        };
        let histograms = histograms.to_array(args.number_rows)?;
        let numbers = cast(&number.to_array(args.number_rows)?, &DataType::Float64)?;
        let numbers = numbers.as_primitive::<Float64Type>();
        let Some(histograms) = histograms.as_list_opt::<i32>() else {
            return exec_err!("{} takes a histogram and a number", self.name());
        };
        let answers = histograms.iter().zip(numbers).map(|(histogram, number)| {
            let histogram = histogram?;
            let histogram =
                Histogram::from_flat(histogram.as_primitive_opt::<Float64Type>()?.values());
            match self.question {
                Question::Quantile => histogram.quantile(number?),
                Question::CountOver => Some(histogram.count_over(number?)),
            }
        });
        Ok(ColumnarValue::Array(Arc::new(answers.collect::<Float64Array>())))
    }
}
