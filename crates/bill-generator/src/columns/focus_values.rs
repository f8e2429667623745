//! What the columns of FOCUS say about a charge.
//!
//! Meanings: <https://focus.finops.org/focus-specification/v1-2/>. Usage that a commitment covers is
//! billed nothing; the commitment's fee is a purchase that costs nothing effectively, and what of it
//! was not used is usage of its own. So both costs add up to the same.

use super::cur_values as cur;
use super::{Cell, ISSUER, Part, Row, maybe, owned, text};
use crate::charge::{Details, Kind};
use crate::products::IdForm;
use hannun_model::money::Money;
use std::borrow::Cow;

pub fn billed<'a>(row: &Row<'a>) -> Cell<'a> {
    Cell::Number(match (row.part, row.charge.kind) {
        (Part::Unused, _) | (_, Kind::SavingsPlanCoveredUsage) => Money::ZERO,
        _ => row.charge.billed,
    })
}

pub fn effective<'a>(row: &Row<'a>) -> Cell<'a> {
    Cell::Number(if row.part == Part::Purchase { Money::ZERO } else { row.charge.effective })
}

/// At list prices; what is no usage is on no other list than its own.
pub fn list<'a>(row: &Row<'a>) -> Cell<'a> {
    Cell::Number(match row.part {
        Part::Unused => Money::ZERO,
        _ if row.charge.kind.is_usage() => row.charge.list,
        _ => row.charge.billed,
    })
}

pub fn unit_price<'a>(row: &Row<'a>) -> Cell<'a> {
    if row.charge.kind.is_usage() { Cell::Number(row.charge.rate) } else { Cell::Empty }
}

pub fn category<'a>(row: &Row<'a>) -> Cell<'a> {
    text(match (row.part, row.charge.kind) {
        (Part::Purchase, _) | (_, Kind::Fee) => "Purchase",
        (_, Kind::Tax) => "Tax",
        (_, Kind::Credit | Kind::Refund) => "Credit",
        _ => "Usage",
    })
}

/// A refund corrects a period that was invoiced.
pub fn class<'a>(row: &Row<'a>) -> Cell<'a> {
    text(if row.charge.kind == Kind::Refund { "Correction" } else { "" })
}

pub fn frequency<'a>(row: &Row<'a>) -> Cell<'a> {
    text(match (row.part, row.charge.kind) {
        (Part::Purchase, _) | (_, Kind::Fee) => "Recurring",
        (_, Kind::Tax | Kind::Credit | Kind::Refund) => "One-Time",
        _ => "Usage-Based",
    })
}

pub fn pricing_category<'a>(row: &Row<'a>) -> Cell<'a> {
    text(match row.charge.kind {
        Kind::SavingsPlanCoveredUsage | Kind::DiscountedUsage => "Committed",
        Kind::SavingsPlanRecurringFee | Kind::RIFee if row.part == Part::Unused => "Committed",
        Kind::Usage if row.usage().product.key == "ec2.spot.m6i.large" => "Dynamic",
        Kind::Tax | Kind::Credit | Kind::Refund => "",
        _ => "Standard",
    })
}

fn has_quantity(row: &Row<'_>) -> bool {
    !matches!(row.charge.kind, Kind::Tax | Kind::Credit | Kind::Refund)
}

pub fn quantity<'a>(row: &Row<'a>) -> Cell<'a> {
    if has_quantity(row) { Cell::Number(row.charge.quantity) } else { Cell::Empty }
}

pub fn unit<'a>(row: &Row<'a>) -> Cell<'a> {
    text(if has_quantity(row) { row.usage().product.unit } else { "" })
}

pub fn consumed<'a>(row: &Row<'a>) -> Cell<'a> {
    if row.charge.kind.is_usage() { Cell::Number(row.charge.quantity) } else { Cell::Empty }
}

pub fn consumed_unit<'a>(row: &Row<'a>) -> Cell<'a> {
    text(if row.charge.kind.is_usage() { row.usage().product.unit } else { "" })
}

/// The commitment that a line belongs to: its ARN, and whether it is a Savings Plan.
fn commitment<'a>(row: &Row<'a>) -> Option<(&'a str, bool)> {
    let company = row.company();
    match &row.charge.details {
        Details::Covered { plan, .. } | Details::PlanFee { plan, .. } => {
            Some((&company.savings_plans[*plan].arn, true))
        }
        Details::Reserved { reservation, .. } => {
            Some((&company.reservations[*reservation].arn, false))
        }
        Details::ReservationFee(fee) => Some((&company.reservations[fee.reservation].arn, false)),
        _ => None,
    }
}

pub fn commitment_id<'a>(row: &Row<'a>) -> Cell<'a> {
    maybe(commitment(row).map(|(arn, _)| arn))
}

pub fn commitment_name<'a>(row: &Row<'a>) -> Cell<'a> {
    maybe(commitment(row).map(|(arn, _)| arn.rsplit('/').next().unwrap_or(arn)))
}

