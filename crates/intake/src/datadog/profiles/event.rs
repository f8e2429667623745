//! What a client says about a profile, and which parts of the form are attachments.
//!
//! Newer clients send a part `event` with JSON; older ones (version 3) a part for each field, some of
//! them several times, and attachments named `data[…]`.
//!
//! Source: the uploaders of <https://github.com/DataDog/libdatadog> (`datadog-profiling`) and
//! <https://github.com/DataDog/dd-trace-go> (`profiler/upload.go`).

use super::multipart::Part;
use crate::datadog::tags;
use crate::otlp::map::attributes::{separate, write_json};
use crate::otlp::map::{Clock, Reject, Tally};
use crate::records::json::{self, Entries, Json};
use crate::records::time;
use crate::refusal::Refusal;
use hannun_model::limits::{
    ATTRIBUTES_PER_ITEM_MAX, PROFILE_ATTACHMENTS_MAX, PROFILE_EVENT_BYTES_MAX,
};
use hannun_model::typed_json;
use std::borrow::Cow;

/// A profile.
#[derive(Debug)]
pub struct Profile<'a> {
    pub event: Event<'a>,
    pub attachments: Vec<Attachment<'a>>,
}

/// A file of a profile.
#[derive(Debug, PartialEq, Eq)]
pub struct Attachment<'a> {
    pub name: Cow<'a, str>,
    pub payload: &'a [u8],
}

/// What a client says about a profile.
#[derive(Debug)]
pub struct Event<'a> {
    fields: Entries<'a>,
}

impl<'a> Profile<'a> {
    /// Tells the event from the attachments.
    pub fn of_parts(parts: &[Part<'a>]) -> Result<Self, Refusal> {
        let is_event = |part: &&Part<'_>| {
            part.name == "event" || part.file_name.as_deref() == Some("event.json")
        };
        let event = parts.iter().find(is_event);
        let is_field = |part: &&Part<'_>| {
            event.is_none() && part.file_name.is_none() && !part.name.starts_with("data[")
        };
        let fields: Vec<&Part<'a>> = parts.iter().filter(is_field).collect();
        let is_attachment = |part: &&Part<'_>| !is_event(part) && !is_field(part);
        let attachments: Vec<Attachment<'a>> =
            parts.iter().filter(is_attachment).map(Attachment::of_part).collect();
        if attachments.len() > PROFILE_ATTACHMENTS_MAX {
            let message = format!("more than {PROFILE_ATTACHMENTS_MAX} attachments in a profile");
            return Err(Refusal::Malformed(message));
        }
        let event = match event {
            Some(part) => Event::of_json(part.body)?,
            None if fields.is_empty() => {
                let message = "a profile needs a part `event` that says what it is about";
                return Err(Refusal::Malformed(message.to_owned()));
            }
            None => Event::of_fields(&fields)?,
        };
        Ok(Self { event, attachments })
    }
}

impl<'a> Attachment<'a> {
    /// Older clients say the name of a file in brackets, and call all of them the same.
    fn of_part(part: &Part<'a>) -> Self {
        let in_brackets = part.name.strip_prefix("data[").and_then(|rest| rest.strip_suffix(']'));
        let name = match (in_brackets, &part.file_name) {
            (Some(name), _) if name.contains('.') => Cow::Owned(name.to_owned()),
            (_, Some(name)) if !name.is_empty() => name.clone(),
            _ => part.name.clone(),
        };
        Self { name, payload: part.body }
    }

    /// The format that the name tells, whatever it is compressed with.
    pub fn format(&self) -> Option<&'static str> {
        let mut endings = self.name.rsplit('.').take(2);
        endings.find_map(|ending| match ending {
            "pprof" => Some("pprof"),
            "jfr" => Some("jfr"),
            _ => None,
        })
    }
}

