//! Text of users and servers, made safe for a terminal, for XML, and for the log of a CI job.

/// Leaves out control characters, so that no name or message can move the cursor, recolour the screen or
/// hide text; newlines and tabs stay. Marks that reverse the direction of writing go too: they make a line
/// read differently from what it says. No line is a command to the machine that runs a CI job.
#[must_use]
pub fn clean(text: &str) -> String {
    let text: String = text
        .chars()
        .filter(|&character| {
            matches!(character, '\n' | '\t') || !(character.is_control() || is_deceptive(character))
        })
        .collect();
    without_commands(text)
}

/// GitHub Actions takes a line that begins with `::`, blanks before it left out, for a command, and `##[` in any place;
/// Azure Pipelines `##vso[`. It reads both streams. A blank takes the meaning away and leaves the text readable.
fn without_commands(text: String) -> String {
    if !text.contains("::") && !text.contains("##") {
        return text;
    }
    let line = |line: &str| {
        let begins = line.len() - line.trim_start().len();
        let (blanks, rest) = line.split_at(begins);
        let rest = match rest.strip_prefix("::") {
            Some(after) => format!(": :{after}"),
            None => rest.to_owned(),
        };
        format!(
            "{blanks}{}",
            rest.replace("##[", "## [").replace("##vso[", "## vso[")
        )
    };
    let lines: Vec<String> = text.split('\n').map(line).collect();
    lines.join("\n")
}

/// The same for JSON, whose strings keep their meaning: one character of a command is written by its number.
pub(super) fn inert_json(json: &str) -> String {
    json.replace("##[", "#\\u0023[")
        .replace("##vso[", "#\\u0023vso[")
}

/// The same on one line.
pub(super) fn clean_line(text: &str) -> String {
    clean(text).replace(['\n', '\t'], " ")
}

fn is_deceptive(character: char) -> bool {
    matches!(character,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_lose_their_power() {
        assert_eq!(clean("a\u{1b}[31mb\0\r\n\tc\u{202e}"), "a[31mb\n\tc");
        assert_eq!(clean_line("a\nb\tc"), "a b c");
    }

    #[test]
    fn no_line_is_a_command_to_a_ci_machine() {
        for (text, shown) in [
            ("x\n::error file=a::b", "x\n: :error file=a::b"),
            (
                "  \t::set-output name=a::b\ny",
                "  \t: :set-output name=a::b\ny",
            ),
            ("a ##[error]b", "a ## [error]b"),
            ("##vso[task.setvariable]x", "## vso[task.setvariable]x"),
            ("select a::text\n, b::int", "select a::text\n, b::int"),
        ] {
            assert_eq!(clean(text), shown);
        }
        let json = inert_json(r###"{"text":"##[error]"}"###);
        assert_eq!(json, r###"{"text":"#\u0023[error]"}"###);
    }
}
