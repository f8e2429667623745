//! The shop's bill: what AWS would ask for its cluster, database, queue and network.
//!
//! The bill covers the month of the history's end and the one before, hour by hour until the end. It
//! is written as AWS delivers CUR 2.0, with its truth beside it, and imported like any bill.

use crate::ShopError;
use crate::cluster::{CLUSTER, DATABASE, NODES, node};
use hannun_bill_generator::{
    Company, Format, GenerateError, Month, Node, Output, Quantity, Resource, SEOUL, Shape, Truth,
    Use, VIRGINIA, write_bills,
};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// What the nodes' Savings Plan promises an hour, in dollars: two of the three.
const PROMISED: f64 = 0.35;
const HOUR_SECONDS: i64 = 3600;

/// Writes the bill as it is known at `until` into the folder and returns its truth. The folder of
/// the format below it can be imported.
///
/// # Errors
/// When a file cannot be written.
pub fn write_bill(folder: &Path, seed: u64, until: SystemTime) -> Result<Truth, ShopError> {
    let seconds = until.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() as i64;
    let until = seconds - seconds.rem_euclid(HOUR_SECONDS);
    let company = company(seed)?;
    let output = Output {
        folder: folder.to_owned(),
        first_month: Month::of(until - 1).previous(),
        months: 2,
        until,
        formats: vec![Format::Cur2Csv],
        with_draft: false,
        lines_per_file: 1_000_000,
    };
    Ok(write_bills(&Arc::new(company), &output, &mut |_| {})?)
}

/// A resource of the shop: product, account, name, team that it is tagged with, and use.
struct Asset {
    product: &'static str,
    id: String,
    zone: Option<char>,
    team: Option<&'static str>,
    used: Use,
}

fn company(seed: u64) -> Result<Company, GenerateError> {
    let mut company = Company::new(seed, "USD")?;
    let payer = company.account("shop-management", "platform", "prod");
    let production = company.account("shop-production", "platform", "prod");
    company.tag_key("Name");
    for number in 0..NODES {
        add_node(&mut company, production, seed, number)?;
    }
    for asset in nodes(seed)
        .into_iter()
        .chain(network(&company, production))
        .chain(services(&company, production))
    {
        add(&mut company, production, asset)?;
    }
    // Something that is bought elsewhere.
    let zone = Asset {
        product: "route53.queries",
        id: "arn:aws:route53:::hostedzone/Z0SHOP".to_owned(),
        zone: None,
        team: Some("platform"),
        used: shaped(Shape::Diurnal, 20_000.0),
    };
    let usage = company.usage_of(zone.product, VIRGINIA)?;
    push(&mut company, production, usage, zone);
    let hourly = company.dollars(PROMISED);
    company.promise(payer, hourly);
    Ok(company)
}

fn shaped(shape: Shape, scale: f64) -> Use {
    Use::Shaped(shape, Quantity::of(scale))
}

fn add(company: &mut Company, account: usize, asset: Asset) -> Result<(), GenerateError> {
    let usage = company.usage_of(asset.product, SEOUL)?;
    push(company, account, usage, asset);
    Ok(())
}

fn push(company: &mut Company, account: usize, usage: usize, asset: Asset) {
    let name = asset.id.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
    let mut tags = vec![(company.tag_key("Name"), name)];
    if let Some(team) = asset.team {
        tags.push((company.tag_key("team"), team.to_owned()));
        tags.push((company.tag_key("stage"), "prod".to_owned()));
    }
    company.resources.push(Resource {
        id: asset.id,
        account,
        usage,
        zone: asset.zone,
        tags,
        used: asset.used,
        reservation: None,
        node: None,
    });
}

/// An instance that is a node of the cluster.
fn add_node(
    company: &mut Company,
    account: usize,
    seed: u64,
    number: u64,
) -> Result<(), GenerateError> {
    let node = node(seed, number);
    let asset = Asset {
        product: "ec2.m6i.xlarge",
        id: node.instance_id,
        zone: Some(node.zone),
        team: Some("platform"),
        used: shaped(Shape::Always, 1.0),
    };
    add(company, account, asset)?;
    let resource = company.resources.len() - 1;
    company.resources[resource].node = Some(company.nodes.len());
    company.nodes.push(Node {
        resource,
        cluster: CLUSTER.to_owned(),
        name: node.name,
        vcpu: 4.0,
        memory_gib: 16.0,
        // AWS was not asked to split its cost: metrics do.
        pods: Vec::new(),
    });
    Ok(())
}

/// The nodes' disks, and what goes in and out of them.
fn nodes(seed: u64) -> Vec<Asset> {
    let mut assets = Vec::new();
    for number in 0..NODES {
        let node = node(seed, number);
        let mut of_node = |product, id: String, used| {
            let (zone, team) = (Some(node.zone), Some("platform"));
            assets.push(Asset { product, id, zone, team, used });
        };
        let instance = &node.instance_id;
        of_node("transfer.regional", instance.clone(), shaped(Shape::Diurnal, 0.9));
        of_node("transfer.out", instance.clone(), shaped(Shape::Diurnal, 0.12));
        let disk = instance.replace("i-", "vol-");
        of_node("ebs.gp3", disk, shaped(Shape::Steady, 0.14));
    }
    assets
}

/// An ARN of something in the shop's account.
fn arn(company: &Company, account: usize, service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{}:{}:{rest}", SEOUL.id, company.accounts[account].id)
}

