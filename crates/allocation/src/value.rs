//! Values of dimensions of one line, worked out without an engine: what SQL has to agree with.

use crate::dimension::{AccountField, Dimension};
use crate::error::RuleError;
use crate::faults;
use crate::recognise;
use crate::rule::{Action, Condition, Normalise, Operator, Rule, VirtualTag};
use crate::rules::{Rules, account_table, catalog_table};
use regex::Regex;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Where a word begins within letters.
pub(crate) const KEBAB_WORDS: &str = r"([\p{Ll}\p{N}])(\p{Lu})";
/// What separates words.
pub(crate) const KEBAB_SEPARATORS: &str = r"[^\p{L}\p{N}]+";

static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(KEBAB_WORDS).ok());
static SEPARATORS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(KEBAB_SEPARATORS).ok());

/// A value as the tag writes it; nothing when nothing is left of it.
pub fn normalised(value: &str, normalise: Normalise) -> Option<String> {
    let value = match normalise {
        Normalise::None => value.to_owned(),
        Normalise::Lower => value.to_lowercase(),
        Normalise::TrimLower => value.to_lowercase().trim_matches(' ').to_owned(),
        Normalise::Kebab => {
            let (words, separators) = (WORDS.as_ref()?, SEPARATORS.as_ref()?);
            let lower = words.replace_all(value, "${1}-${2}").to_lowercase();
            separators.replace_all(&lower, "-").trim_matches('-').to_owned()
        }
    };
    (!value.is_empty()).then_some(value)
}

/// A line of a bill, as far as rules read it.
pub trait Line {
    /// The value of a text column.
    fn column(&self, name: &str) -> Option<&str>;
    /// The value of a key of `tags` or `x_cost_category`.
    fn member(&self, column: &str, key: &str) -> Option<&str>;
}

/// Rules that are ready for lines.
#[derive(Debug)]
pub struct Evaluator<'a> {
    rules: &'a Rules,
    patterns: HashMap<&'a str, Regex>,
}

impl<'a> Evaluator<'a> {
    /// # Errors
    /// When something that the dimensions need is wrong.
    pub fn new(rules: &'a Rules, wanted: &[Dimension]) -> Result<Self, RuleError> {
        let mut patterns = HashMap::new();
        for dimension in rules.in_order(wanted)? {
            let Dimension::Virtual(name) = &dimension else { continue };
            let Some(tag) = rules.tag(name) else { continue };
            let conditions = tag.rules.iter().flat_map(|rule| &rule.when);
            for condition in conditions.filter(|it| it.operator == Operator::Matches) {
                for text in &condition.values {
                    patterns.insert(text.as_str(), faults::pattern(text)?);
                }
            }
        }
        Ok(Self { rules, patterns })
    }

    /// The value, its default included.
    pub fn value(&self, dimension: &Dimension, line: &dyn Line) -> Option<String> {
        let plain = |value: Option<&str>| value.filter(|it| !it.is_empty()).map(str::to_owned);
        match dimension {
            Dimension::Column(name) => plain(line.column(name)),
            Dimension::Tag(key) => plain(line.member("tags", key)),
            Dimension::CostCategory(key) => plain(line.member("x_cost_category", key)),
            Dimension::Network => Some(recognise::network(line.column("x_usage_type")).to_owned()),
            Dimension::Charge => self.value_of_tag(recognise::charge(), line),
            Dimension::Virtual(name) => self.value_of_tag(self.rules.tag(name)?, line),
            Dimension::Catalog(field) => {
                self.look_up(&catalog_table(*field), &self.value(&self.rules.service(), line)?)
            }
            Dimension::Account(field) => {
                let account = line.column("sub_account_id").filter(|it| !it.is_empty());
                let declared = account.and_then(|it| self.look_up(&account_table(*field), it));
                match field {
                    AccountField::Name => {
                        declared.or_else(|| plain(line.column("sub_account_name")))
                    }
                    AccountField::Team | AccountField::Stage => declared,
                }
            }
        }
    }

    fn value_of_tag(&self, tag: &VirtualTag, line: &dyn Line) -> Option<String> {
        let decided = self.decided(tag, line).map(|(_, value)| value);
        decided.or_else(|| tag.default.clone().filter(|it| !it.is_empty()))
    }

    /// The rule that decides, counted from zero, and what it says.
    pub fn decided(&self, tag: &VirtualTag, line: &dyn Line) -> Option<(usize, String)> {
        let mut rules = tag.rules.iter().enumerate();
        rules.find_map(|(index, rule)| Some((index, self.says(rule, tag.normalise, line)?)))
    }

    fn says(&self, rule: &Rule, normalise: Normalise, line: &dyn Line) -> Option<String> {
        if !rule.when.iter().all(|condition| self.holds(condition, line)) {
            return None;
        }
        let value = match &rule.then {
            Action::Set(value) => value.clone(),
            Action::Copy(from) => self.value(from, line)?,
            Action::Map(map) => {
                let key = self.value(&map.from, line);
                let found = key.and_then(|key| self.look_up(&map.table, &key));
                found.or_else(|| map.otherwise.clone())?
            }
            Action::Alias(alias) => {
                let written = self.value(&alias.from, line)?;
                alias.names.get(&written).cloned().unwrap_or(written)
            }
        };
        normalised(&value, normalise)
    }

    /// Whether a condition holds.
    pub fn holds(&self, condition: &Condition, line: &dyn Line) -> bool {
        let value = self.value(&condition.dimension, line);
        let any = |test: &dyn Fn(&str, &str) -> bool| {
            value.as_deref().is_some_and(|value| condition.values.iter().any(|it| test(value, it)))
        };
        match condition.operator {
            Operator::Is | Operator::OneOf => any(&|value, wanted| value == wanted),
            Operator::IsNot => !any(&|value, wanted| value == wanted),
            Operator::Contains => any(&|value, part| value.contains(part)),
            Operator::StartsWith => any(&|value, start| value.starts_with(start)),
            Operator::Matches => any(&|value, pattern| {
                self.patterns.get(pattern).is_some_and(|pattern| pattern.is_match(value))
            }),
            Operator::Present => value.is_some(),
            Operator::Absent => value.is_none(),
        }
    }

    fn look_up(&self, table: &str, key: &str) -> Option<String> {
        self.rules.table(table)?.get(key).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_were_written_differently_become_alike() {
        let kebab = |text: &str| normalised(text, Normalise::Kebab);
        for text in ["BaseLoad", "Base Load", " base_load ", "base-load", "Base  Load"] {
            assert_eq!(kebab(text).as_deref(), Some("base-load"), "{text}");
        }
        assert_eq!(kebab("EKSNodes2").as_deref(), Some("eksnodes2"));
        assert_eq!(kebab("주문 팀").as_deref(), Some("주문-팀"));
        assert_eq!(kebab(" -- "), None);
        assert_eq!(normalised(" Base Load ", Normalise::Lower).as_deref(), Some(" base load "));
        assert_eq!(normalised(" Base Load ", Normalise::TrimLower).as_deref(), Some("base load"));
        assert_eq!(normalised("  ", Normalise::TrimLower), None);
        assert_eq!(normalised("  ", Normalise::None).as_deref(), Some("  "));
        assert_eq!(normalised("", Normalise::None), None);
    }
}
