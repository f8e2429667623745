//! Tags and cost categories as JSON, under the names that people gave them.
//!
//! A report writes a tag as `resourceTags/user:Team` (CSV), `resource_tags_user_team` (Athena and
//! Parquet, where its case is lost) or as a key `user_team` or `user:Team` of a map (CUR 2.0). Tags of
//! users become `Team` or `team`; those of AWS keep their prefix, such as `aws:createdBy`.

use crate::error::{BillError, Problem};
use crate::raw::{Header, RawBatch};
use foldhash::fast::RandomState;
use hannun_model::limits::BILL_TAG_SETS_KEPT;
use hannun_model::typed_json::{write_key, write_string};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Where the tags or the cost categories of a report are.
#[derive(Debug)]
pub(super) enum Labels {
    /// A column for each: position and name.
    Columns(Vec<(usize, String)>),
    /// A column of maps, written as JSON, and what was made of those seen lately.
    Map { column: usize, strip: fn(&str) -> String, seen: HashMap<String, String, RandomState> },
}

impl Labels {
    /// The tags of a report; `map` is its column of maps, if it has one.
    pub(super) fn tags(header: &Header, map: Option<usize>, carried: &mut [bool]) -> Self {
        Self::of(header, map, carried, &["resourceTags/", "resource_tags_"], tag_name)
    }

    /// The cost categories of a report.
    pub(super) fn cost_categories(
        header: &Header,
        map: Option<usize>,
        carried: &mut [bool],
    ) -> Self {
        Self::of(header, map, carried, &["costCategory/", "cost_category_"], str::to_owned)
    }

    fn of(
        header: &Header,
        map: Option<usize>,
        carried: &mut [bool],
        prefixes: &[&str],
        strip: fn(&str) -> String,
    ) -> Self {
        if let Some(column) = map {
            return Self::Map { column, strip, seen: HashMap::default() };
        }
        let mut columns = Vec::new();
        for (index, name) in header.names().iter().enumerate() {
            if let Some(key) = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)) {
                columns.push((index, strip(key)));
                if let Some(carried) = carried.get_mut(index) {
                    *carried = true;
                }
            }
        }
        Self::Columns(columns)
    }

    /// Writes what a row has to `out` as JSON; leaves `out` empty when it has nothing.
    ///
    /// # Errors
    /// The column of maps holds something else.
    pub(super) fn write(
        &mut self,
        raw: &RawBatch,
        row: usize,
        out: &mut String,
    ) -> Result<(), BillError> {
        out.clear();
        match self {
            Self::Columns(columns) => {
                for (column, key) in columns {
                    if let Some(value) = raw.cell(*column, row).text() {
                        write_pair(out, key, &value);
                    }
                }
                if !out.is_empty() {
                    out.push('}');
                }
            }
            Self::Map { column, strip, seen } => {
                let Some(text) = raw.cell(*column, row).text() else { return Ok(()) };
                if let Some(known) = seen.get(text.as_ref()) {
                    out.push_str(known);
                    return Ok(());
                }
                let map: Map<String, Value> = serde_json::from_str(&text)
                    .map_err(|_| raw.error(*column, row, Problem::value(&text, MAP)))?;
                write_map(out, &map, *strip);
                if seen.len() >= BILL_TAG_SETS_KEPT {
                    seen.clear();
                }
                seen.insert(text.into_owned(), out.clone());
            }
        }
        Ok(())
    }
}

const MAP: &str = "a JSON object, such as {\"user_team\":\"cart\"}";

fn write_map(out: &mut String, map: &Map<String, Value>, strip: fn(&str) -> String) {
    for (key, value) in map {
        match value {
            Value::Null => {}
            Value::String(value) if value.is_empty() => {}
            Value::String(value) => write_pair(out, &strip(key), value),
            other => write_pair(out, &strip(key), &other.to_string()),
        }
    }
    if !out.is_empty() {
        out.push('}');
    }
}

fn write_pair(out: &mut String, key: &str, value: &str) {
    out.push(if out.is_empty() { '{' } else { ',' });
    write_key(out, key);
    write_string(out, value);
}

/// The names of products in maps of product attributes, kept since lines repeat their maps.
#[derive(Default)]
pub(super) struct ProductNames {
    seen: HashMap<String, Option<String>, RandomState>,
}

impl ProductNames {
    /// The name in a map, which is JSON.
    pub(super) fn of(&mut self, map: &str) -> Option<&str> {
        if !self.seen.contains_key(map) {
            if self.seen.len() >= BILL_TAG_SETS_KEPT {
                self.seen.clear();
            }
            let attributes: Option<Map<String, Value>> = serde_json::from_str(map).ok();
            let name = attributes
                .and_then(|attributes| attributes.get("product_name")?.as_str().map(str::to_owned));
            self.seen.insert(map.to_owned(), name);
        }
        self.seen.get(map)?.as_deref()
    }
}

/// The name of a tag as people know it.
fn tag_name(key: &str) -> String {
    if let Some(name) = key.strip_prefix("user:").or_else(|| key.strip_prefix("user_")) {
        return name.to_owned();
    }
    if let Some(name) = key.strip_prefix("aws_") {
        // Only the letters are left of these; the well-known ones are written as AWS does.
        return match name {
            "created_by" => "aws:createdBy".to_owned(),
            "autoscaling_group_name" => "aws:autoscaling:groupName".to_owned(),
            "cloudformation_stack_name" => "aws:cloudformation:stack-name".to_owned(),
            "cloudformation_stack_id" => "aws:cloudformation:stack-id".to_owned(),
            "cloudformation_logical_id" => "aws:cloudformation:logical-id".to_owned(),
            "ecs_cluster_name" => "aws:ecs:clusterName".to_owned(),
            "ecs_service_name" => "aws:ecs:serviceName".to_owned(),
            "eks_cluster_name" => "aws:eks:cluster-name".to_owned(),
            "eks_deployment" => "aws:eks:deployment".to_owned(),
            "eks_namespace" => "aws:eks:namespace".to_owned(),
            "eks_node" => "aws:eks:node".to_owned(),
            "eks_workload_name" => "aws:eks:workload-name".to_owned(),
            "eks_workload_type" => "aws:eks:workload-type".to_owned(),
            other => format!("aws:{other}"),
        };
    }
    key.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_the_names_that_people_gave_them() {
        for (key, name) in [
            ("user:Name", "Name"),
            ("user_cost_center", "cost_center"),
            ("aws:createdBy", "aws:createdBy"),
            ("aws_created_by", "aws:createdBy"),
            ("aws_ec2spot_fleet_request_id", "aws:ec2spot_fleet_request_id"),
            ("iamPrincipal/team", "iamPrincipal/team"),
        ] {
            assert_eq!(tag_name(key), name);
        }
    }
}
