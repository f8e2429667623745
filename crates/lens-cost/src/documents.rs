//! The kinds of documents that this lens owns.

use crate::allocation::kinds::{COST_ACCOUNT, COST_LOOKUP_TABLE, COST_SHARED, COST_VIRTUAL_TAG};
use crate::containers::settings::COST_SETTINGS;
use crate::currency::EXCHANGE_RATE;
use crate::sources::COST_SOURCE;
use hannun_ledger::Kind;

/// All of them.
pub const KINDS: [Kind; 7] = [
    EXCHANGE_RATE,
    COST_SOURCE,
    COST_VIRTUAL_TAG,
    COST_LOOKUP_TABLE,
    COST_SHARED,
    COST_ACCOUNT,
    COST_SETTINGS,
];
