//! Addresses and networks as sshd reads them.
//!
//! Source: OpenSSH `addr.c` (`addr_pton_cidr`, `addr_netmatch`), `getaddrinfo` with
//! `AI_NUMERICHOST`, which takes what `inet_aton` takes.

use std::net::{IpAddr, Ipv4Addr};

/// Why a text is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkError {
    /// It does not look like one.
    NoNetwork,
    /// The prefix is longer than the address, or bits are set behind it.
    Inconsistent,
}

/// The longest text that is looked at, bytes.
const LONGEST: usize = 63;

/// An address with the length of its prefix; of a single address it is all of it.
///
/// # Errors
/// [`NetworkError`]
pub fn parse_network(text: &str) -> Result<(IpAddr, u32), NetworkError> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let length = match length {
        Some(length) if length.bytes().all(|byte| byte.is_ascii_digit()) => {
            let length = length.parse::<u32>().ok().filter(|length| *length <= 128);
            Some(length.ok_or(NetworkError::NoNetwork)?)
        }
        Some(_) => return Err(NetworkError::NoNetwork),
        None => None,
    };
    let address = Some(address).filter(|_| text.len() <= LONGEST).and_then(parse_address);
    let address = address.ok_or(NetworkError::NoNetwork)?;
    let all = if address.is_ipv4() { 32 } else { 128 };
    let length = length.unwrap_or(all);
    let has_bits_behind = match address {
        IpAddr::V4(address) => u32::from(address).checked_shl(length).unwrap_or(0) != 0,
        IpAddr::V6(address) => u128::from(address).checked_shl(length).unwrap_or(0) != 0,
    };
    if length > all || has_bits_behind {
        return Err(NetworkError::Inconsistent);
    }
    Ok((address, length))
}

/// Whether an address is in a network of the same family.
pub fn is_within(address: IpAddr, network: IpAddr, length: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let apart = u32::from(address) ^ u32::from(network);
            apart.checked_shr(32 - length).unwrap_or(0) == 0
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let apart = u128::from(address) ^ u128::from(network);
            apart.checked_shr(128 - length).unwrap_or(0) == 0
        }
        _ => false,
    }
}

fn parse_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        let address = text.split('%').next().unwrap_or(text);
        return address.parse().ok().map(IpAddr::V6);
    }
    let parts: Vec<u32> = text.split('.').map(number).collect::<Option<_>>()?;
    let (last, first) = parts.split_last()?;
    // The last part fills what the ones before it leave.
    let room = 32 - 8 * u32::try_from(first.len()).ok().filter(|count| *count <= 3)?;
    if first.iter().any(|part| *part > 255) || u64::from(*last) >= 1 << room {
        return None;
    }
    let start = first.iter().fold(0_u64, |sum, part| sum << 8 | u64::from(*part));
    let address = u32::try_from((start << room) | u64::from(*last)).ok()?;
    Some(Ipv4Addr::from(address).into())
}

/// A number of C: decimal, octal behind `0`, hexadecimal behind `0x`.
fn number(text: &str) -> Option<u32> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'));
    }
    let radix = if text.len() > 1 && text.starts_with('0') { 8 } else { 10 };
    u32::from_str_radix(text, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_as_sshd_reads_them() {
        let network =
            |text: &str| parse_network(text).map(|(address, length)| format!("{address}/{length}"));
        for (text, expected) in [
            ("127.0.0.1", "127.0.0.1/32"),
            ("127.0.0.0/8", "127.0.0.0/8"),
            ("127.1", "127.0.0.1/32"),
            ("0x7f.0.0.01", "127.0.0.1/32"),
            ("2130706433", "127.0.0.1/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::1", "::1/128"),
            ("fe80::/10", "fe80::/10"),
        ] {
            assert_eq!(network(text), Ok(expected.to_owned()), "{text}");
        }
        for text in [
            "",
            "localhost",
            "127.0.0.*",
            "1.2.3.4.5",
            "256.0.0.1",
            "127.0.0.0/x",
            " 127.0.0.1",
            "127.0.0.0/",
            "127.0.0.0/129",
        ] {
            assert_eq!(network(text), Err(NetworkError::NoNetwork), "{text}");
        }
        for text in ["127.0.0.1/8", "127.0.0.0/33", "::1/64"] {
            assert_eq!(network(text), Err(NetworkError::Inconsistent), "{text}");
        }
    }
}
