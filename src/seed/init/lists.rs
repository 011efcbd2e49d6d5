//! Words for first files: made up or of everyday use, none of them somebody's. A file gets the lists that its lines name.

/// A list a line: its name, and its words between bars.
const LISTS: &str = include_str!("lists.txt");

/// Lists by name.
fn lists() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let lines = LISTS.lines().filter_map(|line| line.split_once(" = "));
    lines.map(|(name, words)| (name, words.split(" | ").collect()))
}

/// The words of a list.
pub(super) fn items(name: &str) -> Vec<&'static str> {
    let found = lists().find(|(known, _)| *known == name);
    found.map_or_else(Vec::new, |(_, items)| items)
}

/// A file's text with the lists that some lines name and it does not have.
pub(super) fn added(head: &str, lines: &str) -> String {
    let has = |name: &str| {
        let mut known = head.lines().filter_map(|line| line.split_once('='));
        known.any(|(key, _)| key.trim() == name)
    };
    let mut text = String::new();
    for (name, items) in lists().filter(|(name, _)| is_named(lines, name) && !has(name)) {
        text.push_str(&format!("{name} = {items:?}\n"));
    }
    let header = "[list]\n";
    match head.find(&format!("\n{header}")) {
        _ if text.is_empty() => head.to_owned(),
        Some(at) => {
            let (before, after) = head.split_at(at + 1 + header.len());
            format!("{before}{text}{after}")
        }
        None => format!("{head}\n{header}{text}"),
    }
}

/// Whether some lines name a list, alone or in a phrase.
fn is_named(lines: &str, name: &str) -> bool {
    let in_phrase = ["}", "|"]
        .iter()
        .any(|end| lines.contains(&format!("{{{name}{end}")));
    in_phrase || lines.contains(&format!("= \"{name}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gets_the_lists_that_it_names() {
        let lines = "a = { list = \"city\" }\nb = { text = \"{given_name|lower} {row}\" }\n";
        let text = added("[seed]\n", lines);
        assert!(
            text.starts_with("[seed]\n\n[list]\ngiven_name = [\"Amara\""),
            "{text}"
        );
        assert!(text.contains("\ncity = "), "{text}");
        assert!(!text.contains("family_name"), "{text}");
        assert_eq!(added("[seed]\n", "a = 1\n"), "[seed]\n");
    }

    #[test]
    fn lists_that_are_there_stay() {
        let head = "[seed]\n[list]\ncity = [\"Rome\"]\n[text]\n";
        let text = added(
            head,
            "a = { list = \"city\" }\nb = { list = \"currency\" }\n",
        );
        assert!(text.starts_with("[seed]\n[list]\ncurrency = "), "{text}");
        assert!(text.ends_with("]\ncity = [\"Rome\"]\n[text]\n"), "{text}");
    }

    #[test]
    fn words_of_names_are_ascii_so_that_addresses_are_made_of_them() {
        for list in ["given_name", "family_name", "word"] {
            for item in items(list) {
                assert!(
                    item.bytes().all(|byte| byte.is_ascii_alphabetic()),
                    "{item}"
                );
            }
        }
    }
}
