//! The patterns of one service.

use crate::form::{Form, untyped};
use crate::kind::Kind;
use crate::merge::{self, Difference};
use crate::template::Template;
use foldhash::fast::FixedState;
use hannun_model::limits::PATTERN_STALE_RECORDS;
use std::collections::HashMap;
use std::sync::Arc;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// A place for a pattern. Its turn tells whether a remembered form still means the same pattern.
#[derive(Debug, Default)]
struct Slot {
    turn: u32,
    pattern: Option<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    id: u64,
    template: Template,
    records: u64,
    seen_at: u64,
}

/// What came of a message.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) id: u64,
    pub(crate) template: Arc<str>,
    pub(crate) outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A pattern that was there.
    Known,
    /// A pattern that was not there before.
    New,
    /// No place for another one.
    Full,
}

/// The patterns of one service.
#[derive(Debug)]
pub(crate) struct Scope {
    seed: u64,
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// Places of patterns by the number of their tokens.
    by_length: HashMap<usize, Vec<u32>, FixedState>,
    /// Form of a message to the place of its pattern and the turn of that.
    forms: HashMap<u64, (u32, u32), FixedState>,
    records: u64,
    swept_at: u64,
    /// Ids that went into others since they were last taken: (gone, what it is now).
    pub(crate) merged: Vec<(u64, u64)>,
}

impl Scope {
    pub(crate) fn new(name: &str) -> Scope {
        Scope {
            seed: xxh3_64(name.as_bytes()),
            slots: Vec::new(),
            free: Vec::new(),
            by_length: HashMap::default(),
            forms: HashMap::default(),
            records: 0,
            swept_at: 0,
            merged: Vec::new(),
        }
    }

