//! Words and signs of an expression.

use super::{Comparison, ExpressionError};

/// A word or sign.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Int(i64),
    Float(f64),
    Text(String),
    Name(String),
    Compare(Comparison),
    And,
    Or,
    Not,
    Minus,
    Open,
    Close,
    OpenIndex,
    CloseIndex,
    Comma,
    Dot,
}

/// A token and the characters before it.
pub(super) type Placed = (usize, Token);

pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, ExpressionError> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        if character.is_whitespace() {
            at += 1;
            continue;
        }
        let (token, next) = token(&characters, at)?;
        tokens.push((at, token));
        at = next;
    }
    Ok(tokens)
}

/// The token that begins there, and where the next may begin.
fn token(characters: &[char], at: usize) -> Result<(Token, usize), ExpressionError> {
    let character = characters[at];
    if character.is_ascii_digit() {
        return number(characters, at);
    }
    if character == '"' || character == '\'' {
        return quoted(characters, at);
    }
    if character == '@' || begins_name(character) {
        return Ok(name(characters, at));
    }
    let following = characters.get(at + 1).copied();
    if let Some((token, _)) = TWO.iter().find(|(_, it)| *it == (character, following)) {
        return Ok((token.clone(), at + 2));
    }
    let one = ONE.iter().find(|(_, it)| *it == character).map(|(token, _)| token.clone());
    one.map(|token| (token, at + 1)).ok_or_else(|| {
        let hint = match character {
            '=' => "write `==` to compare".to_owned(),
            '&' => "write `&&`".to_owned(),
            '|' => "write `||`".to_owned(),
            '+' | '*' | '/' | '%' => format!("there is no arithmetic, leave out `{character}`"),
            other => format!("unexpected `{other}`"),
        };
        ExpressionError::new(at, hint)
    })
}

const TWO: [(Token, (char, Option<char>)); 6] = [
    (Token::Compare(Comparison::Equal), ('=', Some('='))),
    (Token::Compare(Comparison::NotEqual), ('!', Some('='))),
    (Token::Compare(Comparison::LessOrEqual), ('<', Some('='))),
    (Token::Compare(Comparison::GreaterOrEqual), ('>', Some('='))),
    (Token::And, ('&', Some('&'))),
    (Token::Or, ('|', Some('|'))),
];

const ONE: [(Token, char); 10] = [
    (Token::Compare(Comparison::Less), '<'),
    (Token::Compare(Comparison::Greater), '>'),
    (Token::Not, '!'),
    (Token::Minus, '-'),
    (Token::Open, '('),
    (Token::Close, ')'),
    (Token::OpenIndex, '['),
    (Token::CloseIndex, ']'),
    (Token::Comma, ','),
    (Token::Dot, '.'),
];

fn begins_name(character: char) -> bool {
    character.is_alphabetic() || matches!(character, '_' | '$')
}

fn follows_in_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

fn name(characters: &[char], at: usize) -> (Token, usize) {
    let rest = &characters[at + 1..];
    let length = rest.iter().take_while(|it| follows_in_name(**it)).count();
    let end = at + 1 + length;
    let name: String = characters[at..end].iter().collect();
    let token = match name.as_str() {
        "and" => Token::And,
        "or" => Token::Or,
        "not" => Token::Not,
        _ => Token::Name(name),
    };
    (token, end)
}

fn number(characters: &[char], at: usize) -> Result<(Token, usize), ExpressionError> {
    let digits =
        |from: usize| characters[from..].iter().take_while(|it| it.is_ascii_digit()).count();
    let mut end = at + digits(at);
    let mut is_float = false;
    if characters.get(end) == Some(&'.') && digits(end + 1) > 0 {
        is_float = true;
        end += 1 + digits(end + 1);
    }
    if matches!(characters.get(end), Some('e' | 'E')) {
        let sign = usize::from(matches!(characters.get(end + 1), Some('+' | '-')));
        let from = end + 1 + sign;
        let exponent = if from <= characters.len() { digits(from) } else { 0 };
        if exponent > 0 {
            is_float = true;
            end = from + exponent;
        }
    }
    let text: String = characters[at..end].iter().collect();
    let too_large = || ExpressionError::new(at, "the number is too large");
    if is_float {
        let float: f64 = text.parse().map_err(|_| too_large())?;
        return if float.is_finite() { Ok((Token::Float(float), end)) } else { Err(too_large()) };
    }
    Ok((Token::Int(text.parse().map_err(|_| too_large())?), end))
}

fn quoted(characters: &[char], at: usize) -> Result<(Token, usize), ExpressionError> {
    let quote = characters[at];
    let mut text = String::new();
    let mut next = at + 1;
    loop {
        let Some(&character) = characters.get(next) else {
            return Err(ExpressionError::new(at, format!("the text has no closing {quote}")));
        };
        next += 1;
        if character == quote {
            return Ok((Token::Text(text), next));
        }
        if character != '\\' {
            text.push(character);
            continue;
        }
        text.push(match characters.get(next) {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(same @ ('\\' | '"' | '\'')) => *same,
            _ => {
                let message = "write a backslash as `\\\\`";
                return Err(ExpressionError::new(next - 1, message));
            }
        });
        next += 1;
    }
}
