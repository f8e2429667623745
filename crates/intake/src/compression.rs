//! Bounded decompression: a small body that inflates past the limit costs no more than the limit.

use crate::budget::Hold;
use crate::refusal::Refusal;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use hannun_model::limits::ZSTD_WINDOW_LOG_MAX;
use std::io::Read;

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Identity,
    Gzip,
    Zstd,
    Deflate,
}

impl Encoding {
    /// The coding named by a `Content-Encoding` header; `None` when it is not known.
    pub fn from_header(value: Option<&str>) -> Option<Self> {
        match value.map(|value| value.trim().to_ascii_lowercase()).as_deref() {
            None | Some("" | "identity") => Some(Self::Identity),
            Some("gzip" | "x-gzip") => Some(Self::Gzip),
            Some("zstd") => Some(Self::Zstd),
            Some("deflate") => Some(Self::Deflate),
            Some(_) => None,
        }
    }
}

/// Bytes inflated between two looks at the limits.
const CHUNK_BYTES: usize = 64 * 1024;

/// Decompresses `body` to at most `limit_bytes`, holding what it makes.
pub fn inflate(
    encoding: Encoding,
    body: &[u8],
    limit_bytes: usize,
    hold: &mut Hold,
) -> Result<Vec<u8>, Refusal> {
    match encoding {
        Encoding::Identity => Ok(body.to_vec()),
        Encoding::Gzip => read_bounded(MultiGzDecoder::new(body), limit_bytes, hold),
        Encoding::Deflate if is_zlib(body) => {
            read_bounded(ZlibDecoder::new(body), limit_bytes, hold)
        }
        // Some clients leave out the zlib header that RFC 9110 asks for.
        Encoding::Deflate => read_bounded(DeflateDecoder::new(body), limit_bytes, hold),
        Encoding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(body)
                .map_err(|error| Refusal::Internal(error.to_string()))?;
            decoder
                .window_log_max(ZSTD_WINDOW_LOG_MAX)
                .map_err(|error| Refusal::Internal(error.to_string()))?;
            read_bounded(decoder, limit_bytes, hold)
        }
    }
}

/// Whether the first two bytes are a zlib header (RFC 1950, section 2.2).
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [method, flags, ..]
        if method & 0x0f == 8 && ((u16::from(*method) << 8) | u16::from(*flags)).is_multiple_of(31))
}

fn read_bounded(
    mut reader: impl Read,
    limit_bytes: usize,
    hold: &mut Hold,
) -> Result<Vec<u8>, Refusal> {
    let mut inflated = Vec::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = reader.read(&mut chunk).map_err(|error| {
            Refusal::Malformed(format!(
                "malformed compression after {} decompressed bytes: {error}",
                inflated.len()
            ))
        })?;
        if read == 0 {
            return Ok(inflated);
        }
        if inflated.len() + read > limit_bytes {
            return Err(Refusal::TooLarge { limit_bytes });
        }
        if !hold.grow(read) {
            return Err(Refusal::OverBudget);
        }
        inflated.extend_from_slice(&chunk[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::InFlightBudget;
    use std::io::Write;
    use std::sync::Arc;

    fn deflated(text: &[u8], with_header: bool) -> Vec<u8> {
        let level = flate2::Compression::default();
        if with_header {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(text).unwrap();
            return encoder.finish().unwrap();
        }
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn deflate_is_read_with_and_without_its_header() {
        let budget = Arc::new(InFlightBudget::new(1000));
        for with_header in [true, false] {
            let body = deflated(b"some text, some text", with_header);
            let mut hold = budget.hold(0).unwrap();
            let inflated = inflate(Encoding::Deflate, &body, 100, &mut hold).unwrap();
            assert_eq!(inflated, b"some text, some text");
            assert_eq!(hold.bytes(), 20);
        }
        assert_eq!(budget.used_bytes(), 0);
    }

    #[test]
    fn a_bomb_stops_at_the_limit_or_at_the_budget() {
        let bomb = zstd::encode_all(vec![0; 10_000_000].as_slice(), 3).unwrap();
        assert!(bomb.len() < 2000);
        let budget = Arc::new(InFlightBudget::new(500_000));
        let mut hold = budget.hold(0).unwrap();
        let refusal = inflate(Encoding::Zstd, &bomb, 200_000, &mut hold).unwrap_err();
        assert_eq!(refusal, Refusal::TooLarge { limit_bytes: 200_000 });
        assert!(hold.bytes() <= 200_000);
        let refusal = inflate(Encoding::Zstd, &bomb, 9_000_000, &mut hold).unwrap_err();
        assert_eq!(refusal, Refusal::OverBudget);
    }

    #[test]
    fn a_cut_off_body_is_malformed() {
        let budget = Arc::new(InFlightBudget::new(1000));
        let body = zstd::encode_all(&b"some text"[..], 3).unwrap();
        let mut hold = budget.hold(0).unwrap();
        let cut = &body[..body.len() - 3];
        let refusal = inflate(Encoding::Zstd, cut, 100, &mut hold).unwrap_err();
        assert!(matches!(refusal, Refusal::Malformed(_)), "{refusal:?}");
    }
}
