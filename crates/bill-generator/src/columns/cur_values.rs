//! What the columns of a Cost and Usage Report say.
//!
//! Meanings are those of AWS's data dictionary:
//! <https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html>.

use super::{Cell, ISSUER, Row, maybe, owned, text};
use crate::chance::Chance;
use crate::charge::{Details, Kind, ReservationFee};
use crate::company::Reservation;
use crate::products::Commitment;
use hannun_model::money::Money;
use std::borrow::Cow;

/// An id that the lines of a resource and usage share: as with AWS, it is no key.
pub fn line_item_id<'a>(row: &Row<'a>) -> Cell<'a> {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let charge = row.charge;
    let mut chance = Chance::new(row.company().seed)
        .about(charge.usage as u64)
        .about(charge.account as u64)
        .about(charge.resource.map_or(0, |place| place as u64 + 1))
        .about(charge.kind as u64);
    let mut id = String::with_capacity(52);
    while id.len() < 52 {
        chance = chance.about(1);
        let mut bits = chance.bits();
        for _ in 0..12.min(52 - id.len()) {
            id.push(char::from(ALPHABET[(bits & 31) as usize]));
            bits >>= 5;
        }
    }
    owned(id)
}

pub fn bill_type<'a>(row: &Row<'a>) -> Cell<'a> {
    text(match row.charge.kind {
        Kind::Refund => "Refund",
        Kind::RIFee | Kind::SavingsPlanRecurringFee => "Purchase",
        _ => "Anniversary",
    })
}

pub fn resource_id<'a>(row: &Row<'a>) -> Cell<'a> {
    if let Some((_, node, pod)) = row.split() {
        let (region, account) = (row.usage().region.id, &row.account().id);
        return owned(format!(
            "arn:aws:eks:{region}:{account}:pod/{}/{}/{}/{}",
            node.cluster, pod.namespace, pod.name, pod.uid
        ));
    }
    match &row.charge.details {
        Details::PlanFee { plan, .. } => text(&row.company().savings_plans[*plan].arn),
        Details::ReservationFee(fee) => text(&row.company().reservations[fee.reservation].arn),
        _ => maybe(row.resource().map(|resource| resource.id.as_str())),
    }
}

pub fn product_code<'a>(row: &Row<'a>) -> Cell<'a> {
    text(if row.split().is_some() { "AmazonEKS" } else { row.usage().product.service_code })
}

pub fn product_name<'a>(row: &Row<'a>) -> Cell<'a> {
    text(match row.split() {
        Some(_) => "Amazon Elastic Container Service for Kubernetes",
        None => row.usage().product.service_name,
    })
}

pub fn usage_type<'a>(row: &Row<'a>) -> Cell<'a> {
    match row.split() {
        Some((part, ..)) => owned(format!(
            "{}EKS-EC2-{}",
            row.usage().region.prefix,
            if part.is_memory { "GB-Hours" } else { "vCPU-Hours" }
        )),
        None => text(&row.usage().usage_type),
    }
}

pub fn operation<'a>(row: &Row<'a>) -> Cell<'a> {
    text(match row.charge.kind {
        Kind::Split => "EKSPod-EC2",
        Kind::SavingsPlanRecurringFee | Kind::Fee | Kind::Tax => "",
        _ => row.usage().product.operation,
    })
}

pub fn rate<'a>(row: &Row<'a>) -> Cell<'a> {
    Cell::Number(row.charge.rate)
}

pub fn tax_type<'a>(row: &Row<'a>) -> Cell<'a> {
    text(if row.charge.kind == Kind::Tax { "VAT" } else { "" })
}

pub fn normalization_factor<'a>(row: &Row<'a>) -> Cell<'a> {
    let factor = factor(row);
    if factor == 0 { Cell::Empty } else { Cell::Number(Money::from_units(factor * ONE)) }
}

pub fn normalized_amount<'a>(row: &Row<'a>) -> Cell<'a> {
    let factor = factor(row);
    if factor == 0 {
        return Cell::Empty;
    }
    Cell::Number(Money::from_units(row.charge.quantity.units() * factor))
}

