//! Statements as messages show them.

/// The beginning of a text on one line, of at most so many characters.
#[must_use]
pub fn one_line(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_to_one_line() {
        assert_eq!(one_line("a\n  b", 3), "a b");
        assert_eq!(one_line(&"é".repeat(300), 200).chars().count(), 201);
    }
}
