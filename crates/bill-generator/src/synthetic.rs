//! A made-up company of sixteen accounts, as a seed and a size decide.

use crate::GenerateError;
use crate::calendar::{DAY, HOUR, Month};
use crate::chance::Chance;
use crate::company::{
    Anomaly, Company, Drift, EVERYWHERE, Node, Pod, Region, Reservation, Resource, SEOUL, TOKYO,
    Use, VIRGINIA, uuid,
};
use crate::ids::resource_id;
use crate::price::Quantity;
use crate::products::{self, Cadence, Commitment, Product, Shape};
use std::collections::BTreeSet;

/// Name, team and stage of the accounts below the payer.
const ACCOUNTS: [(&str, &str, &str); 15] = [
    ("orders-prod", "orders", "prod"),
    ("orders-dev", "orders", "dev"),
    ("payments-prod", "payments", "prod"),
    ("payments-dev", "payments", "dev"),
    ("delivery-prod", "delivery", "prod"),
    ("delivery-dev", "delivery", "dev"),
    ("catalogue-prod", "catalogue", "prod"),
    ("catalogue-dev", "catalogue", "dev"),
    ("growth-prod", "growth", "prod"),
    ("data-prod", "data", "prod"),
    ("data-dev", "data", "dev"),
    ("platform-prod", "platform", "prod"),
    ("platform-stage", "platform", "stage"),
    ("security", "security", "prod"),
    ("sandbox", "platform", "dev"),
];
/// How a team's name is written by people in a hurry; `{}` is the name.
const DRIFTS: [fn(&str) -> String; 4] = [
    |team| {
        let mut letters = team.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().collect::<String>() + letters.as_str()
        })
    },
    |team| team.to_uppercase(),
    |team| format!("{team} "),
    |team| format!("team-{team}"),
];
const DRIFT_SHARE: f64 = 0.12;
const UNTAGGED_SHARE: f64 = 0.18;
const SERVICES_OF_A_TEAM: [&str; 5] = ["api", "worker", "web", "batch", "cache"];
/// How many lines of the fleet one node's pods add in an hour, of about a hundred.
const NODES_PER_RESOURCE: usize = 150;

/// Makes the company whose bill has about `lines` lines in `hours` hours.
///
/// # Errors
/// When there is no price list in the currency.
pub fn company(
    seed: u64,
    currency: &str,
    lines: u64,
    first: Month,
    months: u32,
) -> Result<Company, GenerateError> {
    let mut company = Company::new(seed, currency)?;
    company.account("management", "platform", "prod");
    for (name, team, stage) in ACCOUNTS {
        company.account(name, team, stage);
    }
    for key in ["Name", "team", "service", "stage", "cost_center"] {
        company.tag_key(key);
    }
    let mut last = first;
    for _ in 1..months {
        last = last.next();
    }
    let hours = (last.end() - first.start()) / HOUR;
    let per_hour = lines as f64 / hours as f64;
    company.usage(&products::SUPPORT, EVERYWHERE);
    add_fleet(&mut company, per_hour);
    add_nodes(&mut company)?;
    add_commitments(&mut company);
    add_anomalies(&mut company, last)?;
    Ok(company)
}

/// Lines that one resource of a product causes in an average hour.
fn lines_per_hour(product: &Product) -> f64 {
    let of_the_time = match product.shape {
        Shape::Office => 50.0 / 168.0,
        Shape::Never => 0.0,
        _ => 1.0,
    };
    match product.cadence {
        Cadence::Hourly => of_the_time,
        Cadence::Daily => of_the_time / 24.0,
    }
}

fn add_fleet(company: &mut Company, per_hour: f64) {
    let weighted: f64 =
        products::all().map(|product| f64::from(product.weight) * lines_per_hour(product)).sum();
    for product in products::all() {
        // The pods' lines take an eighth of the bill.
        let wanted = f64::from(product.weight) * per_hour * 0.88 / weighted;
        let count = (wanted.round() as usize).max(2);
        for number in 0..count {
            add_resource(company, product, number);
        }
    }
}

fn add_resource(company: &mut Company, product: &'static Product, number: usize) {
    let chance = company.chance().named(product.key).about(number as u64);
    let account = 1 + chance.named("account").below(ACCOUNTS.len());
    // What never runs by itself waits for its anomaly at home.
    let region = if product.shape == Shape::Never { SEOUL } else { region(chance) };
    let usage = company.usage(product, region);
    let size = chance.named("size").share();
    let scale = product.least * (product.most / product.least).powf(size * size);
    let (team, service) = (company.accounts[account].team.clone(), service(chance));
    let name = format!("{team}-{service}-{number}");
    let id = resource_id(product.id_form, chance, region, &company.accounts[account].id, &name);
    let tags = if id.is_empty() { Vec::new() } else { tags(company, chance, account, &name) };
    let zone = matches!(product.service_code, "AmazonEC2" | "AmazonRDS" | "AmazonElastiCache");
    company.resources.push(Resource {
        id,
        account,
        usage,
        zone: zone.then(|| ['a', 'b', 'c'][chance.named("zone").below(3)]),
        tags,
        used: Use::Shaped(product.shape, Quantity::of(scale)),
        reservation: None,
        node: None,
    });
}

