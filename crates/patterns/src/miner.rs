//! The miner: patterns of all services, within limits.

use crate::form::{Form, parse};
use crate::scan::normalise;
use crate::scope::{Outcome, Scope};
use foldhash::fast::FixedState;
use hannun_model::limits::{
    PATTERN_ALIASES_MAX, PATTERN_FORMS_MAX, PATTERN_SERVICES_MAX, PATTERNS_MAX,
    PATTERNS_PER_SERVICE_MAX,
};
use parking_lot::{Mutex, RwLock};
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Services are divided among this many locks.
const SHARDS: usize = 16;

/// Bounds of a miner; the defaults are those of `hannun_model::limits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Patterns of one service.
    pub patterns_per_service_max: usize,
    /// Patterns of all services together.
    pub patterns_max: usize,
    /// Services that have patterns of their own.
    pub services_max: usize,
    /// Forms whose pattern is remembered.
    pub forms_max: usize,
    /// Merged ids that still resolve.
    pub aliases_max: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            patterns_per_service_max: PATTERNS_PER_SERVICE_MAX,
            patterns_max: PATTERNS_MAX,
            services_max: PATTERN_SERVICES_MAX,
            forms_max: PATTERN_FORMS_MAX,
            aliases_max: PATTERN_ALIASES_MAX,
        }
    }
}

/// What the miner knows of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mined {
    /// Stays the same when the template learns.
    pub id: u64,
    /// The template as it is now; variables are `<…>`.
    pub template: Arc<str>,
    /// Whether no message of the service was like this before.
    pub is_new: bool,
}

/// What a miner holds and did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Patterns of all services.
    pub patterns: usize,
    /// Forms that are remembered.
    pub forms: usize,
    /// Merged ids that still resolve.
    pub aliases: usize,
    /// Messages that got the pattern for the rest, since a limit was reached.
    pub overflowed: u64,
}

/// Finds the pattern of each message. Shared between threads.
#[derive(Debug)]
pub struct Miner {
    options: Options,
    shards: Vec<Mutex<HashMap<Box<str>, Scope, FixedState>>>,
    aliases: RwLock<Aliases>,
    patterns: AtomicUsize,
    services: AtomicUsize,
    forms: AtomicUsize,
    overflowed: AtomicU64,
}

#[derive(Debug, Default)]
struct Aliases {
    now: HashMap<u64, u64, FixedState>,
    order: VecDeque<u64>,
}

#[derive(Default)]
struct Scratch {
    normal: Vec<u8>,
    form: Form,
}

thread_local! {
    /// Buffers that messages are read into, so that none is allocated for each.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Miner {
    /// A miner that knows no patterns yet.
    pub fn new(options: Options) -> Miner {
        Miner {
            options,
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            aliases: RwLock::default(),
            patterns: AtomicUsize::new(0),
            services: AtomicUsize::new(0),
            forms: AtomicUsize::new(0),
            overflowed: AtomicU64::new(0),
        }
    }

    /// The pattern of `message` among those of the service `scope`.
    pub fn mine(&self, scope: &str, message: &str) -> Mined {
        SCRATCH.with_borrow_mut(|scratch| {
            normalise(message, &mut scratch.normal);
            let found = self.within(scope, |scope, may_add| {
                scope.mine(&scratch.normal, &mut scratch.form, may_add)
            });
            if found.outcome == Outcome::Full {
                self.overflowed.fetch_add(1, Relaxed);
            }
            Mined { id: found.id, template: found.template, is_new: found.outcome == Outcome::New }
        })
    }

    /// Tells a pattern that was stored before, so that its messages keep their id. Whether it is
    /// known now: a miner that is full takes no more.
    pub fn seed(&self, scope: &str, id: u64, template: &str) -> bool {
        let normal = parse(template);
        let mut form = Form::default();
        self.within(scope, |scope, may_add| {
            may_add && {
                scope.seed(id, &normal, &mut form);
                true
            }
        })
    }

    /// The id that messages of pattern `id` get now: patterns that turn out to be one are merged.
    pub fn resolve(&self, id: u64) -> u64 {
        self.aliases.read().resolve(id)
    }

    /// Every merged id and what it is now.
    pub fn aliases(&self) -> Vec<(u64, u64)> {
        let aliases = self.aliases.read();
        aliases.now.keys().map(|id| (*id, aliases.resolve(*id))).collect()
    }

    /// What this miner holds and did.
    pub fn counts(&self) -> Counts {
        Counts {
            patterns: self.patterns.load(Relaxed),
            forms: self.forms.load(Relaxed),
            aliases: self.aliases.read().now.len(),
            overflowed: self.overflowed.load(Relaxed),
        }
    }

    /// Runs `act` on the patterns of `name`, and keeps the books of what it changed.
    fn within<T>(&self, name: &str, act: impl FnOnce(&mut Scope, bool) -> T) -> T {
        let hash = FixedState::default().hash_one(name);
        let mut shard = self.shards[hash as usize % SHARDS].lock();
        if !shard.contains_key(name) {
            if self.services.load(Relaxed) >= self.options.services_max {
                drop(shard);
                return act(&mut Scope::new(name), false);
            }
            self.services.fetch_add(1, Relaxed);
            shard.insert(name.into(), Scope::new(name));
        }
        let Some(scope) = shard.get_mut(name) else {
            return act(&mut Scope::new(name), false);
        };
        let (patterns, forms) = (scope.patterns(), scope.forms());
        let may_add = patterns < self.options.patterns_per_service_max
            && self.patterns.load(Relaxed) < self.options.patterns_max;
        let result = act(scope, may_add);
        if scope.patterns() != patterns {
            self.patterns.fetch_add(scope.patterns().wrapping_sub(patterns), Relaxed);
        }
        if scope.forms() != forms {
            let total =
                self.forms.fetch_add(scope.forms() - forms, Relaxed) + scope.forms() - forms;
            if total > self.options.forms_max {
                self.forms.fetch_sub(scope.forms(), Relaxed);
                scope.forget_forms();
            }
        }
        if !scope.merged.is_empty() {
            let merged = std::mem::take(&mut scope.merged);
            self.aliases.write().add(merged, self.options.aliases_max);
        }
        result
    }
}

impl Aliases {
    fn resolve(&self, mut id: u64) -> u64 {
        // Chains are short; the bound guards against a ring.
        for _ in 0..64 {
            match self.now.get(&id) {
                Some(now) => id = *now,
                None => break,
            }
        }
        id
    }

    fn add(&mut self, merged: Vec<(u64, u64)>, max: usize) {
        for (gone, now) in merged {
            if self.resolve(now) == gone {
                continue;
            }
            if self.now.insert(gone, now).is_none() {
                self.order.push_back(gone);
            }
            while self.order.len() > max {
                if let Some(oldest) = self.order.pop_front() {
                    self.now.remove(&oldest);
                }
            }
        }
    }
}
