//! All rules together: what refers to what, and in which order it is worked out.

use crate::dimension::{AccountField, CatalogField, Dimension};
use crate::error::{Problem, RuleError};
use crate::faults;
use crate::rule::{Account, Action, Condition, LookupTable, Rule, SharedCost, VirtualTag};
use hannun_model::limits::{LOOKUP_TABLE_ROWS_MAX, VIRTUAL_TAGS_MAX};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Values by key.
pub type Table = Arc<HashMap<String, String>>;

/// Name of the tag, virtual or of a resource, that says which service a line belongs to.
pub const SERVICE: &str = "service";

/// What a service definition says of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogService {
    pub name: String,
    pub team: Option<String>,
    pub application: Option<String>,
    pub tier: Option<String>,
    pub lifecycle: Option<String>,
}

/// Everything that is declared, before it is checked.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    pub tags: Vec<VirtualTag>,
    pub tables: Vec<LookupTable>,
    pub shared: Vec<SharedCost>,
    pub accounts: Vec<Account>,
    pub services: Vec<CatalogService>,
    /// What could not be read.
    pub unreadable: Vec<RuleError>,
}

/// Rules that are ready to be used.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    tags: BTreeMap<String, Arc<VirtualTag>>,
    /// Also those of the catalog and of accounts, by names with a dot, which documents cannot have.
    tables: BTreeMap<String, Table>,
    shared: Vec<SharedCost>,
    /// What is wrong with the conditions of virtual tags, by their names. Looked at once: compiling
    /// hundreds of patterns takes long.
    wrong_conditions: BTreeMap<String, RuleError>,
    errors: Vec<RuleError>,
}

impl Rules {
    /// Takes what is declared. What is wrong with it is in [`Rules::errors`], and told again by
    /// whatever needs the broken part; the rest works.
    pub fn new(declared: Declared) -> Self {
        let mut rules = Self { errors: declared.unreadable, ..Self::default() };
        for tag in declared.tags {
            rules.take_tag(tag);
        }
        for table in declared.tables {
            rules.take_table(table);
        }
        rules.shared = declared.shared;
        rules.shared.sort_by(|one, other| one.name.cmp(&other.name));
        rules.take_catalog(&declared.services);
        rules.take_accounts(&declared.accounts);
        let found: Vec<RuleError> = rules.find_errors();
        rules.errors.extend(found);
        rules
    }

    /// The same rules with one virtual tag in place of the one of its name.
    pub fn with_tag(&self, tag: VirtualTag) -> Self {
        let mut rules = self.clone();
        rules.wrong_conditions.remove(&tag.name);
        rules.note_conditions(&tag);
        rules.tags.insert(tag.name.clone(), Arc::new(tag));
        rules.errors = rules.find_errors();
        rules
    }

    fn take_tag(&mut self, tag: VirtualTag) {
        let name = tag.name.clone();
        if self.tags.len() >= VIRTUAL_TAGS_MAX {
            let message =
                format!("there are more than {VIRTUAL_TAGS_MAX} virtual tags; delete some");
            self.errors.push(RuleError::new(name, None, Problem::TooMany(message)));
            return;
        }
        match self.tags.entry(name) {
            Entry::Vacant(place) => {
                let tag = place.insert(Arc::new(tag)).clone();
                self.note_conditions(&tag);
            }
            Entry::Occupied(place) => {
                let message = "two documents make a virtual tag of this name; delete one";
                let problem = Problem::Malformed(message.to_owned());
                self.errors.push(RuleError::new(place.key(), None, problem));
            }
        }
    }

    fn note_conditions(&mut self, tag: &VirtualTag) {
        let check = |(index, rule): (usize, &Rule)| {
            let wrong = rule.when.iter().find_map(|it| faults::condition(it).err())?;
            Some(RuleError::new(&tag.name, Some(index + 1), wrong))
        };
        if let Some(wrong) = tag.rules.iter().enumerate().find_map(check) {
            self.wrong_conditions.insert(tag.name.clone(), wrong);
        }
    }

    fn take_table(&mut self, part: LookupTable) {
        let table = Arc::make_mut(self.tables.entry(part.name.clone()).or_default());
        let present = part.rows.into_iter().filter(|(_, value)| !value.is_empty());
        for (key, value) in present {
            if table.len() >= LOOKUP_TABLE_ROWS_MAX && !table.contains_key(&key) {
                let message =
                    format!("the table has more than {LOOKUP_TABLE_ROWS_MAX} rows; delete some");
                self.errors.push(RuleError::new(part.name, None, Problem::TooMany(message)));
                return;
            }
            table.insert(key, value);
        }
    }

