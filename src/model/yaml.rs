//! Text as YAML, for the lines of a manifest that trueup writes or proposes.

use super::visible::is_visible;

/// A text as YAML reads it back, in and outside of brackets: bare where nothing in it means
/// anything, else in double quotes, whose escapes are JSON's.
pub(crate) fn scalar(text: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    let authority = text.strip_prefix("https://");
    let is_url = authority.is_some_and(|it| it.chars().all(|c| bare(c) || c == ':'));
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let word = text.to_ascii_lowercase();
    let means_something =
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&word.as_str());
    if is_url || (begins && text.chars().all(bare) && !means_something) {
        return text.into();
    }
    escaped(&serde_json::Value::from(text).to_string())
}

/// The same text in double quotes, with YAML's escapes for what is not seen.
fn escaped(quoted: &str) -> String {
    let escape = |c: char| match u32::from(c) {
        _ if is_visible(c.encode_utf8(&mut [0; 4])) => c.to_string(),
        code @ ..=0xFFFF => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    };
    quoted.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_would_take_for_something_else_is_quoted() {
        for bare in ["boston", "backup/boston", "/mnt/a/b", "https://10.0.0.1:8443", "a-b_c.d"] {
            assert_eq!(scalar(bare), bare);
        }
        for quoted in [
            "",
            "on",
            "No",
            "null",
            "1e3",
            "0x10",
            "12",
            "-a",
            "a b",
            "a: b",
            "a #b",
            "[x]",
            "{x",
            "*a",
            "&a",
            "a,b",
            "é",
            "tank/my data",
            "https://[fd00::1]",
            ".5",
            "~",
            "a'b",
            "a\"b",
            "a\u{85}\u{2028}\u{e0041}b",
        ] {
            let written = scalar(quoted);
            assert!(written.starts_with('"') && is_visible(&written), "{written}");
            let read: Vec<String> = serde_yaml::from_str(&format!("[{written}]")).expect("YAML");
            assert_eq!(read, [quoted]);
        }
    }
}
