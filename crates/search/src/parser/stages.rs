//! The stages after a `|`.

use super::Parser;
use crate::ast::Field;
use crate::error::SyntaxError;
use crate::stage::{Aggregate, COUNT_COLUMN, Function, Reference, SortKey, Stage, TOP_DEFAULT};
use hannun_model::limits::{QUERY_ROWS_MAX, SEARCH_STAGE_ITEMS_MAX, SEARCH_STAGES_MAX};

/// Units of a time bucket in nanoseconds, the largest first.
pub(crate) const BUCKET_UNITS: [(&str, i64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1000),
    ("ns", 1),
];

const STAGES: [&str; 8] =
    ["stats", "timechart", "top", "patterns", "fields", "sort", "limit", "dedup"];
const FUNCTIONS: [&str; 8] =
    ["count", "count_distinct", "sum", "avg", "min", "max", "median", "a percentile such as p95"];

/// The columns that the stages so far give; `None` while rows are rows.
type Columns = Option<Vec<String>>;

impl Parser {
    pub(super) fn stages(&mut self) -> Result<Vec<Stage>, SyntaxError> {
        let mut stages = Vec::new();
        let mut columns: Columns = None;
        loop {
            self.cursor.skip_space();
            let at = self.cursor.at();
            if !self.cursor.take('|') {
                break;
            }
            if stages.len() == SEARCH_STAGES_MAX {
                let message = format!("a search has at most {SEARCH_STAGES_MAX} stages");
                return Err(SyntaxError::new(at, message));
            }
            let stage = self.stage(&columns)?;
            self.cursor.skip_space();
            if !matches!(self.cursor.peek(), None | Some('|')) {
                let message = "the stage ends here";
                return Err(SyntaxError::expected(
                    self.cursor.at(),
                    message,
                    ["\"|\"", "\",\"", "the end"],
                ));
            }
            columns = stage.columns().or(columns);
            stages.push(stage);
        }
        Ok(stages)
    }

    fn stage(&mut self, columns: &Columns) -> Result<Stage, SyntaxError> {
        self.cursor.skip_space();
        let at = self.cursor.at();
        let name = self.name();
        if columns.is_some() && ["stats", "timechart", "top", "patterns"].contains(&name.as_str()) {
            let message = format!("{name} takes rows, not the answer of a stage before");
            return Err(SyntaxError::expected(at, message, ["fields", "sort", "limit", "dedup"]));
        }
        match name.as_str() {
            "stats" => self.stats(),
            "timechart" => self.timechart(),
            "top" => self.top(),
            "patterns" => Ok(Stage::Patterns { count: self.count()?.unwrap_or(TOP_DEFAULT) }),
            "fields" => Ok(Stage::Fields(self.list(|parser| parser.reference(columns))?)),
            "dedup" => Ok(Stage::Dedup(self.list(|parser| parser.reference(columns))?)),
            "sort" => Ok(Stage::Sort(self.list(|parser| parser.sort_key(columns))?)),
            "limit" => {
                let at = self.cursor.at();
                let missing =
                    || SyntaxError::expected(at, "limit takes a number of rows", ["a number"]);
                Ok(Stage::Limit(self.count()?.ok_or_else(missing)?))
            }
            "" => Err(SyntaxError::expected(at, "a stage is missing", STAGES)),
            unknown => {
                Err(SyntaxError::expected(at, format!("there is no stage {unknown:?}"), STAGES))
            }
        }
    }

    fn stats(&mut self) -> Result<Stage, SyntaxError> {
        let aggregates = self.aggregates()?;
        let (by, bucket_ns) =
            if self.cursor.take_keyword("by") { self.groups()? } else { (Vec::new(), None) };
        self.distinct_columns(Stage::Stats { aggregates, by, bucket_ns })
    }

