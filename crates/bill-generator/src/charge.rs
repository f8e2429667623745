//! One line of a bill, before any format.

use hannun_model::money::Money;

/// What kind of line it is, in the words of AWS's `line_item_line_item_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Usage,
    SavingsPlanCoveredUsage,
    SavingsPlanNegation,
    SavingsPlanRecurringFee,
    DiscountedUsage,
    RIFee,
    Tax,
    Credit,
    Refund,
    Fee,
    /// A row of split cost allocation data; to AWS it is usage of a pod that costs nothing.
    Split,
}

impl Kind {
    /// As AWS writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usage | Self::Split => "Usage",
            Self::SavingsPlanCoveredUsage => "SavingsPlanCoveredUsage",
            Self::SavingsPlanNegation => "SavingsPlanNegation",
            Self::SavingsPlanRecurringFee => "SavingsPlanRecurringFee",
            Self::DiscountedUsage => "DiscountedUsage",
            Self::RIFee => "RIFee",
            Self::Tax => "Tax",
            Self::Credit => "Credit",
            Self::Refund => "Refund",
            Self::Fee => "Fee",
        }
    }

    /// Lines of something that was used.
    pub fn is_usage(self) -> bool {
        matches!(self, Self::Usage | Self::SavingsPlanCoveredUsage | Self::DiscountedUsage)
    }

    /// Lines that tax and support are reckoned from.
    pub fn is_taxed(self) -> bool {
        !matches!(self, Self::Tax | Self::Credit | Self::Refund | Self::Fee | Self::Split)
    }
}

/// What only some lines have.
#[derive(Debug, Clone, PartialEq)]
pub enum Details {
    None,
    /// Usage that a Savings Plan covers, at its rate.
    Covered {
        plan: usize,
        rate: Money,
    },
    /// The fee of one hour of a Savings Plan.
    PlanFee {
        plan: usize,
        commitment: Money,
        used: Money,
    },
    /// An hour of a reserved instance.
    Reserved {
        reservation: usize,
        upfront: Money,
        recurring: Money,
    },
    /// The fee of a month of a reservation, and what of it was not used.
    ReservationFee(Box<ReservationFee>),
    Split(Box<Split>),
    /// What a credit or refund is for.
    Because(&'static str),
}

#[derive(Debug, Clone, PartialEq)]
pub struct ReservationFee {
    pub reservation: usize,
    /// Hours paid for in the period, and those that nobody used.
    pub reserved_hours: i64,
    pub unused_hours: i64,
    pub unused_recurring: Money,
    pub unused_upfront: Money,
    pub amortized_upfront: Money,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    pub node: usize,
    pub pod: usize,
    pub is_memory: bool,
    pub actual: Money,
    pub reserved: Money,
    pub usage: Money,
    /// Of the node's capacity.
    pub ratio: Money,
    pub cost: Money,
    pub unused: Money,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Charge {
    pub kind: Kind,
    pub account: usize,
    pub usage: usize,
    pub resource: Option<usize>,
    /// Seconds since 1970; the end is exclusive.
    pub start: i64,
    pub end: i64,
    pub quantity: Money,
    /// On demand.
    pub rate: Money,
    /// Unblended.
    pub billed: Money,
    /// Amortized.
    pub effective: Money,
    /// At public on-demand rates; zero for what was not used.
    pub list: Money,
    pub details: Details,
}
