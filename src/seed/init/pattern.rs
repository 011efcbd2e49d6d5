//! A text that a regular expression or a `like` pattern lets pass, as far as a few lines of code find one. It is only
//! proposed: the server says whether it fits.

/// The most characters of a repetition.
const MOST: usize = 200;

/// The shortest text that a regular expression seems to ask for.
pub(super) fn regular(pattern: &str) -> Option<String> {
    let mut reader = Reader {
        rest: pattern.chars().collect(),
        at: 0,
    };
    let text = reader.alternatives()?;
    (reader.at == reader.rest.len()).then_some(text)
}

/// The shortest text that a `like` pattern lets pass.
pub(super) fn like(pattern: &str) -> String {
    pattern.replace('%', "").replace('_', "a")
}

/// The same text with a number for its last run of digits, as `code` takes it.
pub(super) fn numbered(text: &str) -> Option<String> {
    let end = text.rfind(|character: char| character.is_ascii_digit())? + 1;
    let start = text[..end]
        .rfind(|character: char| !character.is_ascii_digit())
        .map_or(0, |at| {
            at + text[at..].chars().next().map_or(1, char::len_utf8)
        });
    (end - start >= 3).then(|| {
        format!(
            "{}{{{}}}{}",
            &text[..start],
            "0".repeat(end - start),
            &text[end..]
        )
    })
}

struct Reader {
    rest: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn take(&mut self) -> Option<char> {
        let found = self.peek()?;
        self.at += 1;
        Some(found)
    }

    /// The first of several.
    fn alternatives(&mut self) -> Option<String> {
        let mut first = None;
        loop {
            let text = self.sequence()?;
            first.get_or_insert(text);
            if self.peek() != Some('|') {
                return first;
            }
            self.at += 1;
        }
    }

    fn sequence(&mut self) -> Option<String> {
        let mut text = String::new();
        while let Some(next) = self.peek() {
            if matches!(next, '|' | ')') {
                break;
            }
            self.at += 1;
            let atom = match next {
                '^' | '$' => continue,
                '(' => {
                    if self.peek() == Some('?') {
                        self.at += 1;
                        if self.take() != Some(':') {
                            return None;
                        }
                    }
                    let inner = self.alternatives()?;
                    (self.take() == Some(')')).then_some(inner)?
                }
                '[' => self.class()?.to_string(),
                '\\' => escaped(self.take()?)?.to_string(),
                '.' => "a".to_owned(),
                other => other.to_string(),
            };
            text.push_str(&atom.repeat(self.count()?));
        }
        Some(text)
    }

    /// How often what was read comes at least, and once where that is not said.
    fn count(&mut self) -> Option<usize> {
        let count = match self.peek() {
            Some('*' | '?') => 0,
            Some('+') => 1,
            Some('{') => {
                let inside: String = self.rest[self.at + 1..]
                    .iter()
                    .take_while(|character| **character != '}')
                    .collect();
                self.at += inside.chars().count() + 1;
                inside.split(',').next()?.parse().ok()?
            }
            _ => return Some(1),
        };
        self.at += 1;
        (count <= MOST).then_some(count)
    }

    /// A character of a class: a letter or a digit where it has one.
    fn class(&mut self) -> Option<char> {
        let is_negated = self.peek() == Some('^');
        let mut members = Vec::new();
        loop {
            match self.take()? {
                ']' if !members.is_empty() => break,
                '\\' => members.push(escaped(self.take()?)?),
                // [:alpha:]
                '[' if self.peek() == Some(':') => {
                    let name: String = self.rest[self.at + 1..]
                        .iter()
                        .take_while(|character| **character != ':')
                        .collect();
                    self.at += name.len() + 3;
                    members.push(match name.as_str() {
                        "digit" | "xdigit" | "alnum" => '0',
                        "upper" => 'A',
                        "space" | "blank" => ' ',
                        _ => 'a',
                    });
                }
                other => members.push(other),
            }
        }
        if is_negated {
            let mut letters = 'a'..='z';
            return letters.find(|letter| !members.contains(letter));
        }
        members.first().copied()
    }
}

fn escaped(letter: char) -> Option<char> {
    match letter {
        'd' => Some('0'),
        'w' => Some('a'),
        's' => Some(' '),
        other if other.is_ascii_alphanumeric() => None,
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_for_what_checks_usually_ask() {
        for (pattern, text) in [
            ("^[A-Z]{3}$", Some("AAA")),
            ("^[0-9a-f]{4}$", Some("0000")),
            ("^(red|green)-\\d{3,}$", Some("red-000")),
            ("^\\+[1-9][0-9]{6,14}$", Some("+1000000")),
            ("^[^@ ]+@[^@]+\\.[a-z]{2,}$", Some("a@a.aa")),
            ("^https?://", Some("http://")),
            ("^[[:upper:]]{2}-?", Some("AA")),
            ("^(?=x)y", None),
            ("(", None),
        ] {
            assert_eq!(regular(pattern).as_deref(), text, "{pattern}");
        }
        assert_eq!(like("_%@_%"), "a@a");
        assert_eq!(numbered("red-000").as_deref(), Some("red-{000}"));
        assert_eq!(numbered("AAA"), None);
    }
}
