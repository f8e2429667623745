//! Source text with its comments and literals blanked out, so that braces and words in them do not
//! count.

/// The same text, line for line, where every character of a comment, string or character literal
/// is a space.
pub fn masked(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let end = literal_end(&characters, at);
        if end == at {
            out.push(characters[at]);
            at += 1;
            continue;
        }
        let blanks = characters[at..end].iter().map(|it| if *it == '\n' { '\n' } else { ' ' });
        out.extend(blanks);
        at = end;
    }
    out
}

/// Where the comment or literal that begins at `at` ends; `at` itself when none begins there.
fn literal_end(characters: &[char], at: usize) -> usize {
    let next = characters.get(at + 1).copied().unwrap_or(' ');
    match characters[at] {
        '/' if next == '/' => line_end(characters, at),
        '/' if next == '*' => block_comment_end(characters, at),
        '"' => quoted_end(characters, at + 1, '"'),
        '`' => quoted_end(characters, at + 1, '`'),
        'r' if next == '"' || next == '#' => raw_end(characters, at),
        '\'' if next == '\\' => quoted_end(characters, at + 1, '\''),
        // Otherwise a lifetime.
        '\'' if characters.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}

fn line_end(characters: &[char], at: usize) -> usize {
    let rest = &characters[at..];
    rest.iter().position(|it| *it == '\n').map_or(characters.len(), |length| at + length)
}

fn block_comment_end(characters: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut position = at;
    while position + 1 < characters.len() {
        match (characters[position], characters[position + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                position += 1;
                continue;
            }
        }
        position += 2;
        if depth == 0 {
            return position;
        }
    }
    characters.len()
}

fn quoted_end(characters: &[char], from: usize, quote: char) -> usize {
    let mut position = from;
    while position < characters.len() {
        match characters[position] {
            '\\' => position += 2,
            it if it == quote => return position + 1,
            _ => position += 1,
        }
    }
    characters.len()
}

fn raw_end(characters: &[char], at: usize) -> usize {
    let is_part = |it: &char| it.is_alphanumeric() || *it == '_';
    // `br"…"` begins with `b`; any other letter before makes it an identifier.
    if at > 0 && is_part(&characters[at - 1]) && characters[at - 1] != 'b' {
        return at;
    }
    let hashes = characters[at + 1..].iter().take_while(|it| **it == '#').count();
    if characters.get(at + 1 + hashes) != Some(&'"') {
        return at;
    }
    let mut position = at + 2 + hashes;
    while position < characters.len() {
        let closing = &characters[position + 1..];
        if characters[position] == '"'
            && closing.iter().take(hashes).filter(|it| **it == '#').count() == hashes
        {
            return position + 1 + hashes;
        }
        position += 1;
    }
    characters.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        masked(text).replace(' ', "·")
    }

    #[test]
    fn comments_and_literals_are_blanked() {
        assert_eq!(shown("a//{\nb"), "a···\nb");
        assert_eq!(shown("a/*{/*}*/*/b"), "a··········b");
        assert_eq!(shown(r#"f("{\"}"){"#), "f(······){");
        assert_eq!(shown("r#\"{\"}\"#{"), "········{");
    }

    #[test]
    fn characters_are_blanked_and_lifetimes_are_not() {
        assert_eq!(shown("'{''\\''x"), "·······x");
        assert_eq!(shown("fn f<'a>(it:&'a str){}"), "fn·f<'a>(it:&'a·str){}");
    }
}
