//! The fields of OTLP messages as JSON names them.
//!
//! Source: the `.proto` files of opentelemetry-proto 1.x.

/// How the value of a field is written in JSON and on the wire.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Text,
    /// Ids, which OTLP/JSON writes as hex.
    Hex,
    /// Other bytes, which protobuf JSON writes as base64.
    Base64,
    Bool,
    /// Varint of a signed integer.
    Int,
    /// Varint of an unsigned integer.
    UInt,
    /// Zigzag varint.
    SInt,
    Fixed64,
    SFixed64,
    Fixed32,
    Double,
    /// A name or a number.
    Enum(&'static [(&'static str, i64)]),
    Message(&'static Message),
}

/// A field of a message.
#[derive(Debug)]
pub struct JsonField {
    /// Lower camel case.
    pub name: &'static str,
    pub number: u32,
    pub kind: Kind,
}

/// A message.
#[derive(Debug)]
pub struct Message {
    pub fields: &'static [JsonField],
}

macro_rules! message {
    ($name:ident { $($number:literal $field:literal $kind:expr;)* }) => {
        pub static $name: Message = Message {
            fields: &[$(JsonField { name: $field, number: $number, kind: $kind },)*],
        };
    };
}

use Kind::{
    Base64, Bool, Double, Enum, Fixed32, Fixed64, Hex, Int, Message as M, SFixed64, SInt, Text,
    UInt,
};

message!(TRACES { 1 "resourceSpans" M(&RESOURCE_SPANS); });
message!(RESOURCE_SPANS {
    1 "resource" M(&RESOURCE); 2 "scopeSpans" M(&SCOPE_SPANS); 3 "schemaUrl" Text;
});
message!(SCOPE_SPANS { 1 "scope" M(&SCOPE); 2 "spans" M(&SPAN); 3 "schemaUrl" Text; });
message!(SPAN {
    1 "traceId" Hex; 2 "spanId" Hex; 3 "traceState" Text; 4 "parentSpanId" Hex; 5 "name" Text;
    6 "kind" Enum(SPAN_KINDS); 7 "startTimeUnixNano" Fixed64; 8 "endTimeUnixNano" Fixed64;
    9 "attributes" M(&KEY_VALUE); 10 "droppedAttributesCount" UInt; 11 "events" M(&EVENT);
    12 "droppedEventsCount" UInt; 13 "links" M(&LINK); 14 "droppedLinksCount" UInt;
    15 "status" M(&STATUS); 16 "flags" Fixed32;
});
message!(EVENT {
    1 "timeUnixNano" Fixed64; 2 "name" Text; 3 "attributes" M(&KEY_VALUE);
    4 "droppedAttributesCount" UInt;
});
message!(LINK {
    1 "traceId" Hex; 2 "spanId" Hex; 3 "traceState" Text; 4 "attributes" M(&KEY_VALUE);
    5 "droppedAttributesCount" UInt; 6 "flags" Fixed32;
});
message!(STATUS { 2 "message" Text; 3 "code" Enum(STATUS_CODES); });
message!(RESOURCE {
    1 "attributes" M(&KEY_VALUE); 2 "droppedAttributesCount" UInt; 3 "entityRefs" M(&ENTITY_REF);
});
message!(ENTITY_REF {
    1 "schemaUrl" Text; 2 "type" Text; 3 "idKeys" Text; 4 "descriptionKeys" Text;
});
message!(SCOPE {
    1 "name" Text; 2 "version" Text; 3 "attributes" M(&KEY_VALUE); 4 "droppedAttributesCount" UInt;
});
message!(KEY_VALUE { 1 "key" Text; 2 "value" M(&ANY_VALUE); });
message!(ANY_VALUE {
    1 "stringValue" Text; 2 "boolValue" Bool; 3 "intValue" Int; 4 "doubleValue" Double;
    5 "arrayValue" M(&ARRAY_VALUE); 6 "kvlistValue" M(&KEY_VALUE_LIST); 7 "bytesValue" Base64;
});
message!(ARRAY_VALUE { 1 "values" M(&ANY_VALUE); });
message!(KEY_VALUE_LIST { 1 "values" M(&KEY_VALUE); });

message!(LOGS { 1 "resourceLogs" M(&RESOURCE_LOGS); });
message!(RESOURCE_LOGS {
    1 "resource" M(&RESOURCE); 2 "scopeLogs" M(&SCOPE_LOGS); 3 "schemaUrl" Text;
});
message!(SCOPE_LOGS { 1 "scope" M(&SCOPE); 2 "logRecords" M(&LOG_RECORD); 3 "schemaUrl" Text; });
message!(LOG_RECORD {
    1 "timeUnixNano" Fixed64; 2 "severityNumber" Enum(SEVERITIES); 3 "severityText" Text;
    5 "body" M(&ANY_VALUE); 6 "attributes" M(&KEY_VALUE); 7 "droppedAttributesCount" UInt;
    8 "flags" Fixed32; 9 "traceId" Hex; 10 "spanId" Hex; 11 "observedTimeUnixNano" Fixed64;
    12 "eventName" Text;
});

