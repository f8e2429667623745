//! Rust: a number and the function on one line, its file on the next.
//!
//! ```text
//!    4: shop::orders::place
//!              at ./src/orders.rs:12:5
//! ```

use super::names::{before_line, contains_any, digits, short_path, starts_with_any};
use super::{Frame, Stack};

const LIBRARY_PATHS: &[&str] = &["/rustc/", "cargo/registry/", "cargo/git/", "/rust/deps/"];
const LIBRARY_NAMES: &[&str] = &[
    "core::",
    "std::",
    "alloc::",
    "test::",
    "tokio::",
    "futures",
    "hyper",
    "axum",
    "tower",
    "actix",
    "backtrace::",
    "anyhow::",
    "tracing",
    "opentelemetry",
    "rayon",
    "rust_",
    "__rust",
    "_start",
    "__libc",
    "start_thread",
    "clone3",
    "clone",
];
/// What a panic calls. Above stands its hook, below where it came from.
const PANICS: &[&str] = &[
    "rust_begin_unwind",
    "core::panicking::panic",
    "std::panicking::begin_panic",
    "__rustc::rust_begin_unwind",
];

/// Whether only a backtrace has such a line: its head, or a number and a path.
pub(super) fn is_telling(line: &str) -> bool {
    is_head(line) || function(line).is_some_and(|name| name.contains("::"))
}

fn is_head(line: &str) -> bool {
    line.trim().eq_ignore_ascii_case("stack backtrace:")
}

/// The function of `   4:     0x55d0c8 - shop::orders::place::h0123456789abcdef`.
fn function(line: &str) -> Option<String> {
    let text = line.trim();
    let number = digits(text);
    if number == 0 {
        return None;
    }
    let name = text[number..].strip_prefix(": ")?.trim();
    let name = match name.strip_prefix("0x").and_then(|address| address.split_once(" - ")) {
        Some((_, name)) => name,
        None => name,
    };
    Some(readable(name))
}

/// The name without the hash of its instance and the number of its closure.
fn readable(name: &str) -> String {
    let hash = name
        .rsplit_once("::h")
        .filter(|(_, hash)| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let name = hash.map_or(name, |(name, _)| name);
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find("{closure#") {
        out.push_str(&rest[..at]);
        out.push_str("{{closure}}");
        rest = rest[at..].split_once('}').map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}

fn is_in_app(function: &str, path: Option<&str>) -> bool {
    let name = function.trim_start_matches(['<', '&']);
    let is_library = starts_with_any(name, LIBRARY_NAMES);
    match path {
        Some(path) => !contains_any(path, LIBRARY_PATHS) && !function.starts_with("rust_"),
        None => name.contains("::") && !is_library,
    }
}

pub(super) fn read(lines: &[&str]) -> Stack {
    let mut stack = Stack::default();
    stack.begin_section();
    // The causes of an error are numbered, too; its backtrace follows.
    let from = lines.iter().position(|line| is_head(line)).map_or(0, |at| at + 1);
    let mut lines = lines[from..].iter().peekable();
    while let Some(line) = lines.next() {
        let Some(function) = function(line) else { continue };
        let place = lines.peek().and_then(|next| next.trim().strip_prefix("at "));
        let path = place.map(|place| before_line(place).unwrap_or(place));
        let text = match place {
            Some(place) => format!("{function} at {place}"),
            None => line.trim().to_owned(),
        };
        let in_app = is_in_app(&function, path);
        let file = if function.contains("::") { None } else { path };
        stack.push(Frame {
            text,
            in_app,
            file: file.map(short_path).unwrap_or_default(),
            function,
        });
    }
    if let Some(calls) = stack.calls.last_mut() {
        let is_panic = |place: &usize| starts_with_any(&stack.frames[*place].function, PANICS);
        if let Some(last) = calls.iter().rposition(is_panic)
            && last + 1 < calls.len()
        {
            calls.drain(..=last);
        }
    }
    stack
}
