//! What must not be kept: card numbers, registration numbers, addresses, keys, passwords.

use super::parse::compile_regex;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// A kind of secret that a redact rule knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    CreditCard,
    ResidentRegistrationNumber,
    Email,
    BearerToken,
    AwsKey,
    Jwt,
    Password,
}

/// The kinds by the name they have in documents.
pub(crate) const KINDS: [(&str, Kind); 7] = [
    ("credit_card", Kind::CreditCard),
    ("resident_registration_number", Kind::ResidentRegistrationNumber),
    ("email", Kind::Email),
    ("bearer_token", Kind::BearerToken),
    ("aws_key", Kind::AwsKey),
    ("jwt", Kind::Jwt),
    ("password", Kind::Password),
];

/// Digits of the shortest number that is looked for.
const DIGITS_MIN: usize = 13;
/// Length of `Bearer` with the shortest token, which is less than a key has.
const TOKEN_BYTES_MIN: usize = 15;

/// Patterns of the program itself. Each is compiled by a test, so none is missing.
struct Own {
    email: Option<Regex>,
    bearer: Option<Regex>,
    aws_id: Option<Regex>,
    aws_secret: Option<Regex>,
    jwt: Option<Regex>,
    password: Option<Regex>,
    registration: Option<Regex>,
}

static OWN: LazyLock<Own> = LazyLock::new(|| {
    let regex = |pattern: &str| compile_regex(pattern).ok();
    Own {
        email: regex(r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}"),
        bearer: regex(r"(?i)bearer\s+([A-Za-z0-9._~+/=-]{8,})"),
        aws_id: regex(r"(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{16}"),
        aws_secret: regex(
            r#"(?i)aws_?secret_?(?:access_?)?key["']?\s*[:=]\s*["']?([A-Za-z0-9/+=]{40})"#,
        ),
        jwt: regex(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"),
        password: regex(
            r#"(?i)(?:password|passwd|pwd|passphrase|secret|api[_-]?key|access[_-]?token)\\?["']?\s*[:=]\s*(?:\\?"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s,;&"'\\(){}]+))"#,
        ),
        registration: regex(r"[0-9]{6}[- ]?[0-9]{7}"),
    }
});

/// Ends of names whose values are passwords, without what stands between their words.
const PASSWORD_NAMES: [&str; 12] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "secretkey",
    "secretaccesskey",
    "privatekey",
    "apikey",
    "accesstoken",
    "refreshtoken",
    "authorization",
];

/// Whether the key of an attribute says that its value is a password: `accessToken`, `db_password`
/// and `http.request.header.x-api-key` do.
pub(crate) fn is_password_key(key: &str) -> bool {
    PASSWORD_NAMES.iter().any(|name| {
        let between = |byte: &u8| matches!(byte, b'_' | b'-' | b' ');
        let mut letters = key.bytes().rev().filter(|byte| !between(byte));
        name.bytes()
            .rev()
            .all(|known| letters.next().is_some_and(|it| it.to_ascii_lowercase() == known))
    })
}

impl Kind {
    /// Adds where secrets of this kind stand in the text.
    pub(crate) fn find(self, text: &str, found: &mut Vec<Range<usize>>) {
        let own = &*OWN;
        if !self.may_be_in(text) {
            return;
        }
        match self {
            Self::CreditCard => find_cards(text, found),
            Self::ResidentRegistrationNumber => find_registrations(text, found),
            Self::Email => find(&own.email, text, found),
            Self::BearerToken => find(&own.bearer, text, found),
            Self::AwsKey => {
                find(&own.aws_id, text, found);
                find(&own.aws_secret, text, found);
            }
            Self::Jwt => find(&own.jwt, text, found),
            Self::Password => find(&own.password, text, found),
        }
    }

    /// What is quick to see: most texts have none of it.
    fn may_be_in(self, text: &str) -> bool {
        match self {
            Self::CreditCard | Self::ResidentRegistrationNumber => {
                text.bytes().filter(u8::is_ascii_digit).count() >= DIGITS_MIN
            }
            Self::Email => text.contains('@'),
            Self::Jwt => text.contains("eyJ"),
            Self::Password => text.contains([':', '=']),
            Self::BearerToken | Self::AwsKey => text.len() >= TOKEN_BYTES_MIN,
        }
    }
}

/// The first group of each match, or the whole of one without groups.
fn find(regex: &Option<Regex>, text: &str, found: &mut Vec<Range<usize>>) {
    let Some(regex) = regex else { return };
    if regex.captures_len() == 1 {
        found.extend(regex.find_iter(text).map(|found| found.range()));
        return;
    }
    for captures in regex.captures_iter(text) {
        let group = captures.iter().skip(1).flatten().next();
        found.extend(group.or_else(|| captures.get(0)).map(|found| found.range()));
    }
}

