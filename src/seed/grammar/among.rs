//! Among which rows a reference picks, and what that depends on.

use crate::files::toml::Node;
use crate::seed::expression::{Comparison, Expression, Hop, Path, Root};
use crate::seed::spec::Reader;

/// Among which rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// All of the tenant and pod.
    All,
    /// Those made for another row.
    Under(Hop),
    /// Those that rows of a linking table lead to, which are made for another row.
    Via {
        /// The linking table.
        table: usize,
        /// Its column that leads to the target.
        link: usize,
        /// The row that the linking rows are made for.
        anchor: Hop,
    },
}

/// The step that a text names, and the table it leads to.
fn hop(reader: &mut Reader<'_>, node: &Node) -> Option<(Hop, usize)> {
    let text = reader.text(node)?;
    match reader.names.hop(reader.scope.table, text) {
        Ok(found) => Some(found),
        Err((message, hint)) => {
            reader.mistake(node.span.clone(), message, hint);
            None
        }
    }
}

pub(super) fn under(reader: &mut Reader<'_>, node: &Node, target: usize) -> Option<Among> {
    let (hop, table) = hop(reader, node)?;
    if reader.names.tables[target].parent == Some(table) {
        return Some(Among::Under(hop));
    }
    let (child, parent) = (
        reader.names.tables[target].label.clone(),
        reader.names.tables[table].label.clone(),
    );
    let hint = format!("`of` needs [table.\"{child}\"] to say per = \"{parent}\"");
    reader.mistake(
        node.span.clone(),
        format!("{child} is not made for {parent}"),
        Some(hint),
    );
    None
}

pub(super) fn linked(reader: &mut Reader<'_>, node: &Node, target: usize) -> Option<Among> {
    let table = reader.table(node)?;
    let names = &reader.names;
    let label = names.tables[table].label.clone();
    let Some(link) = names.tables[table]
        .columns
        .iter()
        .position(|column| column.target == Some(target))
    else {
        let wanted = names.tables[target].label.clone();
        reader.mistake(
            node.span.clone(),
            format!("{label} does not lead to {wanted}"),
            None,
        );
        return None;
    };
    let own = reader.scope.table;
    let Some(parent) = names.tables[table].parent else {
        let hint = "`via` goes through rows that are made `per` or by the `calendar` of a row that this one knows";
        reader.mistake(
            node.span.clone(),
            format!("the rows of {label} are made for nobody"),
            Some(hint.to_owned()),
        );
        return None;
    };
    let anchor = if names.tables[own].parent == Some(parent) {
        Some(Hop::Parent)
    } else {
        names.tables[own]
            .columns
            .iter()
            .position(|column| column.target == Some(parent))
            .map(Hop::Reference)
    };
    if anchor.is_none() {
        let (own, parent) = (
            names.tables[own].label.clone(),
            names.tables[parent].label.clone(),
        );
        reader.mistake(
            node.span.clone(),
            format!("{label} is made for {parent}, to which nothing in {own} leads"),
            None,
        );
    }
    anchor.map(|anchor| Among::Via {
        table,
        link,
        anchor,
    })
}

/// The first part of a condition that wants a name of the linking row equal to one of the row itself.
pub(super) fn equality(condition: &Expression) -> Option<(Path, Path)> {
    match condition {
        Expression::And(one, other) => equality(one).or_else(|| equality(other)),
        Expression::Compare(Comparison::Equal, one, other) => {
            let (Expression::Path(one), Expression::Path(other)) = (&**one, &**other) else {
                return None;
            };
            match (one.root, other.root) {
                (Root::Via, Root::Own) => Some((one.clone(), other.clone())),
                (Root::Own, Root::Via) => Some((other.clone(), one.clone())),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The names of the row itself in some expressions, unless they are more than two.
pub(super) fn dependencies<'e>(
    expressions: impl Iterator<Item = &'e Expression>,
) -> Option<Vec<Path>> {
    let mut paths: Vec<Path> = Vec::new();
    for expression in expressions {
        expression.paths(&mut |path| {
            if path.root == Root::Own && !paths.contains(path) {
                paths.push(path.clone());
            }
        });
    }
    (paths.len() <= 2).then_some(paths)
}