pub fn commitment_type<'a>(row: &Row<'a>) -> Cell<'a> {
    let name = |is_plan| if is_plan { "Compute Savings Plans" } else { "Reserved Instances" };
    maybe(commitment(row).map(|(_, is_plan)| name(is_plan)))
}

pub fn commitment_category<'a>(row: &Row<'a>) -> Cell<'a> {
    maybe(commitment(row).map(|(_, is_plan)| if is_plan { "Spend" } else { "Usage" }))
}

pub fn commitment_status<'a>(row: &Row<'a>) -> Cell<'a> {
    text(match (commitment(row), row.part) {
        (None, _) | (_, Part::Purchase) => "",
        (_, Part::Unused) => "Unused",
        (_, Part::Whole) => "Used",
    })
}

/// Money for a commitment to spend, hours for one to use.
pub fn commitment_quantity<'a>(row: &Row<'a>) -> Cell<'a> {
    match (commitment(row), row.part) {
        (None, _) => Cell::Empty,
        (Some((_, true)), Part::Purchase) => Cell::Number(row.charge.billed),
        (Some((_, true)), _) => Cell::Number(row.charge.effective),
        (Some((_, false)), Part::Unused) => cur::unused_quantity(row),
        (Some((_, false)), _) => Cell::Number(row.charge.quantity),
    }
}

pub fn commitment_unit<'a>(row: &Row<'a>) -> Cell<'a> {
    match commitment(row) {
        None => Cell::Empty,
        Some((_, true)) => text(&row.company().currency),
        Some((_, false)) => text("Hours"),
    }
}

pub fn resource_name<'a>(row: &Row<'a>) -> Cell<'a> {
    let keys = &row.company().tag_keys;
    let key = keys.iter().position(|key| key == "Name");
    maybe(key.and_then(|key| row.resource().and_then(|resource| resource.tag(key))))
}

pub fn resource_type<'a>(row: &Row<'a>) -> Cell<'a> {
    if row.resource().is_none_or(|resource| resource.id.is_empty()) {
        return Cell::Empty;
    }
    text(match row.usage().product.id_form {
        IdForm::Instance => "EC2 Instance",
        IdForm::Volume => "EBS Volume",
        IdForm::Snapshot => "EBS Snapshot",
        IdForm::Nat => "NAT Gateway",
        IdForm::Endpoint => "VPC Endpoint",
        IdForm::LoadBalancer => "Load Balancer",
        IdForm::Database => "RDS Instance",
        IdForm::Bucket => "S3 Bucket",
        IdForm::Function => "Lambda Function",
        _ => row.usage().product.family,
    })
}

pub fn service_category<'a>(row: &Row<'a>) -> Cell<'a> {
    text(row.usage().product.service_category)
}

/// One of those that FOCUS 1.4 has below the category.
pub fn service_subcategory<'a>(row: &Row<'a>) -> Cell<'a> {
    text(match row.usage().product.service_category {
        "Compute" => "Other (Compute)",
        "Networking" => "Other (Networking)",
        "Databases" => "Other (Databases)",
        "Storage" => "Other (Storage)",
        "Integration" => "Other (Integration)",
        "Analytics" => "Other (Analytics)",
        "Security" => "Other (Security)",
        "AI and Machine Learning" => "Other (AI and Machine Learning)",
        "Management and Governance" => "Other (Management and Governance)",
        _ => "Other (Other)",
    })
}

pub fn price_id<'a>(row: &Row<'a>) -> Cell<'a> {
    match cur::sku(row) {
        Cell::Text(sku) => owned(format!("{sku}.JRTCKXETXF")),
        _ => Cell::Empty,
    }
}

pub fn price_details<'a>(row: &Row<'a>) -> Cell<'a> {
    match row.usage().product.instance_type() {
        Some(kind) if row.charge.kind.is_usage() => {
            Cell::Map(vec![(Cow::Borrowed("InstanceType"), Cow::Borrowed(kind))])
        }
        _ => Cell::Empty,
    }
}

/// Tags with the keys that people gave; FOCUS has no prefix for them.
pub fn tags<'a>(row: &Row<'a>) -> Cell<'a> {
    let tags = row.tagged().map(|resource| resource.tags.as_slice()).unwrap_or_default();
    if tags.is_empty() {
        return Cell::Empty;
    }
    let keys = &row.company().tag_keys;
    let pair = |(key, value): &'a (usize, String)| {
        (Cow::Borrowed(keys[*key].as_str()), Cow::Borrowed(value.as_str()))
    };
    Cell::Map(tags.iter().map(pair).collect())
}

pub fn synthetic<'a>(_row: &Row<'a>) -> Cell<'a> {
    text("true")
}

pub fn issuer<'a>(_row: &Row<'a>) -> Cell<'a> {
    text(ISSUER)
}

pub fn aws<'a>(_row: &Row<'a>) -> Cell<'a> {
    text("AWS")
}
