//! Two values of a property side by side.

/// Both values, or where they begin to differ.
pub(super) fn values(expected: Option<&str>, found: Option<&str>) -> String {
    const WIDTH: usize = 60;
    let nothing = |value: Option<&str>| value.map_or("nothing".to_owned(), str::to_owned);
    let (Some(was), Some(is)) = (expected, found) else {
        let one_line = |value: Option<&str>| cut(&nothing(value), 0, WIDTH);
        return format!("expected {}, found {}", one_line(expected), one_line(found));
    };
    let (was_lines, is_lines): (Vec<&str>, Vec<&str>) =
        (was.lines().collect(), is.lines().collect());
    let differing = was_lines
        .iter()
        .zip(&is_lines)
        .position(|(was, is)| was != is);
    let line = differing.unwrap_or(was_lines.len().min(is_lines.len()));
    let place = match was_lines.len().max(is_lines.len()) {
        0 | 1 => String::new(),
        _ => format!("line {}: ", line + 1),
    };
    let (was, is) = (was_lines.get(line), is_lines.get(line));
    let (was, is) = (
        was.map_or("its end", |it| it),
        is.map_or("its end", |it| it),
    );
    let same = was
        .chars()
        .zip(is.chars())
        .take_while(|(was, is)| was == is)
        .count();
    let from = same.saturating_sub(WIDTH / 3);
    format!(
        "{place}expected {}, found {}",
        cut(was, from, WIDTH),
        cut(is, from, WIDTH)
    )
}

/// A part of a line, when it is longer than that.
fn cut(text: &str, from: usize, width: usize) -> String {
    let text = text.lines().next().unwrap_or_default();
    let count = text.chars().count();
    if count <= width {
        return text.to_owned();
    }
    let part: String = text.chars().skip(from).take(width).collect();
    let before = if from > 0 { "…" } else { "" };
    let after = if from + width < count { "…" } else { "" };
    format!("{before}{part}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shown_where_they_begin_to_differ() {
        let long = "x".repeat(200);
        assert_eq!(
            values(Some("a\nb\nc"), Some("a\nB\nc")),
            "line 2: expected b, found B"
        );
        assert_eq!(
            values(Some("a\nb"), Some("a")),
            "line 2: expected b, found its end"
        );
        let shown = values(
            Some(&format!("{long}a{long}")),
            Some(&format!("{long}b{long}")),
        );
        assert!(
            shown.contains("xa") && shown.contains("xb") && shown.len() < 200,
            "{shown}"
        );
    }
}
