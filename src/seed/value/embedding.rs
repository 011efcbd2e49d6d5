//! The vector of a text, from the text alone: its words, pairs of words and pieces of words are hashed to places of the
//! vector, in the manner of the hashing trick (Weinberger et al., "Feature hashing for large scale multitask learning",
//! 2009). Texts that share words, or words of one stem, lie near each other. No model is asked, so that a question can be
//! embedded anywhere by the same rule, which is part of `format = 1` and never changes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::random::{Draw, join, key_of};

/// The greatest number of dimensions of pgvector's `vector`.
pub const MOST: usize = 16_000;

/// Places that a feature is spread over, so that features rarely fall on each other wholly.
const PLACES: u32 = 8;

/// Letters of a piece of a word.
const PIECES: [usize; 2] = [3, 4];

/// Words that say little of what a text is about, beside those of one or two letters.
const LIGHT: &str = "about after all also and any are been before but can could did does each ever every few for from had has have her \
     here his how into its just like many may more most much must not nor now off one only other our out over own per shall she \
     should some such than that the their them then there these they this those too under until upon use very was were what \
     when where which while who whom whose why will with within without would you your";

/// The vector of a text, of length 1; nothing for a text without a letter or digit, which would be all zeros.
#[must_use]
pub fn embed(text: &str, size: usize) -> Option<Arc<[f32]>> {
    let mut numbers = vec![0.0_f32; size];
    let features = features(text);
    let (first, _) = features.first_key_value()?;
    for (feature, weight) in &features {
        let mut draw = Draw::new(*feature, 0);
        for _ in 0..PLACES {
            let place = draw.below(size as u64) as usize;
            let sign = if draw.bits() & 1 == 0 { 1.0 } else { -1.0 };
            numbers[place] += weight * sign;
        }
    }
    let length = |numbers: &[f32]| numbers.iter().map(|one| one * one).sum::<f32>().sqrt();
    if length(&numbers) < 1e-6 {
        // In few dimensions all may cancel out.
        numbers[(first % size as u64) as usize] = 1.0;
    }
    let length = length(&numbers);
    numbers.iter_mut().for_each(|number| *number /= length);
    Some(numbers.into())
}

/// A vector as pgvector reads it.
#[must_use]
pub fn literal(numbers: &[f32]) -> String {
    let mut text = String::from("[");
    for (at, number) in numbers.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(text, "{comma}{number}");
    }
    text.push(']');
    text
}

/// A vector as pgvector writes it; nothing for one of zeros alone, which searches by cosine leave out, or of another size.
#[must_use]
pub fn parse(text: &str, size: Option<usize>) -> Option<Arc<[f32]>> {
    let inside = text.trim().strip_prefix('[')?.strip_suffix(']')?;
    let numbers: Option<Vec<f32>> = inside
        .split(',')
        .map(|number| {
            number
                .trim()
                .parse()
                .ok()
                .filter(|number: &f32| number.is_finite())
        })
        .collect();
    let numbers = numbers?;
    let is_fine = numbers.iter().any(|number| *number != 0.0)
        && size.is_none_or(|size| size == numbers.len());
    is_fine.then(|| numbers.into())
}

/// What a text is made of, each with its weight: a word that comes again adds less than at first.
fn features(text: &str) -> BTreeMap<u64, f32> {
    let text = text.to_lowercase();
    let words = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let mut found: BTreeMap<u64, (f32, f32)> = BTreeMap::new();
    let mut add = |kind: u64, text: &str, weight: f32| {
        let (known, count) = found.entry(join(kind, key_of(text))).or_default();
        *known = weight.max(*known);
        *count += 1.0;
    };
    let mut before: Option<&str> = None;
    for word in words {
        let is_light =
            word.chars().count() < 3 || LIGHT.split_ascii_whitespace().any(|light| light == word);
        let weight = if is_light && !word.starts_with(|first: char| first.is_ascii_digit()) {
            0.1
        } else {
            1.0
        };
        add(0, word, weight);
        if weight < 1.0 {
            continue;
        }
        let marked: Vec<char> = format!("^{word}$").chars().collect();
        let pieces = PIECES.iter().flat_map(|size| marked.windows(*size));
        // All pieces of a word weigh about as much as the word.
        let share = 1.0 / (pieces.clone().count().max(1) as f32).sqrt();
        for piece in pieces {
            add(1, &piece.iter().collect::<String>(), share);
        }
        if let Some(before) = before {
            add(2, &format!("{before} {word}"), 0.5);
        }
        before = Some(word);
    }
    found
        .into_iter()
        .map(|(feature, (weight, count))| (feature, weight * count.sqrt()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearness(one: &str, other: &str, size: usize) -> f32 {
        let (one, other) = (embed(one, size).unwrap(), embed(other, size).unwrap());
        one.iter()
            .zip(other.iter())
            .map(|(one, other)| one * other)
            .sum()
    }

    #[test]
    fn texts_that_share_words_or_stems_are_near() {
        let passage = "Discounts above ten percent are approved by finance, and the reason is noted beside the quote.";
        let other = "Children are cast through agencies that hold a permit, and never work longer than four hours a day.";
        for (question, size) in [
            ("Which discounts does finance approve?", 384),
            ("Which discounts does finance approve?", 1536),
            // No word alike.
            ("Who approves a discount?", 1536),
        ] {
            let (near, far) = (
                nearness(question, passage, size),
                nearness(question, other, size),
            );
            assert!(
                near > 2.0 * far.abs() && near > 0.1,
                "{question} {size}: {near} {far}"
            );
        }
        assert!((nearness(passage, &passage.to_uppercase(), 1536) - 1.0).abs() < 1e-4);
    }

    #[test]
    fn every_vector_has_the_length_one_and_none_is_made_of_nothing() {
        for size in [1, 2, 3, 1536, MOST] {
            for text in ["a", "ä 7", "one two three"] {
                assert!(
                    (nearness(text, text, size) - 1.0).abs() < 1e-3,
                    "{text} in {size}"
                );
            }
        }
        assert_eq!(embed("", 8), None);
        assert_eq!(embed(" … !", 8), None);
    }

    #[test]
    fn a_vector_of_zeros_or_of_another_size_is_none() {
        assert_eq!(
            parse("[1, -0.5]", Some(2)).as_deref(),
            Some(&[1.0, -0.5][..])
        );
        for (text, size) in [
            ("[0,0]", Some(2)),
            ("[1,2]", Some(3)),
            ("1,2", None),
            ("[a]", None),
            ("[]", None),
        ] {
            assert_eq!(parse(text, size), None, "{text}");
        }
    }

    #[test]
    fn a_vector_is_the_same_for_ever() {
        let known = "[-0.47847912,0.13101213,0.79176897,-0.1993663,-0.22784719,0.18797393]";
        assert_eq!(literal(&embed("how do we price?", 6).unwrap()), known);
    }
}