/// Payment cards: 13 to 19 digits, alone or in groups, that begin like those of a network and whose
/// check digit is right (ISO/IEC 7812).
fn find_cards(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let groups = digit_groups(bytes, at);
        let end = groups.last().map_or(at + 1, |group| group.end);
        let mut first = 0;
        while first < groups.len() {
            match longest_card(bytes, &groups[first..]) {
                Some(taken) => {
                    found.push(groups[first].start..groups[first + taken - 1].end);
                    first += taken;
                }
                None => first += 1,
            }
        }
        at = end;
    }
}

/// Runs of digits from here on with one space or hyphen between.
fn digit_groups(bytes: &[u8], from: usize) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut at = from;
    loop {
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            at += 1;
        }
        groups.push(start..at);
        let goes_on = matches!(bytes.get(at), Some(b' ' | b'-'))
            && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        if !goes_on {
            return groups;
        }
        at += 1;
    }
}

/// How many of the groups, from the first on, are a card number.
fn longest_card(bytes: &[u8], groups: &[Range<usize>]) -> Option<usize> {
    let mut digits = Vec::with_capacity(19);
    let mut longest = None;
    for (index, group) in groups.iter().enumerate() {
        if digits.len() + group.len() > 19 {
            break;
        }
        digits.extend(bytes[group.clone()].iter().map(|byte| byte - b'0'));
        if digits.len() >= 13 && begins_like_a_card(&digits) && has_luhn_digit(&digits) {
            longest = Some(index + 1);
        }
    }
    longest
}

/// Ranges of issuers, with the lengths of their numbers; 9 is for cards within Korea.
fn begins_like_a_card(digits: &[u8]) -> bool {
    let head = digits.iter().take(4).fold(0, |head, digit| head * 10 + u32::from(*digit));
    let length = digits.len();
    match head {
        4000..=4999 => matches!(length, 13 | 16 | 19),
        5100..=5599 | 2221..=2720 => length == 16,
        3400..=3499 | 3700..=3799 => length == 15,
        3000..=3059 | 3600..=3699 | 3800..=3999 => (14..=19).contains(&length),
        3528..=3589 | 6011 | 6440..=6599 => (16..=19).contains(&length),
        5000..=5099 | 5600..=6999 => (13..=19).contains(&length),
        9000..=9999 => length == 16,
        _ => false,
    }
}