impl<'a> Event<'a> {
    fn of_json(body: &'a [u8]) -> Result<Self, Refusal> {
        within_limit(body.len())?;
        let malformed = |error: &dyn std::fmt::Display| {
            Refusal::Malformed(format!("malformed event of a profile: {error}"))
        };
        let text = std::str::from_utf8(body).map_err(|error| malformed(&error))?;
        match json::read(text).map_err(|error| malformed(&error))? {
            Json::Object(fields) => Ok(Self { fields }),
            _ => Err(malformed(&"expected an object")),
        }
    }

    /// Fields of a form; those that come several times are lists.
    fn of_fields(parts: &[&Part<'a>]) -> Result<Self, Refusal> {
        within_limit(parts.iter().map(|part| part.name.len() + part.body.len()).sum())?;
        let mut fields: Entries<'a> = Vec::new();
        for part in parts {
            let value = Json::text(String::from_utf8_lossy(part.body));
            match fields.iter_mut().find(|(name, _)| *name == part.name) {
                Some((_, Json::Array(items))) => items.push(value),
                Some((_, single)) => {
                    let first = std::mem::replace(single, Json::Null);
                    *single = Json::Array(vec![first, value]);
                }
                None => fields.push((part.name.clone(), value)),
            }
        }
        Ok(Self { fields })
    }

    fn get(&self, names: &[&str]) -> Option<&Json<'a>> {
        names.iter().find_map(|wanted| {
            self.fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value)
        })
    }

    /// Which profiler made it.
    pub fn family(&self) -> Option<&str> {
        self.get(&["family", "runtime"])?.as_text().filter(|family| !family.is_empty())
    }

    /// When it begins and ends. What cannot be is when it came: a profile is not refused because a
    /// clock is wrong.
    pub fn times_ns(&self, clock: Clock) -> Result<(i64, i64), Reject> {
        let told = |names: &[&str]| {
            let told = match self.get(names)? {
                Json::Text(text) => time::of_text(text.trim()).map(|(time_ns, _)| time_ns),
                Json::Int(number) => time::of_integer(*number),
                _ => None,
            };
            u64::try_from(told?).ok()
        };
        let end = told(&["end", "recording-end"]);
        let accepted = |told: Option<u64>| match told.map(|time| clock.accept(time)) {
            Some(Err(Reject::OlderThanRetention)) => Err(Reject::OlderThanRetention),
            Some(Ok(time_ns)) => Ok(time_ns),
            _ => Ok(clock.now_ns),
        };
        let end_ns = accepted(end)?;
        let start_ns = accepted(told(&["start", "recording-start"]).or(end))?;
        Ok((start_ns.min(end_ns), end_ns))
    }

    /// Keys and values of the tags, the first value of each key.
    pub fn tags(&self) -> Vec<(&str, &str)> {
        let list = match self.get(&["tags_profiler", "tags[]", "tags"]) {
            Some(Json::Text(list)) => tags::of_list(list).collect(),
            Some(Json::Array(items)) => items.iter().filter_map(Json::as_text).collect(),
            _ => Vec::new(),
        };
        let mut told: Vec<(&str, &str)> = Vec::new();
        for tag in list {
            let (key, value) = tags::split(tag);
            if told.len() < ATTRIBUTES_PER_ITEM_MAX && told.iter().all(|(known, _)| *known != key) {
                told.push((key, value));
            }
        }
        told
    }

    /// All of it as typed JSON.
    pub fn to_typed_json(&self, tally: &mut Tally) -> Result<String, Refusal> {
        let mut out = "{".to_owned();
        let mut first = true;
        for (key, value) in &self.fields {
            separate(&mut out, &mut first);
            typed_json::write_key(&mut out, key);
            write_json(&mut out, value.any(), 1, tally)
                .map_err(|_| Refusal::Malformed("the event of a profile is too deep".to_owned()))?;
        }
        out.push('}');
        Ok(out)
    }
}

fn within_limit(bytes: usize) -> Result<(), Refusal> {
    let limit_bytes = PROFILE_EVENT_BYTES_MAX;
    if bytes > limit_bytes { Err(Refusal::TooLarge { limit_bytes }) } else { Ok(()) }
}