fn network(company: &Company, account: usize) -> Vec<Asset> {
    let id = |service, rest: &str| arn(company, account, service, rest);
    let nat = id("ec2", "natgateway/nat-0shop");
    let balancer = id("elasticloadbalancing", "loadbalancer/app/shop/0011223344556677");
    let endpoint = id("ec2", "vpc-endpoint/vpce-0shop");
    let asset = |product, id: &str, used| Asset {
        product,
        id: id.to_owned(),
        zone: None,
        // Nobody in particular owns the way out.
        team: None,
        used,
    };
    vec![
        asset("nat.hours", &nat, shaped(Shape::Always, 1.0)),
        asset("nat.bytes", &nat, shaped(Shape::Diurnal, 0.8)),
        asset("elb.hours", &balancer, shaped(Shape::Always, 1.0)),
        asset("elb.lcu", &balancer, shaped(Shape::Diurnal, 0.6)),
        asset("endpoint.hours", &endpoint, shaped(Shape::Always, 1.0)),
        asset("endpoint.bytes", &endpoint, shaped(Shape::Diurnal, 0.4)),
    ]
}

fn services(company: &Company, account: usize) -> Vec<Asset> {
    let id = |service, rest: &str| arn(company, account, service, rest);
    let database = id("rds", &format!("db:{DATABASE}"));
    let rows: Vec<(&'static str, String, Option<&'static str>, Use)> = vec![
        ("rds.r6g.xlarge", database.clone(), Some("orders"), shaped(Shape::Always, 1.0)),
        ("rds.storage", database, Some("orders"), shaped(Shape::Steady, 0.27)),
        (
            "cache.r6g.large",
            id("elasticache", "cluster:shop-cache"),
            Some("catalogue"),
            shaped(Shape::Always, 1.0),
        ),
        ("eks.cluster", id("eks", "cluster/shop"), Some("platform"), shaped(Shape::Always, 1.0)),
        ("sqs.requests", id("sqs", "shop-events"), Some("delivery"), shaped(Shape::Diurnal, 9e4)),
        (
            "s3.storage",
            "shop-menu-images".to_owned(),
            Some("catalogue"),
            shaped(Shape::Growing, 9.0),
        ),
        ("s3.get", "shop-menu-images".to_owned(), Some("catalogue"), shaped(Shape::Diurnal, 9e4)),
        ("cloudwatch.logs", id("logs", "log-group:/aws/shop"), None, shaped(Shape::Diurnal, 0.15)),
        (
            "ecr.storage",
            id("ecr", "repository/shop"),
            Some("platform"),
            shaped(Shape::Growing, 0.4),
        ),
        (
            "kms.requests",
            id("kms", "key/shop-payments"),
            Some("payments"),
            shaped(Shape::Diurnal, 3e3),
        ),
        (
            "lambda.duration",
            id("lambda", "function:receipts"),
            Some("payment"),
            shaped(Shape::Diurnal, 900.0),
        ),
        (
            "lambda.requests",
            id("lambda", "function:receipts"),
            Some("payment"),
            shaped(Shape::Diurnal, 2e3),
        ),
    ];
    rows.into_iter()
        .map(|(product, id, team, used)| Asset { product, id, zone: None, team, used })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_model::money::Money;
    use std::time::Duration;

    /// 2026-11-18 at 09:30 in UTC.
    fn until() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_794_994_200)
    }

    #[test]
    fn the_bill_covers_the_month_before_and_this_one_until_now() {
        let folder = tempfile::tempdir().unwrap();
        let truth = write_bill(folder.path(), 7, until()).unwrap();
        let periods: Vec<&str> = truth.periods.iter().map(|it| it.period.as_str()).collect();
        assert_eq!(periods, ["2026-10", "2026-11"]);
        let last = truth.periods[1].by_day_account_service.iter().map(|cell| cell.day_ms).max();
        assert_eq!(last, Some(1_794_960_000_000), "its last day is the 18th");
        assert!(truth.periods[0].invoice_id.is_some() && truth.periods[1].invoice_id.is_none());
        assert!(folder.path().join("cur2-csv").is_dir());
    }

    #[test]
    fn the_nodes_of_the_cluster_are_on_the_bill() {
        let folder = tempfile::tempdir().unwrap();
        let truth = write_bill(folder.path(), 7, until()).unwrap();
        for number in 0..NODES {
            let id = node(7, number).instance_id;
            let cost = truth.periods[0].node_costs.get(&id).copied();
            // Some hours of it are cheaper by the Savings Plan.
            let (least, most) = (Money::parse("120").unwrap(), Money::parse("176").unwrap());
            assert!(cost.is_some_and(|cost| least < cost && cost < most), "{id}: {cost:?}");
        }
        assert!(truth.periods[0].savings_plans[0].used > Money::ZERO);
    }

    #[test]
    fn another_hour_is_another_delivery_of_the_same_bill() {
        let manifest = |until| {
            let folder = tempfile::tempdir().unwrap();
            write_bill(folder.path(), 7, until).unwrap();
            let path =
                "cur2-csv/exports/hannun/metadata/BILLING_PERIOD=2026-11/hannun-Manifest.json";
            std::fs::read_to_string(folder.path().join(path)).unwrap()
        };
        let (now, soon) = (manifest(until()), manifest(until() + Duration::from_secs(60)));
        assert_eq!(now, soon);
        assert_ne!(now, manifest(until() + Duration::from_secs(3600)));
    }
}
