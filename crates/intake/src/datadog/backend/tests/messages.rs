//! The messages of <https://github.com/DataDog/agent-payload>, to make what agents send.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub struct MetricPayload {
    #[prost(message, repeated, tag = "1")]
    pub series: Vec<MetricSeries>,
}

#[derive(Clone, PartialEq, Message)]
pub struct MetricSeries {
    #[prost(message, repeated, tag = "1")]
    pub resources: Vec<Resource>,
    #[prost(string, tag = "2")]
    pub metric: String,
    #[prost(string, repeated, tag = "3")]
    pub tags: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    pub points: Vec<MetricPoint>,
    #[prost(int32, tag = "5")]
    pub r#type: i32,
    #[prost(string, tag = "6")]
    pub unit: String,
    #[prost(string, tag = "7")]
    pub source_type_name: String,
    #[prost(int64, tag = "8")]
    pub interval: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Resource {
    #[prost(string, tag = "1")]
    pub r#type: String,
    #[prost(string, tag = "2")]
    pub name: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub struct MetricPoint {
    #[prost(double, tag = "1")]
    pub value: f64,
    #[prost(int64, tag = "2")]
    pub timestamp: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct SketchPayload {
    #[prost(message, repeated, tag = "1")]
    pub sketches: Vec<AgentSketch>,
}

#[derive(Clone, PartialEq, Message)]
pub struct AgentSketch {
    #[prost(string, tag = "1")]
    pub metric: String,
    #[prost(string, tag = "2")]
    pub host: String,
    #[prost(string, repeated, tag = "4")]
    pub tags: Vec<String>,
    #[prost(message, repeated, tag = "7")]
    pub dogsketches: Vec<Dogsketch>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Dogsketch {
    #[prost(int64, tag = "1")]
    pub ts: i64,
    #[prost(int64, tag = "2")]
    pub cnt: i64,
    #[prost(double, tag = "3")]
    pub min: f64,
    #[prost(double, tag = "4")]
    pub max: f64,
    #[prost(double, tag = "5")]
    pub avg: f64,
    #[prost(double, tag = "6")]
    pub sum: f64,
    #[prost(sint32, repeated, tag = "7")]
    pub k: Vec<i32>,
    #[prost(uint32, repeated, tag = "8")]
    pub n: Vec<u32>,
}

/// `Payload` of the columns.
#[derive(Clone, PartialEq, Message)]
pub struct Columns {
    #[prost(message, optional, tag = "2")]
    pub metadata: Option<Metadata>,
    #[prost(message, optional, tag = "3")]
    pub data: Option<MetricData>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Metadata {
    #[prost(string, repeated, tag = "1")]
    pub tags: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub resources: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct MetricData {
    #[prost(bytes = "vec", tag = "1")]
    pub names: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub tags: Vec<u8>,
    #[prost(sint64, repeated, tag = "3")]
    pub tag_sets: Vec<i64>,
    #[prost(bytes = "vec", tag = "4")]
    pub resource_texts: Vec<u8>,
    #[prost(int64, repeated, tag = "5")]
    pub resource_lengths: Vec<i64>,
    #[prost(sint64, repeated, tag = "6")]
    pub resource_types: Vec<i64>,
    #[prost(sint64, repeated, tag = "7")]
    pub resource_names: Vec<i64>,
    #[prost(uint64, repeated, tag = "10")]
    pub types: Vec<u64>,
    #[prost(sint64, repeated, tag = "11")]
    pub name_refs: Vec<i64>,
    #[prost(sint64, repeated, tag = "12")]
    pub tag_set_refs: Vec<i64>,
    #[prost(sint64, repeated, tag = "13")]
    pub resource_refs: Vec<i64>,
    #[prost(uint64, repeated, tag = "14")]
    pub intervals: Vec<u64>,
    #[prost(uint64, repeated, tag = "15")]
    pub points: Vec<u64>,
    #[prost(sint64, repeated, tag = "16")]
    pub timestamps: Vec<i64>,
    #[prost(sint64, repeated, tag = "17")]
    pub integers: Vec<i64>,
    #[prost(float, repeated, tag = "18")]
    pub floats_32: Vec<f32>,
    #[prost(double, repeated, tag = "19")]
    pub floats_64: Vec<f64>,
    #[prost(bytes = "vec", tag = "25")]
    pub units: Vec<u8>,
    #[prost(sint64, repeated, tag = "26")]
    pub unit_refs: Vec<i64>,
}

/// Texts, each after its length.
pub fn packed(texts: &[&str]) -> Vec<u8> {
    texts.iter().flat_map(|text| [&[text.len() as u8], text.as_bytes()].concat()).collect()
}
