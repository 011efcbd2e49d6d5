//! What was probably meant by a name in a file that nothing has.

/// The name nearest to a wrong one, if any is near.
#[must_use]
pub(crate) fn nearest<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let most = (wrong.chars().count() / 3).max(1);
    let names: Vec<&str> = names.into_iter().collect();
    // Half a name is a name that was not finished.
    let begun = names
        .iter()
        .copied()
        .find(|name| wrong.len() > 3 && name.starts_with(wrong));
    let near = names
        .into_iter()
        .map(|name| (distance(wrong, name), name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name);
    near.or(begun)
}

/// A hint: the nearest name, otherwise all of them when they are few.
#[must_use]
pub(crate) fn hint<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = names.into_iter().collect();
    if let Some(name) = nearest(wrong, names.iter().copied()) {
        return Some(format!("did you mean `{name}`?"));
    }
    match names.len() {
        0 => None,
        1..=24 => Some(format!("there are: {}", names.join(", "))),
        count => Some(format!(
            "there are {count}, among them {}",
            names[..8].join(", ")
        )),
    }
}

/// As [`hint`], of names in any order, with words for there being none.
#[must_use]
pub(crate) fn suggestion<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    names.dedup();
    hint(wrong, names).unwrap_or_else(|| "there are none yet".to_owned())
}

/// The edits (insert, remove, replace, swap neighbours) that lead from one to the other.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.to_lowercase().chars().collect();
    let other: Vec<char> = other.to_lowercase().chars().collect();
    let mut before: Vec<usize> = vec![0; other.len() + 1];
    let mut line: Vec<usize> = (0..=other.len()).collect();
    for at in 1..=one.len() {
        let mut next = vec![at; other.len() + 1];
        for to in 1..=other.len() {
            let same = usize::from(one[at - 1] != other[to - 1]);
            next[to] = (line[to - 1] + same)
                .min(line[to] + 1)
                .min(next[to - 1] + 1);
            let swapped =
                at > 1 && to > 1 && one[at - 1] == other[to - 2] && one[at - 2] == other[to - 1];
            if swapped {
                next[to] = next[to].min(before[to - 2] + 1);
            }
        }
        before = std::mem::replace(&mut line, next);
    }
    line[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested() {
        let names = ["approved", "rejected", "draft"];
        assert_eq!(nearest("aproved", names), Some("approved"));
        assert_eq!(nearest("daft", names), Some("draft"));
        assert_eq!(nearest("quarterly", names), None);
        assert_eq!(
            hint("quarterly", names).unwrap(),
            "there are: approved, rejected, draft"
        );
        assert_eq!(
            suggestion("finanec", ["pm", "finance"]),
            "did you mean `finance`?"
        );
        assert_eq!(suggestion("x", ["pm", "finance"]), "there are: finance, pm");
        assert_eq!(suggestion("x", []), "there are none yet");
    }
}
