//! Which known name was probably meant.

/// "did you mean `x`?", or what there is to choose from.
pub(super) fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    let nearest = known
        .iter()
        .map(|other| (distance(name, other), *other))
        .min()
        .filter(|(distance, other)| *distance <= 1 + name.len().max(other.len()) / 4);
    match nearest {
        Some((_, other)) => format!("did you mean `{other}`?"),
        None if known.is_empty() => "there are none yet".to_owned(),
        None if known.len() <= 20 => format!("there are: {}", known.join(", ")),
        None => format!("there are {} others, none of them similar", known.len()),
    }
}

/// Edits that turn one text into the other; two neighbours swapped count as one.
fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let mut before = vec![0; other.len() + 1];
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut line = vec![row + 1; other.len() + 1];
        for (column, opposite) in other.iter().enumerate() {
            let replaced = above[column] + usize::from(letter != opposite);
            line[column + 1] = replaced.min(above[column + 1] + 1).min(line[column] + 1);
            let swapped =
                row > 0 && column > 0 && *letter == other[column - 1] && one[row - 1] == *opposite;
            if swapped {
                line[column + 1] = line[column + 1].min(before[column - 1] + 1);
            }
        }
        before = std::mem::replace(&mut above, line);
    }
    above[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        let known = ["finance", "leadership", "pm"];
        assert_eq!(suggestion("finanec", known), "did you mean `finance`?");
        assert_eq!(suggestion("x", known), "there are: finance, leadership, pm");
        assert_eq!(suggestion("x", []), "there are none yet");
    }
}