    fn take_catalog(&mut self, services: &[CatalogService]) {
        for field in CatalogField::ALL {
            let value = |service: &CatalogService| match field {
                CatalogField::Team => service.team.clone(),
                CatalogField::Application => service.application.clone(),
                CatalogField::Tier => service.tier.clone(),
                CatalogField::Lifecycle => service.lifecycle.clone(),
            };
            let rows = services.iter().filter_map(|it| Some((it.name.clone(), value(it)?)));
            self.tables.insert(catalog_table(field), Arc::new(present(rows)));
        }
    }

    fn take_accounts(&mut self, accounts: &[Account]) {
        for field in AccountField::ALL {
            let value = |account: &Account| match field {
                AccountField::Name => account.name.clone(),
                AccountField::Team => account.team.clone(),
                AccountField::Stage => account.stage.clone(),
            };
            let rows = accounts.iter().filter_map(|it| Some((it.account_id.clone(), value(it)?)));
            self.tables.insert(account_table(field), Arc::new(present(rows)));
        }
    }

    /// Everything that is wrong.
    pub fn errors(&self) -> &[RuleError] {
        &self.errors
    }

    pub fn tag(&self, name: &str) -> Option<&VirtualTag> {
        self.tags.get(name).map(AsRef::as_ref)
    }

    /// As [`Rules::tag`], or what to do.
    pub fn find_tag(&self, name: &str) -> Result<&VirtualTag, RuleError> {
        self.tag(name).ok_or_else(|| Problem::UnknownTag(crate::dimension::shown(name)).into())
    }

    /// By name.
    pub fn tags(&self) -> impl Iterator<Item = &VirtualTag> {
        self.tags.values().map(AsRef::as_ref)
    }

    /// By name.
    pub fn shared(&self) -> &[SharedCost] {
        &self.shared
    }

    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Look-up tables by name, those of the catalog and of accounts included.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &Table)> {
        self.tables.iter().map(|(name, table)| (name.as_str(), table))
    }

    /// The dimension that says which service a line belongs to: the virtual tag `service` when there is
    /// one, else the tag of that name.
    pub fn service(&self) -> Dimension {
        if self.tags.contains_key(SERVICE) {
            Dimension::Virtual(SERVICE.to_owned())
        } else {
            Dimension::Tag(SERVICE.to_owned())
        }
    }

    /// What a dimension is worked out from, besides columns.
    pub fn needs(&self, dimension: &Dimension) -> Result<BTreeSet<Dimension>, RuleError> {
        Ok(match dimension {
            Dimension::Virtual(name) => {
                self.find_tag(name)?.rules.iter().flat_map(references).cloned().collect()
            }
            Dimension::Catalog(_) => BTreeSet::from([self.service()]),
            Dimension::Account(_) => BTreeSet::from([Dimension::Column("sub_account_id")]),
            Dimension::Column(_)
            | Dimension::Tag(_)
            | Dimension::CostCategory(_)
            | Dimension::Network
            | Dimension::Charge => BTreeSet::new(),
        })
    }

    /// The dimensions and all that they need, each after what it needs.
    ///
    /// # Errors
    /// [`Problem::Cycle`] names the circle; a reference to nothing names the rule.
    pub fn in_order(&self, wanted: &[Dimension]) -> Result<Vec<Dimension>, RuleError> {
        let mut walk =
            Walk { rules: self, done: BTreeSet::new(), way: Vec::new(), order: Vec::new() };
        for dimension in wanted {
            walk.visit(dimension)?;
        }
        Ok(walk.order)
    }

    /// The virtual tag with everything that it refers to, checked.
    pub(crate) fn check_tag(&self, tag: &VirtualTag) -> Result<(), RuleError> {
        if let Some(wrong) = self.wrong_conditions.get(&tag.name) {
            return Err(wrong.clone());
        }
        for (index, rule) in tag.rules.iter().enumerate() {
            let at = |problem| RuleError::new(&tag.name, Some(index + 1), problem);
            self.check_rule(rule).map_err(at)?;
        }
        Ok(())
    }

    fn check_rule(&self, rule: &Rule) -> Result<(), Problem> {
        if let Action::Map(map) = &rule.then
            && !self.tables.contains_key(&map.table)
        {
            return Err(Problem::UnknownTable(map.table.clone()));
        }
        references(rule).try_for_each(|dimension| self.check_reference(dimension))
    }

    fn check_reference(&self, dimension: &Dimension) -> Result<(), Problem> {
        match dimension {
            Dimension::Virtual(name) if !self.tags.contains_key(name) => {
                Err(Problem::UnknownTag(name.clone()))
            }
            _ => Ok(()),
        }
    }

    /// The conditions of a shared cost, checked.
    pub fn check_shared(&self, shared: &SharedCost) -> Result<(), RuleError> {
        for (index, condition) in shared.when.iter().enumerate() {
            let at = |problem| RuleError::new(&shared.name, Some(index + 1), problem);
            faults::condition(condition).map_err(at)?;
            self.check_reference(&condition.dimension).map_err(at)?;
        }
        let wanted: Vec<_> = shared.when.iter().map(|it| it.dimension.clone()).collect();
        self.in_order(&wanted)?;
        self.check_reference(&Dimension::Virtual(shared.over.clone()))
            .map_err(|problem| RuleError::new(&shared.name, None, problem))
    }

    fn find_errors(&self) -> Vec<RuleError> {
        let of_tag = |tag: &VirtualTag| {
            self.check_tag(tag)?;
            self.in_order(&[Dimension::Virtual(tag.name.clone())]).map(|_| ())
        };
        let of_tags = self.tags().map(of_tag);
        let of_shared = self.shared.iter().map(|shared| self.check_shared(shared));
        let mut found: Vec<RuleError> = of_tags.chain(of_shared).filter_map(Result::err).collect();
        // A circle is found from each tag that leads into it.
        let mut seen = BTreeSet::new();
        found.retain(|error| seen.insert(error.to_string()));
        found
    }
}

