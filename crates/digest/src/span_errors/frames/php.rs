//! PHP: `#0 /app/src/Cart.php(12): Shop\Orders->place(Object(Shop\Cart))`.
//!
//! A line tells which function was called and from where, so the file that a function is in stands in
//! the line before: in that of the exception for the first one.

use super::names::{contains_any, digits, short_path, starts_with_any};
use super::{Frame, Stack};

const INTERNAL: &str = "[internal function]";
const LIBRARY_NAMES: &[&str] = &[
    "Illuminate\\",
    "Symfony\\",
    "Doctrine\\",
    "Laravel\\",
    "GuzzleHttp\\",
    "Monolog\\",
    "Psr\\",
    "OpenTelemetry\\",
    "Slim\\",
    "Laminas\\",
    "Composer\\",
    "PDO",
    "Twig\\",
];

/// A call as a line tells it.
pub(super) struct Call<'a> {
    number: usize,
    function: String,
    /// Where it was called from; `None` from inside PHP.
    from: Option<&'a str>,
}

pub(super) fn frame(line: &str) -> Option<Call<'_>> {
    let rest = line.trim().strip_prefix('#')?;
    let number_length = digits(rest);
    let number = rest[..number_length].parse().ok()?;
    let rest = rest[number_length..].strip_prefix(' ')?;
    if rest == "{main}" {
        return Some(Call { number, function: "{main}".to_owned(), from: None });
    }
    let (place, function) = match rest.strip_prefix(INTERNAL) {
        Some(function) => (None, function.strip_prefix(": ")?),
        None => {
            let (place, function) = rest.split_once("): ")?;
            let (file, line) = place.rsplit_once('(')?;
            (!line.is_empty() && digits(line) == line.len()).then_some(())?;
            (Some(file), function)
        }
    };
    Some(Call { number, function: function_name(function), from: place })
}

fn function_name(call: &str) -> String {
    let name = call.split('(').next().unwrap_or(call);
    // Closures and anonymous classes name the place that they stand in, with its line.
    let name = match name.split_once("{closure") {
        Some((before, _)) => format!("{before}{{closure}}"),
        None => name.to_owned(),
    };
    match name.split_once("class@anonymous") {
        Some((before, after)) => {
            let method = after.rsplit_once("->").map_or("", |(_, method)| method);
            format!("{before}class@anonymous->{method}")
        }
        None => name,
    }
}

/// The file of `… in /app/src/Orders.php:12`.
fn thrown_in(line: &str) -> Option<&str> {
    let (_, place) = line.trim_end().rsplit_once(" in ")?;
    let (file, number) = place.rsplit_once(':')?;
    (!number.is_empty() && digits(number) == number.len()).then_some(file)
}

pub(super) fn read(lines: &[&str]) -> Stack {
    let mut stack = Stack::default();
    stack.begin_section();
    let mut file = None;
    for line in lines {
        let Some(call) = frame(line) else {
            file = thrown_in(line).or(file);
            continue;
        };
        // An exception begins with the first call, and the innermost is told first.
        if call.number == 0 {
            stack.begin_section();
        }
        let is_library = starts_with_any(&call.function, LIBRARY_NAMES)
            || file.is_none()
            || file.is_some_and(|file| contains_any(file, &["/vendor/", "\\vendor\\"]));
        stack.push(Frame {
            text: line.trim().to_owned(),
            in_app: !is_library,
            function: call.function,
            file: file.map(short_path).unwrap_or_default(),
        });
        file = call.from;
    }
    stack
}
