//! What is being typed at a place of a search, for completion.

use crate::ast::Field;

/// What could be completed. `from` is the character where it begins; it ends at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub from: usize,
    /// What is typed of it already, without a quote or a minus.
    pub typed: String,
    pub wanted: Wanted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A field, or an operator when a term stands before.
    Term { after_term: bool },
    /// A value of this field.
    Value(Field),
    /// The name of a stage.
    Stage,
    /// An aggregate, or `by` when one stands before.
    Aggregate { after_aggregate: bool },
    /// A field in a stage. `before` is the number of characters before the bar of the stage.
    StageField { before: usize },
    /// Nothing that could be suggested.
    Nothing,
}

/// What is being typed before the character `cursor` of a search.
pub fn position(text: &str, cursor: usize) -> Position {
    let characters: Vec<char> = text.chars().take(cursor).collect();
    let mut scan = Scan::default();
    let mut at = 0;
    while let Some(character) = characters.get(at) {
        at += scan.step(&characters, at, *character);
    }
    let cursor = characters.len();
    if let Some(bar) = scan.bar {
        return in_stage(&characters, bar, cursor);
    }
    in_filter(&characters, &scan)
}

/// What is open at a place.
#[derive(Default)]
struct Scan {
    word_start: usize,
    quote: Option<usize>,
    /// The field of each open parenthesis that lists values.
    lists: Vec<Option<Field>>,
    bar: Option<usize>,
    any_term: bool,
}

impl Scan {
    /// Reads a character and answers how many it took.
    fn step(&mut self, characters: &[char], at: usize, character: char) -> usize {
        match character {
            '\\' => return 2,
            '"' => self.quote = if self.quote.is_some() { None } else { Some(at) },
            _ if self.quote.is_some() => {}
            '|' => self.bar = Some(at),
            '(' => {
                let word: String = characters[self.word_start..at].iter().collect();
                let key = word.trim_start_matches('-').strip_suffix(':').map(field_of);
                self.lists.push(key.or_else(|| self.lists.last().cloned().flatten()));
                self.word_start = at + 1;
                self.any_term = false;
            }
            ')' => {
                self.lists.pop();
                self.word_start = at + 1;
                self.any_term = true;
            }
            other if other.is_whitespace() => {
                let word: String = characters[self.word_start..at].iter().collect();
                if !word.is_empty() {
                    self.any_term = !crate::parser::KEYWORDS.contains(&word.as_str());
                }
                self.word_start = at + 1;
            }
            _ => {}
        }
        1
    }
}

fn field_of(key: &str) -> Field {
    match key.strip_prefix('@') {
        Some(key) => Field::Attribute(key.to_owned()),
        None => Field::Named(key.to_owned()),
    }
}

fn in_filter(characters: &[char], scan: &Scan) -> Position {
    let mut from = scan.word_start;
    while characters.get(from) == Some(&'-') {
        from += 1;
    }
    let word = characters.get(from..).unwrap_or_default();
    let colon = word.iter().position(|character| *character == ':');
    let listed = scan.lists.last().cloned().flatten();
    let (field, value_from) = match (colon, listed) {
        (Some(colon), None) if colon > 0 => {
            let key: String = word[..colon].iter().collect();
            (field_of(&key), from + colon + 1)
        }
        (_, Some(field)) => (field, from),
        _ if scan.quote.is_some() => {
            let wanted = Wanted::Nothing;
            return Position { from: characters.len(), typed: String::new(), wanted };
        }
        _ => {
            let wanted = Wanted::Term { after_term: scan.any_term };
            return Position { from, typed: word.iter().collect(), wanted };
        }
    };
    let typed: String = characters.get(value_from..).unwrap_or_default().iter().collect();
    let is_range = typed.starts_with(['>', '<', '[', '{']);
    let nothing = is_range || field.key() == "*" || field.key() == "message";
    let wanted = if nothing { Wanted::Nothing } else { Wanted::Value(field) };
    let typed = typed.strip_prefix('"').unwrap_or(&typed).to_owned();
    Position { from: value_from, typed, wanted }
}

