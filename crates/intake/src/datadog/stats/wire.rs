//! `ClientStatsPayload` and `StatsPayload` as MessagePack: maps by the names of the fields, in any
//! order. They are read in place, group by group, without a tree in between.
//!
//! Source of the fields:
//! <https://github.com/DataDog/datadog-agent/blob/main/pkg/proto/datadog/trace/stats.proto>.

use crate::datadog::traces::msgpack::{Reader, Value, Wrong};
use hannun_model::limits::CLIENT_STATS_NAME_BYTES_MAX;

/// What a tracer says about all its statistics.
#[derive(Debug, Clone, Copy, Default)]
pub struct Client<'a> {
    pub environment: &'a str,
    pub version: &'a str,
    pub language: &'a str,
    /// The tracer's own service.
    pub service: &'a str,
    /// Where its intervals begin, when it has any.
    intervals_at: Option<usize>,
}

/// Spans that a tracer counted together.
#[derive(Debug, Clone, Default)]
pub struct Group<'a> {
    pub service: &'a str,
    /// The operation.
    pub name: &'a str,
    pub resource: &'a str,
    pub span_type: &'a str,
    pub span_kind: &'a str,
    pub db_type: &'a str,
    pub http_method: &'a str,
    /// The route.
    pub http_endpoint: &'a str,
    pub peer_service: &'a str,
    /// Each `key:value`.
    pub peer_tags: Vec<&'a str>,
    pub is_trace_root: Option<bool>,
    pub hits: f64,
    pub errors: f64,
    pub top_level_hits: f64,
    /// Nanoseconds of all hits.
    pub duration_ns: f64,
    /// Durations of the spans without an error, as a sketch.
    pub ok_summary: &'a [u8],
    /// And of the others.
    pub error_summary: &'a [u8],
}

/// Peer tags of one group; those past it are read and ignored.
const PEER_TAGS_MAX: usize = 64;

/// Reads a payload of an agent: payloads of clients. Each client's groups are handed to `take`,
/// with the beginning of their interval in nanoseconds since 1970.
pub fn read_of_agent<'a>(
    reader: &mut Reader<'a>,
    take: &mut impl FnMut(&Client<'a>, u64, &Group<'a>),
) -> Result<(), Wrong> {
    let mut environment = "";
    let mut clients_at = None;
    for _ in 0..reader.map_length("a map of statistics")? {
        match reader.text("the name of a field")? {
            "AgentEnv" => environment = short(reader.text("an environment")?),
            "Stats" => {
                clients_at = Some(reader.position());
                reader.skip()?;
            }
            _ => reader.skip()?,
        }
    }
    let Some(at) = clients_at else { return Ok(()) };
    let mut clients = reader.again_at(at);
    for _ in 0..clients.array_length("a list of clients")? {
        let mut client = read_head(&mut clients)?;
        if client.environment.is_empty() {
            client.environment = environment;
        }
        read_intervals(&mut clients, &client, take)?;
    }
    reader.invalid.append(&mut clients.invalid);
    Ok(())
}

/// Reads the payload of a client; see [`read_of_agent`].
pub fn read_of_client<'a>(
    reader: &mut Reader<'a>,
    take: &mut impl FnMut(&Client<'a>, u64, &Group<'a>),
) -> Result<(), Wrong> {
    let client = read_head(reader)?;
    read_intervals(reader, &client, take)
}

/// What all intervals share; fields come in any order, so that the intervals are read later.
fn read_head<'a>(reader: &mut Reader<'a>) -> Result<Client<'a>, Wrong> {
    let mut client = Client::default();
    for _ in 0..reader.map_length("a map of the statistics of a client")? {
        match reader.text("the name of a field")? {
            "Env" => client.environment = short(reader.text("an environment")?),
            "Version" => client.version = short(reader.text("a version")?),
            "Lang" => client.language = reader.text("a language")?,
            "Service" => client.service = short(reader.text("a service")?),
            "Stats" => {
                client.intervals_at = Some(reader.position());
                reader.skip()?;
            }
            _ => reader.skip()?,
        }
    }
    Ok(client)
}

/// A name that each row repeats: one without end would fill the memory.
pub fn short(text: &str) -> &str {
    &text[..text.floor_char_boundary(CLIENT_STATS_NAME_BYTES_MAX)]
}

