//! Severity in the scales of loggers: words, syslog, pino and bunyan, Python, OpenTelemetry.

use super::json::Json;
use hannun_model::severity::number_of_text;

/// What a number under a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Below 8 as syslog counts, 10 to 60 as pino and bunyan do.
    Guess,
    /// 10 to 50 as Python's `levelno`.
    Python,
    /// 1 to 24.
    OpenTelemetry,
    /// Only words: a number here is another thing, such as a status of HTTP.
    Words,
}

/// A severity number, and how the source calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Severity {
    pub number: i64,
    pub text: String,
}

/// The severity that a value says; `None` when it says none.
pub fn of_value(value: &Json<'_>, scale: Scale) -> Option<Severity> {
    match value {
        Json::Text(text) => match number_of_text(text) {
            Some(number) => Some(Severity { number, text: text.trim().to_owned() }),
            None => of_number(text.trim().parse().ok()?, scale),
        },
        Json::Int(number) => of_number(*number, scale),
        Json::Double(double) if double.fract() == 0.0 => of_number(*double as i64, scale),
        _ => None,
    }
}

fn of_number(level: i64, scale: Scale) -> Option<Severity> {
    let number = match (scale, level) {
        (Scale::OpenTelemetry, 1..=24) => level,
        (Scale::Guess, 0..=7) => of_syslog(level)?,
        (Scale::Guess, 10..=60) => [1, 5, 9, 13, 17, 21][usize::try_from(level / 10 - 1).ok()?],
        (Scale::Python, 10..=59) => [5, 9, 13, 17, 18][usize::try_from(level / 10 - 1).ok()?],
        _ => return None,
    };
    Some(Severity { number, text: level.to_string() })
}

/// The severity number of a syslog severity (RFC 5424, table 2).
pub fn of_syslog(severity: i64) -> Option<i64> {
    [22, 19, 18, 17, 13, 10, 9, 5].get(usize::try_from(severity).ok()?).copied()
}

/// How far into a line its severity is looked for: behind a time and the name of a thread.
const LOOK_BYTES: usize = 96;

/// The severity that a line of text says of itself: a word in capitals near its beginning, or
/// `level=…`.
pub fn of_line(line: &str) -> Option<Severity> {
    let head = &line[..line.floor_char_boundary(LOOK_BYTES)];
    for word in head.split(|character: char| !character.is_ascii_alphanumeric() && character != '=')
    {
        let (key, said) = word.split_once('=').unwrap_or(("", word));
        let is_named = matches!(key, "level" | "lvl" | "severity");
        let is_capital = key.is_empty()
            && said.len() >= 4
            && said.bytes().all(|byte| byte.is_ascii_uppercase())
            && matches!(
                said,
                "TRACE"
                    | "DEBUG"
                    | "INFO"
                    | "NOTICE"
                    | "WARN"
                    | "WARNING"
                    | "ERROR"
                    | "FATAL"
                    | "CRITICAL"
                    | "ALERT"
                    | "SEVERE"
                    | "PANIC"
            );
        if is_named || is_capital {
            return number_of_text(said).map(|number| Severity { number, text: said.to_owned() });
        }
    }
    None
}
