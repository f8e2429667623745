//! OTLP over gRPC: the `Export` methods of the three collector services.
//!
//! Source: <https://opentelemetry.io/docs/specs/otlp/#otlpgrpc>.

use super::Signal;
use super::receive::{Format, Received, take};
use crate::IntakeState;
use crate::body::Arrived;
use crate::budget::Hold;
use crate::compression::Encoding;
use crate::door::admit;
use crate::refusal::Refusal;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::post;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures::StreamExt;
use hannun_model::limits::{REQUEST_BODY_BYTES_MAX, REQUEST_READ_SECONDS_MAX};
use http::Response;
use http::header::CONTENT_TYPE;
use parking_lot::Mutex;
use prost::Message;
use std::sync::Arc;
use std::time::Duration;
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::Grpc;

/// The three services.
pub fn grpc_router(state: Arc<IntakeState>) -> Router {
    let mut router = Router::new().fallback(|| async {
        Status::unimplemented("no such service: this port takes OTLP").into_http::<Body>()
    });
    for signal in Signal::ALL {
        let state = state.clone();
        let handler = post(move |request: Request| export(state, signal, request));
        router = router.route(signal.grpc_path(), handler);
    }
    router
}

async fn export(
    state: Arc<IntakeState>,
    signal: Signal,
    mut request: Request,
) -> Response<tonic::body::Body> {
    let call = match begin(&state, &mut request) {
        Ok(call) => Arc::new(Mutex::new(Some(call))),
        Err(refusal) => {
            let is_foreign = matches!(refusal, Refusal::Unsupported(_)) && !is_grpc(&request);
            let mut response = count(&state, &refusal).into_http();
            if is_foreign {
                *response.status_mut() = refusal.http_status();
            }
            return response;
        }
    };
    let request = hold_while_reading(request, &state, &call);
    let service = tower::service_fn(|message: tonic::Request<Bytes>| {
        let (state, call) = (&state, &call);
        async move {
            let taken = take_message(state, signal, message.into_inner(), call).await;
            taken.map(tonic::Response::new).map_err(|refusal| count(state, &refusal))
        }
    });
    let limit_bytes = REQUEST_BODY_BYTES_MAX.min(state.budget.limit_bytes());
    Grpc::new(BytesCodec).max_decoding_message_size(limit_bytes).unary(service, request).await
}

/// A call whose message is arriving. The library would decompress a message without asking the
/// budget, so it is told that no message is compressed, and decompression waits for the message.
#[derive(Debug)]
struct Call {
    /// The bytes held: the body adds to them while it arrives.
    hold: Hold,
    /// The encoding that the headers name.
    named_encoding: Encoding,
    /// The encoding of the message, once its first byte is there.
    encoding: Option<Encoding>,
}

type SharedCall = Arc<Mutex<Option<Call>>>;

fn begin(state: &Arc<IntakeState>, request: &mut Request) -> Result<Call, Refusal> {
    admit(state, request)?;
    if !is_grpc(request) {
        return Err(Refusal::Unsupported("this port takes application/grpc".to_owned()));
    }
    let named_encoding = match request.headers_mut().remove("grpc-encoding") {
        Some(name) => name.to_str().ok().and_then(|name| Encoding::from_header(Some(name))),
        None => Some(Encoding::Identity),
    };
    let named_encoding = named_encoding.ok_or_else(|| {
        Refusal::Unsupported("unknown grpc-encoding: send gzip, zstd or identity".to_owned())
    })?;
    let hold = state.budget.hold(0).ok_or(Refusal::OverBudget)?;
    Ok(Call { hold, named_encoding, encoding: None })
}

impl Call {
    /// Takes a part of the body before the library sees it.
    fn arrive(&mut self, part: Bytes) -> Result<Bytes, Refusal> {
        if !self.hold.grow(part.len()) {
            return Err(Refusal::OverBudget);
        }
        if self.encoding.is_some() || part.is_empty() {
            return Ok(part);
        }
        // A flag without a named encoding is left in place: the library refuses it.
        if part[0] != 1 || self.named_encoding == Encoding::Identity {
            self.encoding = Some(Encoding::Identity);
            return Ok(part);
        }
        self.encoding = Some(self.named_encoding);
        let mut part = BytesMut::from(part);
        part[0] = 0;
        Ok(part.freeze())
    }
}

/// Whether the sender means gRPC. A web page may post anything else to a port of this machine,
/// where no key is asked for.
fn is_grpc(request: &Request) -> bool {
    let content_type = request.headers().get(CONTENT_TYPE).map(|value| value.as_bytes());
    content_type.is_some_and(|value| value.starts_with(b"application/grpc"))
}

/// Holds each part of the body before it is kept, and gives up on slow senders.
fn hold_while_reading(request: Request, state: &Arc<IntakeState>, call: &SharedCall) -> Request {
    let (state, call) = (state.clone(), call.clone());
    let seconds = REQUEST_READ_SECONDS_MAX;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(seconds);
    request.map(|body| {
        let parts = body.into_data_stream();
        let held = futures::stream::unfold(parts, move |mut parts| {
            let (state, call) = (state.clone(), call.clone());
            async move {
                let part = match tokio::time::timeout_at(deadline, parts.next()).await {
                    Ok(part) => part?.map_err(|error| Status::unknown(error.to_string())),
                    Err(_) => Err(count(&state, &Refusal::Slow { seconds })),
                };
                let part = part.and_then(|part| match call.lock().as_mut() {
                    Some(call) => call.arrive(part).map_err(|refusal| count(&state, &refusal)),
                    None => Err(Status::internal("a part came after its message was taken")),
                });
                Some((part, parts))
            }
        });
        Body::from_stream(held)
    })
}

fn count(state: &IntakeState, refusal: &Refusal) -> Status {
    state.counters.count_refusal(refusal);
    refusal.grpc_status()
}

async fn take_message(
    state: &Arc<IntakeState>,
    signal: Signal,
    body: Bytes,
    call: &SharedCall,
) -> Result<Bytes, Refusal> {
    let call = call.lock().take();
    let Some(Call { hold, encoding, .. }) = call else {
        return Err(Refusal::Internal("the message of this call was taken before".to_owned()));
    };
    let received = Received {
        signal,
        route: signal.grpc_path(),
        format: Format::Protobuf,
        arrived: Arrived { body, encoding: encoding.unwrap_or(Encoding::Identity), hold },
    };
    let success = take(state, received).await?;
    Ok(success.to_protobuf().encode_to_vec().into())
}

/// Passes messages through as bytes, so that they are decoded once, in place.
#[derive(Debug, Clone, Copy, Default)]
struct BytesCodec;

impl Codec for BytesCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
