//! Networks in CIDR notation.

use std::net::{IpAddr, SocketAddr};

/// A network such as `10.0.0.0/8` or `2001:db8::/32`; an address alone is a network of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

/// Why a text is not a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a network such as 10.0.0.0/8 or 2001:db8::/32")]
pub struct NotANetwork(String);

impl std::str::FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let error = || NotANetwork(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| error())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match prefix {
            None => longest,
            Some(prefix) => prefix.trim().parse().map_err(|_| error())?,
        };
        if prefix_bits > longest {
            return Err(error());
        }
        Ok(Self { address, prefix_bits })
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.address, self.prefix_bits)
    }
}

impl Network {
    /// Whether the address is in the network. An IPv4 address inside IPv6 counts as both.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                same_start(network.to_bits().into(), address.to_bits().into(), self.prefix_bits, 32)
            }
            (IpAddr::V6(network), IpAddr::V6(other)) => {
                same_start(network.to_bits(), other.to_bits(), self.prefix_bits, 128)
            }
            (IpAddr::V4(_), IpAddr::V6(other)) => {
                other.to_ipv4_mapped().is_some_and(|other| self.contains(other.into()))
            }
            (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

fn same_start(left: u128, right: u128, prefix_bits: u8, bits: u8) -> bool {
    let differ = left ^ right;
    prefix_bits == 0 || differ >> (bits - prefix_bits) == 0
}

/// The address that a text is, with or without a port.
pub fn address_of(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    // Longer than any address with a zone and a port.
    if text.len() > 64 {
        return None;
    }
    let plain = text.parse::<IpAddr>().ok();
    plain.or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(address: &str, network: &str) -> bool {
        network.parse::<Network>().unwrap().contains(address_of(address).unwrap())
    }

    #[test]
    fn addresses_are_in_their_networks() {
        assert!(is_in("10.200.3.4", "10.0.0.0/8") && !is_in("11.0.0.1", "10.0.0.0/8"));
        assert!(is_in("10.1.2.3:443", "10.1.2.3") && !is_in("10.1.2.4", "10.1.2.3"));
        assert!(is_in("1.2.3.4", "0.0.0.0/0") && is_in("2001:db8::1", "2001:db8::/32"));
        assert!(!is_in("2001:db9::1", "2001:db8::/32") && is_in("[::1]:80", "::/0"));
        assert!(is_in("::ffff:10.0.0.1", "10.0.0.0/8") && !is_in("10.0.0.1", "::/0"));
        assert!(is_in("10.0.0.129", "10.0.0.255/25"));
    }

    #[test]
    fn what_is_no_network_is_named() {
        for wrong in ["10.0.0.0/33", "10.0.0/8", "x", "::/129", "10.0.0.0/-1", ""] {
            let error = wrong.parse::<Network>().unwrap_err().to_string();
            assert!(error.contains(&format!("{wrong:?}")), "{error}");
        }
        assert_eq!((address_of("abc"), address_of("10.0.0.1:x")), (None, None));
    }
}
