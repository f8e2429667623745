//! What can be on a bill: products in the words of AWS's price list.

mod compute;
mod managed;

use crate::price::Price;

/// How often a line of a product is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cadence {
    Hourly,
    Daily,
}

/// How the use of a resource goes over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One every hour.
    Always,
    /// On weekdays from nine to seven in Seoul.
    Office,
    /// About the same at any time.
    Steady,
    /// As customers come: with lunch and dinner in Seoul, and more at weekends.
    Diurnal,
    /// Steady, and one percent more every four days.
    Growing,
    /// Only when an anomaly makes it so.
    Never,
}

/// What can lower the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commitment {
    None,
    SavingsPlan,
    Reservation,
}

/// How resources of a product are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdForm {
    Absent,
    Acl,
    Api,
    Bucket,
    Cache,
    Cluster,
    Database,
    Distribution,
    Endpoint,
    FileSystem,
    Function,
    Instance,
    Job,
    Kafka,
    Key,
    LoadBalancer,
    LogGroup,
    Machine,
    Nat,
    Queue,
    Repository,
    Search,
    Snapshot,
    Stream,
    Table,
    Task,
    Topic,
    TransitGateway,
    Volume,
    Warehouse,
    Workgroup,
    Zone,
}

/// One entry of the price list.
#[derive(Debug, Clone, Copy)]
pub struct Product {
    /// What code asks for it by.
    pub key: &'static str,
    pub service_code: &'static str,
    pub service_name: &'static str,
    /// As FOCUS sorts services.
    pub service_category: &'static str,
    pub family: &'static str,
    /// Without the prefix of a region.
    pub usage_type: &'static str,
    pub operation: &'static str,
    pub unit: &'static str,
    /// On demand, in US dollars.
    pub price: Price,
    /// How many of a thousand resources are of this product, roughly.
    pub weight: u32,
    pub cadence: Cadence,
    pub shape: Shape,
    /// How much one resource uses in an average hour, or day: from small to large.
    pub least: f64,
    pub most: f64,
    pub id_form: IdForm,
    pub commitment: Commitment,
}

const fn product(text: [&'static str; 8], price: i64) -> Product {
    let [key, service_code, service_name, service_category, family, usage_type, operation, unit] =
        text;
    Product {
        key,
        service_code,
        service_name,
        service_category,
        family,
        usage_type,
        operation,
        unit,
        price: Price(price),
        weight: 0,
        cadence: Cadence::Hourly,
        shape: Shape::Always,
        least: 1.0,
        most: 1.0,
        id_form: IdForm::Absent,
        commitment: Commitment::None,
    }
}

impl Product {
    const fn used(
        mut self,
        weight: u32,
        cadence: Cadence,
        shape: Shape,
        least: f64,
        most: f64,
        id_form: IdForm,
    ) -> Self {
        self.weight = weight;
        self.cadence = cadence;
        self.shape = shape;
        self.least = least;
        self.most = most;
        self.id_form = id_form;
        self
    }

    const fn committed(mut self, commitment: Commitment) -> Self {
        self.commitment = commitment;
        self
    }

    /// Services that are nowhere in particular have no region on a bill.
    pub fn is_global(&self) -> bool {
        matches!(self.service_code, "AmazonCloudFront" | "AmazonRoute53" | "AWSSupportBusiness")
            || matches!(self.key, "sp.fee" | "tax")
    }

    /// `m6i.large` of `BoxUsage:m6i.large`, when the product is an instance of something.
    pub fn instance_type(&self) -> Option<&'static str> {
        let is_instance = self.usage_type.contains("Usage:")
            || self.usage_type.starts_with("ESInstance:")
            || self.usage_type.starts_with("Node:");
        is_instance.then(|| self.usage_type.split_once(':').map(|(_, kind)| kind)).flatten()
    }
}

/// Hours of a Savings Plan.
pub const SAVINGS_PLAN: Product = product(
    [
        "sp.fee",
        "ComputeSavingsPlans",
        "Savings Plans for AWS Compute usage",
        "Compute",
        "ComputeSavingsPlans",
        "ComputeSP:1yrNoUpfront",
        "",
        "Hrs",
    ],
    0,
);
/// What AWS asks for its support.
pub const SUPPORT: Product = product(
    [
        "support",
        "AWSSupportBusiness",
        "AWS Support (Business)",
        "Other",
        "AWS Support",
        "Dollar",
        "",
        "Dollar",
    ],
    0,
);

/// Everything that resources are made of.
pub fn all() -> impl Iterator<Item = &'static Product> {
    compute::PRODUCTS.iter().chain(managed::PRODUCTS.iter())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_bill_has_the_services_of_a_real_one() {
        let services: HashSet<_> = all().map(|product| product.service_code).collect();
        assert!(services.len() >= 25, "{} services", services.len());
        let keys: HashSet<_> = all().map(|product| product.key).collect();
        assert_eq!(keys.len(), all().count());
    }

    #[test]
    fn instances_tell_their_type() {
        let kind = |key| all().find(|product| product.key == key).and_then(Product::instance_type);
        assert_eq!(kind("ec2.m6i.large"), Some("m6i.large"));
        assert_eq!(kind("rds.r6g.xlarge"), Some("db.r6g.xlarge"));
        assert_eq!(kind("nat.bytes"), None);
    }
}
