//! Sizes in bytes as people write them: `128K`, `100G`, `1T`. All units are binary.

/// The units, largest first, with how many bits they shift.
const UNITS: [(char, u32); 6] = [('E', 60), ('P', 50), ('T', 40), ('G', 30), ('M', 20), ('K', 10)];

/// The bytes of `100G`, `100GiB` or `131072`, in either case; `None` for anything else, decimal
/// units (`100GB`) and fractions included, and for what does not fit.
pub fn parse(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let mut unit = unit.chars();
    let shift = match (unit.next().map(|unit| unit.to_ascii_uppercase()), unit.as_str()) {
        (None, _) => 0,
        (Some(unit), "") => shift_of(unit)?,
        (Some(unit), rest) if rest.eq_ignore_ascii_case("ib") => shift_of(unit)?,
        _ => return None,
    };
    number.checked_mul(1 << shift)
}

fn shift_of(unit: char) -> Option<u32> {
    UNITS.iter().find(|(name, _)| *name == unit).map(|(_, shift)| *shift)
}

/// The shortest exact form: `100G`, `1536M`, `131073`.
pub fn show(bytes: u64) -> String {
    UNITS
        .iter()
        .find(|(_, shift)| bytes != 0 && bytes.is_multiple_of(1 << shift))
        .map_or_else(|| bytes.to_string(), |(name, shift)| format!("{}{name}", bytes >> shift))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_binary_and_exact() {
        for (text, bytes) in [
            ("100G", 100 << 30),
            ("100GiB", 100 << 30),
            ("128k", 128 << 10),
            ("131072", 131_072),
            ("0", 0),
        ] {
            assert_eq!(parse(text), Some(bytes), "{text}");
        }
        for text in
            ["", "G", "1.5T", "100GB", "-1", "1 G", "16E", "iB", "1iB", "99999999999999999999"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_shortest_exact_form_is_shown() {
        for (bytes, text) in
            [(0, "0"), (512, "512"), (1536 << 20, "1536M"), (1 << 40, "1T"), (131_073, "131073")]
        {
            assert_eq!(show(bytes), text);
            assert_eq!(parse(text), Some(bytes));
        }
    }
}
