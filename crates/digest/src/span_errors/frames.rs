//! Frames of stack traces, and the one that says where an error comes from.
//!
//! The language is told by the form of the lines, so a sender need not name it. Each language has a
//! module that finds its frames and the order that they were called in; of exceptions that caused one
//! another the innermost comes first. A frame is *in-app* when it is neither of the language's own
//! library nor of a package.

mod dot_net;
mod go;
mod java_script;
mod jvm;
pub mod names;
mod php;
mod python;
mod ruby;
mod rust;

use hannun_model::limits::{
    STACK_BYTES_MAX, STACK_FRAMES_MAX, STACK_LINE_BYTES_MAX, STACK_NAMES_BYTES_MAX,
};

/// A frame of a stack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    /// As it stands in the stack.
    pub text: String,
    /// Function with its class or module, without what compilers make up. May be empty.
    pub function: String,
    /// The last parts of the path. Empty when the function says as much.
    pub file: String,
    pub in_app: bool,
}

/// The frames of a stack trace.
#[derive(Debug, Default)]
pub struct Stack {
    /// In the order of the text.
    pub frames: Vec<Frame>,
    /// For each exception, the innermost cause first: its frames, the one called last first.
    calls: Vec<Vec<usize>>,
}

impl Stack {
    /// Reads a stack trace; no frames when its form is not known.
    pub fn parse(text: &str) -> Self {
        let lines = lines(text);
        let language = lines.iter().find_map(|line| Language::of(line));
        language.map(|language| language.read(&lines)).unwrap_or_default()
    }

    /// The frame that says where the error comes from: the in-app frame called last of the innermost
    /// cause, of the next one around it …, or just the frame called last.
    pub fn top(&self) -> Option<&Frame> {
        let mut calls = self.calls.iter().flatten().map(|place| &self.frames[*place]);
        let first = calls.clone().next();
        calls.find(|frame| frame.in_app).or(first)
    }

    fn push(&mut self, frame: Frame) {
        if self.frames.len() < STACK_FRAMES_MAX
            && let Some(section) = self.calls.last_mut()
        {
            section.push(self.frames.len());
        }
        self.show(frame);
    }

    /// Adds a frame that does not say where the error comes from.
    fn show(&mut self, frame: Frame) {
        if self.frames.len() < STACK_FRAMES_MAX {
            self.frames.push(frame);
        }
    }

    /// What follows is the stack of another exception.
    fn begin_section(&mut self) {
        if self.calls.last().is_none_or(|section| !section.is_empty()) {
            self.calls.push(Vec::new());
        }
    }
}

/// The frame that says where an error comes from, as people read it. Without line numbers.
pub fn top_frame(stack: &str) -> Option<String> {
    let stack = Stack::parse(stack);
    let frame = stack.top()?;
    Some(match (frame.function.as_str(), frame.file.as_str()) {
        ("", file) => file.to_owned(),
        (function, "") => function.to_owned(),
        (function, file) => format!("{function} ({file})"),
    })
}

/// The lines of a stack that are no frames and may name an exception and its message, such as
/// `Caused by: java.io.IOException: closed`.
pub(super) fn names_of_exceptions(stack: &str) -> String {
    let mut names = String::new();
    for line in lines(stack) {
        if line.contains(": ") && Language::of(line).is_none() {
            if names.len() + line.len() > STACK_NAMES_BYTES_MAX {
                break;
            }
            names.push_str(line);
            names.push('\n');
        }
    }
    names
}

/// The lines of a stack; of a long one those at its beginning and its end.
fn lines(text: &str) -> Vec<&str> {
    let half = STACK_BYTES_MAX / 2;
    let parts = if text.len() <= STACK_BYTES_MAX {
        [text, ""]
    } else {
        let (head, tail) =
            (text.floor_char_boundary(half), text.ceil_char_boundary(text.len() - half));
        [&text[..head], &text[tail..]]
    };
    let lines = parts.into_iter().flat_map(str::lines);
    lines.map(|line| if line.len() > STACK_LINE_BYTES_MAX { "" } else { line }).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Python,
    Go,
    Php,
    Ruby,
    Rust,
    Jvm,
    JavaScript,
    DotNet,
}

/// Whether a line is a frame of a language.
type IsOf = fn(&str) -> bool;

/// Those with an unmistakable form come first.
const ORDER: [(Language, IsOf); 8] = [
    (Language::Python, |line| python::frame(line).is_some()),
    (Language::Go, go::is_goroutine_or_file),
    (Language::Php, |line| php::frame(line).is_some()),
    (Language::Ruby, |line| ruby::frame(line).is_some()),
    (Language::Rust, rust::is_telling),
    (Language::Jvm, |line| jvm::frame(line).is_some()),
    (Language::JavaScript, |line| java_script::frame(line).is_some()),
    (Language::DotNet, |line| dot_net::frame(line).is_some()),
];

impl Language {
    /// The language whose frame this line is.
    fn of(line: &str) -> Option<Self> {
        ORDER.iter().find(|(_, is_of)| is_of(line)).map(|(language, _)| *language)
    }

    fn read(self, lines: &[&str]) -> Stack {
        match self {
            Self::Python => python::read(lines),
            Self::Go => go::read(lines),
            Self::Php => php::read(lines),
            Self::Ruby => ruby::read(lines),
            Self::Rust => rust::read(lines),
            Self::Jvm => jvm::read(lines),
            Self::JavaScript => java_script::read(lines),
            Self::DotNet => dot_net::read(lines),
        }
    }
}

#[cfg(test)]
mod tests;
