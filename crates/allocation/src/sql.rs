//! Dimensions and rules as SQL over `cost_daily`.
//!
//! [`expression`] is one dimension as one expression. [`staged`] is the same as a query with a step for
//! everything that something else is worked out from: lines are added up by what the rules read before
//! any rule is asked, so that a year of lines costs hardly more than a day.
//!
//! Whatever people wrote stands in SQL as a literal that [`literal`] quoted, and nowhere else.

use crate::dimension::Dimension;
use crate::error::{Problem, RuleError};
use crate::faults;
use crate::recognise::{self, Form, NETWORK, NO_NETWORK};
use crate::rule::{Action, Condition, Normalise, Operator, Rule, SharedCost, VirtualTag};
use crate::rules::{Rules, account_table, catalog_table};
use crate::value::{KEBAB_SEPARATORS, KEBAB_WORDS, normalised};
use hannun_model::limits::COST_EXPRESSION_BYTES_MAX;
use std::collections::{BTreeMap, BTreeSet};

/// A text as an SQL literal.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// One dimension as an expression over columns of `cost_daily`. Null where a line has no value.
///
/// # Errors
/// When a rule that it needs is wrong, or when the expression is too long: [`staged`] makes shorter
/// ones.
pub fn expression(dimension: &Dimension, rules: &Rules) -> Result<String, RuleError> {
    let mut known: BTreeMap<Dimension, String> = BTreeMap::new();
    for needed in rules.in_order(std::slice::from_ref(dimension))? {
        let decided = decided(&needed, rules, &|it| known.get(it).cloned().unwrap_or_default())?;
        let value = with_default(&needed, rules, decided);
        if value.len() > COST_EXPRESSION_BYTES_MAX {
            return Err(RuleError::from(Problem::TooLong(COST_EXPRESSION_BYTES_MAX)));
        }
        known.insert(needed, value);
    }
    Ok(known.remove(dimension).unwrap_or_default())
}

/// Dimensions as steps of a query.
#[derive(Debug, Clone)]
pub struct Staged {
    /// Columns of `cost_daily` that something is worked out from.
    columns: BTreeSet<&'static str>,
    /// What each step adds: alias and expression.
    layers: Vec<Vec<(String, String)>>,
    /// Under which alias a dimension is known, before its default.
    aliases: BTreeMap<Dimension, String>,
    rules: Rules,
}

/// What is added up before rules are asked.
#[derive(Debug, Clone, Default)]
pub struct Source<'a> {
    /// Such as `cost_daily`.
    pub table: &'a str,
    /// A condition on its columns; everything when empty.
    pub condition: &'a str,
    /// Other things to keep apart, such as `billing_currency` or `date_trunc('month', …) AS bucket`.
    pub keys: &'a [&'a str],
    /// Aggregates with their names, such as `sum(effective_cost) AS cost`.
    pub sums: &'a [&'a str],
}

/// Dimensions as steps of a query: each is an alias of the query that [`Staged::select`] makes.
///
/// # Errors
/// When a rule that one of them needs is wrong.
pub fn staged(dimensions: &[Dimension], rules: &Rules) -> Result<Staged, RuleError> {
    let mut staged = Staged {
        columns: BTreeSet::new(),
        layers: Vec::new(),
        aliases: BTreeMap::new(),
        rules: rules.clone(),
    };
    let mut levels: BTreeMap<Dimension, usize> = BTreeMap::new();
    for dimension in rules.in_order(dimensions)? {
        staged.columns.extend(columns_of(&dimension));
        let needs = rules.needs(&dimension)?;
        let level = needs.iter().filter_map(|need| levels.get(need)).map(|it| it + 1).max();
        let level = level.unwrap_or(0);
        let sql = decided(&dimension, rules, &|it| staged.value(it))?;
        if staged.layers.len() <= level {
            staged.layers.resize(level + 1, Vec::new());
        }
        let alias = format!("d{}", staged.aliases.len());
        staged.layers[level].push((alias.clone(), sql));
        staged.aliases.insert(dimension.clone(), alias);
        levels.insert(dimension, level);
    }
    Ok(staged)
}

