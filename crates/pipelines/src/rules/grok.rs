//! Grok: regexes put together from named patterns, `%{IP:client} %{WORD:method} %{INT:bytes:int}`.
//!
//! The names are the usual ones; each pattern is written for an engine without backtracking, so
//! none of them looks around or back.

use hannun_model::limits::{GROK_DEPTH_MAX, GROK_REGEX_BYTES_MAX};

/// What a captured text becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conversion {
    Text,
    Int,
    Float,
    Bool,
}

/// A grok pattern as a regex whose captures are fields.
#[derive(Debug, PartialEq)]
pub(crate) struct Expanded {
    pub(crate) regex: String,
    /// Name of the capture group, field, conversion.
    pub(crate) fields: Vec<(String, String, Conversion)>,
}

/// Expands a pattern.
///
/// # Errors
/// Names what is wrong: an unknown name, or a pattern that becomes too long.
pub(crate) fn expand(pattern: &str) -> Result<Expanded, String> {
    let mut expanded = Expanded { regex: String::new(), fields: Vec::new() };
    append(&mut expanded, pattern, 0)?;
    Ok(expanded)
}

fn append(expanded: &mut Expanded, pattern: &str, depth: usize) -> Result<(), String> {
    if depth > GROK_DEPTH_MAX {
        return Err(format!("patterns stand more than {GROK_DEPTH_MAX} deep in each other"));
    }
    let mut rest = pattern;
    while let Some(start) = rest.find("%{") {
        expanded.regex.push_str(&rest[..start]);
        let (reference, after) =
            rest[start + 2..].split_once('}').ok_or("a %{ is not closed".to_owned())?;
        append_reference(expanded, reference, depth)?;
        if expanded.regex.len() > GROK_REGEX_BYTES_MAX {
            return Err(format!("longer than {GROK_REGEX_BYTES_MAX} bytes as a regex, split it"));
        }
        rest = after;
    }
    expanded.regex.push_str(rest);
    Ok(())
}

fn append_reference(expanded: &mut Expanded, reference: &str, depth: usize) -> Result<(), String> {
    let mut parts = reference.splitn(3, ':');
    let name = parts.next().unwrap_or_default();
    let field = parts.next().filter(|field| !field.is_empty());
    let conversion = match parts.next() {
        None | Some("string" | "text") => Conversion::Text,
        Some("int" | "integer" | "long") => Conversion::Int,
        Some("float" | "double" | "number") => Conversion::Float,
        Some("bool" | "boolean") => Conversion::Bool,
        Some(other) => return Err(format!("unknown type `{other}`, use int, float or bool")),
    };
    let (_, inner) = PATTERNS
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| format!("unknown pattern %{{{name}}}{}", similar(name)))?;
    match field {
        Some(field) => {
            let group = format!("g{}", expanded.fields.len());
            expanded.regex.push_str(&format!("(?P<{group}>"));
            expanded.fields.push((group, field_name(field), conversion));
        }
        None => expanded.regex.push_str("(?:"),
    }
    append(expanded, inner, depth + 1)?;
    expanded.regex.push(')');
    Ok(())
}

/// `[http][method]` is how some write `http.method`.
fn field_name(field: &str) -> String {
    match field.strip_prefix('[').and_then(|field| field.strip_suffix(']')) {
        Some(inner) => inner.replace("][", "."),
        None => field.trim_start_matches('@').to_owned(),
    }
}

fn similar(name: &str) -> String {
    let upper = name.to_uppercase();
    let known = PATTERNS.iter().find(|(known, _)| {
        *known == upper || (upper.len() > 2 && known.starts_with(upper.as_str()))
    });
    known.map(|(known, _)| format!("; did you mean %{{{known}}}?")).unwrap_or_default()
}

