//! JSON that is written out, as `jsonb` writes it: shorter keys first, of two alike the last, one blank behind commas and
//! colons, so that it comes back as it was sent.

use super::text::write_json;

/// A text of JSON in the form of `jsonb`; nothing when it is none, or has numbers with exponents, whose digits the server
/// would write out.
#[must_use]
pub fn canonical(text: &str) -> Option<String> {
    let mut reader = Reader { rest: text };
    let mut out = String::new();
    reader.value(&mut out, 0)?;
    reader.blanks();
    reader.rest.is_empty().then_some(out)
}

/// Values inside of values are read so deep.
const DEPTH: usize = 64;

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn sign(&mut self, sign: char) -> bool {
        self.blanks();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, out: &mut String, depth: usize) -> Option<()> {
        self.blanks();
        if depth > DEPTH {
            return None;
        }
        match self.rest.chars().next()? {
            '{' => self.object(out, depth),
            '[' => {
                self.sign('[');
                out.push('[');
                let mut is_first = true;
                while !self.sign(']') {
                    if !is_first {
                        self.sign(',').then(|| out.push_str(", "))?;
                    }
                    self.value(out, depth + 1)?;
                    is_first = false;
                }
                out.push(']');
                Some(())
            }
            '"' => {
                let text = self.text()?;
                write_json(out, &text);
                Some(())
            }
            't' | 'f' | 'n' => {
                let word = ["true", "false", "null"]
                    .into_iter()
                    .find(|word| self.rest.starts_with(word))?;
                out.push_str(word);
                self.rest = &self.rest[word.len()..];
                Some(())
            }
            _ => self.number(out),
        }
    }

    fn object(&mut self, out: &mut String, depth: usize) -> Option<()> {
        self.sign('{');
        let mut members: Vec<(String, String)> = Vec::new();
        let mut is_first = true;
        while !self.sign('}') {
            if !is_first && !self.sign(',') {
                return None;
            }
            self.blanks();
            let key = self.text()?;
            self.sign(':').then_some(())?;
            let mut value = String::new();
            self.value(&mut value, depth + 1)?;
            members.retain(|(known, _)| *known != key);
            members.push((key, value));
            is_first = false;
        }
        members.sort_by(|(one, _), (other, _)| {
            one.len().cmp(&other.len()).then_with(|| one.cmp(other))
        });
        out.push('{');
        for (at, (key, value)) in members.iter().enumerate() {
            out.push_str(if at > 0 { ", " } else { "" });
            write_json(out, key);
            out.push_str(": ");
            out.push_str(value);
        }
        out.push('}');
        Some(())
    }

    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.rest.strip_prefix('"')?.char_indices();
        loop {
            let (at, character) = characters.next()?;
            match character {
                '"' => {
                    self.rest = &self.rest[at + 2..];
                    return Some(text);
                }
                '\\' => text.push(match characters.next()?.1 {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    plain @ ('"' | '\\' | '/') => plain,
                    'u' => {
                        let digits: String = characters
                            .by_ref()
                            .take(4)
                            .map(|(_, digit)| digit)
                            .collect();
                        // A half of a pair, and the one that no text of the server holds, are none.
                        let code = u32::from_str_radix(&digits, 16)
                            .ok()
                            .filter(|code| *code > 0 && digits.len() == 4)?;
                        char::from_u32(code)?
                    }
                    _ => return None,
                }),
                control if control < ' ' => return None,
                plain => text.push(plain),
            }
        }
    }

    fn number(&mut self, out: &mut String) -> Option<()> {
        let end = self
            .rest
            .find(|next: char| !(next.is_ascii_alphanumeric() || matches!(next, '-' | '+' | '.')))
            .unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        let digits = number.strip_prefix('-').unwrap_or(number);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let are_digits =
            |part: &str| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
        let is_zero = digits.bytes().all(|digit| matches!(digit, b'0' | b'.'));
        let is_plain = are_digits(whole)
            && are_digits(fraction)
            && (whole == "0" || !whole.starts_with('0'))
            && !(is_zero && number.starts_with('-'));
        if !is_plain {
            return None;
        }
        out.push_str(number);
        self.rest = rest;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_written_as_the_server_keeps_it() {
        for (text, kept) in [
            (
                "{\"bb\":1,\"a\":[true,null , -2.50],\"bb\":{}}",
                "{\"a\": [true, null, -2.50], \"bb\": {}}",
            ),
            (" \"a\\u00e4\\n\\\"\" ", "\"aä\\n\\\"\""),
            ("[]", "[]"),
            ("0", "0"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(kept), "{text}");
        }
        for text in [
            "",
            "{",
            "[1,]",
            "{a: 1}",
            "1e3",
            "01",
            "-0",
            "'a'",
            "[1] 2",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "nul",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
