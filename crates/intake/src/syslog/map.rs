//! Messages to rows of `logs`.

use super::wire::{Waiting, waiting};
use crate::door::{Decoded, Identity};
use crate::otlp::map::Clock;
use crate::records::json::{Entries, Json};
use crate::records::severity::{Severity, of_syslog};
use crate::records::time::{plausible, year_and_month};
use crate::records::{Hints, LogRows, Record};
use crate::refusal::Refusal;
use std::borrow::Cow;
use syslog_loose::{IncompleteDate, Message, Variant, parse_message_with_year};

/// Mark of JSON in a message (Common Event Expression), which rsyslog and others set.
const CEE_MARK: &str = "@cee:";

/// Maps messages that waited together.
pub fn map(messages: &[u8], clock: Clock) -> Result<(Decoded, ()), Refusal> {
    let mut rows = LogRows::new(clock);
    for message in waiting(messages) {
        add(&mut rows, &message, clock);
    }
    let mut decoded = rows.finish().map_err(|error| Refusal::Internal(error.to_string()))?;
    decoded.identity = Identity::Unique;
    Ok((decoded, ()))
}

fn add(rows: &mut LogRows, waiting: &Waiting<'_>, clock: Clock) {
    if waiting.is_cut {
        rows.count_cut_value();
    }
    let text = String::from_utf8_lossy(waiting.message);
    if matches!(text, Cow::Owned(_)) {
        rows.count_invalid_strings(1);
    }
    let message = parse(&text, clock);
    let time_ns = message.timestamp.and_then(|time| time.timestamp_nanos_opt());
    let is_plausible = time_ns.is_some_and(|time_ns| plausible(time_ns, clock));
    let mut attributes = attributes(&message);
    if let Some(time) = message.timestamp.filter(|_| !is_plausible) {
        attributes.push((Cow::Borrowed("syslog.timestamp"), Json::text(time.to_rfc3339())));
    }
    let peer = waiting.peer.to_string();
    let host = message.hostname.filter(|host| !host.is_empty());
    let named: Vec<(&'static str, &str)> = host.iter().map(|host| ("host.name", *host)).collect();
    let mut otherwise = vec![("host.name", peer.as_str())];
    if let Some(name) = message.appname.filter(|name| !name.is_empty()) {
        otherwise.push(("service.name", name));
    }
    let severity = message.severity.and_then(|severity| {
        let number = of_syslog(severity as i64)?;
        Some(Severity { number, text: severity.as_str().to_owned() })
    });
    let hints = Hints {
        time_ns: time_ns.filter(|_| is_plausible),
        severity,
        resource: &named,
        resource_otherwise: &otherwise,
        scope_otherwise: None,
        attributes: &attributes,
    };
    let body = message.msg.trim_start_matches('\u{feff}');
    let body = body.strip_prefix(CEE_MARK).unwrap_or(body);
    // What was not kept is in the tally.
    let _ = rows.add(None, &hints, Record::Line(body.trim().as_bytes()));
}

/// Parses a message; one that is no syslog is a message without a head.
fn parse(text: &str, clock: Clock) -> Message<&str> {
    let (year, month) = year_and_month(clock.now_ns);
    let year_of = move |date: IncompleteDate| {
        // Around new year the date without a year is of the other one.
        let said = i64::from(date.0);
        let year = if said > month + 6 {
            year - 1
        } else if said + 6 < month {
            year + 1
        } else {
            year
        };
        i32::try_from(year).unwrap_or(1970)
    };
    parse_message_with_year(text, year_of, Variant::Either)
}

fn attributes<'m>(message: &Message<&'m str>) -> Entries<'m> {
    let mut attributes = Vec::new();
    let mut push =
        |key: &'static str, value: Json<'m>| attributes.push((Cow::Borrowed(key), value));
    if let Some(facility) = message.facility {
        push("syslog.facility", Json::text(facility.as_str()));
    }
    if let Some(process) = &message.procid {
        push("syslog.procid", Json::text(process.to_string()));
    }
    if let Some(id) = message.msgid.filter(|id| !id.is_empty()) {
        push("syslog.msgid", Json::text(id));
    }
    if !message.structured_data.is_empty() {
        let elements = message.structured_data.iter().map(|element| {
            let parameters = element
                .params()
                .map(|(name, value)| (Cow::Borrowed(*name), Json::text(value)))
                .collect();
            (Cow::Borrowed(element.id), Json::Object(parameters))
        });
        push("structured_data", Json::Object(elements.collect()));
    }
    attributes
}
