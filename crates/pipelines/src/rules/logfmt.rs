//! logfmt: `level=info msg="order placed" took=12ms`.

use crate::record::exact_int;
use hannun_model::value::Value;

/// The pairs of a line. Whole numbers, decimal numbers and booleans that are not quoted get their
/// type; a key without `=` is true.
///
/// # Errors
/// When there is no pair at all, or a quote is not closed.
pub(crate) fn parse(line: &str) -> Result<Vec<(String, Value)>, String> {
    let mut fields = Vec::new();
    let mut pairs = 0;
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|it: char| it == '=' || it.is_whitespace()).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let value = match after.strip_prefix('=') {
            Some(after) => {
                pairs += usize::from(!key.is_empty());
                let (value, after) = read_value(after)?;
                rest = after;
                value
            }
            None => {
                rest = after;
                Value::Bool(true)
            }
        };
        if !key.is_empty() {
            fields.push((key.to_owned(), value));
        }
        rest = rest.trim_start();
    }
    if pairs == 0 {
        return Err("no key=value pair".to_owned());
    }
    Ok(fields)
}

fn read_value(text: &str) -> Result<(Value, &str), String> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        return Ok((typed(&text[..end]), &text[end..]));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((Value::Text(value), &quoted[at + 1..])),
            '\\' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, other)) => value.push(other),
                None => break,
            },
            other => value.push(other),
        }
    }
    Err("a quote is not closed".to_owned())
}

/// The type that a bare word has.
pub(crate) fn typed(word: &str) -> Value {
    match word {
        "true" => return Value::Bool(true),
        "false" => return Value::Bool(false),
        _ => {}
    }
    if let Some(int) = exact_int(word) {
        return Value::Int(int);
    }
    let is_decimal = word.bytes().any(|byte| byte == b'.')
        && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-'));
    match word.parse::<f64>() {
        Ok(double) if is_decimal && format!("{double:?}") == word => Value::Double(double),
        _ => Value::Text(word.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn pairs_quotes_and_flags_are_read() {
        let line =
            r#"level=info  msg="order \"7\"\nplaced" took=12ms n=-3 ratio=0.5 ok=true id=007 dry"#;
        let expected = [
            ("level", text("info")),
            ("msg", text("order \"7\"\nplaced")),
            ("took", text("12ms")),
            ("n", Value::Int(-3)),
            ("ratio", Value::Double(0.5)),
            ("ok", Value::Bool(true)),
            ("id", text("007")),
            ("dry", Value::Bool(true)),
        ];
        let expected = expected.map(|(key, value)| (key.to_owned(), value));
        assert_eq!(parse(line).unwrap(), expected);
        assert_eq!(parse("a= b=").unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_logfmt_is_told() {
        assert_eq!(parse("just words").unwrap_err(), "no key=value pair");
        assert_eq!(parse("").unwrap_err(), "no key=value pair");
        assert_eq!(parse("a=\"b").unwrap_err(), "a quote is not closed");
        assert_eq!(parse("= =").unwrap_err(), "no key=value pair");
    }
}
