//! `has_text(x, 'phrase')` and `has_text_like(x, 'pat*ern')`: full-text comparison.
//!
//! How a text is compared is told in [`hannun_search::phrase`]. `x` is a text, a map of attributes
//! (any value may have it) or typed JSON, which is compared as it is written.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::DataType;
use datafusion::common::{ScalarValue, exec_err, plan_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use hannun_model::value::plain_text;
use hannun_search::phrase::{PatternTooLong, Phrase};

/// The two functions.
pub fn text_functions() -> Vec<ScalarUDF> {
    [Form::Literal, Form::Pattern].map(|form| ScalarUDF::from(HasText::new(form))).to_vec()
}

/// The phrase that a call of one of the functions looks for, and what it looks in.
pub fn call_of(expr: &Expr) -> Option<(&Expr, Phrase)> {
    let Expr::ScalarFunction(call) = expr else { return None };
    let form = Form::of(call.func.name())?;
    let [inside, Expr::Literal(phrase, _)] = call.args.as_slice() else { return None };
    let phrase = form.compile(phrase.try_as_str().flatten()?).ok()?;
    Some((inside, phrase))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Form {
    Literal,
    Pattern,
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Literal => "has_text",
            Self::Pattern => "has_text_like",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::Literal, Self::Pattern].into_iter().find(|form| form.name() == name)
    }

    fn compile(self, text: &str) -> std::result::Result<Phrase, PatternTooLong> {
        match self {
            Self::Literal => Phrase::literal(text),
            Self::Pattern => Phrase::pattern(text),
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct HasText {
    form: Form,
    signature: Signature,
}

impl HasText {
    fn new(form: Form) -> Self {
        Self { form, signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for HasText {
    fn name(&self) -> &str {
        self.form.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [
                DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Utf8View
                | DataType::Map(..)
                | DataType::Null,
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View,
            ] => Ok(DataType::Boolean),
            _ => plan_err!("{} takes a text or a map of attributes, and a phrase", self.name()),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [inside, ColumnarValue::Scalar(phrase)] = args.args.as_slice() else {
            return exec_err!("{} takes one phrase for all rows, such as 'timed out'", self.name());
        };
        let Some(phrase) = phrase.try_as_str().flatten() else {
            return exec_err!("the phrase of {} is a text, such as 'timed out'", self.name());
        };
        let phrase = self
            .form
            .compile(phrase)
            .map_err(|error| DataFusionError::Execution(error.to_string()))?;
        let rows = inside.to_array(args.number_rows)?;
        let answer = find(&rows, &phrase)?;
        if matches!(inside, ColumnarValue::Scalar(_)) {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?));
        }
        Ok(ColumnarValue::Array(std::sync::Arc::new(answer)))
    }
}

fn find(rows: &ArrayRef, phrase: &Phrase) -> Result<BooleanArray> {
    Ok(match rows.data_type() {
        DataType::Utf8View => find_in_texts(rows.as_string_view().iter(), phrase),
        DataType::Utf8 => find_in_texts(rows.as_string::<i32>().iter(), phrase),
        DataType::LargeUtf8 => find_in_texts(rows.as_string::<i64>().iter(), phrase),
        DataType::Map(..) => find_in_maps(rows, phrase),
        DataType::Null => std::iter::repeat_n(None::<bool>, rows.len()).collect(),
        other => return exec_err!("{other} holds no text"),
    })
}

/// Neighbours often share their text, and it is looked at once then.
fn find_in_texts<'a>(
    texts: impl Iterator<Item = Option<&'a str>>,
    phrase: &Phrase,
) -> BooleanArray {
    let mut last: Option<(&str, bool)> = None;
    texts
        .map(|text| {
            let text = text?;
            let found = match last {
                Some((before, found)) if before == text => found,
                _ => phrase.is_in(text),
            };
            last = Some((text, found));
            Some(found)
        })
        .collect()
}

fn find_in_maps(rows: &ArrayRef, phrase: &Phrase) -> BooleanArray {
    let map = rows.as_map();
    let values = map.values().as_string::<i32>();
    let offsets = map.value_offsets();
    (0..map.len())
        .map(|row| {
            let mut entries = offsets[row] as usize..offsets[row + 1] as usize;
            map.is_valid(row).then(|| {
                entries.any(|entry| {
                    plain_text(values.value(entry)).is_some_and(|text| phrase.is_in(text))
                })
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringViewArray;
    use datafusion::prelude::{col, lit};
    use std::sync::Arc;

    #[test]
    fn texts_are_searched_and_null_stays_null() {
        let texts: ArrayRef =
            Arc::new(StringViewArray::from(vec![Some("Timed OUT"), None, Some("timeout")]));
        let found = find(&texts, &Phrase::literal("timed out").unwrap()).unwrap();
        assert_eq!(found.iter().collect::<Vec<_>>(), [Some(true), None, Some(false)]);
    }

    #[test]
    fn a_call_is_recognised_by_its_name_and_its_literal() {
        let functions = text_functions();
        let call = functions[0].call(vec![col("body"), lit("timed out")]);
        let (inside, phrase) = call_of(&call).unwrap();
        assert_eq!(inside, &col("body"));
        assert_eq!(phrase.required_tokens(), ["out", "timed"]);
        let open = functions[1].call(vec![col("body"), lit("time*")]);
        assert_eq!(call_of(&open).unwrap().1.required_tokens(), Vec::<String>::new());
        assert!(call_of(&functions[0].call(vec![col("body"), col("pattern")])).is_none());
    }
}
