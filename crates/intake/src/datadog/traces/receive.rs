//! From the bytes of a payload to batches.

use super::map::{Mapper, Request};
use super::msgpack::{InvalidText, Reader, repaired};
use super::proto::{self, Texts};
use super::sampling::Seen;
use super::span::Chunk;
use super::v04::Malformed;
use super::{v04, v05, v07};
use crate::budget::Hold;
use crate::door::Decoded;
use crate::otlp::map::Clock;
use crate::refusal::Refusal;

/// The versions of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V03,
    V04,
    V05,
    V07,
    /// From an agent to its backend, in protobuf.
    Agent,
}

impl Version {
    /// The path to which it is sent.
    pub fn path(self) -> &'static str {
        match self {
            Self::V03 => "/v0.3/traces",
            Self::V04 => "/v0.4/traces",
            Self::V05 => "/v0.5/traces",
            Self::V07 => "/v0.7/traces",
            Self::Agent => "/api/v0.2/traces",
        }
    }
}

/// Decodes a payload.
pub fn decode(
    version: Version,
    bytes: &[u8],
    request: &Request,
    hold: &mut Hold,
    clock: Clock,
) -> Result<(Decoded, Seen), Refusal> {
    // The spans of a chunk stand in memory beside the rows that are made of them.
    if !hold.grow(bytes.len()) {
        return Err(Refusal::OverBudget);
    }
    let (mapper, invalid) = read(version, bytes, request, clock).map_err(refusal)?;
    let finished = if invalid.is_empty() {
        mapper.finish()
    } else {
        drop(mapper);
        if !hold.grow(bytes.len()) {
            return Err(Refusal::OverBudget);
        }
        let bytes = repaired(bytes, &invalid);
        let (mut mapper, _) = read(version, &bytes, request, clock).map_err(refusal)?;
        mapper.count_invalid_texts(invalid.len());
        mapper.finish()
    };
    finished.map_err(|error| Refusal::Internal(error.to_string()))
}

fn refusal(malformed: Malformed) -> Refusal {
    Refusal::Malformed(malformed.to_string())
}

/// Reads all chunks. Names the texts that are not UTF-8, which are empty in the rows.
fn read<'a>(
    version: Version,
    bytes: &'a [u8],
    request: &'a Request,
    clock: Clock,
) -> Result<(Mapper<'a>, Vec<InvalidText>), Malformed> {
    let mut mapper = Mapper::new(request, clock);
    if bytes.is_empty() {
        return Ok((mapper, Vec::new()));
    }
    let mut chunk = Chunk::default();
    let mut reader = Reader::new(bytes);
    match version {
        Version::V03 | Version::V04 => v04::read(&mut reader, &mut chunk, &mut mapper)?,
        Version::V05 => v05::read(&mut reader, &mut chunk, &mut mapper)?,
        Version::V07 => {
            let (envelope, chunks) = v07::envelope(&mut reader)?;
            mapper.set_envelope(envelope);
            if let Some(mut chunks) = chunks {
                v07::read(&mut chunks, &mut chunk, &mut mapper)?;
                reader.invalid.append(&mut chunks.invalid);
            }
        }
        Version::Agent => {
            let mut texts = Texts::default();
            proto::read(bytes, &mut texts, &mut chunk, &mut mapper)?;
            return Ok((mapper, texts.invalid));
        }
    }
    Ok((mapper, reader.invalid))
}
