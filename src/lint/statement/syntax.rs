//! Small readings of squawk's syntax tree.

use std::ops::Range;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use super::Name;

/// The bytes from the first token of a node that is neither blank nor comment to its last.
pub(super) fn span(node: &SyntaxNode) -> Range<usize> {
    let tokens = || tokens(node);
    let (first, last) = (tokens().next(), tokens().last());
    match (first, last) {
        (Some(first), Some(last)) => {
            first.text_range().start().into()..last.text_range().end().into()
        }
        _ => node.text_range().into(),
    }
}

/// The tokens of a node, blanks and comments left out.
pub(super) fn tokens(node: &SyntaxNode) -> impl Iterator<Item = squawk_syntax::SyntaxToken> {
    node.descendants_with_tokens()
        .filter_map(|element| element.into_token())
        .filter(|token| !token.kind().is_trivia())
}

/// The tokens of a node in lower case.
pub(super) fn words(node: &SyntaxNode) -> Vec<String> {
    tokens(node)
        .map(|token| token.text().to_ascii_lowercase())
        .collect()
}

/// Whether these words stand in a node, one behind the other.
pub(super) fn says(node: &SyntaxNode, phrase: &[&str]) -> bool {
    words(node)
        .windows(phrase.len())
        .any(|window| window == phrase)
}

/// The first name in a node.
pub(super) fn name(node: &SyntaxNode) -> Option<Name> {
    node.descendants().find_map(|node| {
        if let Some(path) = ast::PathRef::cast(node.clone()) {
            return Some(Name {
                schema: path
                    .qualifier()
                    .and_then(|path| Some(path.segment()?.text())),
                name: path.segment()?.text(),
            });
        }
        let path = ast::Path::cast(node)?;
        Some(Name {
            schema: path
                .qualifier()
                .and_then(|path| Some(path.segment()?.text())),
            name: path.segment()?.text(),
        })
    })
}

/// The first name in a part of a statement that may be missing.
pub(super) fn name_of<N: AstNode>(part: Option<N>) -> Option<Name> {
    name(part?.syntax())
}

/// A name of one part: a column's, a constraint's.
pub(super) fn plain<N: AstNode>(part: Option<N>) -> Option<String> {
    let node = part?.syntax().clone();
    name(&node)
        .map(|name| name.name)
        .or_else(|| tokens(&node).last().map(|token| unquoted(token.text())))
}

/// A name as the catalog has it.
pub(super) fn unquoted(text: &str) -> String {
    match text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => text.to_ascii_lowercase(),
    }
}
