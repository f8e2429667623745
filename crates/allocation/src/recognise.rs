//! What a line is, told from how its source names it: traffic of a network, and kinds of charges.
//!
//! AWS puts a short name of the region before most usage types (`APN2-NatGateway-Bytes`; none in
//! us-east-1), so they are told by their end. The names are those of
//! <https://docs.aws.amazon.com/cur/latest/userguide/cur-data-transfers-charges.html> and
//! <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-pricing.html>. Kinds of charges are
//! told from the columns of FOCUS first and from AWS's kinds of lines where FOCUS has no word.

use crate::dimension::Dimension;
use crate::rule::{Action, Condition, Normalise, Operator, Rule, VirtualTag};
use std::sync::LazyLock;

/// What a usage type looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    EndsWith(&'static str),
    Contains(&'static str),
}

impl Form {
    fn fits(self, usage_type: &str) -> bool {
        match self {
            Self::EndsWith(end) => usage_type.ends_with(end),
            Self::Contains(part) => usage_type.contains(part),
        }
    }
}

/// Where no network is charged for.
pub const NO_NETWORK: &str = "none";

/// Kinds of network charges with their usage types; the first that fits counts.
pub const NETWORK: &[(&str, Form)] = &[
    ("nat_hours", Form::EndsWith("NatGateway-Hours")),
    ("nat_bytes", Form::EndsWith("NatGateway-Bytes")),
    ("nat_bytes", Form::EndsWith("NatGateway-Prvd-Bytes")),
    ("cross_az", Form::EndsWith("DataTransfer-Regional-Bytes")),
    ("cross_az", Form::EndsWith("DataTransfer-xAZ-In-Bytes")),
    ("cross_az", Form::EndsWith("DataTransfer-xAZ-Out-Bytes")),
    ("inter_region", Form::EndsWith("-AWS-Out-Bytes")),
    ("inter_region", Form::EndsWith("-AWS-In-Bytes")),
    ("egress", Form::EndsWith("DataTransfer-Out-Bytes")),
    ("egress", Form::EndsWith("DataTransfer-Out-OBytes")),
    ("ingress", Form::EndsWith("DataTransfer-In-Bytes")),
    ("vpc_endpoint", Form::Contains("VpcEndpoint-")),
    ("vpc_peering", Form::Contains("VpcPeering-")),
    ("transit_gateway", Form::Contains("TransitGateway-")),
    ("public_ipv4", Form::Contains("PublicIPv4:")),
];

/// What kind of network traffic a usage type charges for.
pub fn network(usage_type: Option<&str>) -> &'static str {
    let Some(usage_type) = usage_type else { return NO_NETWORK };
    let found = NETWORK.iter().find(|(_, form)| form.fits(usage_type));
    found.map_or(NO_NETWORK, |(kind, _)| kind)
}

static CHARGE: LazyLock<VirtualTag> = LazyLock::new(|| {
    let is = |column, values: &[&str]| Condition {
        dimension: Dimension::Column(column),
        operator: Operator::OneOf,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let has_commitment = Condition {
        dimension: Dimension::Column("commitment_discount_id"),
        operator: Operator::Present,
        values: Vec::new(),
    };
    let rule = |when, kind: &str| Rule { when, then: Action::Set(kind.to_owned()) };
    let fees = ["RIFee", "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "SavingsPlanNegation"];
    VirtualTag {
        name: "charge".to_owned(),
        description: None,
        default: Some("adjustment".to_owned()),
        normalise: Normalise::None,
        rules: vec![
            rule(vec![is("charge_category", &["Tax"])], "tax"),
            rule(vec![is("x_charge_type", &["Refund"])], "refund"),
            rule(vec![is("charge_category", &["Credit"])], "credit"),
            rule(vec![is("x_charge_type", &fees)], "commitment"),
            rule(vec![is("commitment_discount_status", &["Unused"])], "commitment"),
            rule(vec![is("charge_category", &["Purchase"]), has_commitment], "commitment"),
            rule(vec![is("x_charge_type", &["Fee"])], "fee"),
            rule(vec![is("charge_category", &["Purchase"])], "purchase"),
            rule(vec![is("charge_category", &["Usage"])], "usage"),
        ],
    }
});

/// The kinds of charges, as rules.
pub fn charge() -> &'static VirtualTag {
    &CHARGE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_charges_are_told_in_every_region() {
        for (usage_type, kind) in [
            ("NatGateway-Hours", "nat_hours"),
            ("APN2-NatGateway-Bytes", "nat_bytes"),
            ("EUC1-DataTransfer-Regional-Bytes", "cross_az"),
            ("DataTransfer-Out-Bytes", "egress"),
            ("AP-DataTransfer-Out-Bytes", "egress"),
            ("APN2-USE1-AWS-Out-Bytes", "inter_region"),
            ("USE1-APN2-AWS-In-Bytes", "inter_region"),
            ("APN2-VpcEndpoint-Hours", "vpc_endpoint"),
            ("TransitGateway-Bytes", "transit_gateway"),
            ("APN2-PublicIPv4:InUseAddress", "public_ipv4"),
            ("BoxUsage:m5.large", "none"),
            ("TimedStorage-ByteHrs", "none"),
        ] {
            assert_eq!(network(Some(usage_type)), kind, "{usage_type}");
        }
        assert_eq!(network(None), "none");
    }
}
