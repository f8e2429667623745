//! `cidr_match(text, '10.0.0.0/8', …)`: whether a text is an address in one of the networks.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::DataType;
use datafusion::common::{ScalarValue, exec_err, plan_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use hannun_search::cidr::{Network, address_of};
use std::sync::Arc;

/// `cidr_match`: IPv4 and IPv6, with or without a port.
pub fn cidr_function() -> ScalarUDF {
    ScalarUDF::from(CidrMatch { signature: Signature::variadic_any(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CidrMatch {
    signature: Signature,
}

impl ScalarUDFImpl for CidrMatch {
    fn name(&self) -> &'static str {
        "cidr_match"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        let is_text = |kind: &DataType| {
            matches!(
                kind,
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null
            )
        };
        if arguments.len() < 2 || !arguments.iter().all(is_text) {
            return plan_err!("cidr_match takes a text and networks such as '10.0.0.0/8'");
        }
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [text, networks @ ..] = args.args.as_slice() else {
            return exec_err!("cidr_match takes a text and networks such as '10.0.0.0/8'");
        };
        let networks = networks.iter().map(network).collect::<Result<Vec<Network>>>()?;
        let rows = text.to_array(args.number_rows)?;
        let answer = find(&rows, &networks)?;
        if matches!(text, ColumnarValue::Scalar(_)) {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?));
        }
        Ok(ColumnarValue::Array(Arc::new(answer)))
    }
}

fn network(argument: &ColumnarValue) -> Result<Network> {
    let ColumnarValue::Scalar(network) = argument else {
        return exec_err!("the networks of cidr_match are the same for all rows");
    };
    let Some(network) = network.try_as_str().flatten() else {
        return exec_err!("a network of cidr_match is a text such as '10.0.0.0/8'");
    };
    let network: std::result::Result<Network, _> = network.parse();
    network.map_err(|error| DataFusionError::Execution(error.to_string()))
}

fn find(rows: &ArrayRef, networks: &[Network]) -> Result<BooleanArray> {
    let is_inside = |text: Option<&str>| {
        text.map(|text| {
            address_of(text)
                .is_some_and(|address| networks.iter().any(|network| network.contains(address)))
        })
    };
    Ok(match rows.data_type() {
        DataType::Utf8View => rows.as_string_view().iter().map(is_inside).collect(),
        DataType::Utf8 => rows.as_string::<i32>().iter().map(is_inside).collect(),
        DataType::LargeUtf8 => rows.as_string::<i64>().iter().map(is_inside).collect(),
        DataType::Null => std::iter::repeat_n(None::<bool>, rows.len()).collect(),
        other => return exec_err!("{other} is no address"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringViewArray;

    #[test]
    fn addresses_are_told_from_other_texts() {
        let networks = ["10.0.0.0/8", "2001:db8::/32"].map(|network| network.parse().unwrap());
        let texts: ArrayRef = Arc::new(StringViewArray::from(vec![
            Some("10.1.2.3:443"),
            Some("2001:db8::1"),
            Some("192.168.0.1"),
            Some("localhost"),
            None,
        ]));
        let found: Vec<_> = find(&texts, &networks).unwrap().iter().collect();
        assert_eq!(found, [Some(true), Some(true), Some(false), Some(false), None]);
    }
}
