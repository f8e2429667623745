//! SQL functions of the search language, so that what it finds is what a row is asked in memory.
//!
//! - `attr_matches(attributes, 'key', '>=400')`: whether the attribute, an item of it or a value
//!   inside it is let through by what stands behind `key:` in a search.
//! - `value_matches(x, '>=400')`: the same of one value.
//! - `attr_path(attributes, 'a.b')`: the attribute, or the first value that the path leads to.
//! - `as_number(text)`: the number that a text is, else null.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, StringViewArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::{ScalarValue, exec_err, plan_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use hannun_search::number::Number;
use hannun_search::path::{first_in_json, first_in_map};
use hannun_search::value_test::ValueTest;
use std::sync::Arc;

/// The functions of the search language.
pub fn search_functions() -> Vec<ScalarUDF> {
    [Form::AttrMatches, Form::ValueMatches, Form::AttrPath, Form::AsNumber]
        .map(|form| ScalarUDF::from(SearchFunction::new(form)))
        .to_vec()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Form {
    AttrMatches,
    ValueMatches,
    AttrPath,
    AsNumber,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SearchFunction {
    form: Form,
    signature: Signature,
}

impl Form {
    fn arguments(self) -> usize {
        match self {
            Self::AttrMatches => 3,
            Self::ValueMatches | Self::AttrPath => 2,
            Self::AsNumber => 1,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::AttrMatches => "attr_matches",
            Self::ValueMatches => "value_matches",
            Self::AttrPath => "attr_path",
            Self::AsNumber => "as_number",
        }
    }
}

impl SearchFunction {
    fn new(form: Form) -> Self {
        Self { form, signature: Signature::any(form.arguments(), Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for SearchFunction {
    fn name(&self) -> &str {
        self.form.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        let is_text = |kind: &DataType| {
            matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
        };
        if !arguments.iter().skip(1).all(is_text) {
            return plan_err!("{} takes texts after its first argument", self.name());
        }
        Ok(match self.form {
            Form::AttrMatches | Form::ValueMatches => DataType::Boolean,
            Form::AttrPath => DataType::Utf8View,
            Form::AsNumber => DataType::Float64,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [rows, literals @ ..] = args.args.as_slice() else {
            return exec_err!("{} takes {} arguments", self.name(), self.form.arguments());
        };
        let literals = literals.iter().map(literal).collect::<Result<Vec<&str>>>()?;
        let array = rows.to_array(args.number_rows)?;
        let answer: ArrayRef = match (self.form, literals.as_slice()) {
            (Form::AttrMatches, [key, term]) => {
                Arc::new(attributes_match(&array, key, &test_of(term, key)?)?)
            }
            (Form::ValueMatches, [term]) => Arc::new(values_match(&array, &test_of(term, "")?)?),
            (Form::AttrPath, [key]) => Arc::new(at_path(&array, key)?),
            (Form::AsNumber, []) => Arc::new(numbers(&array)?),
            _ => return exec_err!("{} takes {} arguments", self.name(), self.form.arguments()),
        };
        if matches!(rows, ColumnarValue::Scalar(_)) {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?));
        }
        Ok(ColumnarValue::Array(answer))
    }
}

fn literal(argument: &ColumnarValue) -> Result<&str> {
    let text = match argument {
        ColumnarValue::Scalar(text) => text.try_as_str().flatten(),
        ColumnarValue::Array(_) => None,
    };
    text.map_or_else(|| exec_err!("keys and comparisons are the same text for all rows"), Ok)
}

fn test_of(term: &str, key: &str) -> Result<ValueTest> {
    let test = hannun_search::parse_test(term)
        .map_err(|error| DataFusionError::Execution(format!("in {term:?}, {error}")))?;
    Ok(ValueTest::new(&test, key))
}

/// The typed text of a key in each row of a map of attributes.
fn each_map<'a, T>(
    rows: &'a ArrayRef,
    mut each: impl FnMut(&dyn Fn(&str) -> Option<&'a str>) -> T,
) -> Vec<T> {
    let map = rows.as_map();
    let keys = map.keys().as_string::<i32>();
    let values = map.values().as_string::<i32>();
    let offsets = map.value_offsets();
    (0..map.len())
        .map(|row| {
            let range = match map.is_valid(row) {
                true => offsets[row] as usize..offsets[row + 1] as usize,
                false => 0..0,
            };
            let find = |key: &str| {
                let entry = range.clone().find(|entry| keys.value(*entry) == key)?;
                Some(values.value(entry))
            };
            each(&find)
        })
        .collect()
}

/// Rows of one resource stand together and share their text, so it is read once.
fn each_json<T: Clone>(texts: &StringViewArray, none: T, each: impl Fn(&str) -> T) -> Vec<T> {
    let mut last: Option<(&str, T)> = None;
    texts
        .iter()
        .map(|text| {
            let Some(text) = text else { return none.clone() };
            if let Some((before, found)) = &last
                && *before == text
            {
                return found.clone();
            }
            let found = each(text);
            last = Some((text, found.clone()));
            found
        })
        .collect()
}

fn attributes_match(rows: &ArrayRef, key: &str, test: &ValueTest) -> Result<BooleanArray> {
    Ok(BooleanArray::from(match rows.data_type() {
        DataType::Map(..) => each_map(rows, |find| test.matches_key(key, find)),
        DataType::Utf8View => {
            each_json(rows.as_string_view(), false, |json| test.matches_json(json, key))
        }
        DataType::Null => vec![false; rows.len()],
        other => return exec_err!("{other} has no attributes; use a column such as attributes"),
    }))
}

fn at_path(rows: &ArrayRef, key: &str) -> Result<StringViewArray> {
    let found: Vec<Option<String>> = match rows.data_type() {
        DataType::Map(..) => each_map(rows, |find| first_in_map(key, find)),
        DataType::Utf8View => {
            each_json(rows.as_string_view(), None, |json| first_in_json(json, key))
        }
        DataType::Null => vec![None; rows.len()],
        other => return exec_err!("{other} has no attributes; use a column such as attributes"),
    };
    Ok(StringViewArray::from_iter(found))
}

fn values_match(rows: &ArrayRef, test: &ValueTest) -> Result<BooleanArray> {
    let text = |text: Option<&str>| text.map(|text| test.matches_column_text(text));
    Ok(match rows.data_type() {
        DataType::Utf8View => rows.as_string_view().iter().map(text).collect(),
        DataType::Utf8 => rows.as_string::<i32>().iter().map(text).collect(),
        DataType::Int64 => rows
            .as_primitive::<Int64Type>()
            .iter()
            .map(|int| int.map(|int| test.matches_number(Number::Int(int))))
            .collect(),
        DataType::Float64 => rows
            .as_primitive::<Float64Type>()
            .iter()
            .map(|float| float.map(|float| test.matches_number(Number::Double(float))))
            .collect(),
        DataType::Boolean => rows
            .as_boolean()
            .iter()
            .map(|bool| text(bool.map(|bool| if bool { "true" } else { "false" })))
            .collect(),
        DataType::Null => std::iter::repeat_n(None::<bool>, rows.len()).collect(),
        other => {
            return exec_err!("value_matches takes a text, a number or a boolean, not {other}");
        }
    })
}

fn numbers(rows: &ArrayRef) -> Result<Float64Array> {
    let number = |text: Option<&str>| text.and_then(Number::read).map(Number::as_f64);
    Ok(match rows.data_type() {
        DataType::Utf8View => rows.as_string_view().iter().map(number).collect(),
        DataType::Utf8 => rows.as_string::<i32>().iter().map(number).collect(),
        DataType::Null => std::iter::repeat_n(None::<f64>, rows.len()).collect(),
        other => return exec_err!("as_number takes a text, not {other}"),
    })
}
