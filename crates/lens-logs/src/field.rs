//! Names of fields, as people write them, and the SQL of their values.

use hannun_api::ApiError;
use hannun_model::limits::{ATTRIBUTE_KEY_BYTES_MAX, LOGS_COLUMNS_MAX};
use hannun_model::table::{Table, logs};
use hannun_query::search::{self, Source};
use hannun_search::place::{self, Places, Values};

/// Records that a row stands for.
pub(crate) const WEIGHT: &str = "coalesce(adjusted_count, 1.0)";
/// Bytes that are paid for. Those of a record that came before they were counted are unknown.
pub(crate) const BYTES: &str = "coalesce(record_bytes, 0)";

/// A field that can be shown, counted or grouped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// As it was written.
    pub name: String,
}

/// Short names of groups, beside those of the language.
const SHORT: [(&str, &str); 2] = [("container", "container_name"), ("pattern", "pattern_id")];

impl Field {
    /// A reserved name such as `service`, an attribute such as `@http.route`, or a tag.
    pub fn parse(name: &str) -> Result<Self, ApiError> {
        let name = name.trim();
        if name.is_empty() || name == "@" {
            return Err(ApiError::invalid("the name of a field is empty"));
        }
        if name.len() > ATTRIBUTE_KEY_BYTES_MAX {
            let message =
                format!("the name of a field is longer than {ATTRIBUTE_KEY_BYTES_MAX} bytes");
            return Err(ApiError::invalid(message));
        }
        Ok(Self { name: name.to_owned() })
    }

    /// Names between commas, each once.
    pub fn parse_list(names: &str) -> Result<Vec<Self>, ApiError> {
        let mut fields = Vec::new();
        for name in names.split(',').filter(|name| !name.trim().is_empty()) {
            let field = Self::parse(name)?;
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        if fields.len() > LOGS_COLUMNS_MAX {
            let message = format!("at most {LOGS_COLUMNS_MAX} fields can be asked for at once");
            return Err(ApiError::invalid(message));
        }
        Ok(fields)
    }

    /// The field of the search language that it is.
    fn searched(&self) -> hannun_search::Field {
        let short = SHORT.iter().find(|(short, _)| *short == self.name);
        let name = short.map_or(self.name.as_str(), |(_, name)| name);
        match name.strip_prefix('@') {
            Some(key) => hannun_search::Field::Attribute(key.to_owned()),
            None => hannun_search::Field::Named(name.to_owned()),
        }
    }

    /// Where its values are.
    pub(crate) fn places(&self) -> Places {
        place::places(Table::Logs, &self.searched())
    }

    /// Whether it tells where a record comes from, or its status. Such fields have few values, and
    /// few combinations of them occur.
    pub(crate) fn is_source(&self) -> bool {
        const SOURCES: [usize; 11] = [
            logs::SERVICE_NAME,
            logs::SERVICE_VERSION,
            logs::DEPLOYMENT_ENVIRONMENT_NAME,
            logs::HOST_NAME,
            logs::CONTAINER_NAME,
            logs::CONTAINER_IMAGE_NAME,
            logs::K8S_CLUSTER_NAME,
            logs::K8S_NAMESPACE_NAME,
            logs::K8S_NODE_NAME,
            logs::K8S_POD_NAME,
            logs::K8S_DEPLOYMENT_NAME,
        ];
        match self.places() {
            Places::Status => true,
            Places::Text(_) => false,
            Places::Values(Values { columns, attributes, resource }) => {
                let in_columns = attributes.is_empty() && resource.is_empty();
                in_columns && columns.iter().all(|column| SOURCES.contains(column))
            }
        }
    }

    /// SQL of the value, null when a record has none.
    pub fn sql(&self) -> String {
        search::text_of(&self.searched(), Source::Logs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(name: &str) -> String {
        Field::parse(name).unwrap().sql()
    }

    #[test]
    fn fields_are_columns_attributes_or_tags() {
        assert_eq!(sql("service"), "service_name");
        assert_eq!(sql("container"), "container_name");
        assert_eq!(sql("@http.route"), "attributes['http.route']");
        assert_eq!(sql("@order.number"), "attr_path(attributes, 'order.number')");
        assert_eq!(sql("team"), "coalesce(resource_attributes['team'], attributes['team'])");
        assert!(
            sql("status").starts_with("CASE WHEN severity_number BETWEEN 1 AND 4 THEN 'trace'")
        );
    }

    #[test]
    fn few_combinations_are_those_of_sources() {
        let is_source = |name: &str| Field::parse(name).unwrap().is_source();
        assert!(["status", "service", "env", "container", "pod_name"].into_iter().all(is_source));
        assert!(
            !["trace_id", "container_id", "@http.route", "team", "message", "pattern"]
                .into_iter()
                .any(is_source)
        );
    }

    #[test]
    fn a_key_cannot_leave_its_literal() {
        assert_eq!(sql("@a'] OR true --"), "attributes['a''] OR true --']");
    }

    #[test]
    fn lists_of_names_are_bounded_and_without_repeats() {
        let names = |list: &str| {
            let fields = Field::parse_list(list).unwrap();
            fields.into_iter().map(|field| field.name).collect::<Vec<_>>()
        };
        assert_eq!(names("@a, service,,@a"), ["@a", "service"]);
        assert!(Field::parse_list("@").is_err());
        let many: Vec<String> = (0..=LOGS_COLUMNS_MAX).map(|n| format!("@k{n}")).collect();
        assert!(Field::parse_list(&many.join(",")).is_err());
    }
}
