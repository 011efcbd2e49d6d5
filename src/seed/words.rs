//! Lists of words and the phrases that are made of them.
//!
//! A list is an array in the file, or a text file of one item a line, where `[name]` begins a group and `#` a
//! comment, or one of several in a text file where `[name]` begins each. A phrase is a text with places in braces: `{list}`, `{list:column}` (the group that the column names),
//! `{phrase}`, `{column}`, `{parent.column}`, each with filters: `{brand.name|lower}`.

use std::collections::HashMap;

use crate::seed::expression::Path;

/// All words, lists and phrases of a seed file.
#[derive(Clone, Debug, Default)]
pub struct Words {
    texts: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
    /// The lists.
    pub lists: Vec<List>,
    /// The phrases.
    pub phrases: Vec<Phrase>,
}

/// A list of words.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// Its name.
    pub name: String,
    /// All of its items.
    pub items: Vec<u32>,
    /// Its groups: a name's word, and positions in `items`.
    pub groups: Vec<(u32, std::ops::Range<usize>)>,
}

/// A phrase with its variants, of which each is as likely as the others.
#[derive(Clone, Debug, Default)]
pub struct Phrase {
    /// The variants.
    pub variants: Vec<Vec<Piece>>,
}

/// A piece of a phrase.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Text as it is.
    Text(Box<str>),
    /// An item of a list.
    List(usize, Filter),
    /// An item of the group of a list that a column names.
    Group(usize, Path, Filter),
    /// Another phrase.
    Phrase(usize, Filter),
    /// A column's value.
    Cell(Path, Filter),
}

/// What is done to a piece before it is put in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Nothing.
    #[default]
    Plain,
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// The first letter in upper case.
    Capital,
    /// For addresses.
    Slug,
}

impl Filter {
    /// The names of the filters.
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        ("lower", Self::Lower),
        ("upper", Self::Upper),
        ("capital", Self::Capital),
        ("slug", Self::Slug),
    ];

    /// Adds a text to another.
    pub fn apply(self, out: &mut String, text: &str) {
        match self {
            Self::Plain => out.push_str(text),
            Self::Lower => out.push_str(&text.to_lowercase()),
            Self::Upper => out.push_str(&text.to_uppercase()),
            Self::Slug => out.push_str(&crate::seed::value::text::slug(text, '-')),
            Self::Capital => {
                let mut characters = text.chars();
                if let Some(first) = characters.next() {
                    out.extend(first.to_uppercase());
                    out.push_str(characters.as_str());
                }
            }
        }
    }
}

impl Words {
    /// The number of a word, which is added when it is new.
    pub fn word(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        number
    }

    /// The number of a word that is there.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    /// A word.
    #[must_use]
    pub fn text(&self, word: u32) -> &str {
        self.texts.get(word as usize).map_or("", |text| text)
    }