    fn timechart(&mut self) -> Result<Stage, SyntaxError> {
        self.cursor.skip_space();
        let at = self.cursor.at();
        let Some(bucket_ns) = self.bucket()? else {
            let message = "timechart takes the length of a step";
            return Err(SyntaxError::expected(at, message, ["a duration such as 5m"]));
        };
        let aggregates = self.aggregates()?;
        let mut by = Vec::new();
        if self.cursor.take_keyword("by") {
            by = self.list(Self::field)?;
        }
        self.distinct_columns(Stage::Timechart { bucket_ns, aggregates, by })
    }

    fn top(&mut self) -> Result<Stage, SyntaxError> {
        let count = self.count()?.unwrap_or(TOP_DEFAULT);
        let fields = self.list(Self::field)?;
        self.distinct_columns(Stage::Top { count, fields })
    }

    fn distinct_columns(&self, stage: Stage) -> Result<Stage, SyntaxError> {
        let columns = stage.columns().unwrap_or_default();
        let twice = columns
            .iter()
            .enumerate()
            .find(|(index, column)| columns.iter().take(*index).any(|before| before == *column));
        match twice {
            None => Ok(stage),
            Some((_, column)) => {
                let message = format!("two columns are called {column}; name one with \"as\"");
                Err(SyntaxError::new(self.cursor.at(), message))
            }
        }
    }

    /// Aggregates before `by`; `count()` when there are none.
    fn aggregates(&mut self) -> Result<Vec<Aggregate>, SyntaxError> {
        self.cursor.skip_space();
        let none = matches!(self.cursor.peek(), None | Some('|')) || self.cursor.sees_keyword("by");
        if none {
            return Ok(vec![Aggregate { function: Function::Count, field: None, name: None }]);
        }
        self.list(Self::aggregate)
    }

    fn aggregate(&mut self) -> Result<Aggregate, SyntaxError> {
        self.cursor.skip_space();
        let at = self.cursor.at();
        let name = self.name();
        let Some(function) = function_of(&name) else {
            let message = match name.as_str() {
                "" => "an aggregate is missing".to_owned(),
                unknown => format!("there is no aggregate {unknown:?}"),
            };
            return Err(SyntaxError::expected(at, message, FUNCTIONS));
        };
        let mut field = None;
        if self.cursor.take('(') {
            self.cursor.skip_space();
            if self.cursor.peek() != Some(')') {
                field = Some(self.field()?);
                self.cursor.skip_space();
            }
            if !self.cursor.take(')') {
                let message = format!("the parenthesis of {name} is not closed");
                return Err(SyntaxError::expected(self.cursor.at(), message, ["\")\""]));
            }
        }
        if field.is_none() && function != Function::Count {
            let message = format!("{name} takes a field");
            let example = format!("{name}(@duration)");
            return Err(SyntaxError::expected(self.cursor.at(), message, [example]));
        }
        let mut given = None;
        if self.cursor.take_keyword("as") {
            self.cursor.skip_space();
            let at = self.cursor.at();
            let name = self.name();
            if name.is_empty() {
                let message = "the name after \"as\" is missing";
                return Err(SyntaxError::expected(
                    at,
                    message,
                    ["letters, digits and underscores"],
                ));
            }
            given = Some(name);
        }
        Ok(Aggregate { function, field, name: given })
    }

    /// Fields and at most one length of time.
    fn groups(&mut self) -> Result<(Vec<Field>, Option<i64>), SyntaxError> {
        let mut bucket_ns = None;
        let groups = self.list(|parser| {
            let at = parser.cursor.at();
            match parser.bucket()? {
                Some(_) if bucket_ns.is_some() => {
                    Err(SyntaxError::new(at, "there is one length of time already"))
                }
                Some(length) => {
                    bucket_ns = Some(length);
                    Ok(None)
                }
                None => parser.field().map(Some),
            }
        })?;
        Ok((groups.into_iter().flatten().collect(), bucket_ns))
    }

    /// Items between commas.
    fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<Vec<T>, SyntaxError> {
        let mut items = Vec::new();
        loop {
            self.cursor.skip_space();
            if items.len() == SEARCH_STAGE_ITEMS_MAX {
                let message = format!("a stage names at most {SEARCH_STAGE_ITEMS_MAX}");
                return Err(SyntaxError::new(self.cursor.at(), message));
            }
            items.push(item(self)?);
            self.cursor.skip_space();
            if !self.cursor.take(',') {
                return Ok(items);
            }
        }
    }

