//! Commands that GitHub's runner finds in what a step prints: `::add-mask::…` where a line begins,
//! `##[error]` anywhere (actions/runner, `ActionCommand.cs`). A name or an error of a system must
//! not give any.

/// Whether this runs where such commands are looked for.
pub(super) fn is_read_for_commands() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| !value.is_empty())
}

/// The text with a space inside of what would be a command. Colors before it do not count: the
/// runner may not get them.
pub(super) fn defused(text: &str) -> String {
    text.split_inclusive('\n').map(defused_line).collect::<String>().replace("##[", "## [")
}

fn defused_line(line: &str) -> String {
    let plain = anstream::adapter::strip_str(line).to_string();
    if plain.trim_start().starts_with("::") {
        line.replacen("::", ": :", 1)
    } else {
        line.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::defused;

    #[test]
    fn commands_are_broken_up_and_other_text_stays() {
        assert_eq!(defused("  ::add-mask::x\n"), "  : :add-mask::x\n");
        assert_eq!(defused("\u{1b}[31m::error::x\u{1b}[0m"), "\u{1b}[31m: :error::x\u{1b}[0m");
        assert_eq!(defused("a ##[error]x\nb"), "a ## [error]x\nb");
        for harmless in ["trueup::truenas_client=debug", "fd00::1", "a :: b\n"] {
            assert_eq!(defused(harmless), harmless);
        }
    }
}
