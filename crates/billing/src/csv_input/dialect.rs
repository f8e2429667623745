//! How a text file separates its cells and rows, told from its first row.

/// Separators, the likelier one first when two are as frequent.
const DELIMITERS: [u8; 5] = [b',', b'\t', 0x01, b';', b'|'];

/// How cells and rows end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// Last byte of a row: `\n`, before which a `\r` is left aside, or `\r` alone.
    pub(super) line_end: u8,
    /// Whether cells may be in double quotes. Ctrl-A files, as Hive writes them, have none: a quote
    /// in them is a quote.
    pub(super) quotes: bool,
}

impl Dialect {
    /// Tells from the start of a file; `None` when more of it is needed. At the end of the file the
    /// first row is complete whatever follows.
    pub(super) fn of(start: &[u8], at_end: bool) -> Option<Self> {
        let mut counts = [0; DELIMITERS.len()];
        let mut quoted = false;
        let mut line_end = None;
        for (index, byte) in start.iter().enumerate() {
            match byte {
                b'"' => quoted = !quoted,
                b'\n' if !quoted => {
                    line_end = Some(b'\n');
                    break;
                }
                b'\r' if !quoted => {
                    line_end = match start.get(index + 1) {
                        Some(b'\n') => Some(b'\n'),
                        Some(_) => Some(b'\r'),
                        None if at_end => Some(b'\r'),
                        None => None,
                    };
                    break;
                }
                _ if !quoted => {
                    if let Some(which) = DELIMITERS.iter().position(|one| one == byte) {
                        counts[which] += 1;
                    }
                }
                _ => {}
            }
        }
        let line_end = line_end.or(at_end.then_some(b'\n'))?;
        let mut best = 0;
        for which in 1..DELIMITERS.len() {
            if counts[which] > counts[best] {
                best = which;
            }
        }
        let delimiter = DELIMITERS[best];
        Some(Self { delimiter, line_end, quotes: delimiter != 0x01 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(start: &str) -> (u8, u8) {
        let dialect = Dialect::of(start.as_bytes(), true).unwrap();
        (dialect.delimiter, dialect.line_end)
    }

    #[test]
    fn separators_and_line_ends_are_told_from_the_first_row() {
        assert_eq!(dialect("a,b,c\r\n1,2,3"), (b',', b'\n'));
        assert_eq!(dialect("a\tb\tc,d\n"), (b'\t', b'\n'));
        assert_eq!(dialect("a;b;\"c,d,e,f\"\n"), (b';', b'\n'));
        assert_eq!(dialect("a\u{1}b\n"), (0x01, b'\n'));
        assert_eq!(dialect("a,b\r1,2\r3,4\n"), (b',', b'\r'));
        assert_eq!(dialect("\"a\nb\",c\r1,2\r"), (b',', b'\r'));
        assert_eq!(dialect("one"), (b',', b'\n'));
    }

    #[test]
    fn more_is_asked_for_until_the_first_row_ends() {
        assert_eq!(Dialect::of(b"a,b", false), None);
        assert_eq!(Dialect::of(b"a,b\r", false), None);
        assert_eq!(Dialect::of(b"\"a,\n", false), None);
        assert!(Dialect::of(b"a,b\n", false).is_some());
    }
}