const ONE: i128 = 1_000_000_000_000;

/// What an instance size counts in units of `small`.
fn factor(row: &Row<'_>) -> i128 {
    if !row.charge.kind.is_usage() && row.charge.kind != Kind::RIFee {
        return 0;
    }
    match row.usage().product.instance_type().and_then(|kind| kind.rsplit('.').next()) {
        Some("medium") => 2,
        Some("large") => 4,
        Some("xlarge") => 8,
        Some("2xlarge") => 16,
        Some("8xlarge") => 64,
        _ => 0,
    }
}

pub fn term<'a>(row: &Row<'a>) -> Cell<'a> {
    text(match row.charge.kind {
        Kind::DiscountedUsage | Kind::RIFee => "Reserved",
        Kind::Usage if row.usage().product.key == "ec2.spot.m6i.large" => "Spot",
        Kind::Usage | Kind::SavingsPlanCoveredUsage | Kind::SavingsPlanNegation => "OnDemand",
        _ => "",
    })
}

pub fn unit<'a>(row: &Row<'a>) -> Cell<'a> {
    text(match row.charge.kind {
        Kind::Usage
        | Kind::SavingsPlanCoveredUsage
        | Kind::SavingsPlanRecurringFee
        | Kind::DiscountedUsage
        | Kind::RIFee => row.usage().product.unit,
        _ => "",
    })
}

pub fn lease<'a>(row: &Row<'a>) -> Cell<'a> {
    text(if is_committed(row) { "1yr" } else { "" })
}

pub fn purchase_option<'a>(row: &Row<'a>) -> Cell<'a> {
    text(match row.charge.kind {
        Kind::DiscountedUsage | Kind::RIFee => "Partial Upfront",
        Kind::SavingsPlanCoveredUsage | Kind::SavingsPlanRecurringFee => "No Upfront",
        _ => "",
    })
}

fn is_committed(row: &Row<'_>) -> bool {
    !matches!(row.charge.details, Details::None | Details::Because(_) | Details::Split(_))
}

pub fn public_rate<'a>(row: &Row<'a>) -> Cell<'a> {
    if row.charge.kind.is_usage() { Cell::Number(row.charge.rate) } else { Cell::Empty }
}

pub fn public_cost<'a>(row: &Row<'a>) -> Cell<'a> {
    Cell::Number(row.charge.list)
}

pub fn rate_code<'a>(row: &Row<'a>) -> Cell<'a> {
    match row.charge.kind.is_usage() {
        true => owned(format!("{}.JRTCKXETXF.6YS6EN2CT7", row.usage().sku)),
        false => Cell::Empty,
    }
}

pub fn sku<'a>(row: &Row<'a>) -> Cell<'a> {
    match row.charge.kind {
        Kind::Tax | Kind::Credit | Kind::Refund | Kind::Fee | Kind::Split => Cell::Empty,
        _ => text(&row.usage().sku),
    }
}

pub fn region_code<'a>(row: &Row<'a>) -> Cell<'a> {
    text(row.usage().region.id)
}

pub fn location<'a>(row: &Row<'a>) -> Cell<'a> {
    text(row.usage().region.name)
}

pub fn instance_type<'a>(row: &Row<'a>) -> Cell<'a> {
    maybe(row.usage().product.instance_type())
}

/// What a product is like: only what has a value, as the map of CUR 2.0 has it.
pub fn product_map<'a>(row: &Row<'a>) -> Cell<'a> {
    let product = row.usage().product;
    let mut pairs = vec![
        (Cow::Borrowed("product_name"), Cow::Borrowed(product.service_name)),
        (Cow::Borrowed("region"), Cow::Borrowed(row.usage().region.id)),
    ];
    if let Some(kind) = product.instance_type() {
        pairs.push((Cow::Borrowed("instance_type"), Cow::Borrowed(kind)));
        pairs.push((Cow::Borrowed("tenancy"), Cow::Borrowed("Shared")));
    }
    pairs.retain(|(_, value)| !value.is_empty());
    Cell::Map(pairs)
}