fn region(chance: Chance) -> Region {
    match chance.named("region").below(20) {
        0..=14 => SEOUL,
        15..=17 => TOKYO,
        _ => VIRGINIA,
    }
}

fn service(chance: Chance) -> &'static str {
    SERVICES_OF_A_TEAM[chance.named("service").below(SERVICES_OF_A_TEAM.len())]
}

/// The tags of a resource: some have none, some are not written as they should be.
fn tags(company: &mut Company, chance: Chance, account: usize, name: &str) -> Vec<(usize, String)> {
    let chance = chance.named("tags");
    let (team, stage) =
        (company.accounts[account].team.clone(), company.accounts[account].stage.clone());
    let mut tags = vec![(0, name.to_owned())];
    if chance.named("untagged").happens(UNTAGGED_SHARE) {
        return tags;
    }
    let mut value = team.clone();
    if chance.named("drift").happens(DRIFT_SHARE) {
        value = DRIFTS[chance.named("kind").below(DRIFTS.len())](&team);
        let drift = Drift { key: "team".to_owned(), value: value.clone(), canonical: team.clone() };
        if let Err(place) = company.drift.binary_search(&drift) {
            company.drift.insert(place, drift);
        }
    }
    tags.push((1, value));
    tags.push((2, format!("{team}-{}", service(chance))));
    if !chance.named("stage").happens(0.1) {
        tags.push((3, stage));
    }
    let center = team.bytes().fold(1000u32, |sum, byte| sum * 31 % 9000 + u32::from(byte));
    tags.push((4, format!("cc-{center}")));
    tags
}

/// Workers of one cluster in `platform-prod`, taken from the instances of four CPUs.
fn add_nodes(company: &mut Company) -> Result<(), GenerateError> {
    let platform = account_named(company, "platform-prod");
    let usage = company.usage_of("ec2.m6i.xlarge", SEOUL)?;
    let wanted = (company.resources.len() / NODES_PER_RESOURCE).max(2);
    let places: Vec<usize> = company
        .resources
        .iter()
        .enumerate()
        .filter(|(_, resource)| resource.usage == usage)
        .map(|(place, _)| place)
        .take(wanted)
        .collect();
    for (number, place) in places.into_iter().enumerate() {
        let chance = company.chance().named("node").about(number as u64);
        company.resources[place].account = platform;
        company.resources[place].node = Some(number);
        company.nodes.push(Node {
            resource: place,
            cluster: "platform".to_owned(),
            name: format!(
                "ip-10-0-{}-{}.ap-northeast-2.compute.internal",
                number / 200,
                number % 200 + 11
            ),
            vcpu: 4.0,
            memory_gib: 16.0,
            pods: (0..6).map(|pod| add_pod(chance.about(pod))).collect(),
        });
    }
    Ok(())
}

fn add_pod(chance: Chance) -> Pod {
    let (namespace, _, _) = ACCOUNTS[chance.named("namespace").below(ACCOUNTS.len())];
    let workload = format!("{namespace}-{}", service(chance));
    let cpu_request = [0.1, 0.25, 0.5, 0.5][chance.named("cpu").below(4)];
    let memory_request_gib = [0.5, 1.0, 2.0, 2.0][chance.named("memory").below(4)];
    Pod {
        name: format!("{workload}-{}-{}", chance.hex(9), chance.about(2).hex(5)),
        namespace: namespace.to_owned(),
        workload,
        uid: uuid(chance),
        cpu_request,
        // Two of three use less than half of what they reserve.
        cpu_used: cpu_request * if chance.named("busy").happens(0.33) { 0.9 } else { 0.22 },
        memory_request_gib,
        memory_used_gib: memory_request_gib * (0.3 + 0.9 * chance.named("fill").share()),
    }
}

fn account_named(company: &Company, name: &str) -> usize {
    company.accounts.iter().position(|account| account.name == name).unwrap_or(0)
}

