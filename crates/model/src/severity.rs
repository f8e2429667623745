//! Severity of a log record: the numbers of OpenTelemetry, the names of everybody else.

/// The status of a record, as people filter by it.
pub const STATUSES: [&str; 6] = ["trace", "debug", "info", "warn", "error", "fatal"];

/// The status that a severity number (1 to 24) means.
pub fn status_of_number(number: i64) -> Option<&'static str> {
    let index = usize::try_from(number - 1).ok()? / 4;
    STATUSES.get(index).copied()
}

/// The smallest and largest severity number of a status.
pub fn numbers_of_status(status: &str) -> Option<(i64, i64)> {
    let index = STATUSES.iter().position(|known| *known == status)?;
    let first = i64::try_from(index).ok()? * 4 + 1;
    Some((first, first + 3))
}

/// The severity number that a word means, in the spellings of loggers, syslog and Datadog.
pub fn number_of_text(text: &str) -> Option<i64> {
    if text.len() > 16 {
        return None;
    }
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "trace" | "verbose" | "v" | "finest" | "all" => 1,
        "finer" => 2,
        "debug" | "dbg" | "d" | "fine" | "config" => 5,
        "info" | "information" | "informational" | "i" | "ok" | "log" | "success" => 9,
        "notice" | "n" => 10,
        "warn" | "warning" | "w" => 13,
        "error" | "err" | "e" | "severe" | "failure" => 17,
        "critical" | "crit" | "c" | "dpanic" => 18,
        "alert" | "a" => 19,
        "fatal" | "f" | "panic" => 21,
        "emergency" | "emerg" => 22,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_status_and_lies_in_its_range() {
        for number in 1..=24 {
            let status = status_of_number(number).unwrap();
            let (first, last) = numbers_of_status(status).unwrap();
            assert!((first..=last).contains(&number), "{number} is {status}");
        }
        assert_eq!((status_of_number(0), status_of_number(25)), (None, None));
    }

    #[test]
    fn words_of_loggers_are_known() {
        let status = |text| number_of_text(text).and_then(status_of_number);
        assert_eq!(status("WARNING"), Some("warn"));
        assert_eq!(status("Crit"), Some("error"));
        assert_eq!(status("emerg"), Some("fatal"));
        assert_eq!(status("notice"), Some("info"));
        assert_eq!(status("x"), None);
    }
}
