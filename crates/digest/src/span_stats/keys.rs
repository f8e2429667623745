//! What spans are grouped by: texts as numbers, so that a row costs a few look-ups.

use super::Columns;
use super::calls::{Calls, span_key};
use crate::endpoint::{Asked, COLLAPSED_ENDPOINT, endpoint, filled};
use crate::peer::{PeerAttributes, PeerKind};
use hannun_model::limits::{ENDPOINTS_PER_SERVICE_MAX, PEERS_PER_SERVICE_MAX};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

type Map<Key, Value> = HashMap<Key, Value, foldhash::fast::FixedState>;
type Set<Key> = HashSet<Key, foldhash::fast::FixedState>;

/// The number of a text; zero is null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Name(u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PeerKey {
    pub kind: Name,
    pub system: Name,
    pub name: Name,
}

/// Spans with the same key are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupKey {
    /// Minutes since 1970.
    pub minute: i64,
    pub service: Name,
    pub version: Name,
    pub environment: Name,
    pub endpoint: Name,
    pub kind: Name,
    pub failed: bool,
    pub root: bool,
    pub peer: PeerKey,
    pub callee: Name,
    pub caller: Name,
}

/// All texts by their numbers, and what was worked out from them before.
#[derive(Debug, Default)]
pub struct Names<'a> {
    numbers: Map<Cow<'a, str>, u32>,
    texts: Vec<Cow<'a, str>>,
    endpoints: Map<(Name, Asked<'a>), Name>,
    peers: Map<(Name, PeerAttributes<'a>), PeerKey>,
    endpoints_of_services: Map<Name, Set<Name>>,
    peers_of_services: Map<Name, Set<PeerKey>>,
}

impl<'a> Names<'a> {
    pub fn text(&self, name: Name) -> Option<&str> {
        let index = usize::try_from(name.0).ok()?.checked_sub(1)?;
        self.texts.get(index).map(AsRef::as_ref)
    }

    pub fn number(&mut self, text: Option<&'a str>) -> Name {
        text.map_or(Name::default(), |text| self.number_of(Cow::Borrowed(text)))
    }

    fn number_of(&mut self, text: Cow<'a, str>) -> Name {
        if let Some(number) = self.numbers.get(text.as_ref()) {
            return Name(*number);
        }
        self.texts.push(text.clone());
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text, number);
        Name(number)
    }

    pub fn key(
        &mut self,
        columns: &Columns<'a>,
        row: usize,
        minute: i64,
        calls: &Calls,
    ) -> GroupKey {
        let kind = columns.kind.get(row);
        let service = self.number(columns.service_name.get(row));
        let parent = columns.parent_span_id.get(row);
        let trace = columns.trace_id.get(row).unwrap_or_default();
        let peer = self.peer(columns, row, service);
        let (mut callee, mut caller) = (Name::default(), Name::default());
        match kind {
            Some("client" | "producer") => {
                let own = span_key(trace, columns.span_id.get(row).unwrap_or_default());
                // A message belongs to its queue, whoever reads it.
                if self.text(peer.kind) != Some("queue") {
                    callee = calls.callee(own);
                }
            }
            Some("server" | "consumer") if self.text(peer.kind) != Some("queue") => {
                caller = calls.caller(columns, row, service);
            }
            _ => {}
        }
        GroupKey {
            minute,
            service,
            version: self.number(columns.service_version.get(row)),
            environment: self.number(columns.environment.get(row)),
            endpoint: self.endpoint(columns, row, service),
            kind: self.number(kind),
            failed: columns.status_code.get(row) == Some("error"),
            root: parent.is_none(),
            peer,
            callee,
            caller,
        }
    }

    /// Whether the span talked to a queue.
    pub fn is_queue(&mut self, columns: &Columns<'a>, row: usize, service: Name) -> bool {
        let peer = self.peer(columns, row, service);
        self.text(peer.kind) == Some(PeerKind::Queue.name())
    }

    fn endpoint(&mut self, columns: &Columns<'a>, row: usize, service: Name) -> Name {
        let kind = columns.kind.get(row);
        let mut asked =
            Asked { name: columns.name.get(row).unwrap_or_default(), kind, ..Asked::default() };
        if kind == Some("server") {
            asked.http_request_method = columns.http_request_method.get(row);
            asked.http_route = columns.http_route.get(row);
            if filled(asked.http_route).is_none() {
                asked.url_path = columns.url_path.get(row);
            }
        }
        if let Some(known) = self.endpoints.get(&(service, asked)) {
            return *known;
        }
        let mut name = self.number_of(endpoint(&asked));
        let known = self.endpoints_of_services.entry(service).or_default();
        if known.len() >= ENDPOINTS_PER_SERVICE_MAX && !known.contains(&name) {
            name = self.number(Some(COLLAPSED_ENDPOINT));
        } else {
            known.insert(name);
        }
        // What is different in every span is not worth remembering.
        if self.endpoints.len() < 8 * ENDPOINTS_PER_SERVICE_MAX {
            self.endpoints.insert((service, asked), name);
        }
        name
    }

    fn peer(&mut self, columns: &Columns<'a>, row: usize, service: Name) -> PeerKey {
        let kind = columns.kind.get(row);
        if !matches!(kind, Some("client" | "producer" | "consumer")) {
            return PeerKey::default();
        }
        let server_address = filled(columns.server_address.get(row));
        let url_full = columns.url_full.get(row);
        let attributes = PeerAttributes {
            kind,
            peer_service: columns.peer_service.get(row),
            server_address,
            server_port: columns.server_port.get(row),
            network_peer_address: columns
                .network_peer_address
                .get(row)
                .filter(|_| server_address.is_none()),
            // With an address only whether there is a URL matters, which differs in every span.
            url_full: if server_address.is_some() { url_full.map(|_| "") } else { url_full },
            http_request_method: columns.http_request_method.get(row),
            db_system_name: columns.db_system_name.get(row),
            db_namespace: columns.db_namespace.get(row),
            messaging_system: columns.messaging_system.get(row),
            messaging_destination_name: columns.messaging_destination_name.get(row),
            rpc_system: columns.rpc_system.get(row),
            rpc_service: columns.rpc_service.get(row),
        };
        if let Some(known) = self.peers.get(&(service, attributes)) {
            return *known;
        }
        let Some(peer) = attributes.peer() else { return PeerKey::default() };
        let mut key = PeerKey {
            kind: self.number(Some(peer.kind.name())),
            system: self.number(peer.system),
            name: self.number_of(peer.name),
        };
        let known = self.peers_of_services.entry(service).or_default();
        if known.len() >= PEERS_PER_SERVICE_MAX && !known.contains(&key) {
            key.name = self.number(Some(COLLAPSED_ENDPOINT));
        } else {
            known.insert(key);
        }
        if self.peers.len() < 8 * PEERS_PER_SERVICE_MAX {
            self.peers.insert((service, attributes), key);
        }
        key
    }
}
