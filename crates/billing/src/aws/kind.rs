//! What a line of a report is, told by its line item type.

/// A line item type, as far as cost depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Usage,
    /// Usage that a reserved instance covers.
    DiscountedUsage,
    /// Usage that a Savings Plan covers, at the price without it.
    SavingsPlanCoveredUsage,
    /// Takes the price without the Savings Plan away again.
    SavingsPlanNegation,
    /// Fee of a reserved instance for the month.
    ReservationFee,
    SavingsPlanRecurringFee,
    SavingsPlanUpfrontFee,
    /// A fee paid once: a domain, support, or the upfront part of a reserved instance.
    Fee,
    Tax,
    /// Credits and, where they are lines of their own, negotiated discounts.
    Credit,
    Refund,
    Other,
}

impl Kind {
    pub(super) fn of(line_item_type: &str) -> Self {
        match line_item_type {
            "Usage" => Self::Usage,
            "DiscountedUsage" => Self::DiscountedUsage,
            "SavingsPlanCoveredUsage" => Self::SavingsPlanCoveredUsage,
            "SavingsPlanNegation" => Self::SavingsPlanNegation,
            "RIFee" => Self::ReservationFee,
            "SavingsPlanRecurringFee" => Self::SavingsPlanRecurringFee,
            "SavingsPlanUpfrontFee" => Self::SavingsPlanUpfrontFee,
            "Fee" => Self::Fee,
            "Tax" => Self::Tax,
            "Credit" => Self::Credit,
            "Refund" => Self::Refund,
            // EdpDiscount, BundledDiscount, PrivateRateDiscount and those that may still come.
            other if other.contains("Discount") => Self::Credit,
            _ => Self::Other,
        }
    }

    pub(super) const fn charge_category(self) -> &'static str {
        match self {
            Self::Usage
            | Self::DiscountedUsage
            | Self::SavingsPlanCoveredUsage
            // Beside the usage that it negates: apart from it, usage would be too dear.
            | Self::SavingsPlanNegation => "Usage",
            Self::ReservationFee
            | Self::SavingsPlanRecurringFee
            | Self::SavingsPlanUpfrontFee
            | Self::Fee => "Purchase",
            Self::Tax => "Tax",
            Self::Credit => "Credit",
            Self::Refund | Self::Other => "Adjustment",
        }
    }

    pub(super) const fn charge_frequency(self) -> &'static str {
        match self {
            Self::Usage
            | Self::DiscountedUsage
            | Self::SavingsPlanCoveredUsage
            | Self::SavingsPlanNegation => "Usage-Based",
            Self::ReservationFee | Self::SavingsPlanRecurringFee => "Recurring",
            _ => "One-Time",
        }
    }

    /// How the price was made; a spot price changes with demand.
    pub(super) fn pricing_category(self, usage_type: &str) -> Option<&'static str> {
        match self {
            Self::Usage if usage_type.contains("SpotUsage") => Some("Dynamic"),
            Self::Usage
            | Self::ReservationFee
            | Self::SavingsPlanRecurringFee
            | Self::SavingsPlanUpfrontFee
            | Self::Fee => Some("Standard"),
            Self::DiscountedUsage | Self::SavingsPlanCoveredUsage | Self::SavingsPlanNegation => {
                Some("Committed")
            }
            Self::Tax | Self::Credit | Self::Refund | Self::Other => None,
        }
    }

    /// Whether the line pays for a commitment, so that its list cost stands with what it covers.
    pub(super) const fn pays_commitment(self) -> bool {
        matches!(
            self,
            Self::SavingsPlanNegation
                | Self::ReservationFee
                | Self::SavingsPlanRecurringFee
                | Self::SavingsPlanUpfrontFee
        )
    }
}
