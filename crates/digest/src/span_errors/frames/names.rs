//! Names of functions and files without what changes from build to build.

/// Parts of a path that say which file it is.
const PATH_PARTS: usize = 2;
/// Hexadecimal digits that a bundler puts into a name.
const BUILD_HASH_CHARACTERS_MIN: usize = 6;

/// A name of the JVM or of .NET without proxies, numbered lambdas and anonymous classes:
/// `Order$$EnhancerBySpringCGLIB$$3f.place` is `Order.place`, `lambda$place$3` is `lambda$place`.
pub fn without_generated(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('$') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        out.push_str(before);
        if let Some(made_up) = after.strip_prefix('$')
            && !before.is_empty()
        {
            rest = &made_up[made_up.find('.').unwrap_or(made_up.len())..];
            continue;
        }
        let digits = digits(after);
        let ends = after[digits..].chars().next().is_none_or(|next| !next.is_alphanumeric());
        if digits > 0 && ends {
            rest = &after[digits..];
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    without_counter(
        &out,
        &["$Proxy", "GeneratedMethodAccessor", "GeneratedConstructorAccessor", "_closure"],
    )
}

/// The name without the numbers right behind these words.
pub(super) fn without_counter(name: &str, words: &[&str]) -> String {
    let mut out = name.to_owned();
    for word in words {
        let mut kept = String::with_capacity(out.len());
        let mut rest = out.as_str();
        while let Some(at) = rest.find(word) {
            let (before, after) = rest.split_at(at + word.len());
            kept.push_str(before);
            rest = &after[digits(after)..];
        }
        kept.push_str(rest);
        out = kept;
    }
    out
}

pub(super) fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The last parts of a path, without numbers of releases and hashes of builds.
pub(super) fn short_path(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let mut parts: Vec<&str> = path.rsplit(['/', '\\']).filter(|part| !is_noise(part)).collect();
    parts.truncate(PATH_PARTS);
    parts.reverse();
    parts.into_iter().map(stable_part).collect::<Vec<_>>().join("/")
}

fn is_noise(part: &str) -> bool {
    part.is_empty() || matches!(part, "." | ".." | "http:" | "https:" | "file:" | "webpack:")
}

/// `main.3f2a9c1b.js` is `main.*.js`, `20261121` is `*`.
fn stable_part(part: &str) -> String {
    let pieces: Vec<&str> =
        part.split('.').map(|piece| if is_of_build(piece) { "*" } else { piece }).collect();
    let part = pieces.join(".");
    // `index-BZ3k9x0a.js`, as bundlers for browsers name their files.
    let Some((stem, extension)) = part.split_once('.') else { return part };
    match stem.rsplit_once('-') {
        Some((name, hash)) if is_of_build(hash) || is_mixed(hash) => {
            format!("{name}-*.{extension}")
        }
        _ => part,
    }
}

fn is_of_build(piece: &str) -> bool {
    let is_hex = piece.len() >= BUILD_HASH_CHARACTERS_MIN
        && piece.bytes().all(|byte| byte.is_ascii_hexdigit())
        && piece.bytes().any(|byte| byte.is_ascii_digit());
    !piece.is_empty() && (is_hex || piece.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_mixed(piece: &str) -> bool {
    let has = |is: fn(&u8) -> bool| piece.as_bytes().iter().any(is);
    piece.len() == 8
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && piece.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The text before `:line` or `:line:column`; `None` when there is no number.
pub(super) fn before_line(location: &str) -> Option<&str> {
    let (path, line) = location.rsplit_once(':')?;
    if line.is_empty() || digits(line) != line.len() {
        return None;
    }
    match path.rsplit_once(':') {
        Some((path, line)) if !line.is_empty() && digits(line) == line.len() => Some(path),
        _ => Some(path),
    }
}

pub(super) fn starts_with_any(name: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}

pub(super) fn contains_any(name: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| name.contains(part))
}
