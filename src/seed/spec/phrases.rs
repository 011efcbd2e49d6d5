//! Phrases: texts with places in braces, read for the table that uses them.

use super::names::Unknown;
use super::reader::{Reader, inside};
use crate::files::suggest;
use crate::files::toml::{Data, Node};
use crate::seed::words::{Filter, Phrase, Piece};

impl Reader<'_> {
    /// A phrase: the name of one, or a text with places in braces.
    pub(crate) fn phrase(&mut self, node: &Node) -> Option<usize> {
        if let Data::Text(text) = &node.data
            && !text.contains('{')
        {
            if self.raw_phrases.iter().any(|(name, _)| name == text) {
                return self.named_phrase(text, node);
            }
            if let Some(list) = self.words.list(text) {
                return Some(self.add_phrase(vec![vec![Piece::List(list, Filter::Plain)]]));
            }
            let known = self.raw_phrases.iter().map(|(name, _)| name.as_str());
            let known = known.chain(self.words.lists.iter().map(|list| list.name.as_str()));
            let hint = suggest::hint(text, known);
            self.mistake(
                inside(node),
                format!("there is no phrase or list `{text}`"),
                hint,
            );
            return None;
        }
        let variants = self.variants(node)?;
        Some(self.add_phrase(variants))
    }

    /// A phrase of the file, as the present table understands it.
    fn named_phrase(&mut self, name: &str, asked: &Node) -> Option<usize> {
        let key = (name.to_owned(), self.scope.table);
        match self.read_phrases.get(&key) {
            Some(Some(known)) => return Some(*known),
            Some(None) => {
                self.mistake(
                    inside(asked),
                    format!("the phrase `{name}` contains itself"),
                    None,
                );
                return None;
            }
            None => {}
        }
        let node = self
            .raw_phrases
            .iter()
            .find(|(known, _)| known == name)?
            .1
            .clone();
        self.read_phrases.insert(key.clone(), None);
        // Other columns may use it too.
        let own = self.scope.own.take();
        let variants = self.variants(&node);
        self.scope.own = own;
        let variants = variants?;
        let phrase = self.add_phrase(variants);
        self.read_phrases.insert(key, Some(phrase));
        Some(phrase)
    }

    pub(super) fn add_phrase(&mut self, variants: Vec<Vec<Piece>>) -> usize {
        self.words.phrases.push(Phrase { variants });
        self.words.phrases.len() - 1
    }

    /// The variants of a phrase: a text or an array of texts.
    pub(crate) fn variants(&mut self, node: &Node) -> Option<Vec<Vec<Piece>>> {
        let items = match &node.data {
            Data::Array(items) => items.iter().collect(),
            _ => vec![node],
        };
        if items.is_empty() {
            self.mistake(
                node.span.clone(),
                "a phrase needs at least one variant",
                None,
            );
        }
        let variants: Vec<_> = items.into_iter().map(|item| self.pieces(item)).collect();
        variants.into_iter().collect()
    }

    fn pieces(&mut self, node: &Node) -> Option<Vec<Piece>> {
        let text = self.text(node)?;
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(open) = text[at..].find('{') {
            let open = at + open;
            if open > at {
                pieces.push(Piece::Text(text[at..open].into()));
            }
            let Some(close) = text[open..].find('}') else {
                let span = self.within(node, text, open..open + 1);
                self.mistake(span, "a brace that is not closed", None);
                return None;
            };
            let close = open + close;
            match self.piece(&text[open + 1..close], node) {
                Ok(piece) => pieces.push(piece),
                Err((message, hint)) => {
                    let span = self.within(node, text, open..close + 1);
                    self.mistake(span, message, hint);
                    return None;
                }
            }
            at = close + 1;
        }
        if at < text.len() {
            pieces.push(Piece::Text(text[at..].into()));
        }
        Some(pieces)
    }

    fn piece(&mut self, inside: &str, node: &Node) -> Result<Piece, Unknown> {
        let (name, filter) = match inside.split_once('|') {
            None => (inside, Filter::Plain),
            Some((name, wanted)) => {
                let found = Filter::ALL.iter().find(|(known, _)| *known == wanted);
                let Some((_, filter)) = found else {
                    let known = Filter::ALL.map(|(known, _)| known);
                    return Err((
                        format!("there is no filter `{wanted}`"),
                        suggest::hint(wanted, known),
                    ));
                };
                (name, *filter)
            }
        };
        if let Some((list, path)) = name.split_once(':') {
            let Some(at) = self.words.list(list) else {
                let known = self.words.lists.iter().map(|list| list.name.as_str());
                return Err((
                    format!("there is no list `{list}`"),
                    suggest::hint(list, known),
                ));
            };
            return Ok(Piece::Group(at, self.names.path(self.scope, path)?, filter));
        }
        // What is nearest wins: a column of the table before a list of the file.
        let column = self.names.column(self.scope.table, name);
        let is_column = column.is_some() && column != self.scope.own;
        if let Some(list) = self.words.list(name).filter(|_| !is_column) {
            return Ok(Piece::List(list, filter));
        }
        if !is_column && self.raw_phrases.iter().any(|(known, _)| known == name) {
            let phrase = self.named_phrase(name, node);
            return phrase
                .map(|phrase| Piece::Phrase(phrase, filter))
                .ok_or_else(|| (format!("the phrase `{name}` cannot be used here"), None));
        }
        let path = self
            .names
            .path(self.scope, name)
            .map_err(|(message, hint)| {
                let lists = self.words.lists.iter().map(|list| list.name.as_str());
                let phrases = self.raw_phrases.iter().map(|(name, _)| name.as_str());
                let near = suggest::nearest(name, lists.chain(phrases));
                (
                    format!("`{name}` is no list and no phrase, and {message}"),
                    near.map(|near| format!("did you mean `{near}`?")).or(hint),
                )
            })?;
        Ok(Piece::Cell(path, filter))
    }
}
