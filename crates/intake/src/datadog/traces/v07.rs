//! `/v0.7/traces`: a map that says of its tracer what other versions say in headers, and chunks
//! with the spans of [`super::v04`].
//!
//! <https://github.com/DataDog/datadog-agent/blob/main/pkg/proto/datadog/trace/tracer_payload.proto>

use super::msgpack::{Reader, Wrong};
use super::span::{Chunk, Envelope, push_tag};
use super::v04::{Chunks, Malformed, read_span};

/// What a payload says of all its chunks. Some of it follows the chunks, so these are passed over;
/// the reader that is answered stands before them.
pub fn envelope<'a>(
    reader: &mut Reader<'a>,
) -> Result<(Envelope<'a>, Option<Reader<'a>>), Malformed> {
    read_envelope(reader).map_err(Malformed::outside)
}

fn read_envelope<'a>(reader: &mut Reader<'a>) -> Result<(Envelope<'a>, Option<Reader<'a>>), Wrong> {
    let mut envelope = Envelope::default();
    let mut chunks = None;
    for _ in 0..reader.map_length("a payload, which is a map")? {
        let field = reader.text("the name of a field of the payload")?;
        let text = match field {
            "container_id" => &mut envelope.container_id,
            "language_name" => &mut envelope.language,
            "language_version" => &mut envelope.language_version,
            "tracer_version" => &mut envelope.tracer_version,
            "runtime_id" => &mut envelope.runtime_id,
            "env" => &mut envelope.environment,
            "hostname" => &mut envelope.host_name,
            "app_version" => &mut envelope.service_version,
            "tags" => {
                read_tags(reader, &mut envelope.tags)?;
                continue;
            }
            "chunks" => {
                chunks = Some(reader.again_at(reader.position()));
                reader.skip()?;
                continue;
            }
            _ => {
                reader.skip()?;
                continue;
            }
        };
        *text = reader.text("a text about the tracer")?;
    }
    reader.end()?;
    Ok((envelope, chunks))
}

fn read_tags<'a>(reader: &mut Reader<'a>, tags: &mut Vec<(&'a str, &'a str)>) -> Result<(), Wrong> {
    for _ in 0..reader.map_length("tags, a map of texts")? {
        let key = reader.text("the key of a tag, which is a text")?;
        let value = reader.text("the value of a tag, which is a text")?;
        push_tag(tags, (key, value));
    }
    Ok(())
}

/// Reads the chunks of a payload.
pub fn read<'a>(
    reader: &mut Reader<'a>,
    chunk: &mut Chunk<'a>,
    chunks: &mut impl Chunks<'a>,
) -> Result<(), Malformed> {
    let count = reader.array_length("an array of chunks").map_err(Malformed::outside)?;
    for trace in 0..count {
        chunk.clear();
        let mut span = 0;
        read_chunk(reader, chunk, &mut span)
            .and_then(|()| chunks.chunk(chunk, reader))
            .map_err(|wrong| Malformed { trace, span, wrong })?;
    }
    Ok(())
}

/// A priority that says that nobody decided.
const NO_PRIORITY: i64 = -128;

fn read_chunk<'a>(
    reader: &mut Reader<'a>,
    chunk: &mut Chunk<'a>,
    span: &mut usize,
) -> Result<(), Wrong> {
    for _ in 0..reader.map_length("a chunk, which is a map")? {
        match reader.text("the name of a field of a chunk")? {
            "priority" => {
                let priority = reader.integer("the priority, an integer")?;
                chunk.priority = (priority != NO_PRIORITY).then_some(priority);
            }
            "origin" => chunk.origin = reader.text("the origin, which is a text")?,
            "tags" => read_tags(reader, &mut chunk.tags)?,
            "spans" => {
                for index in 0..reader.array_length("an array of spans")? {
                    *span = index;
                    read_span(reader, chunk)?;
                }
            }
            _ => reader.skip()?,
        }
    }
    Ok(())
}