/// The named patterns.
const PATTERNS: &[(&str, &str)] = &[
    // Words and texts.
    ("WORD", r"\b\w+\b"),
    ("NOTSPACE", r"\S+"),
    ("SPACE", r"\s*"),
    ("DATA", r".*?"),
    ("GREEDYDATA", r".*"),
    ("QUOTEDSTRING", r#"(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)"#),
    ("QS", r"%{QUOTEDSTRING}"),
    ("UUID", r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"),
    ("USERNAME", r"[a-zA-Z0-9._-]+"),
    ("USER", r"%{USERNAME}"),
    ("EMAILLOCALPART", r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]+"),
    ("EMAILADDRESS", r"%{EMAILLOCALPART}@%{HOSTNAME}"),
    // Numbers.
    ("INT", r"[+-]?\d+"),
    ("POSINT", r"\b[1-9]\d*\b"),
    ("NONNEGINT", r"\b\d+\b"),
    ("BASE10NUM", r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"),
    ("NUMBER", r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"),
    ("BASE16NUM", r"[+-]?(?:0x)?[0-9A-Fa-f]+"),
    ("BOOLEAN", r"(?:true|false|TRUE|FALSE|True|False)"),
    // Networks.
    ("MAC", r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}"),
    (
        "IPV4",
        r"\b(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\b",
    ),
    (
        "IPV6",
        r"(?:(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){0,6}[0-9A-Fa-f]{0,4}::(?:[0-9A-Fa-f]{1,4}:){0,6}(?:%{IPV4}|[0-9A-Fa-f]{1,4})?)(?:%\w+)?",
    ),
    ("IP", r"(?:%{IPV4}|%{IPV6})"),
    (
        "HOSTNAME",
        r"\b[0-9A-Za-z](?:[0-9A-Za-z_-]{0,62})(?:\.[0-9A-Za-z](?:[0-9A-Za-z_-]{0,62}))*\.?",
    ),
    ("IPORHOST", r"(?:%{IP}|%{HOSTNAME})"),
    ("HOSTPORT", r"%{IPORHOST}:%{POSINT}"),
    // Paths and addresses.
    ("UNIXPATH", r"(?:/[\w%!$@:.,+~-]*)+"),
    ("WINPATH", r"(?:[A-Za-z]:|\\)(?:\\[^\\?*]*)+"),
    ("PATH", r"(?:%{UNIXPATH}|%{WINPATH})"),
    ("TTY", r"/dev/(?:pts|tty[pq]?)(?:\w+)?/?\d*"),
    ("URIPROTO", r"[A-Za-z][A-Za-z0-9+.-]*"),
    ("URIHOST", r"%{IPORHOST}(?::%{POSINT})?"),
    ("URIPATH", r"(?:/[A-Za-z0-9$.+!*'(){},~:;=@#%&_-]*)+"),
    ("URIQUERY", r"[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\[\]<>-]*"),
    ("URIPARAM", r"\?%{URIQUERY}"),
    ("URIPATHPARAM", r"%{URIPATH}(?:%{URIPARAM})?"),
    ("URI", r"%{URIPROTO}://(?:%{USER}(?::[^@\s]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?"),
    // Times.
    (
        "MONTH",
        r"\b(?:[Jj]an(?:uary)?|[Ff]eb(?:ruary)?|[Mm]ar(?:ch)?|[Aa]pr(?:il)?|[Mm]ay|[Jj]une?|[Jj]uly?|[Aa]ug(?:ust)?|[Ss]ept?(?:ember)?|[Oo]ct(?:ober)?|[Nn]ov(?:ember)?|[Dd]ec(?:ember)?)\b",
    ),
    ("MONTHNUM", r"(?:0?[1-9]|1[0-2])"),
    ("MONTHNUM2", r"(?:0[1-9]|1[0-2])"),
    ("MONTHDAY", r"(?:3[01]|[12]\d|0?[1-9])"),
    (
        "DAY",
        r"(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)",
    ),
    ("YEAR", r"(?:\d\d){1,2}"),
    ("HOUR", r"(?:2[0-3]|[01]?\d)"),
    ("MINUTE", r"[0-5]\d"),
    ("SECOND", r"(?:[0-5]?\d|60)(?:[:.,]\d+)?"),
    ("TIME", r"%{HOUR}:%{MINUTE}(?::%{SECOND})?"),
    ("DATE_US", r"%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}"),
    ("DATE_EU", r"%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}"),
    ("DATE", r"(?:%{DATE_US}|%{DATE_EU})"),
    ("DATESTAMP", r"%{DATE}[- ]%{TIME}"),
    ("ISO8601_TIMEZONE", r"(?:Z|[+-]%{HOUR}:?%{MINUTE})"),
    (
        "TIMESTAMP_ISO8601",
        r"%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?(?:%{ISO8601_TIMEZONE})?",
    ),
    ("TZ", r"[A-Z]{3,4}"),
    ("DATESTAMP_RFC822", r"%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}"),
    ("DATESTAMP_RFC2822", r"%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}"),
    ("HTTPDATE", r"%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}"),
    ("SYSLOGTIMESTAMP", r"%{MONTH} +%{MONTHDAY} %{TIME}"),
    // Syslog.
    ("PROG", r"[\x21-\x5a\x5c\x5e-\x7e]+"),
    ("SYSLOGPROG", r"%{PROG:program}(?:\[%{POSINT:pid:int}\])?"),
    ("SYSLOGHOST", r"%{IPORHOST}"),
    ("SYSLOGFACILITY", r"<%{NONNEGINT:facility:int}\.%{NONNEGINT:priority:int}>"),
    (
        "SYSLOGBASE",
        r"%{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:logsource} %{SYSLOGPROG}:",
    ),
    ("SYSLOGLINE", r"%{SYSLOGBASE} %{GREEDYDATA:message}"),
    (
        "LOGLEVEL",
        r"(?i:trace|debug|notice|info(?:rmation)?|warn(?:ing)?|err(?:or)?|crit(?:ical)?|alert|fatal|severe|emerg(?:ency)?|panic)",
    ),
    // Programs.
    ("JAVACLASS", r"(?:[a-zA-Z$_][a-zA-Z$_0-9]*\.)*[a-zA-Z$_][a-zA-Z$_0-9]*"),
    ("JAVAFILE", r"[a-zA-Z$_0-9. -]+"),
    ("JAVAMETHOD", r"(?:<init>|<clinit>|[a-zA-Z$_][a-zA-Z$_0-9]*)"),
    (
        "JAVASTACKTRACEPART",
        r"\s*at %{JAVACLASS:class}\.%{JAVAMETHOD:method}\(%{JAVAFILE:file}(?::%{INT:line:int})?\)",
    ),
    // Web servers.
    (
        "COMMONAPACHELOG",
        r#"%{IPORHOST:clientip} %{NOTSPACE:ident} %{NOTSPACE:auth} \[%{HTTPDATE:timestamp}\] "(?:%{WORD:verb} %{NOTSPACE:request}(?: HTTP/%{NUMBER:httpversion})?|%{DATA:rawrequest})" %{INT:response:int} (?:%{INT:bytes:int}|-)"#,
    ),
    ("COMBINEDAPACHELOG", r"%{COMMONAPACHELOG} %{QS:referrer} %{QS:agent}"),
    ("HTTPD_COMMONLOG", r"%{COMMONAPACHELOG}"),
    ("HTTPD_COMBINEDLOG", r"%{COMBINEDAPACHELOG}"),
    (
        "HTTPD_ERRORLOG",
        r"\[(?:%{DAY} )?%{MONTH} %{MONTHDAY} %{TIME} %{YEAR}\] \[(?:%{WORD:module}:)?%{LOGLEVEL:loglevel}\] (?:\[pid %{POSINT:pid:int}(?::tid %{NUMBER:tid})?\] )?(?:\[client %{IPORHOST:clientip}(?::%{POSINT:clientport:int})?\] )?%{GREEDYDATA:message}",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    fn captures(pattern: &str, text: &str) -> Option<Vec<(String, String)>> {
        let expanded = expand(pattern).unwrap();
        let regex = Regex::new(&expanded.regex).unwrap();
        let captures = regex.captures(text)?;
        let fields = expanded.fields.into_iter().filter_map(|(group, field, _)| {
            captures.name(&group).map(|found| (field, found.as_str().to_owned()))
        });
        Some(fields.collect())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_named_pattern_compiles_without_looking_around() {
        for (name, _) in PATTERNS {
            let expanded = expand(&format!("%{{{name}}}")).unwrap();
            Regex::new(&expanded.regex).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    #[test]
    fn named_patterns_match_what_their_names_say() {
        let whole = [
            ("IP", "192.168.0.1", true),
            ("IP", "256.1.1.1", false),
            ("IP", "2001:db8::ff00:42:8329", true),
            ("IP", "::1", true),
            ("NUMBER", "-1.5e3", true),
            ("INT", "1.5", false),
            ("TIMESTAMP_ISO8601", "2024-11-02T09:30:01.123+09:00", true),
            ("TIMESTAMP_ISO8601", "2024-11-02 09:30:01,123", true),
            ("SYSLOGTIMESTAMP", "Oct  9 22:14:15", true),
            ("HTTPDATE", "10/Oct/2000:13:55:36 -0700", true),
            ("UUID", "0190b5c0-0000-7000-8000-00000000000a", true),
            ("LOGLEVEL", "WARNING", true),
            ("URI", "https://user@example.com:8443/a/b?c=d", true),
            ("EMAILADDRESS", "kim.ah@example.co.kr", true),
            ("MAC", "00:1b:44:11:3a:b7", true),
            ("QS", r#""a \" b""#, true),
            ("MONTHDAY", "32", false),
        ];
        for (name, text, matches) in whole {
            let expanded = expand(&format!("^(?:%{{{name}}})$")).unwrap();
            let regex = Regex::new(&expanded.regex).unwrap();
            assert_eq!(regex.is_match(text), matches, "{name}: {text}");
        }
    }

    #[test]
    fn an_access_log_becomes_fields() {
        let line = r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache.gif HTTP/1.0" 200 2326 "http://a.example/" "Mozilla/4.08 [en]""#;
        let expected = [
            ("clientip", "127.0.0.1"),
            ("ident", "-"),
            ("auth", "frank"),
            ("timestamp", "10/Oct/2000:13:55:36 -0700"),
            ("verb", "GET"),
            ("request", "/apache.gif"),
            ("httpversion", "1.0"),
            ("response", "200"),
            ("bytes", "2326"),
            ("referrer", "\"http://a.example/\""),
            ("agent", "\"Mozilla/4.08 [en]\""),
        ];
        assert_eq!(captures("%{COMBINEDAPACHELOG}", line).unwrap(), pairs(&expected));
    }

    #[test]
    fn fields_have_names_and_types() {
        let expanded =
            expand("%{IP:[client][address]} %{INT:bytes:int} %{NUMBER:took:float}").unwrap();
        let fields: Vec<_> = expanded
            .fields
            .iter()
            .map(|(_, field, conversion)| (field.as_str(), *conversion))
            .collect();
        assert_eq!(
            fields,
            [
                ("client.address", Conversion::Text),
                ("bytes", Conversion::Int),
                ("took", Conversion::Float)
            ]
        );
    }

    #[test]
    fn mistakes_are_told() {
        assert_eq!(expand("%{ip:a}").unwrap_err(), "unknown pattern %{ip}; did you mean %{IP}?");
        assert_eq!(
            expand("%{INT:a:date}").unwrap_err(),
            "unknown type `date`, use int, float or bool"
        );
        assert_eq!(expand("%{INT").unwrap_err(), "a %{ is not closed");
        let long = "%{HTTPD_ERRORLOG}".repeat(200);
        assert!(expand(&long).unwrap_err().contains("longer than"));
    }
}
