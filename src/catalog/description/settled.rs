//! Texts of the server in the form that they keep: dumped, read again and written once more they stay what they are.

/// A text that the server made of an expression or a query, with what it writes in one of two ways written in one.
///
/// A list of texts that a `varchar` column is compared with begins as `(ARRAY['a'::character varying])::text[]`, and is
/// `ARRAY[('a'::character varying)::text]` after the first dump (PostgreSQL 15 to 18, seen there). Both mean `ARRAY['a']`.
pub(super) fn settled(text: &str) -> String {
    const VARYING: &str = "::character varying";
    if !text.contains(VARYING) {
        return text.to_owned();
    }
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '"']) {
        let end = at + quoted(&rest[at..]);
        written.push_str(&rest[..end]);
        let is_text = rest[at..].starts_with('\'');
        rest = &rest[end..];
        let Some(after) = rest.strip_prefix(VARYING).filter(|_| is_text) else {
            continue;
        };
        if after.starts_with(['(', '[']) {
            continue;
        }
        rest = after;
        let literal = end - at;
        let start = written.len() - literal;
        if let Some(after) = after.strip_prefix(")::text")
            && !after.starts_with('[')
            && written[..start].ends_with('(')
        {
            written.remove(start - 1);
            rest = after;
        }
    }
    written.push_str(rest);
    without_array_casts(&written)
}

/// `(ARRAY['a', 'b'])::text[]` is `ARRAY['a', 'b']` where all elements are texts as they stand.
fn without_array_casts(text: &str) -> String {
    const OPEN: &str = "(ARRAY[";
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(OPEN) {
        let elements = &rest[at + OPEN.len()..];
        let mut length = 0;
        while elements[length..].starts_with('\'') {
            length += quoted(&elements[length..]);
            length += if elements[length..].starts_with(", ") {
                2
            } else {
                0
            };
        }
        let after = elements[length..].strip_prefix("])::text[]");
        match after.filter(|_| length > 0) {
            Some(after) => {
                written.push_str(&rest[..at]);
                written.push_str("ARRAY[");
                written.push_str(&elements[..length]);
                written.push(']');
                rest = after;
            }
            None => {
                written.push_str(&rest[..at + OPEN.len()]);
                rest = elements;
            }
        }
    }
    written.push_str(rest);
    written
}

/// The length of the quoted text or name that begins here; a doubled quote belongs to it.
fn quoted(text: &str) -> usize {
    let quote = &text[..1];
    let mut end = 1;
    while let Some(at) = text[end..].find(quote) {
        end += at + 1;
        if !text[end..].starts_with(quote) {
            return end;
        }
        end += 1;
    }
    text.len()
}

/// A comment without what workroom writes before it on what it has made.
pub(super) fn without_mark(comment: &str) -> &str {
    let Some(rest) = comment.strip_prefix("workroom:") else {
        return comment;
    };
    let marked = rest.find(|part: char| !part.is_ascii_hexdigit() && part != ':');
    rest[marked.unwrap_or(rest.len())..].trim_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_texts_is_the_same_before_and_after_a_dump() {
        let before = "((status)::text = ANY ((ARRAY['open'::character varying, 'it''s'::character varying])::text[]))";
        let after = "((status)::text = ANY (ARRAY[('open'::character varying)::text, ('it''s'::character varying)::text]))";
        assert_eq!(settled(before), settled(after));
        assert_eq!(
            settled(after),
            "((status)::text = ANY (ARRAY['open', 'it''s']))"
        );
    }

    #[test]
    fn what_means_something_else_stays_something_else() {
        for text in [
            "('open'::character varying(3))::text",
            "(ARRAY['open'::citext])::text[]",
            "(note = '::character varying'::text)",
            "('a'::character varying[])::text[]",
            "\"it's\"::character varying",
        ] {
            assert_eq!(settled(text), text);
        }
        assert_ne!(
            settled("(a = ANY (ARRAY['x'::character varying]))"),
            settled("(a = ANY (ARRAY['y'::character varying]))")
        );
    }

    #[test]
    fn marks_are_taken_off_comments() {
        let mark = format!("workroom:{}:{}", "a1".repeat(32), "0f".repeat(8));
        assert_eq!(without_mark(&format!("{mark} Who reads.")), "Who reads.");
        assert_eq!(without_mark(&mark), "");
        assert_eq!(without_mark("workroom made it"), "workroom made it");
    }
}
