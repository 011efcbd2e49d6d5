//! `-- workroom: allow <rule> because <reason>`: covers the statement below it, around it or before it on its
//! line. `-- workroom: allow-file <rule> because <reason>` covers the file.

use std::ops::Range;

use crate::files::TextFile;
use crate::sql::tree::Statement;
use crate::sql::{self, Token, TokenKind};

const MARK: &str = "workroom:";

/// One such comment.
#[derive(Clone, Debug)]
pub(super) struct Allow {
    /// The whole comment.
    pub(super) span: Range<usize>,
    pub(super) rule: String,
    /// The statement that it covers, by position; `None` covers the file.
    statement: Option<usize>,
}

impl Allow {
    /// Whether it covers a finding of this rule in this statement.
    pub(super) fn covers(&self, rule: &str, statement: Option<usize>) -> bool {
        self.rule == rule && (self.statement.is_none() || self.statement == statement)
    }
}

/// The comments of a file; what is wrong with those that cannot be read, as (bytes, what is wrong).
pub(super) fn read(
    file: &TextFile,
    statements: &[Statement],
) -> (Vec<Allow>, Vec<(Range<usize>, String)>) {
    let (mut allows, mut mistakes) = (Vec::new(), Vec::new());
    for span in comments(file) {
        let text = file.text[span.clone()].trim_start_matches('-').trim();
        let Some(order) = text.strip_prefix(MARK) else {
            continue;
        };
        match order_of(order.trim()) {
            Ok((rule, whole_file)) => allows.push(Allow {
                statement: (!whole_file)
                    .then(|| covered(file, statements, &span))
                    .flatten(),
                rule: rule.to_owned(),
                span,
            }),
            Err(mistake) => mistakes.push((span, mistake)),
        }
    }
    (allows, mistakes)
}

/// `allow <rule> because <reason>` → (rule, whether it covers the file).
fn order_of(order: &str) -> Result<(&str, bool), String> {
    let form = "write `-- workroom: allow <rule> because <reason>`";
    let (verb, rest) = order.split_once(char::is_whitespace).unwrap_or((order, ""));
    let whole_file = match verb {
        "allow" => false,
        "allow-file" => true,
        _ => return Err(format!("`{verb}` is no order to workroom: {form}")),
    };
    let rest = rest.trim();
    let (rule, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let reason = rest.trim().strip_prefix("because").map(str::trim);
    match reason {
        _ if rule.is_empty() => Err(format!("no rule is named: {form}")),
        None | Some("") => Err(format!("`{rule}` is allowed without a reason: {form}")),
        Some(_) => Ok((rule, whole_file)),
    }
}

fn covered(file: &TextFile, statements: &[Statement], comment: &Range<usize>) -> Option<usize> {
    let line = file.text[..comment.start]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    // Inside a block, the next statement of the block is meant.
    let block = statements.iter().position(|statement| {
        statement.span.start < comment.start && comment.start < statement.span.end
    });
    let next = block.and_then(|block| {
        let next = statements
            .iter()
            .position(|other| other.span.start >= comment.end)?;
        (statements[next].span.end <= statements[block].span.end).then_some(next)
    });
    if next.is_some() {
        return next;
    }
    let around_or_before = statements.iter().rposition(|statement| {
        let inside = statement.span.start < comment.start && comment.start < statement.span.end;
        let same_line = (line..comment.start).contains(&statement.span.end.saturating_sub(1));
        inside || same_line
    });
    around_or_before.or_else(|| {
        statements
            .iter()
            .position(|statement| statement.span.start >= comment.end)
    })
}

/// Line comments outside of quotes.
fn comments(file: &TextFile) -> Vec<Range<usize>> {
    let mut comments = Vec::new();
    let Ok(mut tokens) = sql::tokens(file) else {
        return comments;
    };
    // Comments inside a body are read as well.
    while let Some(at) = tokens
        .iter()
        .position(|token| token.kind == TokenKind::DollarText)
    {
        let body = tokens.remove(at);
        let text = &file.text[body.span.clone()];
        let tag = text[1..].find('$').map_or(1, |tag| tag + 2);
        let inner = TextFile::new(file.path.as_str(), &text[tag..text.len() - tag]);
        let inner = sql::tokens(&inner)
            .unwrap_or_default()
            .into_iter()
            .map(|mut token| {
                let start = body.span.start + tag;
                token.span = start + token.span.start..start + token.span.end;
                token
            });
        let (start, end) = (body.span.start, body.span.end);
        let quote = |span| Token {
            kind: TokenKind::Symbol,
            span,
        };
        let whole = std::iter::once(quote(start..start + tag))
            .chain(inner)
            .chain([quote(end - tag..end)]);
        tokens.splice(at..at, whole.collect::<Vec<_>>());
    }
    let ends = tokens.iter().map(|token| token.span.end);
    let starts = tokens.iter().map(|token| token.span.start);
    for (from, to) in std::iter::once(0)
        .chain(ends)
        .zip(starts.chain(std::iter::once(file.text.len())))
    {
        let mut at = from;
        for line in file.text[from..to].split_inclusive('\n') {
            if let Some(start) = line.find("--") {
                comments.push(at + start..at + line.trim_end().len());
            }
            at += line.len();
        }
    }
    comments
}