    fn reference(&mut self, columns: &Columns) -> Result<Reference, SyntaxError> {
        let Some(columns) = columns else { return self.field().map(Reference::Field) };
        let at = self.cursor.at();
        let named = self.column_text();
        // `count()` is the column that is called count.
        let bare = named.strip_suffix("()").unwrap_or(&named);
        let found = columns.iter().find(|column| **column == named || column.as_str() == bare);
        found.map(|column| Reference::Column(column.clone())).ok_or_else(|| {
            let message = format!("there is no column {named:?} in the answer of the stage before");
            SyntaxError::expected(at, message, columns.iter().map(String::as_str))
        })
    }

    fn sort_key(&mut self, columns: &Columns) -> Result<SortKey, SyntaxError> {
        let descending = self.cursor.take('-');
        if !descending {
            self.cursor.take('+');
        }
        Ok(SortKey { by: self.reference(columns)?, descending })
    }

    /// The name of a column: up to white space, a comma or a bar outside of parentheses.
    fn column_text(&mut self) -> String {
        let mut text = String::new();
        let mut depth = 0_usize;
        while let Some(character) = self.cursor.peek() {
            match character {
                '\\' => {
                    text.extend(self.cursor.next());
                    text.extend(self.cursor.next());
                    continue;
                }
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                ',' | '|' if depth == 0 => break,
                other if other.is_whitespace() && depth == 0 => break,
                _ => {}
            }
            text.push(character);
            self.cursor.next();
        }
        text
    }

    /// Letters, digits, points and underscores.
    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(character) = self.cursor.peek() {
            if !character.is_alphanumeric() && character != '_' && character != '.' {
                break;
            }
            name.push(character);
            self.cursor.next();
        }
        name
    }

    /// A number of rows when a digit stands here.
    fn count(&mut self) -> Result<Option<u64>, SyntaxError> {
        self.cursor.skip_space();
        let at = self.cursor.at();
        if !self.cursor.peek().is_some_and(|first| first.is_ascii_digit()) {
            return Ok(None);
        }
        let text = self.name();
        let allowed = 1..=QUERY_ROWS_MAX as u64;
        match text.parse() {
            Ok(count) if allowed.contains(&count) => Ok(Some(count)),
            _ => {
                let range = format!("a number from 1 to {QUERY_ROWS_MAX}");
                Err(SyntaxError::expected(at, format!("{text:?} is no number of rows"), [range]))
            }
        }
    }

    /// A length of time when a digit stands here.
    fn bucket(&mut self) -> Result<Option<i64>, SyntaxError> {
        let at = self.cursor.at();
        if !self.cursor.peek().is_some_and(|first| first.is_ascii_digit()) {
            return Ok(None);
        }
        let text = self.name();
        let unit = text.trim_start_matches(|character: char| character.is_ascii_digit());
        let digits = &text[..text.len() - unit.len()];
        let length = BUCKET_UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .and_then(|(_, length)| digits.parse::<i64>().ok()?.checked_mul(*length));
        match length {
            Some(length) if length > 0 => Ok(Some(length)),
            _ => {
                let message = format!("{text:?} is no length of time");
                Err(SyntaxError::expected(at, message, ["a duration such as 30s, 5m, 1h or 1d"]))
            }
        }
    }
}

fn function_of(name: &str) -> Option<Function> {
    Some(match name {
        COUNT_COLUMN => Function::Count,
        "count_distinct" => Function::CountDistinct,
        "sum" => Function::Sum,
        "avg" => Function::Avg,
        "min" => Function::Min,
        "max" => Function::Max,
        "median" => Function::Percentile(50.0),
        _ => {
            let percent: f64 = name.strip_prefix('p')?.parse().ok()?;
            return (percent > 0.0 && percent < 100.0).then_some(Function::Percentile(percent));
        }
    })
}