fn read_intervals<'a>(
    whole: &mut Reader<'a>,
    client: &Client<'a>,
    take: &mut impl FnMut(&Client<'a>, u64, &Group<'a>),
) -> Result<(), Wrong> {
    let Some(at) = client.intervals_at else { return Ok(()) };
    let mut intervals = whole.again_at(at);
    for _ in 0..intervals.array_length("a list of intervals")? {
        let (mut start_ns, mut groups_at) = (0, None);
        for _ in 0..intervals.map_length("a map of an interval")? {
            match intervals.text("the name of a field")? {
                "Start" => start_ns = nanoseconds(&mut intervals)?,
                "Stats" => {
                    groups_at = Some(intervals.position());
                    intervals.skip()?;
                }
                _ => intervals.skip()?,
            }
        }
        let Some(at) = groups_at else { continue };
        let mut groups = intervals.again_at(at);
        for _ in 0..groups.array_length("a list of groups")? {
            let group = read_group(&mut groups)?;
            take(client, start_ns, &group);
        }
        whole.invalid.append(&mut groups.invalid);
    }
    whole.invalid.append(&mut intervals.invalid);
    Ok(())
}

fn read_group<'a>(reader: &mut Reader<'a>) -> Result<Group<'a>, Wrong> {
    let mut group = Group::default();
    for _ in 0..reader.map_length("a map of a group")? {
        match reader.text("the name of a field")? {
            "Service" => group.service = reader.text("a service")?,
            "Name" => group.name = reader.text("a name")?,
            "Resource" => group.resource = reader.text("a resource")?,
            "Type" => group.span_type = reader.text("a type")?,
            "SpanKind" => group.span_kind = reader.text("a kind")?,
            "DBType" => group.db_type = reader.text("a type of database")?,
            "HTTPMethod" => group.http_method = reader.text("a method")?,
            "HTTPEndpoint" => group.http_endpoint = reader.text("an endpoint")?,
            "PeerService" => group.peer_service = reader.text("a peer")?,
            "PeerTags" => read_peer_tags(reader, &mut group.peer_tags)?,
            "IsTraceRoot" => group.is_trace_root = trilean(reader)?,
            "Hits" => group.hits = count(reader)?,
            "Errors" => group.errors = count(reader)?,
            "TopLevelHits" => group.top_level_hits = count(reader)?,
            "Duration" => group.duration_ns = count(reader)?,
            "OkSummary" => group.ok_summary = reader.binary("the bytes of a sketch")?,
            "ErrorSummary" => group.error_summary = reader.binary("the bytes of a sketch")?,
            _ => reader.skip()?,
        }
    }
    Ok(group)
}

fn read_peer_tags<'a>(reader: &mut Reader<'a>, tags: &mut Vec<&'a str>) -> Result<(), Wrong> {
    for _ in 0..reader.array_length("a list of tags")? {
        let tag = reader.text("a tag")?;
        if tags.len() < PEER_TAGS_MAX {
            tags.push(tag);
        }
    }
    Ok(())
}

/// A time: integers in full, and what JavaScript rounds to an even number of 256 ns.
fn nanoseconds(reader: &mut Reader<'_>) -> Result<u64, Wrong> {
    match reader.value()? {
        Value::Int(value) if value >= 0 => Ok(value as u64),
        Value::Unsigned(value) => Ok(value),
        Value::Double(value) if value >= 0.0 && value.is_finite() => Ok(value as u64),
        Value::Nil => Ok(0),
        _ => Err(reader.wrong("a time in nanoseconds since 1970")),
    }
}

/// A number that is not negative, whatever its type: JavaScript has only one.
fn count(reader: &mut Reader<'_>) -> Result<f64, Wrong> {
    let number = match reader.value()? {
        Value::Int(value) if value >= 0 => value as f64,
        Value::Unsigned(value) => value as f64,
        Value::Double(value) if value >= 0.0 && value.is_finite() => value,
        Value::Nil => 0.0,
        _ => return Err(reader.wrong("a number that is not negative")),
    };
    Ok(number)
}

/// `NOT_SET`, `TRUE` or `FALSE`, which are 0, 1 and 2.
fn trilean(reader: &mut Reader<'_>) -> Result<Option<bool>, Wrong> {
    Ok(match reader.value()? {
        Value::Int(1) => Some(true),
        Value::Int(2) => Some(false),
        Value::Bool(value) => Some(value),
        Value::Int(_) | Value::Nil => None,
        _ => return Err(reader.wrong("0, 1 or 2")),
    })
}
