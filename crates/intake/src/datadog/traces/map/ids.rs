//! Ids: 64 bits on the wire, with the upper half of a trace id in a tag.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Appends 16 digits.
pub fn push_hex(out: &mut String, id: u64) {
    for shift in (0..16).rev() {
        out.push(char::from(DIGITS[(id >> (4 * shift)) as usize & 15]));
    }
}

/// Lets `then` see 16 digits.
#[inline]
pub fn with_hex<T>(id: u64, then: impl FnOnce(&str) -> T) -> T {
    let mut digits = [0; 16];
    write(&mut digits, id);
    then(std::str::from_utf8(&digits).unwrap_or_default())
}

/// Lets `then` see the 32 digits of a trace id.
#[inline]
pub fn with_trace_hex<T>(high: u64, low: u64, then: impl FnOnce(&str) -> T) -> T {
    let mut digits = [0; 32];
    let (upper, lower) = digits.split_at_mut(16);
    write(upper, high);
    write(lower, low);
    then(std::str::from_utf8(&digits).unwrap_or_default())
}

#[inline]
fn write(out: &mut [u8], id: u64) {
    for (pair, byte) in out.chunks_exact_mut(2).zip(id.to_be_bytes()) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

/// The upper half as its tag has it: 16 digits, or none that counts.
pub fn upper_half(text: &str) -> u64 {
    let is_hex = text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex { u64::from_str_radix(text, 16).unwrap_or(0) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_all_their_digits() {
        let mut text = String::new();
        push_hex(&mut text, 0x0a);
        assert_eq!(text, "000000000000000a");
        let mut both = String::new();
        with_trace_hex(0x6b02_26c5_0000_0000, u64::MAX, |text| both.push_str(text));
        assert_eq!(both, "6b0226c500000000ffffffffffffffff");
        with_hex(0xdead_beef, |text| assert_eq!(text, "00000000deadbeef"));
    }

    #[test]
    fn an_upper_half_that_is_no_hex_is_none() {
        assert_eq!(upper_half("6b0226c500000000"), 0x6b02_26c5_0000_0000);
        for wrong in ["", "+5", "zz", "6b0226c5000000001"] {
            assert_eq!(upper_half(wrong), 0, "{wrong}");
        }
    }
}
