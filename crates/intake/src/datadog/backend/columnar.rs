//! Series in columns: `/api/intake/metrics/v3/series`, the message `Payload` of
//! <https://github.com/DataDog/agent-payload/blob/master/proto/metrics/intake_v3.proto>. Vector sends
//! these unless told otherwise; agents do so only to hosts of Datadog.
//!
//! Texts stand once in dictionaries; a series is one entry in each of a handful of columns, which are
//! read side by side. Numbers of entries count from 1, 0 is nothing; most columns hold differences
//! to the entry before. A tag set may begin with another one: a negative number names it.

use super::answer::Outcome;
use super::series::{Series, SeriesType};
use super::series_json::finish;
use crate::budget::Hold;
use crate::datadog::points::PointWriter;
use crate::door::Decoded;
use crate::otlp::map::Clock;
use crate::otlp::wire::{Slice, WireError, WireValue};
use crate::refusal::Refusal;
use hannun_model::limits::{ATTRIBUTES_PER_ITEM_MAX, DATADOG_TAGS_PER_REQUEST_MAX};
use std::borrow::Cow;

/// Numbers of the columns of `MetricData`.
mod column {
    pub const NAMES: usize = 1;
    pub const TAGS: usize = 2;
    pub const TAG_SETS: usize = 3;
    pub const RESOURCE_TEXTS: usize = 4;
    pub const RESOURCE_LENGTHS: usize = 5;
    pub const RESOURCE_TYPES: usize = 6;
    pub const RESOURCE_NAMES: usize = 7;
    pub const TYPES: usize = 10;
    pub const NAME_REFS: usize = 11;
    pub const TAG_SET_REFS: usize = 12;
    pub const RESOURCE_REFS: usize = 13;
    pub const INTERVALS: usize = 14;
    pub const POINTS: usize = 15;
    pub const TIMESTAMPS: usize = 16;
    pub const INTEGERS: usize = 17;
    pub const FLOATS_32: usize = 18;
    pub const FLOATS_64: usize = 19;
    pub const UNITS: usize = 25;
    pub const UNIT_REFS: usize = 26;
    pub const COUNT: usize = 27;
}

/// Bytes of text that take about as long to read as a tag.
const TEXT_BYTES_OF_A_TAG: usize = 256;
const HAS_UNIT: u64 = 0x200;
/// The type that columns of sketches have; nobody sends those to hosts that are not Datadog's.
const SKETCH: u64 = 4;

/// Maps a request.
pub fn map(body: &[u8], hold: &mut Hold, clock: Clock) -> Result<(Decoded, Outcome), Refusal> {
    let mut reader = Reader {
        columns: [Cursor::default(); column::COUNT],
        common: Vec::new(),
        tags_left: DATADOG_TAGS_PER_REQUEST_MAX,
    };
    reader.open(body).map_err(|error| Refusal::Malformed(error.to_string()))?;
    let dictionaries = Dictionaries::read(&mut reader.columns, hold)?;
    let mut writer = PointWriter::new(clock);
    reader.walk(&dictionaries, &mut writer).map_err(malformed)?;
    finish(writer, Outcome::default())
}

/// What is wrong with a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed columns: {0}")]
struct Broken(&'static str);

fn malformed(broken: Broken) -> Refusal {
    Refusal::Malformed(broken.to_string())
}

/// A place in a column.
#[derive(Debug, Clone, Copy, Default)]
struct Cursor<'a> {
    rest: &'a [u8],
    /// The last value, for columns of differences.
    last: i64,
}