/// Finds what comes before what.
struct Walk<'a> {
    rules: &'a Rules,
    done: BTreeSet<Dimension>,
    /// From what was wanted down to here.
    way: Vec<Dimension>,
    order: Vec<Dimension>,
}

impl Walk<'_> {
    fn visit(&mut self, dimension: &Dimension) -> Result<(), RuleError> {
        if self.done.contains(dimension) {
            return Ok(());
        }
        if let Some(start) = self.way.iter().position(|on_way| on_way == dimension) {
            return Err(cycle(&self.way[start..]));
        }
        if let Dimension::Virtual(name) = dimension {
            self.rules.check_tag(self.rules.find_tag(name)?)?;
        }
        self.way.push(dimension.clone());
        for need in self.rules.needs(dimension)? {
            self.visit(&need)?;
        }
        self.way.pop();
        self.done.insert(dimension.clone());
        self.order.push(dimension.clone());
        Ok(())
    }
}

/// Told from the first tag by name, wherever it was met.
fn cycle(way: &[Dimension]) -> RuleError {
    let smallest = way.iter().enumerate().min_by_key(|(_, it)| *it).map_or(0, |(index, _)| index);
    let names: Vec<String> = way[smallest..]
        .iter()
        .chain(&way[..smallest])
        .chain(&way[smallest..=smallest])
        .map(ToString::to_string)
        .collect();
    RuleError::from(Problem::Cycle(names.join(" → ")))
}

/// The dimensions that a rule reads.
pub(crate) fn references(rule: &Rule) -> impl Iterator<Item = &Dimension> {
    rule.when.iter().map(|condition: &Condition| &condition.dimension).chain(rule.then.from())
}

/// Name of the table behind `catalog.team` and the like.
pub(crate) fn catalog_table(field: CatalogField) -> String {
    format!("catalog.{}", field.name())
}

/// Name of the table behind `account.team` and the like.
pub(crate) fn account_table(field: AccountField) -> String {
    format!("account.{}", field.name())
}