    pub(crate) fn patterns(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(crate) fn forms(&self) -> usize {
        self.forms.len()
    }

    pub(crate) fn forget_forms(&mut self) {
        self.forms = HashMap::default();
    }

    /// The pattern of the message `normal`. `may_add` is whether there is room for another one.
    pub(crate) fn mine(&mut self, normal: &[u8], form: &mut Form, may_add: bool) -> Found {
        self.records += 1;
        let hash = xxh3_64_with_seed(normal, self.seed);
        if let Some((slot, turn)) = self.forms.get(&hash)
            && let Some(found) = self.seen(*slot, Some(*turn), Outcome::Known)
        {
            return found;
        }
        form.read(normal);
        let found = match self.matching(form) {
            Some(slot) => {
                self.learn(slot, normal, form, 0);
                self.seen(slot, None, Outcome::Known).map(|found| (slot, found))
            }
            None if may_add || self.sweep() => {
                let (slot, outcome) = self.add(self.id_of(normal), normal, form);
                self.seen(slot, None, outcome).map(|found| (slot, found))
            }
            None => None,
        };
        match found {
            Some((slot, found)) => {
                self.forms.insert(hash, (slot, self.slots[slot as usize].turn));
                found
            }
            None => self.rest(),
        }
    }

    /// Adds a pattern that is known from before.
    pub(crate) fn seed(&mut self, id: u64, normal: &[u8], form: &mut Form) {
        form.read(normal);
        if let Some(slot) = self.matching(form) {
            self.learn(slot, normal, form, 0);
            let known = self.slots[slot as usize].pattern.as_ref().map_or(id, |known| known.id);
            if known != id {
                self.merged.push((id, known));
            }
            return;
        }
        let (slot, _) = self.add(id, normal, form);
        // The id of the later, wider template is the one that records got last.
        if let Some(pattern) = &mut self.slots[slot as usize].pattern
            && pattern.id != id
        {
            self.merged.push((std::mem::replace(&mut pattern.id, id), id));
        }
    }

    /// The pattern of all messages that found no place.
    fn rest(&self) -> Found {
        let normal = [Kind::Rest as u8];
        let template = Kind::Rest.placeholder().into();
        Found { id: self.id_of(&normal), template, outcome: Outcome::Full }
    }

    fn id_of(&self, normal: &[u8]) -> u64 {
        let plain: Vec<u8> = normal.iter().map(|byte| untyped(*byte)).collect();
        xxh3_64_with_seed(&plain, self.seed).max(1)
    }

    fn seen(&mut self, slot: u32, turn: Option<u32>, outcome: Outcome) -> Option<Found> {
        let records = self.records;
        let slot = self.slots.get_mut(slot as usize)?;
        if turn.is_some_and(|turn| turn != slot.turn) {
            return None;
        }
        let pattern = slot.pattern.as_mut()?;
        pattern.records += 1;
        pattern.seen_at = records;
        Some(Found { id: pattern.id, template: Arc::clone(pattern.template.text()), outcome })
    }

    /// The narrowest pattern that the message belongs to as it is.
    fn matching(&self, form: &Form) -> Option<u32> {
        let slots = self.by_length.get(&form.tokens.len())?;
        let matching = slots.iter().filter_map(|slot| {
            let same = self.template(*slot)?.matches(&form.tokens)?;
            Some((same, *slot))
        });
        matching.max_by_key(|(same, slot)| (*same, u32::MAX - slot)).map(|(_, slot)| slot)
    }

    fn template(&self, slot: u32) -> Option<&Template> {
        self.slots.get(slot as usize)?.pattern.as_ref().map(|pattern| &pattern.template)
    }

    fn learn(&mut self, slot: u32, normal: &[u8], form: &Form, wild: u128) {
        if let Some(pattern) = &mut self.slots[slot as usize].pattern {
            pattern.template.learn(normal, form, wild);
        }
    }

    /// Makes a pattern, or merges the message with patterns that differ in what varies.
    fn add(&mut self, id: u64, normal: &[u8], form: &Form) -> (u32, Outcome) {
        let fresh = Template::new(normal);
        let others = self.alike(form);
        let views: Vec<(usize, &Template, Difference)> = others
            .iter()
            .filter_map(|(slot, difference)| {
                self.template(*slot).map(|template| (*slot as usize, template, *difference))
            })
            .collect();
        match merge::plan(&fresh, &views) {
            Some((wild, joined)) => (self.merge(id, normal, form, wild, joined), Outcome::Known),
            None => (self.insert(id, fresh), Outcome::New),
        }
    }

    fn alike(&self, form: &Form) -> Vec<(u32, Difference)> {
        let slots = self.by_length.get(&form.tokens.len()).map_or(&[][..], Vec::as_slice);
        let difference = |slot: &u32| {
            let template = self.template(*slot)?;
            merge::difference(template.tokens(), &form.tokens).map(|found| (*slot, found))
        };
        slots.iter().filter_map(difference).collect()
    }

    fn insert(&mut self, id: u64, template: Template) -> u32 {
        let length = template.tokens().len();
        let pattern = Pattern { id, template, records: 0, seen_at: self.records };
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            (self.slots.len() - 1) as u32
        });
        self.slots[slot as usize].pattern = Some(pattern);
        self.by_length.entry(length).or_default().push(slot);
        slot
    }

    fn remove(&mut self, slot: u32) -> Option<Pattern> {
        let place = self.slots.get_mut(slot as usize)?;
        let pattern = place.pattern.take()?;
        place.turn = place.turn.wrapping_add(1);
        self.free.push(slot);
        if let Some(slots) = self.by_length.get_mut(&pattern.template.tokens().len()) {
            slots.retain(|other| *other != slot);
        }
        Some(pattern)
    }

    /// The patterns `joined` and a new message become one; the one with the most records keeps its
    /// id, since most of what is stored carries it.
    fn merge(
        &mut self,
        id: u64,
        normal: &[u8],
        form: &Form,
        wild: u128,
        joined: Vec<usize>,
    ) -> u32 {
        let records =
            |slot: &usize| self.slots[*slot].pattern.as_ref().map_or(0, |pattern| pattern.records);
        let first = joined.iter().copied().max_by_key(|slot| (records(slot), usize::MAX - *slot));
        let Some(kept) = first.map(|slot| slot as u32) else {
            return self.insert(id, Template::new(normal));
        };
        self.learn(kept, normal, form, wild);
        let kept_id = self.slots[kept as usize].pattern.as_ref().map_or(id, |pattern| pattern.id);
        for slot in joined.into_iter().map(|slot| slot as u32).filter(|slot| *slot != kept) {
            let Some(gone) = self.remove(slot) else { continue };
            let (normal, form) = gone.template.parts();
            self.learn(kept, normal, form, wild);
            if let Some(pattern) = &mut self.slots[kept as usize].pattern {
                pattern.records += gone.records;
            }
            self.merged.push((gone.id, kept_id));
        }
        kept
    }

    /// Frees the places of patterns that were seen once or twice, long ago. Whether there is room.
    fn sweep(&mut self) -> bool {
        if self.records < self.swept_at + PATTERN_STALE_RECORDS {
            return false;
        }
        self.swept_at = self.records;
        let stale = |pattern: &Pattern| {
            pattern.records < 3 && pattern.seen_at + PATTERN_STALE_RECORDS <= self.records
        };
        let gone: Vec<u32> = (0..self.slots.len() as u32)
            .filter(|slot| self.slots[*slot as usize].pattern.as_ref().is_some_and(stale))
            .collect();
        for slot in &gone {
            self.remove(*slot);
        }
        !gone.is_empty()
    }
}
