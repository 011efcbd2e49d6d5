//! In which order repeatable objects are created: an object that names another stands on it.

use std::collections::BTreeSet;

use super::definition::{Definition, name_of};
use crate::error::{Error, Result};
use crate::files::TextFile;
use crate::sql::{Token, TokenKind, tokens};

/// The definitions, each after those it stands on; otherwise by name.
///
/// # Errors
/// When objects stand on one another in a circle.
pub fn ordered<'project>(
    definitions: Vec<Definition<'project>>,
) -> Result<Vec<Definition<'project>>> {
    let needs = needs(&definitions)?;
    let mut order: Vec<usize> = Vec::new();
    while order.len() < definitions.len() {
        let ready = (0..definitions.len()).find(|at| {
            !order.contains(at) && needs[*at].iter().all(|needed| order.contains(needed))
        });
        let Some(ready) = ready else {
            return Err(circle(&definitions, &order));
        };
        order.push(ready);
    }
    let mut slots: Vec<_> = definitions.into_iter().map(Some).collect();
    Ok(order
        .into_iter()
        .filter_map(|at| slots[at].take())
        .collect())
}

/// For each definition, which others it names.
pub(super) fn needs(definitions: &[Definition<'_>]) -> Result<Vec<BTreeSet<usize>>> {
    definitions
        .iter()
        .enumerate()
        .map(|(me, definition)| {
            let mut names = BTreeSet::new();
            collect_names(&definition.object.file, &mut names)?;
            Ok((0..definitions.len())
                .filter(|other| {
                    let other = &definitions[*other];
                    names.contains(&(other.schema.clone(), other.name.clone()))
                })
                .filter(|other| *other != me)
                .collect())
        })
        .collect()
}

/// Every `schema.name` of a text, also those inside dollar-quoted bodies.
fn collect_names(file: &TextFile, names: &mut BTreeSet<(String, String)>) -> Result<()> {
    let tokens = tokens(file)?;
    for window in tokens.windows(3) {
        if &file.text[window[1].span.clone()] == "."
            && let (Some(schema), Some(name)) =
                (name_of(file, &window[0]), name_of(file, &window[2]))
        {
            names.insert((schema, name));
        }
    }
    for token in tokens
        .iter()
        .filter(|token| token.kind == TokenKind::DollarText)
    {
        // A body in another language may not follow SQL's quoting; what cannot be read names nothing.
        let _ = collect_names(&body(file, token), names);
    }
    Ok(())
}

/// Every word and quoted name of some tokens, as the server folds them, also those inside dollar-quoted bodies.
pub(super) fn names(file: &TextFile, tokens: &[Token], found: &mut BTreeSet<String>) {
    for token in tokens {
        if token.kind == TokenKind::DollarText {
            let body = body(file, token);
            if let Ok(tokens) = crate::sql::tokens(&body) {
                names(&body, &tokens, found);
            }
        } else {
            found.extend(name_of(file, token));
        }
    }
}

/// The text between the dollar quotes.
fn body(file: &TextFile, token: &Token) -> TextFile {
    let text = &file.text[token.span.clone()];
    let tag = text[1..].find('$').map_or(1, |end| end + 2);
    TextFile::new(file.path.clone(), &text[tag..text.len() - tag])
}

fn circle(definitions: &[Definition<'_>], done: &[usize]) -> Error {
    let left: Vec<_> = (0..definitions.len())
        .filter(|at| !done.contains(at))
        .collect();
    let names: Vec<_> = left.iter().map(|at| definitions[*at].qualified()).collect();
    let first = &definitions[left[0]].object.file;
    Error::project("repeatable objects stand on one another in a circle")
        .at(first.place(0..0))
        .because(format!("among these: {}", names.join(", ")))
        .hint("break the circle, for example by moving the shared part into an object of its own")
}

#[cfg(test)]
mod tests {
    use super::super::definition::ObjectKind;
    use super::*;
    use crate::project::ObjectFile;
    use crate::sql;

    fn object(name: &str, text: &str) -> ObjectFile {
        let file = TextFile::new(format!("views/shop/{name}.sql"), text);
        ObjectFile {
            name: name.to_owned(),
            statements: sql::split(&file).unwrap(),
            file,
        }
    }

    fn names(objects: &[ObjectFile]) -> Result<Vec<String>> {
        let definitions = objects.iter().map(|object| Definition {
            object,
            kind: ObjectKind::View,
            schema: "shop".into(),
            name: object.name.clone(),
        });
        Ok(ordered(definitions.collect())?
            .into_iter()
            .map(|definition| definition.name)
            .collect())
    }

    #[test]
    fn an_object_comes_after_what_it_names_also_in_a_body() {
        let objects = [
            object(
                "a",
                "create or replace view shop.a as select * from shop.\"b\";",
            ),
            object(
                "b",
                "create or replace function shop.b() returns int language sql as $$ select x from Shop.C $$;",
            ),
            object(
                "c",
                "create or replace view shop.c as select 'shop.a', 1 as x -- shop.a\n;",
            ),
        ];
        assert_eq!(names(&objects).unwrap(), ["c", "b", "a"]);
    }

    #[test]
    fn a_circle_is_named() {
        let objects = [
            object("a", "create or replace view shop.a as select * from shop.b"),
            object("b", "create or replace view shop.b as select * from shop.a"),
        ];
        let error = names(&objects).unwrap_err();
        assert!(error.causes[0].contains("shop.a, shop.b"));
    }
}
