//! Small readings of squawk's syntax tree.

use std::ops::Range;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use crate::sql::name::{Name, catalog_name};

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
    let path = node
        .descendants()
        .find(|node| ast::PathRef::can_cast(node.kind()) || ast::Path::can_cast(node.kind()))?;
    name_of_parts(tokens(&path))
}

/// A dotted name: of more than two parts the last two count.
pub(super) fn name_of_parts(
    tokens: impl Iterator<Item = squawk_syntax::SyntaxToken>,
) -> Option<Name> {
    let mut parts = tokens.filter(|token| token.text() != ".");
    let mut name = Name {
        schema: None,
        name: catalog_name(parts.next()?.text()),
    };
    for part in parts {
        let schema = std::mem::replace(&mut name.name, catalog_name(part.text()));
        name.schema = Some(schema);
    }
    Some(name)
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
        .or_else(|| tokens(&node).last().map(|token| catalog_name(token.text())))
}