impl<'a> Cursor<'a> {
    fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    fn varint(&mut self) -> Result<u64, Broken> {
        let mut value = 0_u64;
        for (index, byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if *byte < 0x80 {
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        Err(Broken("a varint that does not end"))
    }

    fn signed(&mut self) -> Result<i64, Broken> {
        let value = self.varint()?;
        Ok(((value >> 1) as i64) ^ -((value & 1) as i64))
    }

    /// The next value of a column of differences.
    fn next(&mut self) -> Result<i64, Broken> {
        self.last = self.last.wrapping_add(self.signed()?);
        Ok(self.last)
    }

    /// The same, 0 where a sender leaves the whole column out.
    fn next_or_none(&mut self) -> Result<i64, Broken> {
        if self.is_at_end() { Ok(0) } else { self.next() }
    }

    fn bytes(&mut self, count: usize) -> Result<&'a [u8], Broken> {
        let (taken, rest) =
            self.rest.split_at_checked(count).ok_or(Broken("a value that is cut off"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], Broken> {
        self.bytes(LENGTH)?.try_into().map_err(|_| Broken("a value that is cut off"))
    }
}

struct Reader<'a> {
    columns: [Cursor<'a>; column::COUNT],
    /// Tags of all series of the payload.
    common: Vec<String>,
    /// A few bytes refer to a set of many tags.
    tags_left: usize,
}

impl<'a> Reader<'a> {
    /// Finds the columns; each is in one piece, as packed fields are.
    fn open(&mut self, body: &'a [u8]) -> Result<(), WireError> {
        let mut payload = Slice::whole(body).fields();
        while let Some(field) = payload.next()? {
            match field.number {
                2 => self.read_common(field.slice()?)?,
                3 => {
                    let mut data = field.slice()?.fields();
                    while let Some(field) = data.next()? {
                        let column = self.columns.get_mut(field.number as usize);
                        if let (Some(column), WireValue::Slice(slice)) = (column, field.value) {
                            column.rest = slice.bytes;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn read_common(&mut self, metadata: Slice<'a>) -> Result<(), WireError> {
        let mut kind = None;
        let mut fields = metadata.fields();
        while let Some(field) = fields.next()? {
            let text = match field.number {
                1 | 2 => String::from_utf8_lossy(field.slice()?.bytes),
                _ => continue,
            };
            if self.common.len() >= ATTRIBUTES_PER_ITEM_MAX {
                continue;
            }
            match (field.number, kind.take()) {
                (1, _) => self.common.push(text.into_owned()),
                (_, None) => kind = Some(text),
                (_, Some(kind)) => self.common.push(format!("{kind}:{text}")),
            }
        }
        Ok(())
    }

    fn walk(
        &mut self,
        dictionaries: &Dictionaries<'a>,
        writer: &mut PointWriter,
    ) -> Result<(), Broken> {
        while !self.columns[column::TYPES].is_at_end() {
            let flags = self.columns[column::TYPES].varint()?;
            let name = self.columns[column::NAME_REFS].next_or_none()?;
            let tag_set = self.columns[column::TAG_SET_REFS].next_or_none()?;
            let resources = self.columns[column::RESOURCE_REFS].next_or_none()?;
            let interval_s = match &mut self.columns[column::INTERVALS] {
                column if column.is_at_end() => 0,
                column => column.varint()?,
            };
            let unit = match flags & HAS_UNIT {
                0 => 0,
                _ => self.columns[column::UNIT_REFS].next()?,
            };
            let points = self.columns[column::POINTS].varint()?;
            if flags & 0xf == SKETCH {
                return Err(Broken("sketches; send them to /api/beta/sketches"));
            }
            let mut series = Series {
                metric: dictionaries.names.text(name)?,
                series_type: SeriesType::of_number((flags & 0xf) as i64),
                unit: dictionaries.units.text(unit)?,
                interval_s: interval_s as f64,
                ..Series::default()
            };
            self.spend(series.metric.len() + series.unit.len(), 0)?;
            if points == 0 {
                continue;
            }
            dictionaries.add_tags(tag_set, &mut series)?;
            dictionaries.add_resources(resources, &mut series)?;
            let bytes = series.tags.iter().map(|tag| tag.len()).sum();
            self.spend(bytes, series.tags.len())?;
            self.add_points(&series, flags, points, writer)?;
        }
        Ok(())
    }

    /// Takes note of texts that are read anew for a series: long ones count as many tags.
    fn spend(&mut self, bytes: usize, tags: usize) -> Result<(), Broken> {
        let spent = tags + bytes / TEXT_BYTES_OF_A_TAG;
        let broken = Broken("too many tags in one request; send fewer series");
        self.tags_left = self.tags_left.checked_sub(spent).ok_or(broken)?;
        Ok(())
    }

    fn add_points(
        &mut self,
        series: &Series<'a>,
        flags: u64,
        points: u64,
        writer: &mut PointWriter,
    ) -> Result<(), Broken> {
        let mut tags = series.borrowed_tags();
        let common = std::mem::take(&mut self.common);
        tags.extend(common.iter().map(String::as_str));
        for _ in 0..points {
            let seconds = self.columns[column::TIMESTAMPS].next()?;
            let value = match flags & 0xf0 {
                0x00 => 0.0,
                0x10 => self.columns[column::INTEGERS].signed()? as f64,
                0x20 => f64::from(f32::from_le_bytes(self.columns[column::FLOATS_32].array()?)),
                0x30 => f64::from_le_bytes(self.columns[column::FLOATS_64].array()?),
                _ => return Err(Broken("an unknown type of values")),
            };
            // What is not kept is in the tally.
            let _ = series.add(writer, &tags, seconds as f64, value);
        }
        self.common = common;
        Ok(())
    }
}

/// Texts by their numbers.
#[derive(Debug, Default)]
struct Texts<'a>(Vec<&'a [u8]>);

impl<'a> Texts<'a> {
    fn read(mut column: Cursor<'a>, hold: &mut Hold) -> Result<Self, Refusal> {
        let mut texts = Vec::new();
        while !column.is_at_end() {
            let length = column.varint().map_err(malformed)?;
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            // An empty text takes one byte on the wire.
            grow(hold, size_of::<&[u8]>())?;
            texts.push(column.bytes(length).map_err(malformed)?);
        }
        Ok(Self(texts))
    }

    /// The text of a number; nothing for 0.
    fn text(&self, number: i64) -> Result<Cow<'a, str>, Broken> {
        if number == 0 {
            return Ok(Cow::Borrowed(""));
        }
        let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let bytes = index.and_then(|index| self.0.get(index));
        bytes.map(|bytes| String::from_utf8_lossy(bytes)).ok_or(Broken("a text that is not there"))
    }
}

fn grow(hold: &mut Hold, bytes: usize) -> Result<(), Refusal> {
    if hold.grow(bytes) { Ok(()) } else { Err(Refusal::OverBudget) }
}

/// Lists one after another.
#[derive(Debug, Default)]
struct Lists<T> {
    items: Vec<T>,
    /// Where each list ends.
    ends: Vec<usize>,
}

impl<T> Lists<T> {
    /// The list of a number; none for 0.
    fn list(&self, number: i64) -> Result<&[T], Broken> {
        if number == 0 {
            return Ok(&[]);
        }
        let missing = Broken("a list that is not there");
        let number = usize::try_from(number).map_err(|_| missing)?;
        let end = *self.ends.get(number - 1).ok_or(missing)?;
        let start = number.checked_sub(2).map_or(0, |before| self.ends[before]);
        Ok(&self.items[start..end])
    }

    fn end(&mut self, hold: &mut Hold) -> Result<(), Refusal> {
        grow(hold, size_of::<usize>())?;
        self.ends.push(self.items.len());
        Ok(())
    }
}

/// What series refer to.
struct Dictionaries<'a> {
    names: Texts<'a>,
    units: Texts<'a>,
    tags: Texts<'a>,
    /// Numbers of tags.
    tag_sets: Lists<i64>,
    resource_texts: Texts<'a>,
    /// Numbers of the texts of type and name.
    resources: Lists<(i64, i64)>,
}

impl<'a> Dictionaries<'a> {
    fn read(columns: &mut [Cursor<'a>; column::COUNT], hold: &mut Hold) -> Result<Self, Refusal> {
        Ok(Self {
            names: Texts::read(columns[column::NAMES], hold)?,
            units: Texts::read(columns[column::UNITS], hold)?,
            tags: Texts::read(columns[column::TAGS], hold)?,
            tag_sets: read_tag_sets(columns[column::TAG_SETS], hold)?,
            resource_texts: Texts::read(columns[column::RESOURCE_TEXTS], hold)?,
            resources: read_resources(columns, hold)?,
        })
    }

    fn add_tags(&self, tag_set: i64, series: &mut Series<'a>) -> Result<(), Broken> {
        for tag in self.tag_sets.list(tag_set)? {
            series.add_tag(self.tags.text(*tag)?);
        }
        Ok(())
    }

    fn add_resources(&self, resources: i64, series: &mut Series<'a>) -> Result<(), Broken> {
        for (kind, name) in self.resources.list(resources)? {
            let kind = self.resource_texts.text(*kind)?;
            series.add_resource(&kind, self.resource_texts.text(*name)?);
        }
        Ok(())
    }
}

/// Reads tag sets, each with the tags of the one it begins with.
fn read_tag_sets(mut column: Cursor<'_>, hold: &mut Hold) -> Result<Lists<i64>, Refusal> {
    let mut sets = Lists::default();
    while !column.is_at_end() {
        let length = column.signed().map_err(malformed)?;
        let mut number = 0_i64;
        let mut set = Vec::new();
        for _ in 0..length {
            number = number.wrapping_add(column.signed().map_err(malformed)?);
            if number >= 0 {
                set.push(number);
            } else {
                // Only sets before this one are there, so none contains itself.
                let prefix = number.checked_neg().unwrap_or(i64::MAX);
                set.extend_from_slice(sets.list(prefix).map_err(malformed)?);
            }
            if set.len() > ATTRIBUTES_PER_ITEM_MAX {
                return Err(malformed(Broken("a set of too many tags; send fewer")));
            }
        }
        grow(hold, set.len() * size_of::<i64>())?;
        sets.items.extend_from_slice(&set);
        sets.end(hold)?;
    }
    Ok(sets)
}

fn read_resources(
    columns: &mut [Cursor<'_>; column::COUNT],
    hold: &mut Hold,
) -> Result<Lists<(i64, i64)>, Refusal> {
    let mut lists = Lists::default();
    let [mut lengths, mut types, mut names] =
        [column::RESOURCE_LENGTHS, column::RESOURCE_TYPES, column::RESOURCE_NAMES]
            .map(|number| columns[number]);
    while !lengths.is_at_end() {
        let length = lengths.varint().map_err(malformed)?;
        // Differences are to the resource before in the same list.
        (types.last, names.last) = (0, 0);
        if length > ATTRIBUTES_PER_ITEM_MAX as u64 {
            return Err(malformed(Broken("a list of too many resources; send fewer")));
        }
        for _ in 0..length {
            grow(hold, size_of::<(i64, i64)>())?;
            let pair = (types.next().map_err(malformed)?, names.next().map_err(malformed)?);
            lists.items.push(pair);
        }
        lists.end(hold)?;
    }
    Ok(lists)
}
