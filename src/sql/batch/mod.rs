//! SQL that is put together for one message, and where in it everything lies: a server's answer names a failed
//! statement by its number and a place by its character, and both have to become a place in a user's file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::files::TextFile;
use crate::sql::lexer::TokenKind;
use crate::sql::statement::{Statement, is_restriction, split};

/// Statements of one message, in parts that their sender tells apart.
#[derive(Clone, Debug, Default)]
pub struct Batch<'file> {
    text: String,
    end: Start,
    parts: Vec<Start>,
    files: Vec<FilePart<'file>>,
}

/// What goes with one statement of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    /// Statements of workroom's own right before it.
    pub before: Vec<String>,
    /// Whether it is left out: what it asks for is there.
    pub is_left_out: bool,
}

/// What a server says of a statement that failed. Its position is exact where it gives one: of a message that cannot
/// be parsed no statement is completed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Statements of the message that were completed before.
    pub completed: usize,
    /// The character of the message, from 1.
    pub position: Option<usize>,
}

/// A place in a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// Characters before it.
    pub characters: usize,
    /// Statements before it.
    pub statements: usize,
}

/// A user's file inside a message.
#[derive(Clone, Copy, Debug)]
pub struct FilePart<'file> {
    /// The file.
    pub file: &'file TextFile,
    /// Its statements that are in the message, and those after them.
    pub statements: &'file [Statement],
    /// Bytes of the file that come before what is in the message; 0 when the whole file is sent.
    offset: usize,
    start: Start,
}

impl<'file> Batch<'file> {
    /// The whole message.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many statements are in it.
    #[must_use]
    pub fn statements(&self) -> usize {
        self.end.statements
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.end.statements == 0
    }

    /// Adds one statement of workroom's own, without its `;`.
    pub fn push(&mut self, statement: &str) {
        self.add(statement, 1);
        // Its last line may be a comment.
        self.add("\n;", 0);
    }

    /// Adds statements of workroom's own, each with its `;`.
    pub fn push_all(&mut self, statements: &str) {
        let file = TextFile::new("", statements);
        self.add(statements, split(&file).map_or(1, |found| found.len()));
        self.add("\n", 0);
    }

    /// Adds a whole file.
    pub fn push_file(&mut self, file: &'file TextFile, statements: &'file [Statement]) {
        self.push_part_of(file, statements, 0..file.text.len(), statements.len());
    }

    /// Adds a whole file with something inside, by the number of the statement with which it goes.
    pub fn push_file_with(
        &mut self,
        file: &'file TextFile,
        statements: &'file [Statement],
        inside: &BTreeMap<usize, Inside>,
    ) {
        let (mut next, mut byte) = (0, 0);
        for (at, inside) in inside {
            let Some(statement) = statements.get(*at) else {
                continue;
            };
            let earlier = byte..statement.span.start;
            self.push_part_of(file, &statements[next..], earlier, at - next);
            (next, byte) = (*at, statement.span.start);
            if inside.is_left_out || !inside.before.is_empty() {
                self.push_first_with(file, &statements[*at..], Some(inside));
                (next, byte) = (at + 1, statement.span.end);
            }
        }
        let rest = byte..file.text.len();
        self.push_part_of(file, &statements[next..], rest, statements.len() - next);
    }

    /// Adds the first of some statements of a file, with what goes with it.
    pub fn push_first_with(
        &mut self,
        file: &'file TextFile,
        statements: &'file [Statement],
        inside: Option<&Inside>,
    ) {
        let Some(first) = statements.first() else {
            return;
        };
        for statement in inside.iter().flat_map(|inside| &inside.before) {
            self.push(statement);
        }
        if inside.is_some_and(|inside| inside.is_left_out) {
            // A statement all the same, so that those after it keep their numbers.
            self.files.push(FilePart {
                file,
                statements,
                offset: first.span.start,
                start: self.end,
            });
            self.push("select");
        } else {
            self.push_part_of(file, statements, first.span.clone(), 1);
        }
    }

    fn push_part_of(
        &mut self,
        file: &'file TextFile,
        statements: &'file [Statement],
        bytes: Range<usize>,
        count: usize,
    ) {
        self.files.push(FilePart {
            file,
            statements,
            offset: bytes.start,
            start: self.end,
        });
        self.add(&without_restrictions(&file.text[bytes]), count);
        self.add("\n;", 0);
    }

    /// Adds another message; its parts are not told apart in this one.
    pub fn append(&mut self, other: &Self) {
        let files = other.files.iter().map(|part| part.after(self.end));
        self.files.extend(files);
        self.add(&other.text, other.end.statements);
    }

    fn add(&mut self, text: &str, statements: usize) {
        self.text.push_str(text);
        self.end.characters += text.chars().count();
        self.end.statements += statements;
    }

