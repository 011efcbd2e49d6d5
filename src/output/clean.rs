//! Text of users and servers, made safe for a terminal and for XML.

/// Leaves out control characters, so that no name or message can move the cursor, recolour the screen or
/// hide text; newlines and tabs stay. Marks that reverse the direction of writing go too: they make a line
/// read differently from what it says.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars()
        .filter(|&character| {
            matches!(character, '\n' | '\t') || !(character.is_control() || is_deceptive(character))
        })
        .collect()
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
}
