//! An expression as clients take it.

use super::{Expression, Function};
use serde_json::{Value, json};

impl Expression {
    /// The JSON that clients evaluate.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Int(int) => json!(int),
            Self::Float(float) => json!(float),
            Self::Text(text) => json!(text),
            Self::Variable(name) => json!({"ref": name}),
            Self::Member(base, name) => json!({"getmember": [base.to_json(), name]}),
            Self::Index(base, index) => json!({"index": [base.to_json(), index.to_json()]}),
            Self::Not(inner) => json!({"not": inner.to_json()}),
            Self::Compare(comparison, left, right) => {
                operation(comparison.operator(), [&**left, &**right])
            }
            Self::And(left, right) => operation("and", [&**left, &**right]),
            Self::Or(left, right) => operation("or", [&**left, &**right]),
            Self::Call(function, arguments) => match (function, arguments.as_slice()) {
                // One operand stands there itself.
                (Function::Len | Function::IsEmpty | Function::IsDefined, [only]) => {
                    json!({function.name(): only.to_json()})
                }
                (function, arguments) => operation(function.name(), arguments),
            },
        }
    }
}

fn operation<'e>(name: &str, operands: impl IntoIterator<Item = &'e Expression>) -> Value {
    let operands: Vec<Value> = operands.into_iter().map(Expression::to_json).collect();
    json!({name: operands})
}
