//! What is odd about a bill, by the invariants of FOCUS, and what it means for who reads it.

use super::{ControlTotals, Grain};
use hannun_model::money::Money;
use serde::{Deserialize, Serialize};

/// Something that holds for a sound bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Billed and effective cost, start, service and currency are stated.
    ValuePresent,
    /// The charge category is one of FOCUS.
    CategoryKnown,
    /// A charge ends after it starts.
    PeriodForward,
    /// A charge that mends nothing starts within its billing period.
    ChargeWithinPeriod,
    /// What is paid for a commitment counts where it is used, so its purchase costs nothing.
    PurchaseWithoutEffectiveCost,
    /// A charge that a commitment covers says whether it was used.
    CommitmentStatusPresent,
    /// List cost = list unit price × pricing quantity.
    ListCostIsProduct,
    /// Contracted cost = contracted unit price × pricing quantity.
    ContractedCostIsProduct,
    /// Effective costs sum to billed costs, commitments aside.
    EffectiveEqualsBilled,
    /// What a recurring commitment costs is what its use and its unused part come to.
    CommitmentUsedAsBilled,
    /// All lines are in one currency.
    OneCurrency,
    /// Days, accounts and services are told apart.
    DetailKept,
}

/// A check that does not hold, in words for who reads the bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub check: Check,
    pub message: String,
}

/// Differences below this are what is lost when a provider rounds each line.
const ROUNDING: Money = Money::from_units(10_000_000_000);

impl ControlTotals {
    /// What is odd about the bill. Nothing here makes it unusable: it says how to read it.
    pub fn check(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self
            .broken
            .iter()
            .filter(|(_, rows)| **rows > 0)
            .map(|(check, rows)| Finding { check: *check, message: self.about_rows(*check, *rows) })
            .collect();
        self.effective_against_billed(&mut findings);
        self.commitments_against_use(&mut findings);
        if self.currencies.len() > 1 {
            let names: Vec<&str> = self.currencies.keys().map(|name| named(name)).collect();
            findings.push(Finding {
                check: Check::OneCurrency,
                message: format!(
                    "the bill is in {}: totals are kept apart, and shown as one only with exchange \
                     rates",
                    names.join(", ")
                ),
            });
        }
        let kept = match self.by_day_account_service.grain {
            Grain::DayAccountService => return findings,
            Grain::DayAccount => "by day and account",
            Grain::Day => "by day",
            Grain::Whole => "as a whole",
        };
        findings.push(Finding {
            check: Check::DetailKept,
            message: format!(
                "the bill has too many days × accounts × services to keep the total of each: \
                 restatements of it are shown {kept}"
            ),
        });
        findings
    }

    fn about_rows(&self, check: Check, rows: u64) -> String {
        let lines = match rows {
            1 => format!("1 of {} lines", self.rows),
            _ => format!("{rows} of {} lines", self.rows),
        };
        let what = match check {
            Check::ValuePresent => {
                "lack a cost, a start, a service or a currency: they count in the total, and are \
                 missing where costs are grouped by what they lack"
            }
            Check::CategoryKnown => {
                "have no charge category of FOCUS: they count in the total, and are neither usage \
                 nor tax nor credit where these are told apart"
            }
            Check::PeriodForward => {
                "end when they start or earlier: they count on the day of their start"
            }
            Check::ChargeWithinPeriod => {
                "are for days outside the billed period: months by day of use differ from the \
                 invoice by them"
            }
            Check::PurchaseWithoutEffectiveCost => {
                "buy a commitment and have an effective cost: where its use has one too, effective \
                 cost counts the commitment twice"
            }
            Check::CommitmentStatusPresent => {
                "are covered by a commitment without saying whether it was used: how much of the \
                 commitment lies idle cannot be told from them"
            }
            Check::ListCostIsProduct => {
                "state a list cost that is not list price × quantity: savings against list prices \
                 are as good as these figures"
            }
            Check::ContractedCostIsProduct => {
                "state a contracted cost that is not contracted price × quantity: negotiated \
                 savings are as good as these figures"
            }
            _ => "break a rule",
        };
        format!("{lines} {what}")
    }

    /// Effective costs sum to billed costs when both a commitment's purchase and its use are in the
    /// bill.
    fn effective_against_billed(&self, findings: &mut Vec<Finding>) {
        for (currency, amounts) in &self.currencies {
            let more = amounts.effective - amounts.billed;
            if more.abs() <= ROUNDING {
                continue;
            }
            let (more, than) = match more > Money::ZERO {
                true => (more, "more than"),
                false => (-more, "less than"),
            };
            let why = if self.commitments.sums.is_empty() && !self.commitments.too_many {
                "and no line names a commitment that explains it: ask the provider which discounts \
                 or fees one of both leaves out"
            } else {
                "because commitments are paid for in other months than they are used in: compare \
                 months by effective cost, invoices by billed cost"
            };
            findings.push(Finding {
                check: Check::EffectiveEqualsBilled,
                message: format!(
                    "effective cost is {more} {currency} {than} billed cost, {why}",
                    currency = named(currency)
                ),
            });
        }
    }

    /// A commitment that is paid as it goes costs what its use and its idle part come to.
    fn commitments_against_use(&self, findings: &mut Vec<Finding>) {
        let mut differing = 0;
        let mut largest: Option<(Money, &str, &str)> = None;
        for (id, currencies) in &self.commitments.sums {
            for (currency, amounts) in currencies {
                let covered = amounts.used_effective + amounts.unused_effective;
                let apart = (amounts.recurring_billed - covered).abs();
                // An upfront payment is for a term of which the bill shows a part.
                if !amounts.one_time_billed.is_zero()
                    || amounts.recurring_billed.is_zero()
                    || apart <= ROUNDING
                {
                    continue;
                }
                differing += 1;
                if largest.is_none_or(|(most, ..)| apart > most) {
                    largest = Some((apart, id, currency));
                }
            }
        }
        if let Some((apart, id, currency)) = largest {
            findings.push(Finding {
                check: Check::CommitmentUsedAsBilled,
                message: format!(
                    "{differing} commitments cost other than what was used and left unused of \
                     them, `{id}` by {apart} {}: part of what they cover is on another bill, or \
                     was paid in advance",
                    named(currency)
                ),
            });
        }
    }
}

fn named(currency: &str) -> &str {
    if currency.is_empty() { "an unnamed currency" } else { currency }
}