    /// All words, in the order of their numbers.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| &**text)
    }

    /// The list of this name.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<usize> {
        self.lists.iter().position(|list| list.name == name)
    }

    /// Adds a list from the lines of a file.
    pub fn add_lines(&mut self, name: &str, text: &str) {
        let mut list = List {
            name: name.to_owned(),
            ..List::default()
        };
        for line in text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            if let Some(group) = line
                .strip_prefix('[')
                .and_then(|line| line.strip_suffix(']'))
            {
                let word = self.word(group);
                list.groups.push((word, list.items.len()..list.items.len()));
                continue;
            }
            let word = self.word(line);
            list.items.push(word);
            let end = list.items.len();
            if let Some((_, range)) = list.groups.last_mut() {
                range.end = end;
            }
        }
        self.lists.push(list);
    }

    /// Adds the lists of a file, of which each begins with its name in brackets.
    pub fn add_lists(&mut self, text: &str) {
        let heading = |line: &str| line.starts_with('[') && line.ends_with(']');
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let starts: Vec<usize> = (0..lines.len()).filter(|at| heading(lines[*at])).collect();
        for (at, start) in starts.iter().enumerate() {
            let end = starts.get(at + 1).copied().unwrap_or(lines.len());
            let name = lines[*start].trim_matches(['[', ']']);
            self.add_lines(name, &lines[start + 1..end].join("\n"));
        }
    }

    /// The items of the group of a list, or all of them when it has no groups.
    #[must_use]
    pub fn group(&self, list: usize, group: &str) -> Option<&[u32]> {
        let list = &self.lists[list];
        let word = self.find(group)?;
        let (_, range) = list.groups.iter().find(|(name, _)| *name == word)?;
        list.items.get(range.clone())
    }

    /// How many different texts a phrase can make, if that can be told: it is made of lists and fixed text alone.
    #[must_use]
    pub fn capacity(&self, phrase: usize) -> Option<u64> {
        self.phrases[phrase]
            .variants
            .iter()
            .try_fold(0_u64, |sum, variant| {
                Some(sum.saturating_add(self.capacity_of(variant)?))
            })
    }

    fn capacity_of(&self, variant: &[Piece]) -> Option<u64> {
        variant.iter().try_fold(1_u64, |product, piece| {
            let count = match piece {
                Piece::Text(_) => 1,
                Piece::List(list, _) => self.lists[*list].items.len() as u64,
                Piece::Phrase(phrase, _) => self.capacity(*phrase)?,
                Piece::Group(..) | Piece::Cell(..) => return None,
            };
            Some(product.saturating_mul(count))
        })
    }

    /// The text number `index` of those that a phrase can make; `index` is below its capacity.
    pub fn write_nth(&self, out: &mut String, phrase: usize, mut index: u64) {
        for variant in &self.phrases[phrase].variants {
            let capacity = self.capacity_of(variant).unwrap_or(0);
            if index >= capacity {
                index -= capacity;
                continue;
            }
            for piece in variant {
                match piece {
                    Piece::Text(text) => out.push_str(text),
                    Piece::List(list, filter) => {
                        let items = &self.lists[*list].items;
                        filter.apply(out, self.text(items[(index % items.len() as u64) as usize]));
                        index /= items.len() as u64;
                    }
                    Piece::Phrase(inner, filter) => {
                        let count = self.capacity(*inner).unwrap_or(1).max(1);
                        let mut text = String::new();
                        self.write_nth(&mut text, *inner, index % count);
                        filter.apply(out, &text);
                        index /= count;
                    }
                    Piece::Group(..) | Piece::Cell(..) => {}
                }
            }
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_words_has_groups_and_comments() {
        let mut words = Words::default();
        words.add_lines("x", "# none\n[a]\none\ntwo\n\n[b]\nthree\n");
        let group = |name: &str| {
            words.group(0, name).map(|items| {
                items
                    .iter()
                    .map(|item| words.text(*item))
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(group("a"), Some(vec!["one", "two"]));
        assert_eq!(group("b"), Some(vec!["three"]));
        assert_eq!(group("c"), None);
    }

    #[test]
    fn a_file_of_lists_has_one_for_each_heading() {
        let mut words = Words::default();
        words.add_lists("# none\n[a]\none\ntwo\n\n[b]\n# three\nfour\n");
        let lists = words.lists.iter();
        let lists: Vec<(&str, usize)> = lists
            .map(|list| (list.name.as_str(), list.items.len()))
            .collect();
        assert_eq!(lists, [("a", 2), ("b", 1)]);
    }

    #[test]
    fn every_text_of_a_phrase_is_made_once() {
        let mut words = Words::default();
        words.add_lines("a", "1\n2\n3");
        words.add_lines("b", "x\ny");
        let pair = vec![
            Piece::List(0, Filter::Plain),
            Piece::Text("-".into()),
            Piece::List(1, Filter::Upper),
        ];
        words.phrases.push(Phrase {
            variants: vec![pair, vec![Piece::List(1, Filter::Plain)]],
        });
        let mut all: Vec<String> = (0..words.capacity(0).unwrap())
            .map(|index| {
                let mut out = String::new();
                words.write_nth(&mut out, 0, index);
                out
            })
            .collect();
        all.sort();
        assert_eq!(all, ["1-X", "1-Y", "2-X", "2-Y", "3-X", "3-Y", "x", "y"]);
    }
}