    /// Begins a new part. They are numbered from 0.
    pub fn begin_part(&mut self) {
        self.parts.push(self.end);
    }

    /// The part of which an answer speaks; `None` before the first.
    #[must_use]
    pub fn part_of(&self, answer: Answer) -> Option<usize> {
        let is_at_or_after = |start: &Start| match answer.position {
            Some(position) => start.characters < position,
            None => start.statements <= answer.completed,
        };
        self.parts.iter().rposition(is_at_or_after)
    }

    /// Where a part begins.
    #[must_use]
    pub fn start_of(&self, part: usize) -> Start {
        self.parts.get(part).copied().unwrap_or_default()
    }

    /// The first file in a part.
    #[must_use]
    pub fn file_in(&self, part: usize) -> Option<FilePart<'file>> {
        let range = self.start_of(part).characters..self.end_of(part);
        let mut files = self.files.iter();
        files
            .find(|file| range.contains(&file.start.characters))
            .copied()
    }

    /// The file in a part, or the piece of it, of which an answer speaks.
    #[must_use]
    pub fn file_of(&self, part: usize, answer: Answer) -> Option<FilePart<'file>> {
        let range = self.start_of(part).characters..self.end_of(part);
        let is_at_or_after = |file: &&FilePart<'_>| {
            range.contains(&file.start.characters)
                && match answer.position {
                    Some(position) => file.start.characters < position,
                    None => file.start.statements <= answer.completed,
                }
        };
        let found = self.files.iter().rev().find(is_at_or_after);
        found.copied().or_else(|| self.file_in(part))
    }

    fn end_of(&self, part: usize) -> usize {
        let next = self.parts.get(part + 1).unwrap_or(&self.end);
        next.characters
    }
}

impl Answer {
    /// The same answer for a message that lies in another one and begins there.
    #[must_use]
    pub fn within(self, start: Start) -> Self {
        Self {
            completed: self.completed.saturating_sub(start.statements),
            position: self
                .position
                .map(|position| position.saturating_sub(start.characters)),
        }
    }
}

impl<'file> FilePart<'file> {
    /// A message that is one statement of a file: the first of these.
    #[must_use]
    pub fn alone(file: &'file TextFile, statements: &'file [Statement]) -> Self {
        Self {
            file,
            statements,
            offset: statements.first().map_or(0, |first| first.span.start),
            start: Start::default(),
        }
    }

    /// The same file where its message is appended to another that ends at `end`.
    #[must_use]
    pub fn after(self, end: Start) -> Self {
        let start = Start {
            characters: end.characters + self.start.characters,
            statements: end.statements + self.start.statements,
        };
        Self { start, ..self }
    }

    /// Whether what failed comes after the file's last statement.
    #[must_use]
    pub fn is_before(&self, answer: Answer) -> bool {
        answer.completed >= self.start.statements + self.statements.len()
    }

    /// The bytes of the file that an answer names: those at its position, or the first line of the failed statement.
    #[must_use]
    pub fn span(&self, answer: Answer) -> Option<Range<usize>> {
        if let Some(position) = answer.position {
            let index = position.checked_sub(1 + self.start.characters)?;
            let (at, _) = self.file.text[self.offset..].char_indices().nth(index)?;
            return Some(self.name_at(self.offset + at));
        }
        let at = answer.completed.checked_sub(self.start.statements)?;
        let statement = self.statements.get(at)?;
        // The first line is enough to recognise it.
        let text = statement.text(self.file);
        let line = text.find('\n').unwrap_or(text.len());
        Some(statement.span.start..statement.span.start + line)
    }

    /// The token at a byte, and where it begins a dotted name all of it.
    fn name_at(&self, start: usize) -> Range<usize> {
        let tokens = || self.statements.iter().flat_map(|one| &one.tokens);
        let token = tokens().find(|token| token.span.contains(&start));
        let mut end = token.map_or(start + 1, |token| token.span.end);
        while self.file.text[end..].starts_with('.')
            && let Some(part) = tokens().find(|token| token.span.start == end + 1)
            && matches!(part.kind, TokenKind::Word | TokenKind::QuotedName)
        {
            end = part.span.end;
        }
        start..end
    }
}

/// A text with blanks in place of what `pg_dump` says to psql only.
fn without_restrictions(text: &str) -> Cow<'_, str> {
    if !text.contains("\n\\restrict ") && !text.starts_with("\\restrict ") {
        return Cow::Borrowed(text);
    }
    let file = TextFile::new("", text);
    let mut text = text.to_owned();
    for statement in split(&file).unwrap_or_default() {
        if is_restriction(&file, &statement) {
            let blanks = " ".repeat(statement.text(&file).chars().count());
            text.replace_range(statement.span.clone(), &blanks);
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests;
