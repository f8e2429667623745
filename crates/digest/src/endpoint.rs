//! What a span was asked, with few enough names to count by.

use std::borrow::Cow;

/// Stands for the endpoints of a service beyond the ones that are counted by name.
pub const COLLAPSED_ENDPOINT: &str = "(other)";
/// What a number or an id in a name becomes.
const ID: &str = "{id}";
/// Longer names are cut.
pub(crate) const ENDPOINT_CHARACTERS_MAX: usize = 200;
/// So many digits at the end of a word are an id, fewer a part of its name, as in `s3` or `http2`.
const ID_DIGITS_MIN: usize = 4;
/// So many hexadecimal digits are an id when there is a number among them.
const HEX_ID_CHARACTERS_MIN: usize = 8;

/// What is needed to name an endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Asked<'a> {
    pub name: &'a str,
    pub kind: Option<&'a str>,
    pub http_request_method: Option<&'a str>,
    pub http_route: Option<&'a str>,
    pub url_path: Option<&'a str>,
}

/// Method and route of a request; the path without its ids where no route is known; else the name
/// of the span without numbers and ids.
pub fn endpoint<'a>(asked: &Asked<'a>) -> Cow<'a, str> {
    if asked.kind == Some("server")
        && let Some(method) = filled(asked.http_request_method)
    {
        if let Some(route) = filled(asked.http_route) {
            return named(method, route, asked.name);
        }
        let says_only_method =
            asked.name == method || asked.name.strip_prefix("HTTP ") == Some(method);
        if let Some(path) = asked.url_path.filter(|_| says_only_method) {
            return cut(Cow::Owned(format!("{method} {}", without_ids(path))));
        }
    }
    cut(without_ids(asked.name))
}

/// An attribute that is empty says nothing.
pub(crate) fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// `METHOD route`, which most spans are called already.
fn named<'a>(method: &str, route: &str, name: &'a str) -> Cow<'a, str> {
    let is_named = name
        .strip_prefix(method)
        .and_then(|rest| rest.strip_prefix(' '))
        .is_some_and(|rest| rest == route);
    cut(if is_named { Cow::Borrowed(name) } else { Cow::Owned(format!("{method} {route}")) })
}

pub(crate) fn cut(name: Cow<'_, str>) -> Cow<'_, str> {
    if name.len() <= ENDPOINT_CHARACTERS_MAX {
        return name;
    }
    match name.char_indices().nth(ENDPOINT_CHARACTERS_MAX) {
        None => name,
        Some((end, _)) => Cow::Owned(format!("{}…", &name[..end])),
    }
}

/// The text with every number, UUID and other id replaced, and without a query string.
pub fn without_ids(text: &str) -> Cow<'_, str> {
    let text = match text.find('?') {
        Some(at) if text[..at].contains('/') => &text[..at],
        _ => text,
    };
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(is_separator) {
        let end = word.trim_end_matches(is_separator).len();
        push_word(&mut out, &word[..end]);
        out.push_str(&word[end..]);
    }
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

fn is_separator(character: char) -> bool {
    matches!(
        character,
        '/' | ' ' | ':' | ',' | ';' | '=' | '&' | '(' | ')' | '[' | ']' | '"' | '\'' | '@'
    )
}

fn push_word(out: &mut String, word: &str) {
    if is_id(word) {
        out.push_str(ID);
        return;
    }
    // `order-5032` and `job_20261121`: the number after the name.
    let digits = word.bytes().rev().take_while(u8::is_ascii_digit).count();
    let name = &word[..word.len() - digits];
    if digits >= ID_DIGITS_MIN && name.ends_with(['-', '_', '.', '#']) {
        out.push_str(name);
        out.push_str(ID);
        return;
    }
    out.push_str(word);
}

fn is_id(word: &str) -> bool {
    let bytes = word.as_bytes();
    if bytes.is_empty() || !bytes.iter().any(u8::is_ascii_digit) {
        return false;
    }
    let is_hex = bytes.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    bytes.iter().all(u8::is_ascii_digit) || is_hex && bytes.len() >= HEX_ID_CHARACTERS_MIN
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_lose_their_ids_and_keep_their_words() {
        for (name, expected) in [
            ("GET", "GET"),
            ("SELECT orders", "SELECT orders"),
            ("GET /users/5032/orders", "GET /users/{id}/orders"),
            ("GET /v2/users", "GET /v2/users"),
            ("/files/9f86d081884c7d65?token=1", "/files/{id}"),
            ("cart 123e4567-e89b-12d3-a456-426614174000", "cart {id}"),
            ("process order-5032", "process order-{id}"),
            ("PUT s3 http2 utf8", "PUT s3 http2 utf8"),
            ("주문 5032 처리", "주문 {id} 처리"),
            ("deadbeef", "deadbeef"),
            ("what? 1", "what? {id}"),
        ] {
            assert_eq!(without_ids(name), expected, "{name}");
        }
    }

    #[test]
    fn a_request_is_known_by_its_route() {
        let asked = Asked {
            name: "GET",
            kind: Some("server"),
            http_request_method: Some("GET"),
            http_route: Some("/orders/{no}"),
            url_path: Some("/orders/17"),
        };
        assert_eq!(endpoint(&asked), "GET /orders/{no}");
        assert_eq!(endpoint(&Asked { http_route: None, ..asked }), "GET /orders/{id}");
        assert_eq!(endpoint(&Asked { kind: Some("client"), ..asked }), "GET");
        let named = Asked { name: "GET /orders/{no}", ..asked };
        assert!(matches!(endpoint(&named), Cow::Borrowed(_)));
    }

    #[test]
    fn an_empty_route_or_method_is_none() {
        let asked = Asked {
            name: "GET",
            kind: Some("server"),
            http_request_method: Some("GET"),
            http_route: Some(""),
            url_path: Some("/orders/17"),
        };
        assert_eq!(endpoint(&asked), "GET /orders/{id}");
        let nameless = Asked { http_request_method: Some(""), http_route: Some("/x"), ..asked };
        assert_eq!(endpoint(&nameless), "GET");
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let name = "눈".repeat(500);
        let asked = Asked { name: &name, ..Asked::default() };
        assert_eq!(endpoint(&asked).chars().count(), ENDPOINT_CHARACTERS_MAX + 1);
    }

    proptest! {
        #[test]
        fn any_number_gives_the_same_endpoint(one in any::<u32>(), other in any::<u32>()) {
            let name = |number| format!("GET /a/{number}/b");
            let (one, other) = (name(one), name(other));
            prop_assert_eq!(without_ids(&one), without_ids(&other));
        }

        #[test]
        fn what_lost_its_ids_has_none_to_lose(name in "[a-z0-9/ -]{0,40}") {
            let once = without_ids(&name).into_owned();
            prop_assert_eq!(without_ids(&once).into_owned(), once.clone());
        }
    }
}
