//! Ruby: ``app/models/order.rb:12:in `place'`` and, since 3.4, `in 'Order#place'`.

use super::names::{before_line, contains_any, digits, short_path};
use super::{Frame, Stack};

const LIBRARIES: &[&str] =
    &["/gems/", "/lib/ruby/", "/rubygems", "<internal:", "vendor/bundle/", "vendor/ruby/"];

pub(super) fn frame(line: &str) -> Option<Frame> {
    let text = line.trim();
    let (location, rest) = text.split_once(":in ")?;
    let rest = rest.strip_prefix(['`', '\''])?;
    let (function, _) = rest.split_once('\'')?;
    let location = without_from(location);
    let file = before_line(location)?;
    let in_app = !contains_any(file, LIBRARIES);
    let function = without_blocks(function).to_owned();
    Some(Frame { text: text.to_owned(), function, file: short_path(file), in_app })
}

/// `from app.rb:1` and ` 2: from app.rb:1` without what stands before the file.
fn without_from(location: &str) -> &str {
    let numbered = location[digits(location)..].strip_prefix(": from ");
    numbered.or_else(|| location.strip_prefix("from ")).unwrap_or(location)
}

/// `block (2 levels) in place` is `place`.
fn without_blocks(function: &str) -> &str {
    match function.rfind(" in ") {
        Some(at) => &function[at + 4..],
        None => function,
    }
}

pub(super) fn read(lines: &[&str]) -> Stack {
    let mut stack = Stack::default();
    stack.begin_section();
    let is_last_first =
        lines.iter().take(3).any(|line| line.starts_with("Traceback (most recent call last)"));
    for line in lines {
        let Some(frame) = frame(line) else { continue };
        let is_head = !line.starts_with([' ', '\t']) && !line.starts_with("from ");
        let names_message = line.contains("': ");
        if is_head && names_message && !is_last_first {
            stack.begin_section();
        }
        stack.push(frame);
    }
    if is_last_first {
        stack.calls.iter_mut().for_each(|section| section.reverse());
    }
    // The causes follow the exception.
    stack.calls.reverse();
    stack
}
