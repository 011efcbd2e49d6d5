//! Claims of a session's JWT.

use serde_json::{Map, Value};

/// A path, and the text there.
pub(super) type Claim = (Vec<String>, String);

/// The setting that holds a JWT's claims, as PostgREST sets it.
pub(super) const CLAIMS: &str = "request.jwt.claims";

/// Claims as JSON: those that share the beginning of their paths are inside of one another.
pub(super) fn json(claims: &[Claim]) -> String {
    let mut all = Map::new().into();
    for (path, text) in claims {
        let mut place: &mut Value = &mut all;
        for name in path {
            if !place.is_object() {
                *place = Map::new().into();
            }
            place = &mut place[name];
        }
        *place = text.as_str().into();
    }
    all.to_string()
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
            json(&claims),
            r#"{"app":{"org":"o","role":"a\"b"},"sub":"1"}"#
        );
    }
}