fn present(rows: impl Iterator<Item = (String, String)>) -> HashMap<String, String> {
    rows.filter(|(_, value)| !value.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Map, Normalise, Operator, Split};

    fn tag(name: &str, copies: &[&str]) -> VirtualTag {
        let copy =
            |from: &&str| Rule { when: Vec::new(), then: Action::Copy(from.parse().unwrap()) };
        VirtualTag {
            name: name.to_owned(),
            description: None,
            default: None,
            normalise: Normalise::None,
            rules: copies.iter().map(copy).collect(),
        }
    }

    fn of(tags: Vec<VirtualTag>) -> Rules {
        Rules::new(Declared { tags, ..Declared::default() })
    }

    fn told(rules: &Rules) -> Vec<String> {
        rules.errors().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_circle_is_told_once_with_its_way() {
        let rules = of(vec![
            tag("a", &["tag:x", "virtual:b"]),
            tag("b", &["virtual:c"]),
            tag("c", &["virtual:a"]),
            tag("d", &["virtual:b"]),
            tag("fine", &["tag:x"]),
        ]);
        assert_eq!(
            told(&rules),
            ["virtual tags go round in a circle: virtual:a → virtual:b → virtual:c → virtual:a; \
              take one of these references out"]
        );
        assert!(rules.in_order(&[Dimension::Virtual("fine".to_owned())]).is_ok());
        assert!(rules.in_order(&[Dimension::Virtual("d".to_owned())]).is_err());
    }

    #[test]
    fn a_circle_through_the_catalog_is_found() {
        let rules = of(vec![tag(SERVICE, &["catalog.team"])]);
        let error = rules.in_order(&[Dimension::Virtual(SERVICE.to_owned())]).unwrap_err();
        let Problem::Cycle(way) = error.problem else { panic!("{error}") };
        assert_eq!(way, "virtual:service → catalog.team → virtual:service");
    }

    #[test]
    fn what_is_referred_to_comes_first() {
        let rules = of(vec![tag("a", &["virtual:b", "network"]), tag("b", &["catalog.team"])]);
        let order = rules.in_order(&[Dimension::Virtual("a".to_owned())]).unwrap();
        let names: Vec<String> = order.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["tag:service", "catalog.team", "virtual:b", "network", "virtual:a"]);
    }

    #[test]
    fn references_to_nothing_name_the_rule() {
        let mut team = tag("team", &["tag:x", "virtual:nothing"]);
        assert!(told(&of(vec![team.clone()]))[0].starts_with(
            "`team`, rule 2: there is no virtual tag `nothing`; make one, or use a tag as tag:nothing"
        ));
        team.rules[1].then = Action::Map(Map {
            from: Dimension::Network,
            table: "owners".to_owned(),
            otherwise: None,
        });
        assert!(
            told(&of(vec![team.clone()]))[0]
                .starts_with("`team`, rule 2: there is no look-up table")
        );
        team.rules[1].then = Action::Set("x".to_owned());
        let condition = |operator, values: &[&str]| Condition {
            dimension: Dimension::Network,
            operator,
            values: values.iter().map(|it| (*it).to_owned()).collect(),
        };
        team.rules[1].when = vec![condition(Operator::Matches, &["a(b"])];
        assert_eq!(
            told(&of(vec![team.clone()])),
            ["`team`, rule 2: `a(b` is no pattern: unclosed group"]
        );
        team.rules[1].when = vec![condition(Operator::Present, &["a"])];
        assert!(told(&of(vec![team.clone()]))[0].ends_with("takes no values; leave them out"));
        team.rules[1].when = vec![condition(Operator::Contains, &[])];
        assert!(told(&of(vec![team]))[0].ends_with("needs at least one value"));
    }

    fn matching(values: Vec<String>) -> VirtualTag {
        let operator = Operator::Matches;
        let when = vec![Condition { dimension: Dimension::Network, operator, values }];
        let rules = vec![Rule { when, then: Action::Set("x".to_owned()) }];
        VirtualTag { rules, ..tag("team", &[]) }
    }

    #[test]
    fn a_tag_in_place_of_another_is_checked_anew() {
        let (wrong, fine) = (matching(vec!["a(b".to_owned()]), tag("team", &["tag:x"]));
        assert_eq!(told(&of(vec![fine.clone()]).with_tag(wrong.clone())).len(), 1);
        assert_eq!(told(&of(vec![wrong]).with_tag(fine)), Vec::<String>::new());
    }

    /// Every question about costs reads all rules.
    #[test]
    fn rules_with_thousands_of_large_patterns_are_read_in_little_time() {
        let started = std::time::Instant::now();
        let large = (0..3000).map(|it| format!(r"x{it}\p{{L}}{{15}}")).collect();
        let told = told(&of(vec![matching(large)]));
        assert!(told[0].starts_with("`team`, rule 1: "), "{told:?}");
        assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
    }

    #[test]
    fn shared_costs_are_checked() {
        let shared = |over: &str, dimension: &str| SharedCost {
            name: "Support".to_owned(),
            description: None,
            when: vec![Condition {
                dimension: dimension.parse().unwrap(),
                operator: Operator::Present,
                values: Vec::new(),
            }],
            split: Split::Even,
            over: over.to_owned(),
            targets: Vec::new(),
        };
        let of = |shared| {
            let tags = vec![tag("team", &["tag:x"])];
            told(&Rules::new(Declared { tags, shared: vec![shared], ..Declared::default() }))
        };
        assert_eq!(of(shared("team", "network")), Vec::<String>::new());
        assert!(
            of(shared("stage", "network"))[0].starts_with("`Support`: there is no virtual tag")
        );
        assert!(of(shared("team", "virtual:x"))[0].starts_with("`Support`, rule 1: there is no"));
    }

    #[test]
    fn documents_of_one_name_are_parts_of_a_table_and_tags_have_one() {
        let part = |key: &str| LookupTable {
            name: "owners".to_owned(),
            description: None,
            rows: [(key.to_owned(), "x".to_owned()), ("empty".to_owned(), String::new())].into(),
        };
        let tags = vec![tag("team", &["tag:x"]), tag("team", &["tag:y"])];
        let tables = vec![part("1"), part("2")];
        let rules = Rules::new(Declared { tags, tables, ..Declared::default() });
        assert_eq!(rules.table("owners").unwrap().len(), 2);
        assert!(told(&rules)[0].starts_with("`team`: two documents make a virtual tag"));
        let kept = rules.tag("team").unwrap();
        assert_eq!(kept.rules[0].then, Action::Copy(Dimension::Tag("x".to_owned())));
    }
}
