//! JavaScript and TypeScript in Node.js and in browsers, and others that write places alike:
//! `at place (/app/orders.ts:12:5)`, `at /app/orders.ts:12:5`, `place@https://shop/app.js:1:99`.

use super::names::{before_line, contains_any, short_path, starts_with_any};
use super::{Frame, Stack};

const LIBRARIES: &[&str] = &[
    "node_modules/",
    "node_modules\\",
    "/webpack/",
    "-extension://",
    "cargo/registry/",
    "/rustc/",
];
const LIBRARY_ROOTS: &[&str] =
    &["node:", "internal/", "native", "<anonymous>", "[native", "index "];

pub(super) fn frame(line: &str) -> Option<Frame> {
    // A brace follows the last frame of an error that Node.js shows with its cause.
    let text = line.trim().trim_end_matches(" {");
    let (function, location) = match text.strip_prefix("at ") {
        Some(call) => of_v8(call)?,
        None => of_gecko(text)?,
    };
    let function = function.strip_prefix("async ").unwrap_or(function);
    let function = function.split(" [as ").next().unwrap_or(function).trim();
    let file = before_line(location).unwrap_or(location);
    let in_app = !contains_any(location, LIBRARIES) && !starts_with_any(location, LIBRARY_ROOTS);
    Some(Frame {
        text: text.to_owned(),
        function: function.to_owned(),
        file: short_path(file),
        in_app,
    })
}

/// `place (file:1:2)` or `file:1:2`, after `at `.
fn of_v8(call: &str) -> Option<(&str, &str)> {
    let Some((function, location)) = call.strip_suffix(')').and_then(|call| call.split_once(" ("))
    else {
        before_line(call)?;
        return Some(("", call.strip_prefix("async ").unwrap_or(call)));
    };
    let is_known = starts_with_any(location, &["native", "<anonymous>", "index ", "eval at "]);
    (is_known || before_line(location).is_some()).then_some((function, location))
}

/// `place@file:1:2`, in Firefox and Safari.
fn of_gecko(text: &str) -> Option<(&str, &str)> {
    let (function, location) = text.split_once('@')?;
    let is_place = location.contains("://") || location.starts_with('/');
    if !is_place || function.contains(char::is_whitespace) || location.contains(char::is_whitespace)
    {
        return None;
    }
    before_line(location)?;
    Some((function, location))
}

pub(super) fn read(lines: &[&str]) -> Stack {
    let mut stack = Stack::default();
    stack.begin_section();
    for line in lines {
        let text = line.trim_start();
        if starts_with_any(text, &["[cause]: ", "Caused by: "]) {
            stack.begin_section();
        } else if let Some(frame) = frame(line) {
            stack.push(frame);
        }
    }
    stack.calls.reverse();
    stack
}