/// Tags as the map of CUR 2.0 has them: `user:team` is `user_team`.
pub fn tag_map<'a>(row: &Row<'a>) -> Cell<'a> {
    if let Some((_, node, pod)) = row.split() {
        let pairs = [
            ("aws_eks_cluster_name", node.cluster.as_str()),
            ("aws_eks_namespace", &pod.namespace),
            ("aws_eks_node", &node.name),
            ("aws_eks_deployment", &pod.workload),
            ("aws_eks_workload_name", &pod.workload),
            ("aws_eks_workload_type", "ReplicaSet"),
        ];
        let pair = |(key, value)| (Cow::Borrowed(key), Cow::Borrowed(value));
        return Cell::Map(pairs.into_iter().map(pair).collect());
    }
    let tags = row.tagged().map(|resource| resource.tags.as_slice()).unwrap_or_default();
    let keys = &row.company().tag_keys;
    let pair = |(key, value): &'a (usize, String)| {
        let name = format!("user_{}", hannun_model::cost::snake_case(&keys[*key]));
        (Cow::Owned(name), Cow::Borrowed(value.as_str()))
    };
    Cell::Map(tags.iter().map(pair).collect())
}

/// A label of a pod, on rows of split cost allocation data.
pub fn pod_cluster<'a>(row: &Row<'a>) -> Cell<'a> {
    maybe(row.split().map(|(_, node, _)| node.cluster.as_str()))
}

pub fn pod_namespace<'a>(row: &Row<'a>) -> Cell<'a> {
    maybe(row.split().map(|(.., pod)| pod.namespace.as_str()))
}

pub fn pod_workload<'a>(row: &Row<'a>) -> Cell<'a> {
    maybe(row.split().map(|(.., pod)| pod.workload.as_str()))
}

pub fn pod_node<'a>(row: &Row<'a>) -> Cell<'a> {
    maybe(row.split().map(|(_, node, _)| node.name.as_str()))
}

/// The team's accounts as a category that the organization defined.
pub fn cost_category<'a>(row: &Row<'a>) -> Cell<'a> {
    text(&row.account().team)
}

pub fn cost_category_map<'a>(row: &Row<'a>) -> Cell<'a> {
    Cell::Map(vec![(Cow::Borrowed("team"), Cow::Borrowed(row.account().team.as_str()))])
}

fn reservation<'a>(row: &Row<'a>) -> Option<&'a Reservation> {
    let place = match &row.charge.details {
        Details::Reserved { reservation, .. } => *reservation,
        Details::ReservationFee(fee) => fee.reservation,
        _ => return None,
    };
    Some(&row.company().reservations[place])
}

fn reservation_fee<'a>(row: &Row<'a>) -> Option<&'a ReservationFee> {
    match &row.charge.details {
        Details::ReservationFee(fee) => Some(fee),
        _ => None,
    }
}

pub fn reservation_arn<'a>(row: &Row<'a>) -> Cell<'a> {
    maybe(reservation(row).map(|reservation| reservation.arn.as_str()))
}

pub fn reservation_effective<'a>(row: &Row<'a>) -> Cell<'a> {
    Cell::Number(match row.charge.kind {
        Kind::DiscountedUsage => row.charge.effective,
        _ => Money::ZERO,
    })
}

pub fn reservation_upfront<'a>(row: &Row<'a>) -> Cell<'a> {
    match row.charge.details {
        Details::Reserved { upfront, .. } => Cell::Number(upfront),
        _ => Cell::Empty,
    }
}

pub fn reservation_recurring<'a>(row: &Row<'a>) -> Cell<'a> {
    match row.charge.details {
        Details::Reserved { recurring, .. } => Cell::Number(recurring),
        _ => Cell::Empty,
    }
}

pub fn unused_upfront<'a>(row: &Row<'a>) -> Cell<'a> {
    reservation_fee(row).map_or(Cell::Empty, |fee| Cell::Number(fee.unused_upfront))
}

