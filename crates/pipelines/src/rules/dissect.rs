//! Dissect: text cut at fixed delimiters, `%{client} [%{time}] "%{request}"`.

use hannun_model::value::Value;

/// What is done with the text between two delimiters.
#[derive(Debug, PartialEq)]
enum Key {
    Skip,
    Set(String),
    /// Joined to what an earlier key of that name has, with a space.
    Append(String),
}

#[derive(Debug, PartialEq)]
struct Part {
    key: Key,
    /// What ends the text; empty at the end of the pattern.
    delimiter: String,
    /// Whether the delimiter may repeat and spaces may stand before it (`%{a->}`).
    padded: bool,
}

/// A pattern that is ready to be used.
#[derive(Debug, PartialEq)]
pub(crate) struct Dissect {
    prefix: String,
    parts: Vec<Part>,
}

impl Dissect {
    pub(crate) fn new(pattern: &str) -> Result<Self, String> {
        let start = pattern.find("%{").ok_or("no key in it, write one as %{name}")?;
        let (prefix, mut rest) = pattern.split_at(start);
        let mut parts: Vec<Part> = Vec::new();
        while let Some(opened) = rest.strip_prefix("%{") {
            let (name, after) = opened.split_once('}').ok_or("a %{ is not closed")?;
            let end = after.find("%{").unwrap_or(after.len());
            let (delimiter, next) = after.split_at(end);
            if delimiter.is_empty() && !next.is_empty() {
                return Err(format!("nothing stands between %{{{name}}} and the next key"));
            }
            let (name, padded) = name.strip_suffix("->").map_or((name, false), |name| (name, true));
            let key = match name.as_bytes().first() {
                None | Some(b'?') => Key::Skip,
                Some(b'+') => Key::Append(name[1..].to_owned()),
                Some(b'*' | b'&') => {
                    return Err(format!("%{{{name}}}: keys out of the text are not supported"));
                }
                Some(_) => Key::Set(name.to_owned()),
            };
            parts.push(Part { key, delimiter: delimiter.to_owned(), padded });
            rest = next;
        }
        Ok(Self { prefix: prefix.to_owned(), parts })
    }

    pub(crate) fn parse(&self, text: &str) -> Result<Vec<(String, Value)>, String> {
        let mut rest = text
            .strip_prefix(self.prefix.as_str())
            .ok_or_else(|| format!("does not begin with `{}`", self.prefix))?;
        let mut fields: Vec<(String, String)> = Vec::new();
        for part in &self.parts {
            let value = if part.delimiter.is_empty() {
                std::mem::take(&mut rest)
            } else {
                let (value, after) = rest
                    .split_once(part.delimiter.as_str())
                    .ok_or_else(|| format!("`{}` is not where it should be", part.delimiter))?;
                if part.padded {
                    rest = after.trim_start_matches(part.delimiter.as_str());
                    value.trim_end()
                } else {
                    rest = after;
                    value
                }
            };
            match &part.key {
                Key::Skip => {}
                Key::Set(key) => fields.push((key.clone(), value.to_owned())),
                Key::Append(key) => match fields.iter_mut().find(|(known, _)| known == key) {
                    Some((_, joined)) => {
                        joined.push(' ');
                        joined.push_str(value);
                    }
                    None => fields.push((key.clone(), value.to_owned())),
                },
            }
        }
        Ok(fields.into_iter().map(|(key, value)| (key, Value::Text(value))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pattern: &str, text: &str) -> Result<Vec<(String, String)>, String> {
        let fields = Dissect::new(pattern)?.parse(text)?;
        let plain = |value| match value {
            Value::Text(text) => text,
            other => panic!("{other:?}"),
        };
        Ok(fields.into_iter().map(|(key, value)| (key, plain(value))).collect())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn text_is_cut_at_the_delimiters() {
        let pattern = r#"<%{?priority}>%{+at} %{+at} %{host->} [%{level}] %{} %{message}"#;
        let text = "<34>Oct 11 web-1    [info] x order 7 placed";
        let expected =
            [("at", "Oct 11"), ("host", "web-1"), ("level", "info"), ("message", "order 7 placed")];
        assert_eq!(parse(pattern, text).unwrap(), pairs(&expected));
        assert_eq!(parse("%{a}=%{b}", "k=").unwrap(), pairs(&[("a", "k"), ("b", "")]));
    }

    #[test]
    fn a_text_without_a_delimiter_is_told() {
        assert_eq!(parse("%{a}: %{b}", "no colon").unwrap_err(), "`: ` is not where it should be");
        assert_eq!(parse("x%{a}", "y").unwrap_err(), "does not begin with `x`");
    }

    #[test]
    fn a_pattern_that_cannot_work_is_refused() {
        assert!(Dissect::new("no keys").is_err());
        assert!(Dissect::new("%{a").is_err());
        assert!(Dissect::new("%{a}%{b}").unwrap_err().contains("nothing stands between"));
        assert!(Dissect::new("%{*a} %{&a}").is_err());
    }
}