fn in_stage(characters: &[char], bar: usize, cursor: usize) -> Position {
    let begin = (bar + 1..cursor).find(|at| !characters[*at].is_whitespace()).unwrap_or(cursor);
    let is_end = |at: &usize| characters[*at].is_whitespace();
    let Some(name_end) = (begin..cursor).find(is_end) else {
        let typed = characters[begin..].iter().collect();
        return Position { from: begin, typed, wanted: Wanted::Stage };
    };
    let name: String = characters[begin..name_end].iter().collect();
    let between = |character: char| character.is_whitespace() || "(,".contains(character);
    let word_start = (name_end..cursor).rev().find(|at| between(characters[*at]));
    let mut from = word_start.map_or(cursor, |at| at + 1);
    if matches!(characters.get(from), Some('-' | '+')) {
        from += 1;
    }
    let typed: String = characters[from..].iter().collect();
    let before: String = characters[name_end..from].iter().collect();
    let in_call = before.ends_with('(');
    let after_by = before.split_whitespace().any(|word| word == "by");
    let wanted = match name.as_str() {
        "stats" | "timechart" if !in_call && !after_by => {
            Wanted::Aggregate { after_aggregate: before.trim_end().ends_with(')') }
        }
        "stats" | "timechart" | "top" | "fields" | "dedup" | "sort" => {
            Wanted::StageField { before: bar }
        }
        _ => Wanted::Nothing,
    };
    Position { from, typed, wanted }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The position of the bar, which is taken out.
    fn at(text: &str) -> (usize, String, Wanted) {
        let cursor = text.find('¦').unwrap();
        let cursor = text[..cursor].chars().count();
        let found = position(&text.replace('¦', ""), cursor);
        (found.from, found.typed, found.wanted)
    }

    fn named(name: &str) -> Wanted {
        Wanted::Value(Field::Named(name.to_owned()))
    }

    #[test]
    fn fields_values_and_operators_are_told_apart() {
        let term = |after_term| Wanted::Term { after_term };
        assert_eq!(at("¦"), (0, String::new(), term(false)));
        assert_eq!(at("serv¦ x"), (0, "serv".into(), term(false)));
        assert_eq!(at("결제 -@us¦"), (4, "@us".into(), term(true)));
        assert_eq!(at("a AND ¦"), (6, String::new(), term(false)));
        assert_eq!(at("service:we¦"), (8, "we".into(), named("service")));
        assert_eq!(at("-service:\"my we¦"), (9, "my we".into(), named("service")));
        assert_eq!(at("service:(web OR o¦"), (16, "o".into(), named("service")));
        assert_eq!(at("(a service:(x) ¦"), (15, String::new(), term(true)));
        assert_eq!(at("@n:>¦").2, Wanted::Nothing);
        assert_eq!(at("\"my te¦").2, Wanted::Nothing);
        let url = Wanted::Value(Field::Attribute("url".into()));
        assert_eq!(at("@url:http://x¦"), (5, "http://x".into(), url));
    }

    #[test]
    fn stages_know_what_fits() {
        assert_eq!(at("a | st¦"), (4, "st".into(), Wanted::Stage));
        assert_eq!(at("a |¦"), (3, String::new(), Wanted::Stage));
        let aggregate = |after_aggregate| Wanted::Aggregate { after_aggregate };
        assert_eq!(at("a | stats c¦"), (10, "c".into(), aggregate(false)));
        assert_eq!(at("a | stats count() ¦"), (18, String::new(), aggregate(true)));
        let field = || Wanted::StageField { before: 2 };
        assert_eq!(at("a | stats sum(@d¦"), (14, "@d".into(), field()));
        assert_eq!(at("a | stats count() by se¦"), (21, "se".into(), field()));
        assert_eq!(at("a | top 5 ¦"), (10, String::new(), field()));
        assert_eq!(at("a | sort -co¦"), (10, "co".into(), field()));
        assert_eq!(at("a \"|\" ¦").2, Wanted::Term { after_term: true });
    }
}
