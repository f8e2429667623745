//! The truth is what the files say, and what the rules of bills demand.

use crate::read::{Line, amortized, amount, each_line, generated};
use hannun_bill_generator::{Format, truth::Amounts, truth::PeriodTruth};
use hannun_model::money::Money;
use std::collections::BTreeMap;

type Key = (String, String, String);

fn is_usage(line: &Line) -> bool {
    let kind = line["line_item_line_item_type"].as_str();
    matches!(kind, "Usage" | "SavingsPlanCoveredUsage" | "DiscountedUsage")
}

#[test]
fn every_day_account_and_service_of_a_cost_and_usage_report_is_as_told() {
    let (folder, truth) = generated(&[Format::Cur2Csv]);
    for period in &truth.periods {
        let mut cells: BTreeMap<Key, (u64, Amounts)> = BTreeMap::new();
        let (mut split_lines, mut split) = (0, Money::ZERO);
        each_line(folder.path(), Format::Cur2Csv, &period.period, |line| {
            if line["line_item_operation"] == "EKSPod-EC2" {
                split_lines += 1;
                split += amount(&line, "split_line_item_split_cost")
                    + amount(&line, "split_line_item_unused_cost");
                assert_eq!(amount(&line, "line_item_unblended_cost"), Money::ZERO);
                return;
            }
            let day = line["line_item_usage_start_date"][..10].to_owned();
            let account = line["line_item_usage_account_id"].clone();
            let cell =
                cells.entry((day, account, line["line_item_product_code"].clone())).or_default();
            cell.0 += 1;
            cell.1 += Amounts {
                billed: amount(&line, "line_item_unblended_cost"),
                effective: amortized(&line),
                list: if is_usage(&line) {
                    amount(&line, "pricing_public_on_demand_cost")
                } else {
                    Money::ZERO
                },
            };
        });
        assert_eq!(cells.len(), period.by_day_account_service.len());
        for cell in &period.by_day_account_service {
            let day = chrono::DateTime::from_timestamp_millis(cell.day_ms).unwrap();
            let key = (
                day.format("%Y-%m-%d").to_string(),
                cell.sub_account_id.clone(),
                cell.service_code.clone(),
            );
            assert_eq!(cells.get(&key), Some(&(cell.lines, cell.amounts)), "{key:?}");
        }
        assert_eq!(cells.values().map(|(lines, _)| lines).sum::<u64>(), period.lines);
        assert_eq!(
            (split_lines, split),
            (period.split.lines, period.split.cost + period.split.unused)
        );
    }
}

#[test]
fn focus_comes_to_the_same_by_day_account_and_service() {
    let (folder, truth) = generated(&[Format::Focus12Csv]);
    for period in &truth.periods {
        let mut cells: BTreeMap<Key, Amounts> = BTreeMap::new();
        let mut lines = 0;
        each_line(folder.path(), Format::Focus12Csv, &period.period, |line| {
            lines += 1;
            let is_usage = line["ChargeCategory"] == "Usage";
            let key = (
                line["ChargePeriodStart"][..10].to_owned(),
                line["SubAccountId"].clone(),
                line["ServiceName"].clone(),
            );
            *cells.entry(key).or_default() += Amounts {
                billed: amount(&line, "BilledCost"),
                effective: amount(&line, "EffectiveCost"),
                list: if is_usage { amount(&line, "ListCost") } else { Money::ZERO },
            };
        });
        assert_eq!(lines, period.focus_lines);
        for cell in &period.by_day_account_service {
            let day = chrono::DateTime::from_timestamp_millis(cell.day_ms).unwrap();
            let key = (
                day.format("%Y-%m-%d").to_string(),
                cell.sub_account_id.clone(),
                cell.service_name.clone(),
            );
            assert_eq!(cells.get(&key), Some(&cell.amounts), "{key:?}");
        }
    }
}

fn kind(period: &PeriodTruth, charge: &str) -> Amounts {
    let found = period.by_charge.iter().find(|row| row.charge == charge);
    found.map(|row| row.amounts).unwrap_or_else(|| panic!("no {charge}"))
}

#[test]
fn commitments_are_amortized_to_the_last_place() {
    let (_folder, truth) = generated(&[Format::Cur2Csv]);
    for period in &truth.periods {
        let mut upfront = Money::ZERO;
        for plan in &period.savings_plans {
            assert_eq!(plan.used + plan.unused, plan.commitment);
            assert_eq!(plan.negated, -plan.covered_on_demand);
            assert!(plan.unused > Money::ZERO && plan.used > plan.unused, "{plan:?}");
        }
        for reservation in &period.reservations {
            let (used, unused) = (reservation.used, reservation.unused);
            assert_eq!(used + unused, reservation.fee + reservation.amortized_upfront);
            assert!(unused > Money::ZERO && used > unused, "{reservation:?}");
            upfront += reservation.amortized_upfront;
        }
        assert_eq!(period.totals.effective, period.totals.billed + upfront);
        let sum = kind(period, "SavingsPlanCoveredUsage").billed
            + kind(period, "SavingsPlanNegation").billed;
        assert_eq!(sum, Money::ZERO);
    }
}

