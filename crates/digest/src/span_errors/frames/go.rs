//! Go: the function on one line, its file on the next.
//!
//! ```text
//! goroutine 1 [running]:
//! main.(*Shop).place(0xc000010000)
//!     /app/shop.go:12 +0x1d
//! ```

use super::names::{contains_any, digits, short_path, without_counter};
use super::{Frame, Stack};

const LIBRARY_PATHS: &[&str] =
    &["/go/pkg/mod/", "/vendor/", "/usr/local/go/", "/libexec/src/", "/go/src/"];
/// The first parts of the names of packages that come with Go.
const STANDARD: &[&str] = &[
    "archive",
    "bufio",
    "bytes",
    "cmp",
    "compress",
    "container",
    "context",
    "crypto",
    "database",
    "debug",
    "embed",
    "encoding",
    "errors",
    "expvar",
    "flag",
    "fmt",
    "go",
    "hash",
    "html",
    "image",
    "index",
    "internal",
    "io",
    "iter",
    "log",
    "maps",
    "math",
    "mime",
    "net",
    "os",
    "path",
    "plugin",
    "reflect",
    "regexp",
    "runtime",
    "slices",
    "sort",
    "strconv",
    "strings",
    "sync",
    "syscall",
    "testing",
    "text",
    "time",
    "unicode",
    "unique",
    "unsafe",
    "weak",
];
const PANICS: &[&str] = &["panic", "runtime.gopanic", "runtime.panicmem", "runtime.sigpanic"];

/// Whether only Go writes such a line.
pub(super) fn is_goroutine_or_file(line: &str) -> bool {
    let is_goroutine = line.starts_with("goroutine ") && line.trim_end().ends_with("]:");
    is_goroutine || file(line).is_some()
}

/// The file of an indented `/app/shop.go:12 +0x1d`.
fn file(line: &str) -> Option<&str> {
    if !line.starts_with(['\t', ' ']) {
        return None;
    }
    let (path, number) = line.trim().split_once(".go:")?;
    if digits(number) == 0 || path.starts_with("at ") {
        return None;
    }
    Some(&line.trim()[..path.len() + 3])
}

/// The name of the function without its arguments, numbered closures and type parameters.
fn function(line: &str) -> String {
    let line = line.trim();
    let line = line.strip_prefix("created by ").unwrap_or(line);
    let line = line.split(" in goroutine ").next().unwrap_or(line);
    let name = match line.strip_suffix(')').and_then(|_| line.rfind('(')) {
        Some(at) => &line[..at],
        None => line,
    };
    let name = name.replace("[...]", "");
    let name = without_counter(&name, &[".func", ".gowrap", ".deferwrap"]);
    let name = name.strip_suffix("-fm").unwrap_or(&name);
    // `main.place.func1.2` is the second closure in the first.
    let is_number = |part: &&str| !part.is_empty() && digits(part) == part.len();
    name.split('.').filter(|part| !is_number(part)).collect::<Vec<_>>().join(".")
}

fn is_in_app(function: &str, path: &str) -> bool {
    let root = function.split(['/', '.']).next().unwrap_or(function);
    // With -trimpath the standard library has no folder, and a module has its version.
    let is_standard = STANDARD.contains(&root)
        && (path.starts_with(root) || path.contains(&format!("/src/{root}/")));
    let is_module = path.contains("@v") || contains_any(path, LIBRARY_PATHS);
    !is_standard && !is_module && function != "panic"
}

pub(super) fn read(lines: &[&str]) -> Stack {
    let mut stack = Stack::default();
    stack.begin_section();
    let mut goroutines = 0;
    for pair in lines.windows(2) {
        if pair[0].starts_with("goroutine ") {
            goroutines += 1;
        }
        // The first goroutine is the one that failed.
        if goroutines > 1 {
            break;
        }
        let Some(path) = file(pair[1]) else { continue };
        if file(pair[0]).is_some() || pair[0].trim().is_empty() {
            continue;
        }
        let function = function(pair[0]);
        let in_app = is_in_app(&function, path);
        let text = format!("{} {}", pair[0].trim(), pair[1].trim());
        let frame = Frame { text, function, file: String::new(), in_app };
        match pair[0].starts_with("created by ") {
            true => stack.show(frame),
            false => stack.push(frame),
        }
    }
    // Who recovered stands above the panic; where it came from is below.
    if let Some(calls) = stack.calls.last_mut() {
        let is_panic = |place: &usize| PANICS.contains(&stack.frames[*place].function.as_str());
        if let Some(last) = calls.iter().rposition(is_panic)
            && last + 1 < calls.len()
        {
            calls.drain(..=last);
        }
    }
    for frame in &mut stack.frames {
        if frame.function.is_empty() {
            frame.file = short_path(&frame.text);
        }
    }
    stack
}
