//! Texts of a project inside HTML: none of them is markup, and none changes the direction of what follows.

use std::fmt::Write;

/// A text as HTML shows it, in content and in quoted attributes.
pub(super) fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(letter),
            // Marks that turn the direction of a text around would turn the page's own words as well.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => {
                escaped.push('\u{fffd}');
            }
            other if other.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A name as part of an identifier and of a link to it: letters, digits and `_` as they are, all else by its number, so that
/// two names never meet.
pub(super) fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for letter in name.chars() {
        if letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_' {
            slug.push(letter);
        } else {
            let _ = write!(slug, "~{:x}~", u32::from(letter));
        }
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup() {
        assert_eq!(
            text("<b title=\"a\" id='b'>&</b>"),
            "&lt;b title=&quot;a&quot; id=&#39;b&#39;&gt;&amp;&lt;/b&gt;"
        );
        assert_eq!(text("a\u{202e}b\u{7}c\nd"), "a\u{fffd}b\u{fffd}c\nd");
    }

    #[test]
    fn names_that_differ_have_slugs_that_differ() {
        assert_eq!(slug("orders_2"), "orders_2");
        assert_eq!(slug("Order s"), "~4f~rder~20~s");
        assert_ne!(slug("a.b"), slug("a~2e~b"));
    }
}