/// A Savings Plan for what always runs and half of what does by day, and reservations for one more
/// instance of a kind than there is: so both are partly unused.
fn add_commitments(company: &mut Company) {
    let hourly: i64 = company
        .resources
        .iter()
        .filter_map(|resource| {
            let usage = &company.usages[resource.usage];
            let is_instance = usage.product.instance_type().is_some();
            let eligible = usage.product.commitment == Commitment::SavingsPlan && is_instance;
            match &resource.used {
                Use::Shaped(Shape::Always, _) if eligible => Some(usage.committed.0),
                Use::Shaped(Shape::Office, _) if eligible => Some(usage.committed.0 / 2),
                _ => None,
            }
        })
        .sum();
    company.promise(0, crate::price::Price(hourly));
    let reserved: BTreeSet<usize> = company
        .resources
        .iter()
        .map(|resource| resource.usage)
        .filter(|usage| company.usages[*usage].product.commitment == Commitment::Reservation)
        .collect();
    for usage in reserved {
        reserve(company, usage);
    }
}

fn reserve(company: &mut Company, usage: usize) {
    let place = company.reservations.len();
    let chance = company.chance().named("reservation").about(usage as u64);
    let mut count = 1;
    for resource in &mut company.resources {
        if resource.usage == usage {
            resource.reservation = Some(place);
            count += 1;
        }
    }
    let what = &company.usages[usage];
    let owner = &company.accounts[0].id;
    let service = if what.product.service_code == "AmazonRDS" { "rds" } else { "ec2" };
    // Part of it was paid at once: a third of the committed price.
    let upfront = what.committed.times(1.0 / 3.0);
    company.reservations.push(Reservation {
        arn: format!(
            "arn:aws:{service}:{}:{owner}:reserved-instances/{}",
            what.region.id,
            uuid(chance)
        ),
        account: 0,
        usage,
        count,
        recurring: crate::price::Price(what.committed.0 - upfront.0),
        upfront,
    });
}

/// What goes wrong in the last month.
fn add_anomalies(company: &mut Company, month: Month) -> Result<(), GenerateError> {
    let day = |number: i64| month.start() + (number - 1) * DAY;
    let seoul = |company: &mut Company, key| company.usage_of(key, SEOUL);
    let wanted = [
        ("a loop through the NAT gateway", seoul(company, "nat.bytes")?, day(10), day(12), 9.0),
        ("debug logs left on", seoul(company, "cloudwatch.logs")?, day(15), month.end(), 14.0),
        (
            "a retry storm",
            seoul(company, "lambda.duration")?,
            day(20) + 6 * HOUR,
            day(20) + 14 * HOUR,
            22.0,
        ),
    ];
    for (name, usage, from, until, factor) in wanted {
        // The largest of a kind, so that it shows.
        let largest = company
            .resources
            .iter()
            .enumerate()
            .filter(|(_, resource)| resource.usage == usage)
            .max_by_key(|(_, resource)| match resource.used {
                Use::Shaped(_, scale) => scale,
                Use::Hours(..) => Quantity::default(),
            });
        if let Some((resource, _)) = largest {
            company.anomalies.push(Anomaly { name, resource, from, until, factor });
        }
    }
    let usage = seoul(company, "ec2.p3.8xlarge")?;
    let forgotten = company.resources.iter().position(|resource| resource.usage == usage);
    if let Some(resource) = forgotten {
        company.resources[resource].account = account_named(company, "sandbox");
        let (from, until) = (day(18) + 9 * HOUR, day(20) + HOUR);
        let name = "a GPU instance left running";
        company.anomalies.push(Anomaly { name, resource, from, until, factor: 1.0 });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(lines: u64) -> Company {
        company(7, "USD", lines, Month::parse("2026-10").unwrap(), 1).unwrap()
    }

    #[test]
    fn a_company_has_sixteen_accounts_and_everything_that_makes_bills_hard() {
        let company = made(200_000);
        assert_eq!(company.accounts.len(), 16);
        assert_eq!(company.anomalies.len(), 4);
        assert!(!company.reservations.is_empty() && company.savings_plans.len() == 1);
        assert!(company.nodes.len() >= 2 && company.drift.len() > 10);
        let untagged =
            company.resources.iter().filter(|resource| resource.tag(1).is_none()).count();
        let share = untagged as f64 / company.resources.len() as f64;
        assert!((0.1..0.5).contains(&share), "{share} are untagged");
    }

    #[test]
    fn most_containers_use_less_than_half_of_what_they_reserve() {
        let company = made(2_000_000);
        let pods: Vec<&Pod> = company.nodes.iter().flat_map(|node| &node.pods).collect();
        let idle = pods.iter().filter(|pod| pod.cpu_used * 2.0 < pod.cpu_request).count();
        assert!(idle as f64 / pods.len() as f64 > 0.5, "{idle} of {}", pods.len());
    }

    #[test]
    fn a_larger_bill_has_more_resources() {
        let (small, large) = (made(100_000).resources.len(), made(1_000_000).resources.len());
        assert!(large > 8 * small, "{small} and {large}");
    }
}
