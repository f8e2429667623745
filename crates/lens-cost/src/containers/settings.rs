//! Documents of kind `cost-settings`: what people decided about how costs are split.

use crate::costs::CostError;
use hannun_allocation::containers::Weights;
use hannun_allocation::endpoints::names::is_health_check;
use hannun_ledger::{Kind, Ledger, Role};
use serde::Deserialize;

/// The only document of the kind that is read.
pub const DEFAULT: &str = "default";

/// How costs are split.
pub const COST_SETTINGS: Kind = Kind {
    name: "cost-settings",
    title: "Cost settings",
    description: "How the cost of nodes is split over containers, and which requests are none.",
    schema: include_str!("../../kinds/cost-settings.schema.json"),
    edit_role: Role::Editor,
    own_by_user: false,
    check: None,
};

/// What the document says; what it leaves out is as if nobody had written one.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct CostSettings {
    pub cpu_memory_weights: Weights,
    /// Endpoints that are asked by machines, beside those with the usual names.
    pub health_checks: Vec<String>,
}

impl CostSettings {
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn load(ledger: &Ledger) -> Result<Self, CostError> {
        let documents = ledger.documents(Some(COST_SETTINGS.name), false).await?;
        let document = documents.into_iter().find(|document| document.id == DEFAULT);
        let read = document.and_then(|document| serde_json::from_value(document.body).ok());
        Ok(read.unwrap_or_default())
    }

    /// Whether an endpoint is asked by nobody who wants something of it.
    pub fn is_health_check(&self, endpoint: &str) -> bool {
        is_health_check(endpoint) || self.health_checks.iter().any(|name| name == endpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_left_out_is_the_default() {
        let settings: CostSettings = serde_json::from_value(json!({})).unwrap();
        assert_eq!(settings.cpu_memory_weights, Weights { cpu: 9.0, memory: 1.0 });
        let body = json!({ "cpu_memory_weights": { "cpu": 3, "memory": 1 }, "health_checks": ["GET /up"] });
        let settings: CostSettings = serde_json::from_value(body).unwrap();
        assert_eq!(settings.cpu_memory_weights.cpu, 3.0);
        assert!(settings.is_health_check("GET /up") && settings.is_health_check("GET /healthz"));
        assert!(!settings.is_health_check("GET /orders"));
    }

    #[test]
    fn weights_must_be_numbers_that_say_something() {
        let kinds = hannun_ledger::KindRegistry::new([COST_SETTINGS]).unwrap();
        let faults = |body| kinds.get(COST_SETTINGS.name).unwrap().faults(&body).len();
        assert_eq!(faults(json!({ "cpu_memory_weights": { "cpu": 9, "memory": 1 } })), 0);
        assert_eq!(faults(json!({})), 0);
        for wrong in [
            json!({ "cpu_memory_weights": { "cpu": -1, "memory": 1 } }),
            json!({ "cpu_memory_weights": { "cpu": 1 } }),
            json!({ "cpu_memory_weight": {} }),
            json!({ "health_checks": "GET /up" }),
        ] {
            assert!(faults(wrong.clone()) > 0, "{wrong}");
        }
    }
}