impl Staged {
    /// The query: a row for each group of lines that the rules cannot tell apart.
    pub fn select(&self, source: &Source<'_>) -> String {
        // A key that the rules read as well is there already.
        let keys = source.keys.iter().copied().filter(|key| !self.columns.contains(key));
        let groups: Vec<&str> = self.columns.iter().copied().chain(keys).collect();
        let items: Vec<&str> = groups.iter().copied().chain(source.sums.iter().copied()).collect();
        let mut sql = format!("SELECT {} FROM {}", items.join(", "), source.table);
        if !source.condition.is_empty() {
            sql.push_str(" WHERE ");
            sql.push_str(source.condition);
        }
        if !groups.is_empty() {
            let places: Vec<String> = (1..=groups.len()).map(|place| place.to_string()).collect();
            sql.push_str(" GROUP BY ");
            sql.push_str(&places.join(", "));
        }
        for layer in &self.layers {
            let added: Vec<String> = layer
                .iter()
                .map(|(alias, expression)| format!("{expression} AS {alias}"))
                .collect();
            sql = format!("SELECT *, {} FROM ({sql})", added.join(", "));
        }
        sql
    }

    /// The value of one of the dimensions, in the query that [`Staged::select`] makes; its default
    /// included.
    pub fn value(&self, dimension: &Dimension) -> String {
        let alias = self.decided(dimension);
        with_default(dimension, &self.rules, alias)
    }

    /// As [`Staged::value`], without the default: null where no rule said anything.
    pub fn decided(&self, dimension: &Dimension) -> String {
        self.aliases.get(dimension).cloned().unwrap_or_else(|| NOTHING.to_owned())
    }

    /// The number of the rule of a virtual tag that decides, counted from one; null when none does. The
    /// tag is one of the dimensions.
    pub fn rule_number(&self, tag: &VirtualTag) -> String {
        let branch = |(index, rule): (usize, &Rule)| {
            let (condition, _) = branch(rule, tag.normalise, &|it| self.value(it))?;
            Some(format!("WHEN {condition} THEN {}", index + 1))
        };
        let branches: Vec<String> = tag.rules.iter().enumerate().filter_map(branch).collect();
        match branches.is_empty() {
            true => "CAST(NULL AS BIGINT)".to_owned(),
            false => format!("CASE {} END", branches.join(" ")),
        }
    }

    /// The number of the shared cost that a line is in, counted from zero; null when it is in none.
    /// Their dimensions are among those of the query.
    pub fn shared_number(&self, shared: &[&SharedCost]) -> String {
        let branches: Vec<String> = shared
            .iter()
            .enumerate()
            .map(|(index, shared)| {
                let conditions = all_hold(&shared.when, &|it| self.value(it));
                format!("WHEN {conditions} THEN {index}")
            })
            .collect();
        match branches.is_empty() {
            true => "CAST(NULL AS BIGINT)".to_owned(),
            false => format!("CASE {} END", branches.join(" ")),
        }
    }
}

const NOTHING: &str = "CAST(NULL AS VARCHAR)";

/// How a dimension is called where it is known already.
type Names<'a> = &'a dyn Fn(&Dimension) -> String;

/// The columns that a dimension reads itself.
fn columns_of(dimension: &Dimension) -> Vec<&'static str> {
    match dimension {
        Dimension::Column(name) => vec![name],
        Dimension::Tag(_) => vec!["tags"],
        Dimension::CostCategory(_) => vec!["x_cost_category"],
        Dimension::Network => vec!["x_usage_type"],
        Dimension::Charge => recognise::charge()
            .rules
            .iter()
            .flat_map(|rule| rule.when.iter().flat_map(|it| columns_of(&it.dimension)))
            .collect(),
        Dimension::Account(crate::dimension::AccountField::Name) => vec!["sub_account_name"],
        Dimension::Virtual(_) | Dimension::Catalog(_) | Dimension::Account(_) => Vec::new(),
    }
}

