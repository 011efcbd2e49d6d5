//! The pitfalls of row-level security by number: what checks and proofs mean when they name one.

/// What a pitfall is, in a sentence: "P41".
#[must_use]
pub fn pitfall(code: &str) -> Option<&'static str> {
    let lines = include_str!("pitfalls.txt").lines();
    let mut all = lines.filter_map(|line| line.split_once(' '));
    all.find_map(|(known, what)| (known == code).then_some(what))
}

#[cfg(test)]
mod tests {
    use super::super::checks;
    use super::*;

    #[test]
    fn every_pitfall_that_a_check_names_is_told() {
        let named = checks().flat_map(|check| check.after.split(", "));
        for code in named.filter(|code| code.starts_with('P')) {
            assert!(pitfall(code).is_some(), "{code}");
        }
        assert_eq!(pitfall("P99"), None);
    }
}
