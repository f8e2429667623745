//! Profiles, stored whole: what a client says about one, and its attachments byte by byte.
//!
//! `/profiling/v1/input` is the path of the agent's API, `/api/v2/profile` of the backend's. A row of
//! `profiles` is an attachment. An attachment is not looked into, so that any format is kept, also
//! those that are compressed.

mod event;
pub(super) mod multipart;
#[cfg(test)]
mod tests;

use super::access::admit;
use super::backend::answer::{json, refused};
use super::state::DatadogState;
use super::tags;
use crate::body;
use crate::door::{self, Decoded, Identity};
use crate::otlp::map::attributes::{cut, separate};
use crate::otlp::map::{Clock, Tally};
use crate::refusal::Refusal;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::routing::post;
use event::{Attachment, Event, Profile};
use hannun_model::batch::BatchBuilder;
use hannun_model::limits::PROFILE_BYTES_MAX;
use hannun_model::semconv::resource_attributes;
use hannun_model::table::{Table, profiles};
use hannun_model::typed_json;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response, StatusCode};
use multipart::MultipartError;
use std::net::SocketAddr;
use std::sync::Arc;

/// Header with the id of the container that a client runs in.
const CONTAINER_ID: &str = "datadog-container-id";

/// The routes of this part.
pub fn routes() -> Router<Arc<DatadogState>> {
    let input = post(input).put(input);
    Router::new().route("/profiling/v1/input", input.clone()).route("/api/v2/profile", input)
}

async fn input(State(state): State<Arc<DatadogState>>, request: Request) -> Response<Body> {
    match take(&state, request).await {
        Ok(()) => json(StatusCode::OK, &serde_json::json!({})),
        Err(refusal) => {
            state.intake.counters.count_refusal(&refusal);
            refused(&refusal)
        }
    }
}

async fn take(state: &Arc<DatadogState>, request: Request) -> Result<(), Refusal> {
    admit(state, &request)?;
    let origin = Origin::of(state, &request);
    let content_type = text_of(request.headers(), CONTENT_TYPE.as_str()).unwrap_or_default();
    let boundary = multipart::boundary(&content_type).map_err(malformed)?.into_owned();
    let arrived = body::read(&state.intake, request).await?;
    // The path and the boundary are chosen by the client, which may choose others when it sends a
    // profile again; nothing is lost when that is kept twice.
    door::take(&state.intake, Table::Profiles, "profile", arrived, move |message, hold, clock| {
        // Attachments stand in rows beside the message.
        if !hold.grow(message.len()) {
            return Err(Refusal::OverBudget);
        }
        decode(&boundary, message, &origin, clock).map(|decoded| (decoded, ()))
    })
    .await
    .map(|_| ())
}

fn malformed(error: MultipartError) -> Refusal {
    Refusal::Malformed(error.to_string())
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Where a profile comes from, as far as its form does not say it.
#[derive(Debug, Default)]
struct Origin {
    container_id: Option<String>,
    host_name: Option<String>,
}

impl Origin {
    fn of(state: &DatadogState, request: &Request) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let is_here = peer.is_none_or(|peer| peer.0.ip().to_canonical().is_loopback());
        Self {
            container_id: text_of(request.headers(), CONTAINER_ID),
            host_name: state.host_name.clone().filter(|_| is_here),
        }
    }
}

