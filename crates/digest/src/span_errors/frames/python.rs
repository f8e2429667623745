//! Python: `File "/app/orders.py", line 12, in place`, most recent call last.

use super::names::{contains_any, short_path};
use super::{Frame, Stack};

const LIBRARIES: &[&str] = &[
    "/site-packages/",
    "/dist-packages/",
    "/lib/python",
    "/lib64/python",
    "\\site-packages\\",
    "\\Lib\\",
    "<frozen ",
    "/.venv/",
    "/python3.",
];
/// Between an exception and the one that it was raised from.
const CAUSE: &str = "The above exception was the direct cause of the following exception";
/// Between an exception and one that its handler raised.
const CONTEXT: &str = "During handling of the above exception, another exception occurred";

pub(super) fn frame(line: &str) -> Option<Frame> {
    let text = without_group(line);
    let (file, rest) = text.strip_prefix("File \"")?.split_once("\", line ")?;
    let function = rest.split_once(", in ").map_or("", |(_, function)| function.trim());
    let in_app = !contains_any(file, LIBRARIES);
    let (function, file) = (function.to_owned(), short_path(file));
    Some(Frame { text: text.to_owned(), function, file, in_app })
}

/// The line without the lines that are drawn around the exceptions of a group.
fn without_group(line: &str) -> &str {
    line.trim().trim_start_matches(['|', '+', '-', ' ']).trim_start()
}

pub(super) fn read(lines: &[&str]) -> Stack {
    let mut stack = Stack::default();
    stack.begin_section();
    // For each section whether the one before is its cause.
    let mut is_caused = vec![false];
    for line in lines {
        let text = without_group(line);
        if text.starts_with(CAUSE) || text.starts_with(CONTEXT) {
            stack.begin_section();
            is_caused.resize(stack.calls.len(), false);
            if let Some(last) = is_caused.last_mut() {
                *last = text.starts_with(CAUSE);
            }
        } else if let Some(frame) = frame(line) {
            stack.push(frame);
        }
    }
    for section in &mut stack.calls {
        section.reverse();
    }
    // The exception itself is the last; what it was raised from stands before it.
    let last = stack.calls.len() - 1;
    let first = (1..=last).rev().find(|section| !is_caused[*section]).unwrap_or(0);
    stack.calls.drain(..first);
    stack
}
