//! Text as addresses and web pages need it.

/// A text in lower-case ASCII with `separator` between words: "Zoë Müller" becomes `zoe.muller`.
#[must_use]
pub fn slug(text: &str, separator: char) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match plain(character) {
            Some(plain) => out.push_str(plain),
            None if character.is_ascii_alphanumeric() => out.push(character.to_ascii_lowercase()),
            None if matches!(character, '\'' | '’') => {}
            None if !out.is_empty() && !out.ends_with(separator) => out.push(separator),
            None => {}
        }
    }
    if out.ends_with(separator) {
        out.pop();
    }
    out
}

/// The ASCII letters for a letter of the Latin alphabets of Europe.
const fn plain(character: char) -> Option<&'static str> {
    Some(match character {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' | 'ä' | 'À' | 'Á' | 'Â' | 'Å' | 'Ä' => {
            "a"
        }
        'æ' | 'Æ' => "ae",
        'ç' | 'ć' | 'č' | 'Ç' | 'Ć' | 'Č' => "c",
        'ď' | 'đ' | 'Đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' | 'È' | 'É' | 'Ê' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' | 'Í' | 'İ' => "i",
        'ł' | 'Ł' | 'ľ' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ő' | 'ø' | 'Ö' | 'Ó' | 'Ø' => "o",
        'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' | 'Š' | 'Ş' | 'Ś' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'þ' | 'Þ' => "th",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'Ü' | 'Ú' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' | 'Ž' | 'Ż' => "z",
        _ => return None,
    })
}

/// Writes a text as a JSON string.
pub fn write_json(out: &mut String, text: &str) {
    use std::fmt::Write as _;
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control if control < ' ' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_plain() {
        assert_eq!(slug("Zoë O'Brien-Müller", '.'), "zoe.obrien.muller");
        assert_eq!(slug("  Łódź & Søn  ", '-'), "lodz-son");
    }

    #[test]
    fn json_strings_are_escaped_as_the_server_does() {
        let mut out = String::new();
        write_json(&mut out, "a\"b\\\n\u{1}é");
        assert_eq!(out, "\"a\\\"b\\\\\\n\\u0001é\"");
    }
}