/// The rows of one form.
fn decode(
    boundary: &str,
    message: &[u8],
    origin: &Origin,
    clock: Clock,
) -> Result<Decoded, Refusal> {
    let parts = multipart::read(boundary, message).map_err(malformed)?;
    let limit_bytes = PROFILE_BYTES_MAX;
    if parts.iter().map(|part| part.body.len()).sum::<usize>() > limit_bytes {
        return Err(Refusal::TooLarge { limit_bytes });
    }
    let Profile { event, attachments } = Profile::of_parts(&parts)?;
    let mut tally = Tally::default();
    let mut builder = BatchBuilder::new(Table::Profiles);
    match event.times_ns(clock) {
        Ok(times_ns) => {
            let id = format!("{:032x}", xxhash_rust::xxh3::xxh3_128(message));
            write(&mut builder, &mut tally, &event, &attachments, times_ns, &id, origin)?;
        }
        Err(reason) => attachments.iter().for_each(|_| tally.reject(reason)),
    }
    let batch = builder.finish().map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok(Decoded { batch, beside: Vec::new(), tally, identity: Identity::Content })
}

fn write(
    builder: &mut BatchBuilder,
    tally: &mut Tally,
    event: &Event<'_>,
    attachments: &[Attachment<'_>],
    (start_ns, end_ns): (i64, i64),
    id: &str,
    origin: &Origin,
) -> Result<(), Refusal> {
    let event_json = event.to_typed_json(tally)?;
    let mut shared = vec![
        builder.share_text(profiles::PROFILE_ID, id),
        builder.share_text(profiles::EVENT, &event_json),
    ];
    if let Some(family) = event.family() {
        shared.push(builder.share_text(profiles::FAMILY, cut(family, tally)));
    }
    let Tags { columns, others } = Tags::of(event, origin);
    for (column, text) in columns {
        shared.push(builder.share_text(column, cut(text, tally)));
    }
    if !others.is_empty() {
        shared.push(builder.share_text(profiles::ATTRIBUTES, &others));
    }
    for attachment in attachments {
        builder.start_row();
        builder.set_int(profiles::TIME, start_ns);
        builder.set_int(profiles::END_TIME, end_ns);
        shared.iter().for_each(|text| builder.set_shared(*text));
        builder.set_text(profiles::NAME, cut(&attachment.name, tally));
        if let Some(format) = attachment.format() {
            builder.set_text(profiles::FORMAT, format);
        }
        builder.set_int(profiles::PAYLOAD_BYTES, attachment.payload.len() as i64);
        builder.set_bytes(profiles::PAYLOAD, attachment.payload);
    }
    Ok(())
}

/// The tags of a profile: those with a column, and the others as a typed JSON object.
struct Tags<'a> {
    columns: Vec<(usize, &'a str)>,
    others: String,
}

impl<'a> Tags<'a> {
    fn of(event: &'a Event<'_>, origin: &'a Origin) -> Self {
        let mut tags = Self { columns: Vec::new(), others: String::new() };
        let mut first = true;
        for (key, value) in event.tags() {
            if tags.set(attribute_of(key), value) {
                continue;
            }
            tags.others.push_str(if first { "{" } else { "" });
            separate(&mut tags.others, &mut first);
            typed_json::write_key(&mut tags.others, key);
            typed_json::write_string(&mut tags.others, value);
        }
        if !first {
            tags.others.push('}');
        }
        // Said only where the tags are silent.
        let otherwise = [
            ("container.id", origin.container_id.as_deref()),
            ("host.name", origin.host_name.as_deref()),
        ];
        for (key, value) in otherwise {
            if let Some(value) = value {
                tags.set(Some(key), value);
            }
        }
        tags
    }

    /// Whether the value came into a column.
    fn set(&mut self, attribute: Option<&str>, value: &'a str) -> bool {
        let hot = attribute.and_then(|key| resource_attributes(Table::Profiles).get(key));
        let Some(hot) = hot else { return false };
        let is_new = !value.is_empty() && self.columns.iter().all(|(it, _)| *it != hot.column);
        if is_new {
            self.columns.push((hot.column, value));
        }
        is_new
    }
}

/// The resource attribute that a tag of a profile means.
fn attribute_of(key: &str) -> Option<&'static str> {
    match key {
        "runtime-id" => Some("service.instance.id"),
        "language" => Some("telemetry.sdk.language"),
        other => tags::resource_key(other),
    }
}