#[test]
fn pods_cost_what_their_nodes_cost() {
    let (_folder, truth) = generated(&[Format::Cur2Csv]);
    for period in &truth.periods {
        let nodes: Money = period.node_costs.values().copied().sum();
        assert!(nodes > Money::ZERO && period.split.unused > Money::ZERO);
        assert_eq!(period.split.cost + period.split.unused, nodes);
        assert_eq!(period.node_costs.len(), truth.nodes.len());
    }
}

#[test]
fn what_is_told_of_one_thing_sums_to_the_whole() {
    let (_folder, truth) = generated(&[Format::Cur2Csv]);
    for period in &truth.periods {
        let sum = |parts: Vec<Amounts>| {
            parts.into_iter().fold(Amounts::default(), |mut sum, part| {
                sum += part;
                sum
            })
        };
        let cells = period.by_day_account_service.iter().map(|cell| cell.amounts).collect();
        assert_eq!(sum(cells), period.totals);
        assert_eq!(sum(period.by_charge.iter().map(|row| row.amounts).collect()), period.totals);
        assert_eq!(sum(period.team_tag.iter().map(|row| row.amounts).collect()), period.totals);
        for charge in ["Tax", "Credit", "Refund", "Fee", "RIFee"] {
            assert_ne!(kind(period, charge).billed, Money::ZERO, "{charge}");
        }
        let network: Vec<&str> = period.network.iter().map(|row| row.kind.as_str()).collect();
        assert_eq!(
            network,
            [
                "cross_region",
                "cross_zone",
                "internet",
                "nat_bytes",
                "nat_hours",
                "transit_gateway",
                "vpc_endpoint"
            ]
        );
    }
}

#[test]
fn drifted_tags_and_anomalies_are_told() {
    let (_folder, truth) = generated(&[Format::Cur2Csv]);
    assert!(truth.tag_drift.len() > 5);
    for drift in &truth.tag_drift {
        assert_ne!(drift.value, drift.canonical);
        assert!(drift.value.to_lowercase().contains(&drift.canonical), "{drift:?}");
    }
    let names: Vec<&str> = truth.anomalies.iter().map(|it| it.name.as_str()).collect();
    assert!(names.contains(&"a GPU instance left running"), "{names:?}");
    assert!(
        truth.anomalies.iter().all(|it| it.extra_cost > Money::ZERO && it.from_ms < it.until_ms)
    );
    let gpu = truth.anomalies.iter().find(|it| it.name.starts_with("a GPU")).unwrap();
    assert_eq!(gpu.extra_cost.to_string(), "676.64", "forty hours of 16.916");
}

#[test]
fn a_restatement_tells_every_difference() {
    let (folder, truth) = generated(&[Format::Cur2Csv]);
    let told = truth.restatement.unwrap();
    assert_eq!(told.period, "2026-09");
    let mut before: BTreeMap<Key, Money> = BTreeMap::new();
    let mut after = before.clone();
    let add = |sums: &mut BTreeMap<Key, Money>, line: &Line| {
        let day = line["line_item_usage_start_date"][..10].to_owned();
        let key = (
            day,
            line["line_item_usage_account_id"].clone(),
            line["line_item_product_code"].clone(),
        );
        *sums.entry(key).or_default() += amount(line, "line_item_unblended_cost");
    };
    let mut drafts = 0;
    each_line(&folder.path().join("draft"), Format::Cur2Csv, "2026-09", |line| {
        drafts += 1;
        assert_eq!(line["bill_invoice_id"], "");
        add(&mut before, &line);
    });
    each_line(folder.path(), Format::Cur2Csv, "2026-09", |line| {
        assert_eq!(line["bill_invoice_id"], "HS2026090120261001");
        add(&mut after, &line);
    });
    assert!(drafts > 10_000);
    let changed = after
        .iter()
        .filter(|(key, amount)| before.get(*key).copied().unwrap_or_default() != **amount)
        .count();
    let told_changed = told.rows.iter().filter(|row| row.billed_before != row.billed_after).count();
    assert_eq!(changed, told_changed);
    let sum: Money = told.rows.iter().map(|row| row.billed_after - row.billed_before).sum();
    assert_eq!(sum, told.after.billed - told.before.billed);
    assert!(sum > Money::ZERO);
}
