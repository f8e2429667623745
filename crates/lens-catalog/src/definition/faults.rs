//! What is wrong with a definition beyond its schema.

use super::{SERVICE, V3};
use hannun_ledger::FieldError;
use serde_json::Value;

/// Versions of the form that names them `schema-version`.
const VERSIONS: [&str; 3] = ["v2", "v2.1", "v2.2"];
/// Addresses that run something where they are opened.
const UNSAFE_SCHEMES: [&str; 4] = ["javascript", "data", "vbscript", "file"];
const EMAIL: &str = "email";

/// Everything that is wrong with a body that fits the schema.
pub fn faults(body: &Value) -> Vec<FieldError> {
    let (name, inside) = match body.get("apiVersion") {
        Some(_) => ("/metadata/name", "/metadata"),
        None => ("/dd-service", ""),
    };
    let mut faults = Vec::new();
    if inside.is_empty() {
        faults.extend(version_fault(body));
    }
    if let Some(written) = body.pointer(name).and_then(Value::as_str)
        && (written.trim() != written || written.chars().any(char::is_control))
    {
        let message = "must not begin or end with a blank or hold control characters; write the \
                       name as the telemetry has it";
        faults.push(FieldError::new(name, message));
    }
    for (list, field, check) in [
        ("links", "url", url_fault as fn(&Value) -> Option<&'static str>),
        ("docs", "url", url_fault),
        ("repos", "url", url_fault),
        ("contacts", "contact", contact_fault),
    ] {
        let items = body.pointer(&format!("{inside}/{list}")).and_then(Value::as_array);
        for (index, item) in items.into_iter().flatten().enumerate() {
            let path = || format!("{inside}/{list}/{index}/{field}");
            faults.extend(check(item).map(|message| FieldError::new(path(), message)));
        }
    }
    faults
}

fn version_fault(body: &Value) -> Option<FieldError> {
    let path = "/schema-version";
    let message = match body.get("schema-version").and_then(Value::as_str) {
        Some(version) if VERSIONS.contains(&version) => return None,
        Some("v1") => {
            "v1 is not kept: `hannun apply -f` and the editor of the catalog turn it into v2.2"
                .to_owned()
        }
        Some(V3) => format!("version v3 says `apiVersion: v3` and `kind: {SERVICE}` instead"),
        _ => format!("use one of {}, or `apiVersion: v3`", VERSIONS.join(", ")),
    };
    Some(FieldError::new(path, message))
}

fn url_fault(link: &Value) -> Option<&'static str> {
    let url = link.get("url")?.as_str()?;
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_scheme = |scheme: &String| {
        scheme.starts_with(|it: char| it.is_ascii_lowercase())
            && scheme.chars().all(|it| it.is_ascii_alphanumeric() || "+-.".contains(it))
    };
    match scheme.filter(is_scheme) {
        None => Some("must be a whole address, such as https://wiki.example/runbook"),
        Some(scheme) if UNSAFE_SCHEMES.contains(&scheme.as_str()) => {
            Some("must not be an address that runs or opens something locally; use https:")
        }
        Some(_) if url.chars().any(char::is_control) => Some("must not hold control characters"),
        Some(_) => None,
    }
}

fn contact_fault(contact: &Value) -> Option<&'static str> {
    let is_email = contact.get("type")?.as_str()? == EMAIL;
    let address = contact.get("contact")?.as_str()?;
    if !is_email {
        return url_fault_of_contact(address);
    }
    let is_address = address.split_once('@').is_some_and(|(mailbox, host)| {
        !mailbox.is_empty() && !host.is_empty() && !host.contains('@')
    });
    let is_address = is_address && !address.chars().any(char::is_whitespace);
    (!is_address).then_some("must be the address of a mailbox, such as checkout@shop.example")
}

/// A contact of another type may be a name, such as `#checkout`; when it is an address, it is a safe
/// one.
fn url_fault_of_contact(address: &str) -> Option<&'static str> {
    // Browsers read an address without them, so `java\tscript:` runs.
    let address: String =
        address.chars().filter(|it| !it.is_control() && !it.is_whitespace()).collect();
    let begins = |scheme: &&str| {
        let front = address.get(..=scheme.len());
        front.is_some_and(|front| front.eq_ignore_ascii_case(&format!("{scheme}:")))
    };
    let message = "must not be an address that runs or opens something locally; use https:";
    UNSAFE_SCHEMES.iter().any(begins).then_some(message)
}

#[cfg(test)]
mod tests {
    use crate::documents::SERVICE_DEFINITION;
    use hannun_ledger::KindRegistry;
    use serde_json::{Value, json};

    fn told(body: Value) -> Vec<(String, String)> {
        let kinds = KindRegistry::new([SERVICE_DEFINITION]).unwrap();
        let faults = kinds.get("service-definition").unwrap().faults(&body);
        faults.into_iter().map(|fault| (fault.path, fault.message)).collect()
    }

    fn paths(body: Value) -> Vec<String> {
        told(body).into_iter().map(|fault| fault.0).collect()
    }

