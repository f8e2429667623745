//! A function fits a screen, a file a sitting.

use super::masked::masked;
use super::{ALLOW_FILE, Findings, Source, extension, find, line_of, word_positions};
use std::collections::BTreeSet;

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 500;

/// A line of the allow-list: `path, limit, reason` for a file, `path::function, limit, reason` for
/// a function.
#[derive(Debug)]
struct Allowed<'a> {
    place: &'a str,
    lines_max: usize,
}

/// A function and the lines it takes.
#[derive(Debug, PartialEq, Eq)]
struct Function {
    name: String,
    first_line: usize,
    lines: usize,
}

pub fn check(sources: &[Source]) -> Findings {
    let mut findings = Vec::new();
    let allowed = read_allowed(find(sources, ALLOW_FILE).unwrap_or(""), &mut findings);
    let mut used = BTreeSet::new();
    let mut judge = |place: &str, lines: usize, lines_max: usize| -> Option<usize> {
        if lines <= lines_max {
            return None;
        }
        let Some(allowed) = allowed.iter().find(|allowed| allowed.place == place) else {
            return Some(lines_max);
        };
        used.insert(allowed.place);
        (lines > allowed.lines_max).then_some(allowed.lines_max)
    };
    for source in sources {
        if !["rs", "ts", "tsx", "py"].contains(&extension(&source.path)) {
            continue;
        }
        let path = &source.path;
        let lines = source.text.lines().count();
        if let Some(limit) = judge(path, lines, FILE_LINES_MAX) {
            findings.push(format!("{path}: {lines} lines, at most {limit}: split it"));
        }
        for Function { name, first_line, lines } in functions(path, &source.text) {
            if let Some(limit) = judge(&format!("{path}::{name}"), lines, FUNCTION_LINES_MAX) {
                findings.push(format!(
                    "{path}:{first_line}: `{name}` has {lines} lines, at most {limit}"
                ));
            }
        }
    }
    let needless = allowed.iter().filter(|allowed| !used.contains(allowed.place));
    findings.extend(
        needless.map(|it| format!("{ALLOW_FILE}: `{}` needs no exception any more", it.place)),
    );
    findings
}

fn read_allowed<'a>(text: &'a str, findings: &mut Findings) -> Vec<Allowed<'a>> {
    let mut allowed = Vec::new();
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    for line in lines {
        let mut parts = line.splitn(3, ',').map(str::trim);
        let place = parts.next().unwrap_or("");
        let lines_max = parts.next().and_then(|limit| limit.parse().ok());
        match (lines_max, parts.next()) {
            (Some(lines_max), Some(reason)) if !reason.is_empty() => {
                allowed.push(Allowed { place, lines_max });
            }
            _ => findings.push(format!("{ALLOW_FILE}: `{line}` is not `path, limit, reason`")),
        }
    }
    allowed
}

fn functions(path: &str, text: &str) -> Vec<Function> {
    match extension(path) {
        "py" => python_functions(text),
        "rs" => braced_functions(text, "fn"),
        _ => braced_functions(text, "function"),
    }
}

/// Functions that begin with `keyword` and a name, and whose body is in braces.
fn braced_functions(text: &str, keyword: &str) -> Vec<Function> {
    let text = masked(text);
    let mut functions = Vec::new();
    for at in word_positions(&text, keyword) {
        let rest = text[at + keyword.len()..].trim_start();
        let name: String =
            rest.chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
        let Some(end) = body_end(&text, at).filter(|_| !name.is_empty()) else { continue };
        let first_line = line_of(&text, at);
        let lines = line_of(&text, end) - first_line + 1;
        functions.push(Function { name, first_line, lines });
    }
    functions
}

/// Position of the brace that closes the body of the function at `start`; `None` without a body.
fn body_end(text: &str, start: usize) -> Option<usize> {
    let mut brackets = 0_i32;
    let mut braces = 0_i32;
    for (offset, character) in text[start..].char_indices() {
        match character {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets -= 1,
            ';' if brackets == 0 && braces == 0 => return None,
            '{' => braces += 1,
            '}' => {
                braces -= 1;
                if braces == 0 {
                    return Some(start + offset);
                }
                if braces < 0 {
                    return None;
                }
            }
            _ => {}
        }
    }
    None
}

fn python_functions(text: &str) -> Vec<Function> {
    let lines: Vec<&str> = text.lines().collect();
    let mut functions = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let Some(rest) = code.strip_prefix("async ").unwrap_or(code).strip_prefix("def ") else {
            continue;
        };
        let name = rest.split('(').next().unwrap_or(rest).to_owned();
        let indent = line.len() - code.len();
        let mut last = index;
        for (offset, body) in lines[index + 1..].iter().enumerate() {
            let body_code = body.trim_start();
            // A signature over several lines closes at the indentation of its `def`.
            if body_code.is_empty() || body_code.starts_with(')') {
                continue;
            }
            if body.len() - body_code.len() <= indent {
                break;
            }
            last = index + 1 + offset;
        }
        functions.push(Function { name, first_line: index + 1, lines: last - index + 1 });
    }
    functions
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    fn function(name: &str, first_line: usize, lines: usize) -> Function {
        Function { name: name.to_owned(), first_line, lines }
    }

    #[test]
    fn rust_functions_are_measured_from_signature_to_closing_brace() {
        let text = "trait T { fn none(&self, it: [u8; 2]); }\n\
                    fn one() {}\n\
                    fn three<F: Fn(fn(u8) -> u8)>(\n    f: F,\n) where F: Send {\n    \"}\";\n}\n";
        assert_eq!(functions("a.rs", text), [function("one", 2, 1), function("three", 3, 5)]);
    }

    #[test]
    fn python_functions_end_with_their_indentation() {
        let text = "def one(\n    it,\n):\n    return it\n\n\ndef two():\n    pass\n";
        assert_eq!(functions("a.py", text), [function("one", 1, 4), function("two", 7, 2)]);
    }

    #[test]
    fn long_functions_and_files_are_found() {
        let body = "    call();\n".repeat(FUNCTION_LINES_MAX);
        let sources = [
            source("a.rs", &format!("fn long() {{\n{body}}}\n")),
            source("b.rs", &"// line\n".repeat(FILE_LINES_MAX + 1)),
        ];
        assert_eq!(
            check(&sources),
            ["a.rs:1: `long` has 72 lines, at most 70", "b.rs: 501 lines, at most 500: split it"]
        );
    }

    #[test]
    fn the_allow_list_raises_a_limit_and_must_be_needed() {
        let long = source("b.rs", &"// line\n".repeat(600));
        let allow = |text| source(ALLOW_FILE, text);
        let enough = [long, allow("b.rs, 600, a table of columns\n")];
        assert_eq!(check(&enough), Vec::<String>::new());
        let [long, _] = enough;
        let needless = check(&[long, allow("b.rs, 600, why\nc.rs, 9, why\n")]);
        assert_eq!(needless, ["xtask/tidy-allow.txt: `c.rs` needs no exception any more"]);
        let unexplained = check(&[allow("b.rs, 600\n")]);
        assert_eq!(unexplained, ["xtask/tidy-allow.txt: `b.rs, 600` is not `path, limit, reason`"]);
    }
}
