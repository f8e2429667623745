//! Relative links in documents lead somewhere.

use super::{Findings, Source, line_of};

pub fn check(sources: &[Source], exists: &dyn Fn(&str) -> bool) -> Findings {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| source.path.ends_with(".md")) {
        for (at, link) in links(&source.text) {
            let Some(path) = resolve(&source.path, link) else { continue };
            if !exists(&path) {
                let line = line_of(&source.text, at);
                findings.push(format!("{}:{line}: `{link}` leads nowhere", source.path));
            }
        }
    }
    findings
}

/// Targets of `[text](target)` with their positions, code blocks left out.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut position = 0;
    let mut in_code = false;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if !in_code {
            for (at, _) in line.match_indices("](") {
                let rest = &line[at + 2..];
                if let Some(end) = rest.find(')') {
                    found.push((position + at, &rest[..end]));
                }
            }
        }
        position += line.len();
    }
    found
}

/// The file that a link of `document` means; `None` for addresses and places in the same file.
fn resolve(document: &str, link: &str) -> Option<String> {
    let path = link.split('#').next().unwrap_or(link);
    if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
        return None;
    }
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn links_are_resolved_from_their_document() {
        assert_eq!(resolve("docs/guide/a.md", "../adr/b.md#c"), Some("docs/adr/b.md".to_owned()));
        assert_eq!(resolve("a.md", "https://example.org/b.md"), None);
        assert_eq!(resolve("a.md", "#here"), None);
    }

    #[test]
    fn dead_links_are_found_outside_code() {
        let text = "# A\n[b](b.md) [c](c.md)\n```\n[d](d.md)\n```\n";
        let findings = check(&[source("docs/a.md", text)], &|path| path == "docs/b.md");
        assert_eq!(findings, ["docs/a.md:2: `c.md` leads nowhere"]);
    }
}
