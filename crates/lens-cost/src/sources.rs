//! Cost sources: where bills are, and how often somebody looks for new ones.

use hannun_bill_import::ImportRequest;
use hannun_bill_import::credentials::Credentials;
use hannun_bill_import::request::{Access, Location};
use hannun_ledger::{Document, FieldError, Kind, Ledger, LedgerError, Role};
use hannun_model::limits::COST_SOURCE_INTERVAL_SECONDS_MIN;
use serde_json::Value;

/// Where the bills of a provider are delivered to.
pub const COST_SOURCE: Kind = Kind {
    name: "cost-source",
    title: "Cost source",
    description: "Where the bills of a provider are delivered to, and how often to look for new ones.",
    schema: include_str!("../kinds/cost-source.schema.json"),
    // It says whom the server asks, and with which of its keys.
    edit_role: Role::Owner,
    own_by_user: false,
    check: Some(faults),
};

/// A source as it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostSource {
    /// Id of its document: under this name its bills are kept.
    pub id: String,
    pub request: ImportRequest,
    /// Seconds between two looks; `None` when nobody looks by himself.
    pub every_seconds: Option<u64>,
}

impl CostSource {
    /// What a document says.
    pub fn of(document: &Document) -> Self {
        let body = &document.body;
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let request = ImportRequest {
            location: Location::parse(body["url"].as_str().unwrap_or_default()),
            source: document.id.clone(),
            account: text("account"),
            currency: text("currency"),
            access: Access {
                region: text("region"),
                endpoint: text("endpoint"),
                credentials: credentials(&body["credentials"]),
            },
            dry_run: false,
        };
        let enabled = body["enabled"].as_bool().unwrap_or(true);
        let every_seconds = body["every"].as_str().and_then(seconds).filter(|_| enabled);
        Self { id: document.id.clone(), request, every_seconds }
    }

    /// All that are in force.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn load(ledger: &Ledger) -> Result<Vec<Self>, LedgerError> {
        let documents = ledger.documents(Some(COST_SOURCE.name), false).await?;
        Ok(documents.iter().map(Self::of).collect())
    }
}

fn credentials(body: &Value) -> Credentials {
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    match (text("profile"), text("access_key_env"), text("secret_key_env")) {
        (Some(profile), ..) => Credentials::Profile(profile),
        (None, Some(access_key), Some(secret_key)) => {
            Credentials::Environment { access_key, secret_key }
        }
        _ => Credentials::Ambient,
    }
}

/// Seconds of `30m`, `6h` or `1d`.
fn seconds(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// What the schema cannot say.
fn faults(body: &Value) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if let Some(every) = body["every"].as_str()
        && seconds(every).is_none_or(|every| every < COST_SOURCE_INTERVAL_SECONDS_MIN)
    {
        let least = COST_SOURCE_INTERVAL_SECONDS_MIN / 60;
        faults.push(FieldError::new("/every", format!("must be {least}m or longer")));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_ledger::KindRegistry;
    use serde_json::json;

    fn source(body: Value) -> CostSource {
        let document = Document {
            kind: COST_SOURCE.name.to_owned(),
            id: "aws-main".to_owned(),
            revision: 1,
            author: "kim".to_owned(),
            time_ms: 0,
            message: None,
            source: None,
            deleted: false,
            body,
        };
        CostSource::of(&document)
    }

    #[test]
    fn a_source_is_looked_at_as_often_as_it_says() {
        let body = json!({
            "name": "Main account", "url": "s3://bills/cur", "every": "6h",
            "credentials": {"access_key_env": "BILLS_KEY", "secret_key_env": "BILLS_SECRET"},
        });
        let found = source(body);
        assert_eq!(found.every_seconds, Some(6 * 3600));
        assert_eq!(found.request.source, "aws-main");
        assert_eq!(found.request.location, Location::parse("s3://bills/cur"));
        assert_eq!(
            found.request.access.credentials,
            Credentials::Environment {
                access_key: "BILLS_KEY".to_owned(),
                secret_key: "BILLS_SECRET".to_owned()
            }
        );
        let off = json!({"name": "Off", "url": "s3://bills/cur", "every": "6h", "enabled": false});
        assert_eq!(source(off).every_seconds, None);
        assert_eq!(source(json!({"name": "Hand", "url": "s3://b"})).every_seconds, None);
    }

    #[test]
    fn a_source_that_cannot_work_is_refused() {
        let kinds = KindRegistry::new([COST_SOURCE]).unwrap();
        let faults = |body: Value| -> Vec<String> {
            let faults = kinds.get("cost-source").unwrap().faults(&body);
            faults.into_iter().map(|fault| fault.path).collect()
        };
        assert_eq!(faults(json!({"name": "a", "url": "s3://bills/cur", "every": "5m"})), [""; 0]);
        assert_eq!(faults(json!({"name": "a", "url": "s3://bills", "every": "4m"})), ["/every"]);
        assert_eq!(faults(json!({"name": "a", "url": "https://bills"})), ["/url"]);
        assert_eq!(faults(json!({"name": "a", "url": "/etc"})), ["/url"]);
        let with_keys =
            json!({"name": "a", "url": "s3://bills", "endpoint": "https://key:secret@s3"});
        assert_eq!(faults(with_keys), ["/endpoint"], "keys are never kept");
        assert_eq!(
            faults(json!({"name": "a", "url": "s3://bills", "currency": "won"})),
            ["/currency"]
        );
    }
}
