//! What a line costs, in every view of cost.
//!
//! Effective cost is the amortised cost of the AWS Cloud Intelligence Dashboards:
//!
//! | line | effective cost |
//! |---|---|
//! | usage covered by a Savings Plan | effective cost of the Savings Plan |
//! | recurring fee of a Savings Plan | what was committed and not used |
//! | negation, upfront fee of a Savings Plan | 0 |
//! | usage covered by a reserved instance | effective cost of the reservation |
//! | fee of a reserved instance | unused recurring fee and unused part of the upfront fee |
//! | upfront fee of a reserved instance | 0 |
//! | refund of a Savings Plan's purchase | 0 |
//! | everything else | unblended cost |
//!
//! Over all lines it is the unblended cost plus what was paid upfront before and is used up now.

use super::columns::Columns;
use super::kind::Kind;
use crate::error::BillError;
use crate::raw::RawBatch;
use hannun_model::money::Money;

/// Amounts of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) billed: Money,
    pub(super) effective: Money,
    pub(super) list: Money,
    pub(super) contracted: Money,
    pub(super) net_billed: Money,
    pub(super) net_effective: Money,
}

/// One row of a report.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) columns: &'a Columns,
    pub(super) raw: &'a RawBatch,
    pub(super) row: usize,
    pub(super) kind: Kind,
}

impl Row<'_> {
    fn money(&self, column: Option<usize>) -> Result<Option<Money>, BillError> {
        column.map_or(Ok(None), |column| self.raw.money(column, self.row))
    }

    /// The amount of a gross column, and of its net one where that is stated.
    fn pair(&self, columns: [Option<usize>; 2]) -> Result<[Money; 2], BillError> {
        let gross = self.money(columns[0])?.unwrap_or_default();
        Ok([gross, self.money(columns[1])?.unwrap_or(gross)])
    }

    pub(super) fn has(&self, column: Option<usize>) -> bool {
        column.is_some_and(|column| !self.raw.cell(column, self.row).is_null())
    }

    /// All amounts of a line that counts.
    pub(super) fn amounts(&self) -> Result<Amounts, BillError> {
        let billed = self.money(Some(self.columns.unblended_cost))?.unwrap_or_default();
        let net_billed = self.money(self.columns.net_unblended_cost)?.unwrap_or(billed);
        let [effective, net_effective] = self.effective([billed, net_billed])?;
        let list = if self.kind.pays_commitment() {
            Money::ZERO
        } else {
            self.public_cost()?.unwrap_or(billed)
        };
        let contracted = match self.kind {
            kind if kind.pays_commitment() => Money::ZERO,
            // Billed at nothing, since the reservation pays: its price without one is the list's.
            Kind::DiscountedUsage => list,
            _ => net_billed,
        };
        Ok(Amounts { billed, effective, list, contracted, net_billed, net_effective })
    }

    /// What the line costs at public prices, where the report states a number.
    fn public_cost(&self) -> Result<Option<Money>, BillError> {
        let Some(column) = self.columns.public_cost else { return Ok(None) };
        Ok(self.raw.cell(column, self.row).money().ok().flatten())
    }

    /// Effective cost, gross and net, of a line that is billed at `unblended`.
    fn effective(&self, unblended: [Money; 2]) -> Result<[Money; 2], BillError> {
        let zero = [Money::ZERO; 2];
        let Columns { reservation, savings_plan, .. } = self.columns;
        match self.kind {
            Kind::SavingsPlanCoveredUsage => self.pair(savings_plan.effective),
            Kind::SavingsPlanRecurringFee => {
                let total = self.money(savings_plan.total_commitment)?;
                let used = self.money(savings_plan.used_commitment)?;
                let unused = total.unwrap_or_default() - used.unwrap_or_default();
                Ok([unused, unused])
            }
            Kind::SavingsPlanNegation | Kind::SavingsPlanUpfrontFee => Ok(zero),
            Kind::DiscountedUsage => self.pair(reservation.effective),
            Kind::ReservationFee => {
                let upfront = self.pair(reservation.unused_upfront)?;
                let recurring = self.pair(reservation.unused_recurring)?;
                Ok([upfront[0] + recurring[0], upfront[1] + recurring[1]])
            }
            Kind::Fee if self.has(reservation.arn) => Ok(zero),
            Kind::Refund if self.has(savings_plan.arn) => Ok(zero),
            _ => Ok(unblended),
        }
    }

    /// Amounts of a line that splits a charge which another line has: what the task or pod used and
    /// its part of what nobody used.
    pub(super) fn split_amounts(&self) -> Result<Amounts, BillError> {
        let split = &self.columns.split;
        let used = self.pair(split.split_cost)?;
        let unused = self.pair(split.unused_cost)?;
        let public = self.money(split.public_split_cost)?.unwrap_or_default()
            + self.money(split.public_unused_cost)?.unwrap_or_default();
        let billed = self.money(Some(self.columns.unblended_cost))?.unwrap_or_default();
        let effective = used[0] + unused[0];
        Ok(Amounts {
            billed,
            effective,
            list: public,
            contracted: effective,
            net_billed: self.money(self.columns.net_unblended_cost)?.unwrap_or(billed),
            net_effective: used[1] + unused[1],
        })
    }
}
