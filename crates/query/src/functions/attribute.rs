//! `attr(attributes, 'key')` and its numeric forms: one attribute out of a map or typed JSON.

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, MapArray, StringViewArray,
    StringViewBuilder,
};
use arrow::datatypes::DataType;
use datafusion::common::{ScalarValue, exec_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use hannun_model::typed_json;
use hannun_model::value::{Value, plain_text};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

static ATTRIBUTE: LazyLock<Arc<ScalarUDF>> =
    LazyLock::new(|| Arc::new(ScalarUDF::from(Attribute::new("attr", Form::Text))));

/// `attr(attributes, 'key')`: the value as text, null when there is none.
pub fn attribute_function() -> Arc<ScalarUDF> {
    ATTRIBUTE.clone()
}

/// `attr_int` and `attr_double`: the value as a number, null when it is none.
pub fn number_functions() -> Vec<ScalarUDF> {
    vec![
        ScalarUDF::from(Attribute::new("attr_int", Form::Int)),
        ScalarUDF::from(Attribute::new("attr_double", Form::Double)),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Form {
    Text,
    Int,
    Double,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Attribute {
    name: &'static str,
    form: Form,
    signature: Signature,
}

impl Attribute {
    fn new(name: &'static str, form: Form) -> Self {
        Self { name, form, signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Attribute {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(match self.form {
            Form::Text => DataType::Utf8View,
            Form::Int => DataType::Int64,
            Form::Double => DataType::Float64,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [attributes, key] = args.args.as_slice() else {
            return exec_err!("{} takes a column of attributes and a key", self.name);
        };
        let ColumnarValue::Scalar(key) = key else {
            return exec_err!("{} takes one key for all rows, such as 'user.id'", self.name);
        };
        let Some(key) = key.try_as_str().flatten() else {
            return exec_err!("the key of {} is a text, such as 'user.id'", self.name);
        };
        let rows = attributes.to_array(args.number_rows)?;
        let texts = look_up(&rows, key)?;
        let answer: ArrayRef = match self.form {
            Form::Text => Arc::new(texts),
            Form::Int => Arc::new(numbers::<i64, Int64Array>(&texts)),
            Form::Double => Arc::new(numbers::<f64, Float64Array>(&texts)),
        };
        if matches!(attributes, ColumnarValue::Scalar(_)) {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?));
        }
        Ok(ColumnarValue::Array(answer))
    }
}

fn numbers<T: std::str::FromStr, A: FromIterator<Option<T>>>(texts: &StringViewArray) -> A {
    texts.iter().map(|text| text.and_then(|text| text.trim().parse().ok())).collect()
}

/// The plain text of one attribute in each row.
fn look_up(rows: &ArrayRef, key: &str) -> Result<StringViewArray> {
    match rows.data_type() {
        DataType::Map(..) => Ok(look_up_in_map(rows.as_map(), key)),
        DataType::Utf8View => Ok(look_up_in_json(rows.as_string_view(), key)),
        DataType::Null => Ok(std::iter::repeat_n(None::<&str>, rows.len()).collect()),
        other => exec_err!("{other} has no attributes; use a column such as attributes"),
    }
}

fn look_up_in_map(map: &MapArray, key: &str) -> StringViewArray {
    let keys = map.keys().as_string::<i32>();
    let values = map.values().as_string::<i32>();
    let offsets = map.value_offsets();
    let mut answer = StringViewBuilder::with_capacity(map.len());
    for row in 0..map.len() {
        let found = (offsets[row] as usize..offsets[row + 1] as usize)
            .find(|entry| keys.value(*entry) == key)
            .and_then(|entry| plain_text(values.value(entry)));
        answer.append_option(found);
    }
    answer.finish()
}

/// Rows of one resource stand together and share their text, so it is read once. So do rows that
/// come from one dictionary page, as tags of a bill do, wherever they stand: their texts are the same
/// bytes at the same place.
fn look_up_in_json(texts: &StringViewArray, key: &str) -> StringViewArray {
    let mut answer = StringViewBuilder::with_capacity(texts.len());
    let mut known: HashMap<(*const u8, usize), Option<String>> = HashMap::new();
    let mut last: Option<(&str, Option<String>)> = None;
    for text in texts {
        let Some(text) = text else {
            answer.append_null();
            continue;
        };
        if !matches!(&last, Some((before, _)) if *before == text) {
            let place = (text.as_ptr(), text.len());
            let found = known.entry(place).or_insert_with(|| member(text, key));
            last = Some((text, found.clone()));
        }
        answer.append_option(last.as_ref().and_then(|(_, found)| found.as_deref()));
    }
    answer.finish()
}

fn member(text: &str, key: &str) -> Option<String> {
    let Ok(Value::Map(entries)) = typed_json::read(text) else { return None };
    let (_, value) = entries.into_iter().find(|(name, _)| name == key)?;
    let mut typed = String::new();
    value.write_typed(&mut typed);
    plain_text(&typed).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_members_are_found_with_their_plain_text() {
        let texts = StringViewArray::from(vec![
            Some(r#"{"process.pid":42,"os.type":"linux"}"#),
            Some(r#"{"process.pid":42,"os.type":"linux"}"#),
            None,
            Some("[1]"),
        ]);
        let found = look_up_in_json(&texts, "process.pid");
        assert_eq!(found.iter().collect::<Vec<_>>(), vec![Some("42"), Some("42"), None, None]);
    }
}