fn has_luhn_digit(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| match (index % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Korean resident registration numbers and those of foreigners: a date of birth, then seven
/// digits of which the first tells the century.
///
/// Numbers given out since October 2020 end in random digits, whatever the date of birth. With the
/// hyphen the form says enough; thirteen digits in a row need the check digit, unless they are of
/// somebody born since.
fn find_registrations(text: &str, found: &mut Vec<Range<usize>>) {
    let Some(regex) = &OWN.registration else { return };
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(candidate) = regex.find_at(text, at) {
        let range = candidate.range();
        let is_alone = !range.start.checked_sub(1).is_some_and(|it| bytes[it].is_ascii_digit())
            && !bytes.get(range.end).is_some_and(u8::is_ascii_digit);
        let digits: Vec<u8> =
            candidate.as_str().bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
        let has_separator = range.len() > digits.len();
        if is_alone && is_registration(&digits, has_separator) {
            at = range.end;
            found.push(range);
        } else {
            at = range.start + 1;
        }
    }
}

fn is_registration(digits: &[u8], has_separator: bool) -> bool {
    let number = |range: Range<usize>| {
        digits[range].iter().fold(0, |number, digit| number * 10 + i32::from(*digit))
    };
    let century = match digits[6] {
        9 | 0 => 1800,
        1 | 2 | 5 | 6 => 1900,
        _ => 2000,
    };
    let (year, month, day) = (century + number(0..2), number(2..4), number(4..6));
    let days = match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    if !(1..=days).contains(&day) {
        return false;
    }
    let since_random = (year, month) >= (2020, 10);
    has_separator || since_random || has_registration_digit(digits)
}

fn has_registration_digit(digits: &[u8]) -> bool {
    const WEIGHTS: [i32; 12] = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];
    let sum: i32 =
        WEIGHTS.iter().zip(digits).map(|(weight, digit)| weight * i32::from(*digit)).sum();
    // The digit of foreigners is two further.
    let from = if matches!(digits[6], 5..=8) { 13 } else { 11 };
    (from - sum % 11) % 10 == i32::from(digits[12])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kind: Kind, text: &str) -> Vec<&str> {
        let mut ranges = Vec::new();
        kind.find(text, &mut ranges);
        ranges.into_iter().filter(|range| !range.is_empty()).map(|range| &text[range]).collect()
    }

    #[test]
    fn own_patterns_compile() {
        let own = &*OWN;
        let all = [
            &own.email,
            &own.bearer,
            &own.aws_id,
            &own.aws_secret,
            &own.jwt,
            &own.password,
            &own.registration,
        ];
        assert!(all.iter().all(|regex| regex.is_some()));
    }

    #[test]
    fn cards_are_found_by_their_check_digit() {
        let card = |text| found(Kind::CreditCard, text);
        assert_eq!(card("paid with 4111 1111 1111 1111 ok"), ["4111 1111 1111 1111"]);
        assert_eq!(card("card=5555-5555-5555-4444,"), ["5555-5555-5555-4444"]);
        assert_eq!(card("amex 378282246310005"), ["378282246310005"]);
        assert_eq!(card("order 17 4111 1111 1111 1111 2"), ["4111 1111 1111 1111"]);
        assert_eq!(card("카드4111111111111111번"), ["4111111111111111"]);
        for not in [
            "4111 1111 1111 1112",
            "1700000000000 1700000000000000000",
            "0000000000000000",
            "41111111111111110",
            "4111.1111.1111.1111",
        ] {
            assert_eq!(card(not), Vec::<&str>::new(), "{not}");
        }
    }

    #[test]
    fn registration_numbers_are_found_by_date_and_digit() {
        let number = |text| found(Kind::ResidentRegistrationNumber, text);
        assert_eq!(number("주민번호 900101-1234568 입니다"), ["900101-1234568"]);
        assert_eq!(number("9001011234568"), ["9001011234568"]);
        assert_eq!(number("9001011234567"), Vec::<&str>::new(), "the check digit is wrong");
        // Given anew since October 2020, with random digits.
        assert_eq!(number("900101-1234567"), ["900101-1234567"]);
        // Born since: there is no check digit.
        assert_eq!(number("2105053000001"), ["2105053000001"]);
        for not in ["901301-1234568", "900230-1234568", "19900101-12345681", "900101-123456"] {
            assert_eq!(number(not), Vec::<&str>::new(), "{not}");
        }
        assert_eq!(number("1900101-1234568 900101-1234568"), ["900101-1234568"]);
    }

    #[test]
    fn the_digit_of_foreigners_is_two_further() {
        // 2·8+3·5+4·0+5·1+6·0+7·1+8·5+9·1+2·2+3·3+4·4+5·5 = 146; (13 − 146 mod 11) mod 10 = 0
        assert!(has_registration_digit(&[8, 5, 0, 1, 0, 1, 5, 1, 2, 3, 4, 5, 0]));
        assert!(!has_registration_digit(&[8, 5, 0, 1, 0, 1, 1, 1, 2, 3, 4, 5, 0]));
    }

    #[test]
    fn addresses_tokens_and_keys_are_found() {
        assert_eq!(
            found(Kind::Email, "to kim.ah+x@mail.example.co.kr!"),
            ["kim.ah+x@mail.example.co.kr"]
        );
        assert_eq!(found(Kind::Email, "user@host @ x@y"), Vec::<&str>::new());
        assert_eq!(
            found(Kind::BearerToken, "Authorization: Bearer abc.DEF-123_x"),
            ["abc.DEF-123_x"]
        );
        assert_eq!(found(Kind::BearerToken, "the bearer of this"), Vec::<&str>::new());
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP";
        assert_eq!(found(Kind::Jwt, &format!("token {jwt};")), [jwt]);
        assert_eq!(found(Kind::AwsKey, "id AKIAIOSFODNN7EXAMPLE."), ["AKIAIOSFODNN7EXAMPLE"]);
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        assert_eq!(found(Kind::AwsKey, &format!("aws_secret_access_key = {secret}")), [secret]);
    }

    #[test]
    fn passwords_are_found_by_their_name() {
        let password = |text| found(Kind::Password, text);
        assert_eq!(password("user=a password=hunter2&x=1"), ["hunter2"]);
        assert_eq!(password(r#"{"password": "a \"b\" c", "x": 1}"#), [r#"a \"b\" c"#]);
        assert_eq!(password("PWD: 'a b'"), ["a b"]);
        assert_eq!(password("db_password=p4ss"), ["p4ss"]);
        assert_eq!(password("secret=\"\""), Vec::<&str>::new());
        assert_eq!(password("the password was wrong"), Vec::<&str>::new());
        for key in ["db.Password", "api-key", "accessToken", "client_secret", "db_password"] {
            assert!(is_password_key(key), "{key}");
        }
        for key in ["http.request.header.x-api-key", "AWS_SECRET_ACCESS_KEY", "Proxy-Authorization"]
        {
            assert!(is_password_key(key), "{key}");
        }
        for key in ["password_length", "secretary", "pass.word", "", "key"] {
            assert!(!is_password_key(key), "{key}");
        }
    }
}