/// A dimension without its default.
fn decided(dimension: &Dimension, rules: &Rules, names: Names<'_>) -> Result<String, RuleError> {
    let looked_up =
        |table: &str, key: &Dimension| format!("lookup({}, {})", literal(table), names(key));
    let of_account = Dimension::Column("sub_account_id");
    Ok(match dimension {
        Dimension::Column(name) => column(name),
        Dimension::Tag(key) => format!("NULLIF(tags[{}], '')", literal(key)),
        Dimension::CostCategory(key) => format!("NULLIF(x_cost_category[{}], '')", literal(key)),
        Dimension::Virtual(name) => rules_sql(rules.find_tag(name)?, names),
        Dimension::Network => network(),
        Dimension::Charge => rules_sql(recognise::charge(), &|it| match it {
            Dimension::Column(name) => column(name),
            _ => NOTHING.to_owned(),
        }),
        Dimension::Catalog(field) => looked_up(&catalog_table(*field), &rules.service()),
        Dimension::Account(field) => {
            let declared = looked_up(&account_table(*field), &of_account);
            match field {
                crate::dimension::AccountField::Name => {
                    format!("COALESCE({declared}, {})", column("sub_account_name"))
                }
                _ => declared,
            }
        }
    })
}

/// An empty value is an absent one.
fn column(name: &str) -> String {
    format!("NULLIF({name}, '')")
}

fn with_default(dimension: &Dimension, rules: &Rules, decided: String) -> String {
    let default = match dimension {
        Dimension::Virtual(name) => rules.tag(name).and_then(|tag| tag.default.as_deref()),
        Dimension::Charge => recognise::charge().default.as_deref(),
        _ => None,
    };
    match default.filter(|default| !default.is_empty()) {
        Some(default) => format!("COALESCE({decided}, {})", literal(default)),
        None => decided,
    }
}

fn network() -> String {
    let branches: Vec<String> = NETWORK
        .iter()
        .map(|(kind, form)| match form {
            Form::EndsWith(end) => format!("WHEN ends_with(x_usage_type, '{end}') THEN '{kind}'"),
            Form::Contains(part) => format!("WHEN contains(x_usage_type, '{part}') THEN '{kind}'"),
        })
        .collect();
    format!("CASE {} ELSE '{NO_NETWORK}' END", branches.join(" "))
}

/// The rules of a virtual tag: the first that holds and says a value.
fn rules_sql(tag: &VirtualTag, names: Names<'_>) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = tag.rules.as_slice();
    while !rest.is_empty() {
        let run = equalities(rest, tag.normalise);
        if run > 1 {
            parts.extend(by_value(&rest[..run], tag.normalise, names));
            rest = &rest[run..];
            continue;
        }
        let mut plain = 1;
        while plain < rest.len() && equalities(&rest[plain..], tag.normalise) < 2 {
            plain += 1;
        }
        parts.extend(one_after_another(&rest[..plain], tag.normalise, names));
        rest = &rest[plain..];
    }
    match parts.as_slice() {
        [] => NOTHING.to_owned(),
        [part] => part.clone(),
        parts => format!("COALESCE({})", parts.join(", ")),
    }
}

/// How many rules from the first on say a value for values of one dimension: the engine looks those up
/// at once rather than one after another.
fn equalities(rules: &[Rule], normalise: Normalise) -> usize {
    let compared = |rule: &Rule| match (rule.when.as_slice(), &rule.then) {
        (
            [Condition { dimension, operator: Operator::Is | Operator::OneOf, .. }],
            Action::Set(value),
        ) if normalised(value, normalise).is_some() => Some(dimension.clone()),
        _ => None,
    };
    let Some(first) = rules.first().and_then(compared) else { return 0 };
    rules.iter().take_while(|rule| compared(rule).as_ref() == Some(&first)).count()
}

fn by_value(rules: &[Rule], normalise: Normalise, names: Names<'_>) -> Option<String> {
    let dimension = &rules.first()?.when.first()?.dimension;
    let mut seen = BTreeSet::new();
    let mut branches = Vec::new();
    for rule in rules {
        let Action::Set(value) = &rule.then else { continue };
        let value = literal(&normalised(value, normalise)?);
        for key in rule.when.iter().flat_map(|condition| &condition.values) {
            if seen.insert(key) {
                branches.push(format!("WHEN {} THEN {value}", literal(key)));
            }
        }
    }
    Some(format!("CASE {} {} END", names(dimension), branches.join(" ")))
}

fn one_after_another(rules: &[Rule], normalise: Normalise, names: Names<'_>) -> Option<String> {
    let branches: Vec<String> = rules
        .iter()
        .filter_map(|rule| branch(rule, normalise, names))
        .map(|(condition, value)| format!("WHEN {condition} THEN {value}"))
        .collect();
    (!branches.is_empty()).then(|| format!("CASE {} END", branches.join(" ")))
}

