//! Claims of a session's JWT.

/// A path, and the text there.
pub(super) type Claim = (Vec<String>, String);

/// The setting that holds a JWT's claims, as PostgREST sets it.
pub(super) const CLAIMS: &str = "request.jwt.claims";

/// Claims as JSON: those that share the beginning of their paths are inside of one another.
pub(super) fn json(claims: &[Claim], depth: usize) -> String {
    let mut names: Vec<&String> = claims
        .iter()
        .filter_map(|(path, _)| path.get(depth))
        .collect();
    names.sort();
    names.dedup();
    let members = names.into_iter().map(|name| {
        let inside: Vec<_> = claims
            .iter()
            .filter(|(path, _)| path.get(depth) == Some(name))
            .cloned()
            .collect();
        let leaf = inside.iter().find(|(path, _)| path.len() == depth + 1);
        let value = leaf.map_or_else(|| json(&inside, depth + 1), |(_, value)| quoted(value));
        format!("{}: {value}", quoted(name))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_with_the_same_beginning_are_inside_of_one_another() {
        let claim = |path: &[&str], value: &str| -> Claim {
            (
                path.iter().map(ToString::to_string).collect(),
                value.to_owned(),
            )
        };
        let claims = [
            claim(&["sub"], "1"),
            claim(&["app", "role"], "a\"b"),
            claim(&["app", "org"], "o"),
        ];
        assert_eq!(
            json(&claims, 0),
            r#"{"app": {"org": "o", "role": "a\"b"}, "sub": "1"}"#
        );
    }
}