pub fn unused_recurring<'a>(row: &Row<'a>) -> Cell<'a> {
    reservation_fee(row).map_or(Cell::Empty, |fee| Cell::Number(fee.unused_recurring))
}

pub fn amortized_upfront<'a>(row: &Row<'a>) -> Cell<'a> {
    reservation_fee(row).map_or(Cell::Empty, |fee| Cell::Number(fee.amortized_upfront))
}

pub fn unused_quantity<'a>(row: &Row<'a>) -> Cell<'a> {
    let hours = |fee: &ReservationFee| Money::from_units(i128::from(fee.unused_hours) * ONE);
    reservation_fee(row).map_or(Cell::Empty, |fee| Cell::Number(hours(fee)))
}

pub fn reserved_units<'a>(row: &Row<'a>) -> Cell<'a> {
    let hours = |fee: &ReservationFee| Money::from_units(i128::from(fee.reserved_hours) * ONE);
    reservation_fee(row).map_or(Cell::Empty, |fee| Cell::Number(hours(fee)))
}

pub fn reservation_count<'a>(row: &Row<'a>) -> Cell<'a> {
    reservation(row)
        .map_or(Cell::Empty, |it| Cell::Number(Money::from_units(it.count as i128 * ONE)))
}

pub fn plan_arn<'a>(row: &Row<'a>) -> Cell<'a> {
    match &row.charge.details {
        Details::Covered { plan, .. } | Details::PlanFee { plan, .. } => {
            text(&row.company().savings_plans[*plan].arn)
        }
        _ => Cell::Empty,
    }
}

pub fn plan_rate<'a>(row: &Row<'a>) -> Cell<'a> {
    match (&row.charge.details, row.charge.kind) {
        (Details::Covered { rate, .. }, Kind::SavingsPlanCoveredUsage) => Cell::Number(*rate),
        _ => Cell::Empty,
    }
}

pub fn plan_effective<'a>(row: &Row<'a>) -> Cell<'a> {
    Cell::Number(match row.charge.kind {
        Kind::SavingsPlanCoveredUsage => row.charge.effective,
        _ => Money::ZERO,
    })
}

pub fn plan_commitment<'a>(row: &Row<'a>) -> Cell<'a> {
    Cell::Number(match row.charge.details {
        Details::PlanFee { commitment, .. } => commitment,
        _ => Money::ZERO,
    })
}

pub fn plan_used<'a>(row: &Row<'a>) -> Cell<'a> {
    Cell::Number(match row.charge.details {
        Details::PlanFee { used, .. } => used,
        _ => Money::ZERO,
    })
}

pub fn plan_type<'a>(row: &Row<'a>) -> Cell<'a> {
    let is_plan = matches!(row.charge.details, Details::Covered { .. } | Details::PlanFee { .. });
    text(if is_plan { "ComputeSavingsPlans" } else { "" })
}

pub fn offering_class<'a>(row: &Row<'a>) -> Cell<'a> {
    let is_reserved = row.usage().product.commitment == Commitment::Reservation;
    text(if is_reserved && reservation(row).is_some() { "standard" } else { "" })
}

pub fn parent_resource<'a>(row: &Row<'a>) -> Cell<'a> {
    let parent = row.split().and_then(|_| row.resource());
    maybe(parent.map(|resource| resource.id.as_str()))
}

macro_rules! split_number {
    ($name:ident, $field:ident) => {
        pub fn $name<'a>(row: &Row<'a>) -> Cell<'a> {
            row.split().map_or(Cell::Empty, |(part, ..)| Cell::Number(part.$field))
        }
    };
}

split_number!(split_actual, actual);
split_number!(split_reserved, reserved);
split_number!(split_usage, usage);
split_number!(split_ratio, ratio);
split_number!(split_cost, cost);
split_number!(split_unused, unused);

pub fn issuer<'a>(_row: &Row<'a>) -> Cell<'a> {
    text(ISSUER)
}
