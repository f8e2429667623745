//! What a span was asked, whom it talked to and how many it stands for, as functions of its
//! columns: the same rules by which `span_stats` is derived.

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use hannun_digest::endpoint::{Asked, endpoint};
use hannun_digest::peer::{Peer, PeerAttributes};
use hannun_digest::weight::adjusted_count;
use std::sync::Arc;

/// `span_endpoint`, `peer_kind`, `peer_system`, `peer_name` and `adjusted_count`.
pub fn span_functions() -> Vec<ScalarUDF> {
    [What::Endpoint, What::PeerKind, What::PeerSystem, What::PeerName, What::Count]
        .map(|what| ScalarUDF::from(OfSpan::new(what)))
        .into()
}

/// Arguments of the functions about peers; see [`crate::spans_sql`] for their order.
const PEER_ARGUMENTS: usize = 13;
const PORT_ARGUMENT: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Endpoint,
    PeerKind,
    PeerSystem,
    PeerName,
    Count,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct OfSpan {
    what: What,
    signature: Signature,
}

impl OfSpan {
    fn new(what: What) -> Self {
        let arguments = match what {
            What::Endpoint => 5,
            What::PeerKind | What::PeerSystem | What::PeerName => PEER_ARGUMENTS,
            What::Count => 1,
        };
        Self { what, signature: Signature::any(arguments, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for OfSpan {
    fn name(&self) -> &str {
        match self.what {
            What::Endpoint => "span_endpoint",
            What::PeerKind => "peer_kind",
            What::PeerSystem => "peer_system",
            What::PeerName => "peer_name",
            What::Count => "adjusted_count",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(if self.what == What::Count { DataType::Float64 } else { DataType::Utf8View })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arguments: Vec<Argument> = args
            .args
            .iter()
            .enumerate()
            .map(|(index, argument)| Argument::new(argument, index, self.what, args.number_rows))
            .collect::<Result<_>>()?;
        let rows = 0..args.number_rows;
        let answer: ArrayRef = match self.what {
            What::Count => Arc::new(
                rows.map(|row| adjusted_count(arguments[0].text(row))).collect::<Float64Array>(),
            ),
            What::Endpoint => Arc::new(
                rows.map(|row| Some(endpoint(&asked(&arguments, row))))
                    .collect::<StringViewArray>(),
            ),
            What::PeerKind => peers(&arguments, rows, |peer| Some(peer.kind.name().into())),
            What::PeerSystem => peers(&arguments, rows, |peer| peer.system.map(Into::into)),
            What::PeerName => peers(&arguments, rows, |peer| Some(peer.name)),
        };
        Ok(ColumnarValue::Array(answer))
    }
}

/// One argument of a call.
enum Argument {
    Text(StringViewArray),
    Int(Int64Array),
}

impl Argument {
    fn new(value: &ColumnarValue, index: usize, what: What, rows: usize) -> Result<Self> {
        let array = value.to_array(rows)?;
        let is_port = index == PORT_ARGUMENT && !matches!(what, What::Endpoint | What::Count);
        if is_port {
            return Ok(Self::Int(
                cast(&array, &DataType::Int64)?.as_primitive::<Int64Type>().clone(),
            ));
        }
        match array.data_type() {
            DataType::Utf8View => Ok(Self::Text(array.as_string_view().clone())),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Null => {
                Ok(Self::Text(cast(&array, &DataType::Utf8View)?.as_string_view().clone()))
            }
            other => exec_err!("argument {} is a text column of spans, not {other}", index + 1),
        }
    }

    fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Int(_) => None,
        }
    }

    fn int(&self, row: usize) -> Option<i64> {
        match self {
            Self::Int(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Text(_) => None,
        }
    }
}

fn asked(arguments: &[Argument], row: usize) -> Asked<'_> {
    let text = |index: usize| arguments.get(index).and_then(|argument| argument.text(row));
    Asked {
        name: text(0).unwrap_or_default(),
        kind: text(1),
        http_request_method: text(2),
        http_route: text(3),
        url_path: text(4),
    }
}

fn peers(
    arguments: &[Argument],
    rows: std::ops::Range<usize>,
    part: impl for<'a> Fn(Peer<'a>) -> Option<std::borrow::Cow<'a, str>>,
) -> ArrayRef {
    let answer: StringViewArray = rows
        .map(|row| {
            let text = |index: usize| arguments.get(index).and_then(|it| it.text(row));
            let attributes = PeerAttributes {
                kind: text(0),
                peer_service: text(1),
                server_address: text(2),
                server_port: arguments.get(PORT_ARGUMENT).and_then(|it| it.int(row)),
                network_peer_address: text(4),
                url_full: text(5),
                http_request_method: text(6),
                db_system_name: text(7),
                db_namespace: text(8),
                messaging_system: text(9),
                messaging_destination_name: text(10),
                rpc_system: text(11),
                rpc_service: text(12),
            };
            attributes.peer().and_then(&part)
        })
        .collect();
    Arc::new(answer)
}