    #[test]
    fn every_form_is_taken_as_it_is_documented() {
        for body in [
            json!({"schema-version": "v2", "dd-service": "a", "team": "t", "dd-team": "t",
                "contacts": [{"type": "slack", "contact": "https://chat.example/c", "name": "us"}],
                "links": [{"name": "L", "type": "wiki", "url": "https://wiki.example"}],
                "repos": [{"name": "R", "provider": "github", "url": "https://git.example/a"}],
                "docs": [{"name": "D", "url": "https://wiki.example/d"}], "tags": ["a:b"],
                "integrations": {"pagerduty": "https://x.pagerduty.com/service-directory/P1"},
                "extensions": {"ours.example/x": {"y": [1]}}}),
            json!({"schema-version": "v2.1", "dd-service": "a", "application": "shop", "tier": "1",
                "lifecycle": "production", "description": "what", "integrations": {"new-one": {}},
                "links": [{"name": "L", "type": "other", "url": "https://w.example", "provider": "w"}]}),
            json!({"schema-version": "v2.2", "dd-service": "a", "type": "web", "languages": ["go"],
                "ci-pipeline-fingerprints": ["x"], "contacts": [{"type": "phone", "contact": "+82 2"}]}),
            json!({"apiVersion": "v3", "kind": "service", "metadata": {"name": "a",
                "displayName": "A", "owner": "t", "additionalOwners": [{"name": "o", "type": "ops"}],
                "inheritFrom": "service:b", "namespace": "default"},
                "spec": {"dependsOn": ["service:b"], "componentOf": ["system:shop"]},
                "integrations": {"opsgenie": {}}, "datadog": {"logs": [{"name": "x", "query": "y"}]},
                "extensions": {"x": 1}}),
            json!({"apiVersion": "v3", "kind": "api", "metadata": {"name": "a"},
                "spec": {"interface": {"fileRef": "https://x.example"}, "implementedBy": ["service:a"]}}),
            json!({"apiVersion": "v3", "kind": "system", "metadata": {"name": "shop"},
                "spec": {"components": ["service:a"]}}),
        ] {
            assert_eq!(told(body.clone()), [], "{body}");
        }
    }

    #[test]
    fn a_fault_says_where_it_is_and_what_to_do() {
        let body = json!({"schema-version": "v2.2", "dd-service": "a", "owner": "t", "type": "shop",
            "contacts": [{"type": "email"}]});
        let told = told(body);
        assert_eq!(told[0], ("/contacts/0/contact".to_owned(), "required, add it".to_owned()));
        assert_eq!(told[1].0, "/owner");
        assert!(
            told[1].1.starts_with("unknown field `owner`, the fields are application, ci-pipeline"),
            "{told:?}"
        );
        assert_eq!(told[2].0, "/type");
        assert!(told[2].1.starts_with("must be one of [\"web\""), "{told:?}");
        let of_v3 = json!({"apiVersion": "v3", "kind": "Service", "metadata": {"names": "a"},
            "specs": {}});
        assert_eq!(paths(of_v3), ["/kind", "/metadata/name", "/metadata/names", "/specs"]);
        // Each version has its own words.
        let v21 = json!({"schema-version": "v2.1", "dd-service": "a", "languages": ["go"]});
        assert_eq!(paths(v21), ["/languages"]);
        let v2 = json!({"schema-version": "v2", "dd-service": "a", "tier": "1"});
        assert_eq!(paths(v2), ["/tier"]);
    }

    #[test]
    fn versions_that_are_not_kept_are_told_with_the_way_out() {
        let message = |body| told(body).remove(0).1;
        assert!(
            message(json!({"schema-version": "v1", "info": {"dd-service": "a"}})).contains("v2.2")
        );
        assert!(
            message(json!({"schema-version": "v3", "dd-service": "a"})).contains("apiVersion: v3")
        );
        let known = "use one of v2, v2.1, v2.2, or `apiVersion: v3`";
        assert_eq!(message(json!({"schema-version": "v9", "dd-service": "a"})), known);
        assert_eq!(message(json!({"dd-service": "a"})), known);
        assert_eq!(message(json!({"schema-version": 2.2})), "must be of type string, not number");
        assert!(
            message(json!({"apiVersion": "v4", "kind": "service", "metadata": {"name": "a"}}))
                .contains("v3")
        );
    }

    #[test]
    fn addresses_lead_somewhere_and_run_nothing() {
        let link = |url: &str| {
            json!({"schema-version": "v2.2", "dd-service": "a",
                "links": [{"name": "L", "type": "doc", "url": url}]})
        };
        for good in ["https://a.example/b c", "http://a", "slack://channel?id=1", "mailto:a@b"] {
            assert_eq!(paths(link(good)), Vec::<String>::new(), "{good}");
        }
        for bad in [
            "wiki",
            "/runbook",
            "javascript:alert(1)",
            "JavaScript:x",
            "data:text/html,x",
            ":x",
            "https://a\n",
        ] {
            assert_eq!(paths(link(bad)), ["/links/0/url"], "{bad}");
        }
        let contact = |contact_type: &str, contact: &str| {
            json!({"apiVersion": "v3", "kind": "service", "metadata": {"name": "a",
                "contacts": [{"type": contact_type, "contact": contact}]}})
        };
        for (contact_type, good) in
            [("email", "a@b.example"), ("slack", "#checkout"), ("slack", "https://c")]
        {
            assert_eq!(paths(contact(contact_type, good)), Vec::<String>::new(), "{good}");
        }
        for (contact_type, bad) in [
            ("email", "a"),
            ("email", "a@b@c"),
            ("email", "a b@c"),
            ("slack", " javascript:x"),
            ("slack", "java\tscript:x"),
        ] {
            assert_eq!(
                paths(contact(contact_type, bad)),
                ["/metadata/contacts/0/contact"],
                "{bad}"
            );
        }
        assert_eq!(paths(json!({"schema-version": "v2", "dd-service": "a "})), ["/dd-service"]);
    }
}
