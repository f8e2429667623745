//! Distinct attribute keys by service: a service that puts values into keys is pointed out. All of
//! its attributes are kept; they cost a place in the map only.

use crate::rows::LogRows;
use crate::status::{Warning, WarningKind};
use foldhash::fast::FixedState;
use hannun_model::limits::{LOG_KEYS_PER_SERVICE_MAX, LOG_SERVICES_MAX};
use hannun_model::table::logs;
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

type Hashes = HashSet<u64, FixedState>;

/// The keys of all services, up to a limit each.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    services: Mutex<HashMap<String, Service, FixedState>>,
}

#[derive(Debug, Default)]
struct Service {
    keys: Hashes,
    /// Nothing is remembered once there were too many.
    has_too_many: bool,
}

impl Keys {
    /// Notes the keys of these rows.
    pub(crate) fn note(&self, rows: &LogRows<'_>) {
        let hasher = FixedState::default();
        let mut row = 0;
        while row < rows.len() {
            let service = rows.text(logs::SERVICE_NAME, row);
            let mut keys = Hashes::default();
            // Records of one service come together.
            while row < rows.len() && rows.text(logs::SERVICE_NAME, row) == service {
                if keys.len() <= LOG_KEYS_PER_SERVICE_MAX {
                    keys.extend(rows.map(row).map(|(key, _)| hasher.hash_one(key)));
                }
                row += 1;
            }
            if !keys.is_empty() {
                self.add(service.unwrap_or_default(), &keys);
            }
        }
    }

    fn add(&self, service: &str, keys: &Hashes) {
        let mut services = self.services.lock();
        if !services.contains_key(service) {
            if services.len() >= LOG_SERVICES_MAX {
                return;
            }
            services.insert(service.to_owned(), Service::default());
        }
        let Some(known) = services.get_mut(service) else { return };
        if !known.has_too_many {
            known.keys.extend(keys);
            known.has_too_many = known.keys.len() > LOG_KEYS_PER_SERVICE_MAX;
            if known.has_too_many {
                known.keys = Hashes::default();
            }
        }
    }

    pub(crate) fn warnings(&self) -> Vec<Warning> {
        let services = self.services.lock();
        let too_many = services.iter().filter(|(_, service)| service.has_too_many);
        let mut warnings: Vec<Warning> = too_many
            .map(|(service, _)| Warning {
                service: Some(service.clone()),
                kind: WarningKind::TooManyKeys,
                message: format!(
                    "more than {LOG_KEYS_PER_SERVICE_MAX} distinct attribute keys; all are kept, \
                     but values such as ids belong into values, not into keys"
                ),
            })
            .collect();
        warnings.sort_by(|left, right| left.service.cmp(&right.service));
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_model::batch::BatchBuilder;
    use hannun_model::table::Table;

    #[test]
    fn a_service_with_values_in_its_keys_is_pointed_out() {
        let mut builder = BatchBuilder::new(Table::Logs);
        for number in 0..100_000 {
            builder.start_row();
            let noisy = number % 2 == 0;
            builder.set_text(logs::SERVICE_NAME, if noisy { "noisy" } else { "quiet" });
            let key = if noisy { format!("user_{number}") } else { "user".to_owned() };
            builder.add_attribute(logs::ATTRIBUTES, &key, |out| out.push('1'));
        }
        let batch = builder.finish().unwrap();
        let keys = Keys::default();
        keys.note(&LogRows::new(batch.records()));
        let warnings = keys.warnings();
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].service.as_deref(), Some("noisy"));
        assert_eq!(keys.services.lock()["quiet"].keys.len(), 1);
        assert_eq!(keys.services.lock()["noisy"].keys.len(), 0, "nothing is held for it");
    }
}
