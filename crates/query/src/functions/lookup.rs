//! `lookup('table', key)`: what a look-up table says of a key.
//!
//! Tables are documents that a room above reads; it hands them to the engine with
//! [`Engine::publish_lookups`](crate::Engine::publish_lookups). A query takes the tables as they are.

use arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{ScalarValue, exec_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use parking_lot::RwLock;
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Values by key.
pub type LookupTable = Arc<HashMap<String, String>>;

/// The tables that `lookup` knows, by name. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Lookups(Arc<RwLock<BTreeMap<String, LookupTable>>>);

impl Lookups {
    /// Takes these tables in place of those before.
    pub fn replace(&self, tables: BTreeMap<String, LookupTable>) {
        *self.0.write() = tables;
    }

    fn get(&self, name: &str) -> Option<LookupTable> {
        self.0.read().get(name).cloned()
    }
}

/// The function over these tables.
pub fn lookup_function(tables: &Lookups) -> ScalarUDF {
    ScalarUDF::from(Lookup {
        tables: tables.clone(),
        signature: Signature::any(2, Volatility::Stable),
    })
}

#[derive(Debug)]
struct Lookup {
    tables: Lookups,
    signature: Signature,
}

impl PartialEq for Lookup {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.tables.0, &other.tables.0)
    }
}

impl Eq for Lookup {}

impl Hash for Lookup {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.tables.0).hash(state);
    }
}

impl ScalarUDFImpl for Lookup {
    fn name(&self) -> &'static str {
        "lookup"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [table, key] = args.args.as_slice() else {
            return exec_err!("lookup takes the name of a table and a key");
        };
        let ColumnarValue::Scalar(table) = table else {
            return exec_err!("lookup takes one table for all rows, such as 'accounts'");
        };
        let Some(name) = table.try_as_str().flatten() else {
            return exec_err!("the table of lookup is a text, such as 'accounts'");
        };
        let Some(table) = self.tables.get(name) else {
            return exec_err!(
                "there is no look-up table '{name}'; make a document of kind cost-lookup-table with \
                 this name"
            );
        };
        let rows = if matches!(key, ColumnarValue::Scalar(_)) { 1 } else { args.number_rows };
        let found = look_up(&table, &key.to_array(rows)?)?;
        if matches!(key, ColumnarValue::Scalar(_)) {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&found, 0)?));
        }
        Ok(ColumnarValue::Array(found))
    }
}

fn look_up(table: &HashMap<String, String>, keys: &ArrayRef) -> Result<ArrayRef> {
    let keys = cast(keys, &DataType::Utf8View)?;
    let mut found = StringViewBuilder::with_capacity(keys.len()).with_deduplicate_strings();
    for key in keys.as_string_view() {
        found.append_option(key.and_then(|key| table.get(key)));
    }
    Ok(Arc::new(found.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{StringArray, StringViewArray};

    #[test]
    fn keys_are_found_and_others_are_null() {
        let table = HashMap::from([("111".to_owned(), "checkout".to_owned())]);
        let keys: ArrayRef = Arc::new(StringViewArray::from(vec![Some("111"), None, Some("2")]));
        let found = look_up(&table, &keys).unwrap();
        let found: Vec<_> = found.as_string_view().iter().collect();
        assert_eq!(found, [Some("checkout"), None, None]);
        let other: ArrayRef = Arc::new(StringArray::from(vec!["111"]));
        let found = look_up(&table, &other).unwrap();
        assert_eq!(found.as_string_view().value(0), "checkout");
    }
}
