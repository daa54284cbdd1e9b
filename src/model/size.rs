//! Sizes as ZFS writes them.

/// The largest unit that divides the size exactly: `100G`, `1536M`, `513`.
pub fn show(bytes: u64) -> String {
    let mut value = bytes;
    let mut unit = 0;
    while value != 0 && value % 1024 == 0 && unit < UNITS.len() {
        value /= 1024;
        unit += 1;
    }
    match unit.checked_sub(1).and_then(|unit| UNITS.get(unit)) {
        Some(unit) => format!("{value}{unit}"),
        None => value.to_string(),
    }
}

const UNITS: [&str; 5] = ["K", "M", "G", "T", "P"];

/// The number of bytes of `100G`, `100GiB` or `1073741824`; units are powers of 1024.
pub fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text.get(..digits)?.parse().ok()?;
    let unit = text.get(digits..)?.trim().to_ascii_uppercase();
    let unit = unit.strip_suffix("IB").or_else(|| unit.strip_suffix('B')).unwrap_or(&unit);
    if unit.is_empty() {
        return Some(number);
    }
    let power = UNITS.iter().position(|known| *known == unit)? + 1;
    number.checked_mul(1024_u64.checked_pow(power as u32)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_reads_back_as_it_was_shown() {
        for (bytes, shown) in [
            (0, "0"),
            (512, "512"),
            (1024, "1K"),
            (131_072, "128K"),
            (107_374_182_400, "100G"),
            (1_610_612_736, "1536M"),
        ] {
            assert_eq!(show(bytes), shown);
            assert_eq!(parse(shown), Some(bytes));
        }
        assert_eq!(parse("100GiB"), parse("100G"));
        assert_eq!(parse("100 GB"), parse("100G"));
        for wrong in ["", "G", "-1G", "1.5G", "1X", "99999999999999P"] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }
}
