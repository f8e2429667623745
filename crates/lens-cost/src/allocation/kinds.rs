//! Kinds of documents that say whose a cost is.

use hannun_allocation::faults::{self, Fault};
use hannun_ledger::{FieldError, Kind, Role};

/// Rules that say a tag's value for every line of a bill.
pub const COST_VIRTUAL_TAG: Kind = Kind {
    name: "cost-virtual-tag",
    title: "Virtual tag",
    description: "A tag that no resource has: rules say its value for every line of a bill.",
    schema: include_str!("../../kinds/cost-virtual-tag.schema.json"),
    edit_role: Role::Editor,
    own_by_user: false,
    check: Some(|body| fields(faults::virtual_tag(body))),
};

/// Values by key, for rules and SQL.
pub const COST_LOOKUP_TABLE: Kind = Kind {
    name: "cost-lookup-table",
    title: "Look-up table of costs",
    description: "Values by key, for rules of virtual tags and for SQL.",
    schema: include_str!("../../kinds/cost-lookup-table.schema.json"),
    edit_role: Role::Editor,
    own_by_user: false,
    check: None,
};

/// A cost that several share.
pub const COST_SHARED: Kind = Kind {
    name: "cost-shared",
    title: "Shared cost",
    description: "A cost that several share, and how it is split among them.",
    schema: include_str!("../../kinds/cost-shared.schema.json"),
    edit_role: Role::Editor,
    own_by_user: false,
    check: Some(|body| fields(faults::shared_cost(body))),
};

/// An account of a bill, as people know it.
pub const COST_ACCOUNT: Kind = Kind {
    name: "cost-account",
    title: "Cloud account",
    description: "An account of a bill as people know it: its name, team and stage.",
    schema: include_str!("../../kinds/cost-account.schema.json"),
    edit_role: Role::Editor,
    own_by_user: false,
    check: None,
};

fn fields(faults: Vec<Fault>) -> Vec<FieldError> {
    faults.into_iter().map(|fault| FieldError::new(fault.path, fault.message)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_ledger::KindRegistry;
    use serde_json::{Value, json};

    fn faults(kind: &str, body: Value) -> Vec<(String, String)> {
        let all = [COST_VIRTUAL_TAG, COST_LOOKUP_TABLE, COST_SHARED, COST_ACCOUNT];
        let kinds = KindRegistry::new(all).unwrap();
        let faults = kinds.get(kind).unwrap().faults(&body);
        faults.into_iter().map(|fault| (fault.path, fault.message)).collect()
    }

    #[test]
    fn a_virtual_tag_may_use_every_form_of_rule() {
        let body = json!({"name": "team", "default": "unknown", "normalise": "kebab", "rules": [
            {"when": [{"dimension": "tag:team", "operator": "present"}], "then": {"copy": "tags['team']"}},
            {"when": [{"dimension": "service_name", "operator": "matches", "values": ["^Amazon (EC2|RDS)"]}],
             "then": {"set": "platform"}},
            {"then": {"map": {"from": "sub_account_id", "table": "accounts", "otherwise": "other"}}},
            {"then": {"alias": {"from": "tag:workload", "names": {"Base Load": "baseload"}}}},
        ]});
        assert_eq!(faults("cost-virtual-tag", body), []);
    }

    #[test]
    fn what_is_wrong_with_a_rule_is_told_with_its_number_and_place() {
        let condition = |dimension: &str, operator: &str, values: &[&str]| json!({"dimension": dimension, "operator": operator, "values": values});
        let body = json!({"name": "team", "rules": [
            {"when": [condition("tag:a", "is", &["x"])], "then": {"set": "a"}},
            {"when": [condition("team", "is", &["x"])], "then": {"copy": "billed_cost"}},
            {"when": [condition("tag:a", "matches", &["("])], "then": {"set": "a"}},
            {"when": [condition("tag:a", "is", &[])], "then": {"set": "a"}},
            {"then": {"copy": "virtual:team"}},
        ]});
        let found = faults("cost-virtual-tag", body);
        let paths: Vec<&str> = found.iter().map(|fault| fault.0.as_str()).collect();
        assert_eq!(
            paths,
            [
                "/rules/1/then/copy",
                "/rules/1/when/0/dimension",
                "/rules/2/when/0/values",
                "/rules/3/when/0/values",
                "/rules/4/then/copy",
            ]
        );
        assert!(found[0].1.starts_with("rule 2: `billed_cost` is no dimension"), "{found:?}");
        assert_eq!(found[2].1, "rule 3: `(` is no pattern: unclosed group");
        assert_eq!(found[3].1, "rule 4: the operator is needs at least one value");
        assert!(found[4].1.contains("virtual:team → virtual:team"), "{found:?}");
    }

    #[test]
    fn a_rule_does_one_thing() {
        let body = json!({"name": "team", "rules": [{"then": {"set": "a", "copy": "tag:a"}}]});
        assert_eq!(faults("cost-virtual-tag", body)[0].0, "/rules/0/then");
        let body = json!({"name": "Team!", "rules": [{"then": {"put": "a"}}]});
        let found = faults("cost-virtual-tag", body);
        assert_eq!(found[0].0, "/name");
        assert!(found[1].1.contains("the fields are alias, copy, map, set"), "{found:?}");
    }

    #[test]
    fn a_shared_cost_says_by_what_it_is_split() {
        let body = |split: Value| {
            json!({"name": "Support", "over": "team", "split": split,
            "when": [{"dimension": "service_name", "operator": "contains", "values": ["Support"]}]})
        };
        assert_eq!(faults("cost-shared", body(json!("even"))), []);
        assert_eq!(faults("cost-shared", body(json!({"metric": "orders"}))), []);
        assert_eq!(faults("cost-shared", body(json!("fair")))[0].0, "/split");
    }
}
