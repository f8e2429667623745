//! What a variable of a template stands for.

/// The kind of a variable. A template shows it as `<name>`.
///
/// In a normalised message ([`crate::normalise`]) a variable is one byte, the value of its kind.
/// All lie below the space and none is white space, so that no text of a message can hold them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Shapes that have nothing in common.
    Any = 0x01,
    /// A number, a version, or a list of those.
    Number = 0x02,
    /// An amount of bytes with its unit.
    Size = 0x03,
    /// A length of time with its unit.
    Duration = 0x04,
    /// A date, a time of day, or both.
    Time = 0x05,
    /// An IPv4 or IPv6 address.
    Address = 0x06,
    /// A domain name.
    Host = 0x07,
    /// A hexadecimal number.
    Hexadecimal = 0x08,
    /// A UUID.
    Uuid = 0x0e,
    /// Letters and digits in turns, as generated names have.
    Identifier = 0x0f,
    /// The path of a file, or of a resource on a server.
    Path = 0x10,
    /// A URL with its scheme.
    Url = 0x11,
    /// An e-mail address.
    Email = 0x12,
    /// Words, and whatever else was met in their place.
    Text = 0x13,
    /// What a long message holds past the limit.
    Rest = 0x14,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 15] = [
        Kind::Any,
        Kind::Number,
        Kind::Size,
        Kind::Duration,
        Kind::Time,
        Kind::Address,
        Kind::Host,
        Kind::Hexadecimal,
        Kind::Uuid,
        Kind::Identifier,
        Kind::Path,
        Kind::Url,
        Kind::Email,
        Kind::Text,
        Kind::Rest,
    ];

    /// What stands in a template for a variable of this kind.
    pub fn placeholder(self) -> &'static str {
        match self {
            Kind::Any => "<*>",
            Kind::Number => "<num>",
            Kind::Size => "<size>",
            Kind::Duration => "<duration>",
            Kind::Time => "<time>",
            Kind::Address => "<ip>",
            Kind::Host => "<host>",
            Kind::Hexadecimal => "<hex>",
            Kind::Uuid => "<uuid>",
            Kind::Identifier => "<id>",
            Kind::Path => "<path>",
            Kind::Url => "<url>",
            Kind::Email => "<email>",
            Kind::Text => "<str>",
            Kind::Rest => "<…>",
        }
    }

    /// The kind that a byte of a normalised message stands for.
    pub fn from_byte(byte: u8) -> Option<Kind> {
        if byte >= b' ' {
            return None;
        }
        Kind::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }

    /// The kind whose placeholder `text` begins with, and the length of that in bytes.
    pub(crate) fn at_start_of(text: &[u8]) -> Option<(Kind, usize)> {
        Kind::ALL.into_iter().find_map(|kind| {
            let placeholder = kind.placeholder().as_bytes();
            text.starts_with(placeholder).then_some((kind, placeholder.len()))
        })
    }

    /// The narrowest kind that holds values of both.
    pub fn join(self, other: Kind) -> Kind {
        use Kind::{Address, Any, Hexadecimal, Host, Identifier, Number, Text, Uuid};
        if self == other {
            return self;
        }
        match (self, other) {
            (Number | Hexadecimal, Number | Hexadecimal) => Hexadecimal,
            (Address | Host, Address | Host) => Host,
            (
                Number | Hexadecimal | Identifier | Uuid,
                Number | Hexadecimal | Identifier | Uuid,
            ) => Identifier,
            (Text, _) | (_, Text) => Text,
            _ => Any,
        }
    }
}

/// Whether `byte` of a normalised message is a variable.
pub(crate) fn is_variable(byte: u8) -> bool {
    byte < b' '
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_and_bytes_name_one_kind_each() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_byte(kind as u8), Some(kind));
            let text = format!("{} and more", kind.placeholder());
            assert_eq!(Kind::at_start_of(text.as_bytes()), Some((kind, kind.placeholder().len())));
            assert!(is_variable(kind as u8) && !(kind as u8).is_ascii_whitespace());
        }
        assert_eq!(Kind::from_byte(b'a'), None);
        assert_eq!(Kind::at_start_of(b"<memory:0>"), None);
    }

    #[test]
    fn joining_is_the_same_in_both_directions_and_ends_at_any() {
        for one in Kind::ALL {
            for other in Kind::ALL {
                assert_eq!(one.join(other), other.join(one));
                assert_eq!(one.join(other).join(one), one.join(other));
            }
            assert_eq!(one.join(Kind::Text), Kind::Text);
        }
        assert_eq!(Kind::Address.join(Kind::Host), Kind::Host);
        assert_eq!(Kind::Number.join(Kind::Uuid), Kind::Identifier);
        assert_eq!(Kind::Path.join(Kind::Number), Kind::Any);
    }
}
