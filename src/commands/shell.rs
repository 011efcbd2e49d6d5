//! Texts of commands that a reader copies into a shell.

/// A path as a shell takes it: quoted where a character of it means something else there.
#[must_use]
pub(super) fn quoted(path: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+,:@".contains(letter);
    if path.chars().all(is_plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_path_with_a_space_can_be_copied_into_a_shell() {
        assert_eq!(quoted("work/shop-2"), "work/shop-2");
        assert_eq!(quoted("my shop"), "'my shop'");
        assert_eq!(quoted("Anna's shop"), "'Anna'\\''s shop'");
    }
}
