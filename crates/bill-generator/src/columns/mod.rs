//! What the columns of each format say about a charge.

pub mod cur;
pub mod cur_values;
pub mod focus;
pub mod focus_values;

use crate::calendar::Month;
use crate::charge::{Charge, Details, Kind, Split};
use crate::company::{Account, Company, Node, Pod, Resource, Usage};
use hannun_model::money::Money;
use std::borrow::Cow;
use std::sync::Arc;

/// Who says that they made the bill, wherever a format asks for it.
pub const ISSUER: &str = "Hannun synthetic";

/// One period's bill, as far as every line of it is alike.
#[derive(Debug, Clone)]
pub struct Bill {
    pub company: Arc<Company>,
    pub month: Month,
    /// Absent until the invoice is issued.
    pub invoice_id: Option<String>,
}

/// A line as a format sees it.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    pub bill: &'a Bill,
    pub charge: &'a Charge,
    pub part: Part,
}

/// Which half of a commitment's fee a line of FOCUS is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Whole,
    Purchase,
    Unused,
}

/// What is in a column of a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    Number(Money),
    /// Seconds since 1970.
    Time(i64),
    /// Keys and values.
    Map(Vec<(Cow<'a, str>, Cow<'a, str>)>),
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Text,
    Number,
    Time,
    Map,
}

/// Reads a column from a line.
pub type Read = for<'a> fn(&Row<'a>) -> Cell<'a>;

/// A column of a format.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    pub kind: Type,
    pub source: Source,
}

/// Where a column's values come from.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    Line(Read),
    /// A tag of the resource, by the place of its key.
    Tag(usize),
}

impl Column {
    pub fn new(name: &str, kind: Type, read: Read) -> Self {
        Self { name: name.to_owned(), kind, source: Source::Line(read) }
    }

    pub fn read<'a>(&self, row: &Row<'a>) -> Cell<'a> {
        match self.source {
            Source::Line(read) => read(row),
            Source::Tag(key) => maybe(row.tagged().and_then(|resource| resource.tag(key))),
        }
    }
}

pub fn text(text: &str) -> Cell<'_> {
    if text.is_empty() { Cell::Empty } else { Cell::Text(Cow::Borrowed(text)) }
}

pub fn owned<'a>(text: String) -> Cell<'a> {
    Cell::Text(Cow::Owned(text))
}

pub fn maybe(found: Option<&str>) -> Cell<'_> {
    found.map_or(Cell::Empty, text)
}

impl<'a> Row<'a> {
    pub fn company(&self) -> &'a Company {
        &self.bill.company
    }

    pub fn account(&self) -> &'a Account {
        &self.bill.company.accounts[self.charge.account]
    }

    pub fn payer(&self) -> &'a Account {
        &self.bill.company.accounts[0]
    }

    pub fn usage(&self) -> &'a Usage {
        &self.bill.company.usages[self.charge.usage]
    }

    pub fn resource(&self) -> Option<&'a Resource> {
        self.charge.resource.map(|place| &self.bill.company.resources[place])
    }

    /// The resource whose tags the line carries: pods have labels of their own.
    pub fn tagged(&self) -> Option<&'a Resource> {
        self.resource().filter(|_| self.charge.kind != Kind::Split)
    }

    pub fn split(&self) -> Option<(&'a Split, &'a Node, &'a Pod)> {
        let Details::Split(part) = &self.charge.details else { return None };
        let node = &self.bill.company.nodes[part.node];
        Some((part, node, &node.pods[part.pod]))
    }

    pub fn zone(&self) -> Cell<'a> {
        match self.resource().and_then(|resource| resource.zone) {
            Some(zone) => owned(format!("{}{zone}", self.usage().region.id)),
            None => Cell::Empty,
        }
    }

    /// What the line is about, in words.
    pub fn description(&self) -> Cow<'a, str> {
        let usage = self.usage();
        match (&self.charge.details, self.charge.kind) {
            (Details::Because(reason), _) => Cow::Borrowed(reason),
            (_, Kind::SavingsPlanNegation) => Cow::Owned(format!(
                "SavingsPlanNegation used by AccountId : {} and UsageSku : {}",
                self.account().id,
                usage.sku
            )),
            (_, Kind::SavingsPlanRecurringFee) => {
                Cow::Borrowed("1 year No Upfront Compute Savings Plan")
            }
            (_, Kind::RIFee) => Cow::Owned(format!(
                "{} reserved instances of {}, hourly fee for a year with partial upfront payment",
                usage.region.name, usage.product.usage_type
            )),
            (_, Kind::Tax) => {
                Cow::Owned(format!("Tax of type VAT for {}", usage.product.service_name))
            }
            (_, Kind::Fee) => Cow::Borrowed("Business support of the period"),
            (_, Kind::Split) => Cow::Borrowed("Part of an instance that a pod takes"),
            _ => Cow::Borrowed(&usage.description),
        }
    }
}