message!(METRICS { 1 "resourceMetrics" M(&RESOURCE_METRICS); });
message!(RESOURCE_METRICS {
    1 "resource" M(&RESOURCE); 2 "scopeMetrics" M(&SCOPE_METRICS); 3 "schemaUrl" Text;
});
message!(SCOPE_METRICS { 1 "scope" M(&SCOPE); 2 "metrics" M(&METRIC); 3 "schemaUrl" Text; });
message!(METRIC {
    1 "name" Text; 2 "description" Text; 3 "unit" Text; 5 "gauge" M(&GAUGE); 7 "sum" M(&SUM);
    9 "histogram" M(&HISTOGRAM); 10 "exponentialHistogram" M(&EXPONENTIAL_HISTOGRAM);
    11 "summary" M(&SUMMARY); 12 "metadata" M(&KEY_VALUE);
});
message!(GAUGE { 1 "dataPoints" M(&NUMBER_POINT); });
message!(SUM {
    1 "dataPoints" M(&NUMBER_POINT); 2 "aggregationTemporality" Enum(TEMPORALITIES);
    3 "isMonotonic" Bool;
});
message!(HISTOGRAM {
    1 "dataPoints" M(&HISTOGRAM_POINT); 2 "aggregationTemporality" Enum(TEMPORALITIES);
});
message!(EXPONENTIAL_HISTOGRAM {
    1 "dataPoints" M(&EXPONENTIAL_POINT); 2 "aggregationTemporality" Enum(TEMPORALITIES);
});
message!(SUMMARY { 1 "dataPoints" M(&SUMMARY_POINT); });
message!(NUMBER_POINT {
    2 "startTimeUnixNano" Fixed64; 3 "timeUnixNano" Fixed64; 4 "asDouble" Double;
    5 "exemplars" M(&EXEMPLAR); 6 "asInt" SFixed64; 7 "attributes" M(&KEY_VALUE); 8 "flags" UInt;
});
message!(HISTOGRAM_POINT {
    2 "startTimeUnixNano" Fixed64; 3 "timeUnixNano" Fixed64; 4 "count" Fixed64; 5 "sum" Double;
    6 "bucketCounts" Fixed64; 7 "explicitBounds" Double; 8 "exemplars" M(&EXEMPLAR);
    9 "attributes" M(&KEY_VALUE); 10 "flags" UInt; 11 "min" Double; 12 "max" Double;
});
message!(EXPONENTIAL_POINT {
    1 "attributes" M(&KEY_VALUE); 2 "startTimeUnixNano" Fixed64; 3 "timeUnixNano" Fixed64;
    4 "count" Fixed64; 5 "sum" Double; 6 "scale" SInt; 7 "zeroCount" Fixed64;
    8 "positive" M(&BUCKETS); 9 "negative" M(&BUCKETS); 10 "flags" UInt;
    11 "exemplars" M(&EXEMPLAR); 12 "min" Double; 13 "max" Double; 14 "zeroThreshold" Double;
});
message!(BUCKETS { 1 "offset" SInt; 2 "bucketCounts" UInt; });
message!(SUMMARY_POINT {
    2 "startTimeUnixNano" Fixed64; 3 "timeUnixNano" Fixed64; 4 "count" Fixed64; 5 "sum" Double;
    6 "quantileValues" M(&VALUE_AT_QUANTILE); 7 "attributes" M(&KEY_VALUE); 8 "flags" UInt;
});
message!(VALUE_AT_QUANTILE { 1 "quantile" Double; 2 "value" Double; });
message!(EXEMPLAR {
    2 "timeUnixNano" Fixed64; 3 "asDouble" Double; 4 "spanId" Hex; 5 "traceId" Hex;
    6 "asInt" SFixed64; 7 "filteredAttributes" M(&KEY_VALUE);
});

static SPAN_KINDS: &[(&str, i64)] = &[
    ("SPAN_KIND_UNSPECIFIED", 0),
    ("SPAN_KIND_INTERNAL", 1),
    ("SPAN_KIND_SERVER", 2),
    ("SPAN_KIND_CLIENT", 3),
    ("SPAN_KIND_PRODUCER", 4),
    ("SPAN_KIND_CONSUMER", 5),
];
static STATUS_CODES: &[(&str, i64)] =
    &[("STATUS_CODE_UNSET", 0), ("STATUS_CODE_OK", 1), ("STATUS_CODE_ERROR", 2)];
static TEMPORALITIES: &[(&str, i64)] = &[
    ("AGGREGATION_TEMPORALITY_UNSPECIFIED", 0),
    ("AGGREGATION_TEMPORALITY_DELTA", 1),
    ("AGGREGATION_TEMPORALITY_CUMULATIVE", 2),
];
static SEVERITIES: &[(&str, i64)] = &[
    ("SEVERITY_NUMBER_UNSPECIFIED", 0),
    ("SEVERITY_NUMBER_TRACE", 1),
    ("SEVERITY_NUMBER_TRACE2", 2),
    ("SEVERITY_NUMBER_TRACE3", 3),
    ("SEVERITY_NUMBER_TRACE4", 4),
    ("SEVERITY_NUMBER_DEBUG", 5),
    ("SEVERITY_NUMBER_DEBUG2", 6),
    ("SEVERITY_NUMBER_DEBUG3", 7),
    ("SEVERITY_NUMBER_DEBUG4", 8),
    ("SEVERITY_NUMBER_INFO", 9),
    ("SEVERITY_NUMBER_INFO2", 10),
    ("SEVERITY_NUMBER_INFO3", 11),
    ("SEVERITY_NUMBER_INFO4", 12),
    ("SEVERITY_NUMBER_WARN", 13),
    ("SEVERITY_NUMBER_WARN2", 14),
    ("SEVERITY_NUMBER_WARN3", 15),
    ("SEVERITY_NUMBER_WARN4", 16),
    ("SEVERITY_NUMBER_ERROR", 17),
    ("SEVERITY_NUMBER_ERROR2", 18),
    ("SEVERITY_NUMBER_ERROR3", 19),
    ("SEVERITY_NUMBER_ERROR4", 20),
    ("SEVERITY_NUMBER_FATAL", 21),
    ("SEVERITY_NUMBER_FATAL2", 22),
    ("SEVERITY_NUMBER_FATAL3", 23),
    ("SEVERITY_NUMBER_FATAL4", 24),
];
