//! What may not stand in the repository: unfinished work, and paths of one machine.

use super::{Findings, Source, extension, line_of, word_positions};

// Written in two halves so that this file passes its own check.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("HA", "CK"),
    concat!("dbg", "!"),
    concat!("todo", "!"),
    concat!("unimplemented", "!"),
];
const MACHINE_FOLDERS: &[&str] =
    &[concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/wo", "rk/")];

pub fn check(sources: &[Source]) -> Findings {
    let mut findings = Vec::new();
    for Source { path, text } in sources {
        if ["rs", "ts", "tsx", "js", "py", "sh"].contains(&extension(path)) {
            for word in UNFINISHED {
                let places = marks(text, word);
                findings.extend(places.map(|at| {
                    format!("{path}:{}: `{word}`: finish it or open an issue", line_of(text, at))
                }));
            }
        }
        for folder in MACHINE_FOLDERS {
            let places = machine_paths(text, folder);
            findings.extend(
                places.map(|at| format!("{path}:{}: a path of one machine", line_of(text, at))),
            );
        }
    }
    findings
}

fn marks<'a>(text: &'a str, word: &'a str) -> Box<dyn Iterator<Item = usize> + 'a> {
    match word.strip_suffix('!') {
        Some(name) => Box::new(
            word_positions(text, name).filter(move |at| text[at + name.len()..].starts_with('!')),
        ),
        None => Box::new(word_positions(text, word)),
    }
}

/// Where a path begins with `folder`; `docs/home/…` and addresses do not.
fn machine_paths<'a>(text: &'a str, folder: &'a str) -> impl Iterator<Item = usize> + 'a {
    let continues = |it: char| it.is_alphanumeric() || ".-_~$}".contains(it);
    text.match_indices(folder)
        .map(|(at, _)| at)
        .filter(move |at| !text[..*at].chars().next_back().is_some_and(continues))
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn unfinished_work_is_found_in_code_only() {
        let text = format!("fn f() {{\n    {}(1);\n}}\n", UNFINISHED[3]);
        assert_eq!(
            check(&[source("a.rs", &text), source("a.md", &text)]),
            [format!("a.rs:2: `{}`: finish it or open an issue", UNFINISHED[3])]
        );
        assert_eq!(check(&[source("a.rs", "fn shack() { attempt!() }")]), Vec::<String>::new());
    }

    #[test]
    fn machine_paths_are_found_and_relative_ones_are_not() {
        let text = format!("see {}me/x\n", MACHINE_FOLDERS[1]);
        assert_eq!(check(&[source("a.md", &text)]), ["a.md:1: a path of one machine"]);
        let relative = format!("docs{}x $X{}y", MACHINE_FOLDERS[1], MACHINE_FOLDERS[2]);
        assert_eq!(check(&[source("a.md", &relative)]), Vec::<String>::new());
    }
}
