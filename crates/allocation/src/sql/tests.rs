use super::*;
use crate::rule::{Account, Alias, LookupTable, Map};
use crate::rules::{CatalogService, Declared};
use proptest::prelude::*;

fn when(dimension: &str, operator: Operator, values: &[&str]) -> Condition {
    Condition {
        dimension: dimension.parse().unwrap(),
        operator,
        values: values.iter().map(|it| (*it).to_owned()).collect(),
    }
}

fn set(when: Vec<Condition>, value: &str) -> Rule {
    Rule { when, then: Action::Set(value.to_owned()) }
}

fn tag(name: &str, default: Option<&str>, normalise: Normalise, rules: Vec<Rule>) -> VirtualTag {
    VirtualTag {
        name: name.to_owned(),
        description: None,
        default: default.map(str::to_owned),
        normalise,
        rules,
    }
}

fn declared(tags: Vec<VirtualTag>) -> Rules {
    let table = LookupTable {
        name: "accounts".to_owned(),
        description: None,
        rows: [("111".to_owned(), "checkout".to_owned())].into(),
    };
    let account = Account {
        account_id: "111".to_owned(),
        name: Some("Shop".to_owned()),
        team: None,
        stage: None,
    };
    let service = CatalogService { name: "order".to_owned(), ..CatalogService::default() };
    Rules::new(Declared {
        tags,
        tables: vec![table],
        accounts: vec![account],
        services: vec![service],
        ..Declared::default()
    })
}

fn every_form() -> Rules {
    let copy = Rule {
        when: vec![when("tag:team", Operator::Present, &[])],
        then: Action::Copy(Dimension::Tag("team".to_owned())),
    };
    let map = Rule {
        when: Vec::new(),
        then: Action::Map(Map {
            from: Dimension::Column("sub_account_id"),
            table: "accounts".to_owned(),
            otherwise: None,
        }),
    };
    let alias = Rule {
        when: vec![when("virtual:stage", Operator::IsNot, &["dev", "test"])],
        then: Action::Alias(Alias {
            from: Dimension::Tag("workload".to_owned()),
            names: [("BaseLoad".to_owned(), "base".to_owned())].into(),
        }),
    };
    let stage = tag(
        "stage",
        None,
        Normalise::None,
        vec![set(vec![when("sub_account_id", Operator::Is, &["222"])], "dev")],
    );
    let team = tag(
        "team",
        Some("nobody"),
        Normalise::Lower,
        vec![
            copy,
            set(vec![when("service_name", Operator::Is, &["Amazon RDS", "it's"])], "Data"),
            set(vec![when("service_name", Operator::OneOf, &["AWS Support", "it's"])], "Platform"),
            set(
                vec![
                    when("x_usage_type", Operator::Contains, &["NatGateway"]),
                    when("region_id", Operator::Matches, &["^ap-", "^us-"]),
                ],
                "network",
            ),
            map,
            alias,
        ],
    );
    declared(vec![stage, team])
}

#[test]
fn every_form_of_rule_becomes_an_expression() {
    let rules = every_form();
    assert_eq!(rules.errors(), []);
    let team = Dimension::Virtual("team".to_owned());
    insta::assert_snapshot!(expression(&team, &rules).unwrap());
    for name in ["network", "charge", "catalog.team", "account.name", "tag:it's"] {
        let dimension: Dimension = name.parse().unwrap();
        insta::assert_snapshot!(
            name.replace([':', '\''], "_"),
            expression(&dimension, &rules).unwrap()
        );
    }
}

#[test]
fn lines_are_added_up_before_rules_are_asked() {
    let rules = every_form();
    let team = Dimension::Virtual("team".to_owned());
    let steps = staged(&[team.clone(), Dimension::Column("service_name")], &rules).unwrap();
    let source = Source {
        table: "cost_daily",
        condition: "charge_period_start >= now()",
        keys: &["billing_currency", "service_name"],
        sums: &["sum(effective_cost) AS cost"],
    };
    insta::assert_snapshot!(format!(
        "SELECT {}, {}, {} FROM ({})",
        steps.value(&team),
        steps.decided(&team),
        steps.rule_number(rules.tag("team").unwrap()),
        steps.select(&source)
    ));
}

#[test]
fn a_tag_without_rules_has_no_value_but_its_default() {
    let rules = declared(vec![tag("a", Some("x"), Normalise::None, Vec::new())]);
    let found = expression(&Dimension::Virtual("a".to_owned()), &rules).unwrap();
    assert_eq!(found, "COALESCE(CAST(NULL AS VARCHAR), 'x')");
}

#[test]
fn an_expression_that_grows_too_long_says_what_to_do() {
    let mut tags = vec![tag("t0", None, Normalise::None, vec![set(Vec::new(), "x")])];
    for index in 1..20 {
        let before = format!("virtual:t{}", index - 1);
        let rules: Vec<Rule> = (0..4)
            .map(|at| set(vec![when(&before, Operator::Contains, &[&at.to_string()])], "y"))
            .collect();
        tags.push(tag(&format!("t{index}"), None, Normalise::None, rules));
    }
    let rules = declared(tags);
    let last = Dimension::Virtual("t19".to_owned());
    let error = expression(&last, &rules).unwrap_err();
    assert!(matches!(error.problem, Problem::TooLong(_)));
    // In steps it is short, whatever refers to what.
    let source = Source { table: "cost_daily", ..Source::default() };
    let steps = staged(std::slice::from_ref(&last), &rules).unwrap();
    assert!(steps.select(&source).len() < 10_000);
}

/// The SQL with every literal taken out, as a parser of standard SQL sees it: a literal ends at the
/// first single quote that is not doubled.
fn without_literals(sql: &str) -> String {
    let mut out = String::new();
    let mut letters = sql.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\'' {
            out.push(letter);
            continue;
        }
        out.push('?');
        while let Some(inner) = letters.next() {
            if inner == '\'' && letters.next_if_eq(&'\'').is_none() {
                break;
            }
        }
    }
    out
}

proptest! {
    /// Whatever people write changes literals and nothing else of the SQL.
    #[test]
    fn what_people_write_stays_within_literals(
        hostile in proptest::collection::vec(r"[ -~'\\;%\n한]{1,30}", 8),
    ) {
        let build = |texts: &[String]| {
            let text = |index: usize| texts[index].as_str();
            let condition = |operator, index: usize| Condition {
                dimension: Dimension::Tag(text(0).to_owned()),
                operator,
                values: vec![text(index).to_owned()],
            };
            let alias = Alias {
                from: Dimension::CostCategory(text(1).to_owned()),
                names: [(text(2).to_owned(), text(3).to_owned())].into(),
            };
            let map = Map {
                from: Dimension::Tag(text(4).to_owned()),
                table: "accounts".to_owned(),
                otherwise: Some(text(5).to_owned()),
            };
            let rules = vec![
                set(vec![condition(Operator::Is, 6)], "x"),
                set(vec![condition(Operator::Contains, 6)], text(7)),
                set(vec![condition(Operator::StartsWith, 6), condition(Operator::IsNot, 7)], "y"),
                Rule { when: Vec::new(), then: Action::Alias(alias) },
                Rule { when: Vec::new(), then: Action::Map(map) },
            ];
            let rules = declared(vec![tag("a", Some(text(2)), Normalise::None, rules)]);
            without_literals(&expression(&Dimension::Virtual("a".to_owned()), &rules).unwrap())
        };
        let harmless = vec!["x".to_owned(); 8];
        prop_assert_eq!(build(&hostile), build(&harmless));
    }
}
