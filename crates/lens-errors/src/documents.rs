//! The kinds of documents that this lens owns.

use hannun_ledger::{Kind, Role};

/// What was decided about an issue: resolved, ignored, or open again.
pub const ERROR_ISSUE_STATE: Kind = Kind {
    name: "error-issue-state",
    title: "State of an error issue",
    description: "Whether an issue is open, resolved or ignored, and who looks after it.",
    schema: include_str!("../kinds/error-issue-state.schema.json"),
    edit_role: Role::Editor,
    own_by_user: false,
    check: None,
};

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_ledger::KindRegistry;
    use hannun_model::limits::{ERROR_SERVICE_BYTES_MAX, FINGERPRINT_CHARACTERS_MAX};

    #[test]
    fn a_decision_about_an_issue_is_checked() {
        let kinds = KindRegistry::new([ERROR_ISSUE_STATE]).unwrap();
        let kind = kinds.get("error-issue-state").unwrap();
        let body = serde_json::json!({
            "service": "order", "fingerprint": "ab12", "state": "resolved",
            "resolved_in_version": "1.4.0",
        });
        assert_eq!(kind.faults(&body), []);
        // Whatever is listed can be decided about: spans may name no service, or a long one.
        for service in [String::new(), "s".repeat(ERROR_SERVICE_BYTES_MAX)] {
            let body = serde_json::json!({
                "service": service, "fingerprint": "f".repeat(FINGERPRINT_CHARACTERS_MAX),
                "state": "ignored",
            });
            assert_eq!(kind.faults(&body), [], "{service}");
        }
        let faults = kind.faults(&serde_json::json!({"service": "order", "state": "done"}));
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["/fingerprint", "/state"]);
    }
}