/// When a rule decides, and what it says; nothing for a rule that never says anything.
fn branch(rule: &Rule, normalise: Normalise, names: Names<'_>) -> Option<(String, String)> {
    let holds = all_hold(&rule.when, names);
    if let Action::Set(value) = &rule.then {
        return normalised(value, normalise).map(|value| (holds, literal(&value)));
    }
    let value = value_of(&rule.then, normalise, names);
    let says = format!("{value} IS NOT NULL");
    let condition = if rule.when.is_empty() { says } else { format!("{holds} AND {says}") };
    Some((condition, value))
}

fn value_of(action: &Action, normalise: Normalise, names: Names<'_>) -> String {
    match action {
        Action::Set(value) => literal(value),
        Action::Copy(from) => made_alike(&names(from), normalise),
        Action::Map(map) => {
            let found = format!("lookup({}, {})", literal(&map.table), names(&map.from));
            let found = match &map.otherwise {
                Some(otherwise) => format!("COALESCE({found}, {})", literal(otherwise)),
                None => found,
            };
            made_alike(&present(&found), normalise)
        }
        Action::Alias(alias) if alias.names.is_empty() => {
            made_alike(&names(&alias.from), normalise)
        }
        Action::Alias(alias) => {
            let written = names(&alias.from);
            let branches: Vec<String> = alias
                .names
                .iter()
                .map(|(written, meant)| {
                    format!("WHEN {} THEN {}", literal(written), literal(meant))
                })
                .collect();
            let meant = format!("COALESCE(CASE {written} {} END, {written})", branches.join(" "));
            made_alike(&present(&meant), normalise)
        }
    }
}

fn present(value: &str) -> String {
    format!("NULLIF({value}, '')")
}

/// As [`normalised`] does it.
fn made_alike(value: &str, normalise: Normalise) -> String {
    match normalise {
        Normalise::None => value.to_owned(),
        Normalise::Lower => format!("lower({value})"),
        Normalise::TrimLower => present(&format!("btrim(lower({value}))")),
        Normalise::Kebab => {
            let words = format!("regexp_replace({value}, '{KEBAB_WORDS}', '${{1}}-${{2}}', 'g')");
            let joined = format!("regexp_replace(lower({words}), '{KEBAB_SEPARATORS}', '-', 'g')");
            present(&format!("btrim({joined}, '-')"))
        }
    }
}

fn all_hold(conditions: &[Condition], names: Names<'_>) -> String {
    if conditions.is_empty() {
        return "TRUE".to_owned();
    }
    let each: Vec<String> = conditions.iter().map(|it| condition(it, names)).collect();
    each.join(" AND ")
}

fn condition(condition: &Condition, names: Names<'_>) -> String {
    let value = names(&condition.dimension);
    let literals: Vec<String> = condition.values.iter().map(|it| literal(it)).collect();
    let any = |form: &dyn Fn(&String) -> String| {
        let each: Vec<String> = literals.iter().map(form).collect();
        format!("({})", each.join(" OR "))
    };
    match condition.operator {
        Operator::Is | Operator::OneOf => format!("{value} IN ({})", literals.join(", ")),
        Operator::IsNot => format!("({value} IS NULL OR {value} NOT IN ({}))", literals.join(", ")),
        Operator::Contains => any(&|text| format!("contains({value}, {text})")),
        Operator::StartsWith => any(&|text| format!("starts_with({value}, {text})")),
        Operator::Matches => {
            let each = condition.values.iter().map(|it| format!("{value} ~ {}", matched(it)));
            format!("({})", each.collect::<Vec<String>>().join(" OR "))
        }
        Operator::Present => format!("{value} IS NOT NULL"),
        Operator::Absent => format!("{value} IS NULL"),
    }
}

/// A pattern as a literal, in a group of its own: the engine turns patterns without one that are plain
/// texts into `LIKE`, and takes a backslash in them for an escape.
fn matched(pattern: &str) -> String {
    let grouped = format!("({pattern})");
    // A comment of a verbose pattern would swallow the end of the group.
    let usable = faults::pattern(&grouped).is_ok();
    literal(if usable { &grouped } else { pattern })
}

#[cfg(test)]
mod tests;
