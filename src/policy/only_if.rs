//! What `only_if` may say: a condition over the catalog.

use super::one_expression::{read, several_expressions};
use crate::sql::TokenKind;

/// A function and a relation, for a hint.
pub(super) const EXAMPLES: [&str; 2] = ["to_regnamespace", "pg_namespace"];

/// Functions that `only_if` may call: they read the catalog and change nothing.
const FUNCTIONS: &[&str] = &[
    "array_agg",
    "bool_and",
    "bool_or",
    "cardinality",
    "col_description",
    "count",
    "current_database",
    "current_schema",
    "format_type",
    "has_database_privilege",
    "has_function_privilege",
    "has_schema_privilege",
    "has_table_privilege",
    "left",
    "length",
    "lower",
    "max",
    "min",
    "obj_description",
    "pg_get_userbyid",
    "pg_has_role",
    "right",
    "shobj_description",
    "starts_with",
    "to_regclass",
    "to_regnamespace",
    "to_regproc",
    "to_regprocedure",
    "to_regrole",
    "to_regtype",
];

/// Relations that it may read: none of them holds rows or secrets of anybody. These have a row for each object.
const OF_OBJECTS: &[&str] = &[
    "columns",
    "pg_attribute",
    "pg_class",
    "pg_constraint",
    "pg_depend",
    "pg_description",
    "pg_enum",
    "pg_indexes",
    "pg_policies",
    "pg_policy",
    "pg_proc",
    "pg_tables",
    "pg_trigger",
    "pg_type",
    "pg_views",
    "tables",
    "views",
];

/// These have few rows.
const SMALL: &[&str] = &[
    "pg_auth_members",
    "pg_available_extensions",
    "pg_database",
    "pg_extension",
    "pg_namespace",
    "pg_roles",
    "schemata",
];

/// So many relations it may name, one of them with a row for each object: their rows multiply, and the server is somebody's.
const MOST_RELATIONS: usize = 3;

/// Types that it may name.
const TYPES: &[&str] = &[
    "name",
    "oid",
    "regclass",
    "regnamespace",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "text",
    "boolean",
];

/// Words that may stand before a parenthesis or a text.
const KEYWORDS: &[&str] = &[
    "all",
    "and",
    "any",
    "array",
    "between",
    "by",
    "case",
    "coalesce",
    "distinct",
    "else",
    "except",
    "exists",
    "from",
    "greatest",
    "having",
    "ilike",
    "in",
    "intersect",
    "is",
    "join",
    "lateral",
    "least",
    "like",
    "not",
    "nullif",
    "on",
    "or",
    "select",
    "some",
    "then",
    "union",
    "when",
    "where",
];

/// Words that begin what is no expression over the catalog.
const ELSEWHERE: &[&str] = &[
    "call",
    "copy",
    "delete",
    "do",
    "execute",
    "for",
    "insert",
    "into",
    "merge",
    "operator",
    "table",
    "tablesample",
    "update",
    "with",
];

/// Words that end the list of relations behind `from`.
const AFTER_FROM: &[&str] = &[
    "except",
    "group",
    "having",
    "intersect",
    "limit",
    "order",
    "select",
    "union",
    "where",
];

/// What a condition asks for that is not in the catalog.
pub(super) fn beyond_the_catalog(text: &str) -> Option<String> {
    if let Some(why) = several_expressions(text) {
        return Some(why);
    }
    let tokens = read(text).unwrap_or_default();
    let of = |at: usize| tokens.get(at).map_or("", |token| &text[token.span.clone()]);
    let kind = |at: usize| tokens.get(at).map(|token| token.kind);
    let word = |at: usize| {
        let is_word = kind(at) == Some(TokenKind::Word);
        if is_word {
            of(at).to_ascii_lowercase()
        } else {
            String::new()
        }
    };
    let before = |at: usize| at.checked_sub(1);
    // Whether a list of relations goes on, for each open parenthesis.
    let mut in_from = vec![false];
    let mut relations = Vec::new();
    for at in 0..tokens.len() {
        let last = before(at).map(word).unwrap_or_default();
        let found = of(at).to_owned();
        match kind(at) {
            Some(TokenKind::Symbol) if found == "(" => {
                in_from.push(false);
                let named = before(at).filter(|at| {
                    matches!(kind(*at), Some(TokenKind::Word | TokenKind::QuotedName))
                });
                let Some(named) = named else { continue };
                let is_qualified = before(named).is_some_and(|at| of(at) == ".");
                let schema = named.checked_sub(2).map(word).unwrap_or_default();
                let is_quoted = kind(named) == Some(TokenKind::QuotedName);
                let is_known = if is_quoted {
                    false
                } else if is_qualified {
                    schema == "pg_catalog" && FUNCTIONS.contains(&last.as_str())
                } else {
                    KEYWORDS.contains(&last.as_str()) || FUNCTIONS.contains(&last.as_str())
                };
                if !is_known {
                    return Some(format!("`{}(…)`", of(named)));
                }
            }
            Some(TokenKind::Symbol) if found == ")" => {
                in_from.pop();
            }
            Some(TokenKind::Symbol) if found == "," && in_from.last() == Some(&true) => {
                match relation(&word, &of, at + 1) {
                    Ok(known) => relations.extend(known),
                    Err(other) => return Some(other),
                }
            }
            Some(TokenKind::Symbol) if found == ":" && of(at + 1) == ":" => {
                let first = at + 2;
                let is_pinned = word(first) == "pg_catalog" && of(first + 1) == ".";
                let named = if is_pinned { first + 2 } else { first };
                if !TYPES.contains(&word(named).as_str()) || of(named + 1) == "." {
                    return Some(format!("the type `{}`", of(named)));
                }
            }
            Some(TokenKind::Text | TokenKind::DollarText)
                if !last.is_empty() && !KEYWORDS.contains(&last.as_str()) =>
            {
                return Some(format!("`{last} {found}`"));
            }
            Some(TokenKind::Text | TokenKind::DollarText)
                if before(at).is_some_and(|at| kind(at) == Some(TokenKind::QuotedName)) =>
            {
                return Some(format!("`{found}` behind a name"));
            }
            Some(TokenKind::Word) => {
                let now = word(at);
                if ELSEWHERE.contains(&now.as_str()) {
                    return Some(format!("`{now}`"));
                }
                let Some(list) = in_from.last_mut() else {
                    continue;
                };
                let is_comparison = now == "from" && last == "distinct";
                if (now == "from" && !is_comparison) || now == "join" {
                    *list = true;
                    match relation(&word, &of, at + 1) {
                        Ok(known) => relations.extend(known),
                        Err(other) => return Some(other),
                    }
                } else if AFTER_FROM.contains(&now.as_str()) {
                    *list = false;
                }
            }
            _ => {}
        }
    }
    too_many(&relations)
}

/// Why relations are too many to be asked together.
fn too_many(relations: &[String]) -> Option<String> {
    let is_of_objects = |name: &&String| OF_OBJECTS.contains(&name.as_str());
    let mut of_objects = relations.iter().filter(is_of_objects);
    if let (Some(one), Some(other)) = (of_objects.next(), of_objects.next()) {
        return Some(format!(
            "`{one}` and `{other}` have a row for each object, and together one for each pair"
        ));
    }
    (relations.len() > MOST_RELATIONS).then(|| format!("it reads {} relations", relations.len()))
}

/// The relation that begins at a token, if one does.
///
/// # Errors
/// With what it is, where it is none of those that may be read.
fn relation<'t>(
    word: &impl Fn(usize) -> String,
    of: &impl Fn(usize) -> &'t str,
    at: usize,
) -> Result<Option<String>, String> {
    let at = if word(at) == "lateral" { at + 1 } else { at };
    if of(at) == "(" {
        return Ok(None);
    }
    let schema = word(at);
    let is_qualified = of(at + 1) == ".";
    let name = if is_qualified {
        word(at + 2)
    } else {
        schema.clone()
    };
    let is_of_server = name.starts_with("pg_");
    let is_there = match is_qualified {
        true if is_of_server => schema == "pg_catalog",
        true => schema == "information_schema",
        false => is_of_server,
    };
    if is_there && [OF_OBJECTS, SMALL].concat().contains(&name.as_str()) {
        return Ok(Some(name));
    }
    let shown = if is_qualified { at + 2 } else { at };
    Err(format!("the relation `{}`", of(shown)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_over_the_catalog_is_taken() {
        for text in [
            "true",
            "pg_catalog.obj_description(pg_catalog.to_regnamespace('auth'), 'pg_namespace') like 'Stand-in for%'",
            "to_regclass('auth.users') is not null and not exists (select from pg_catalog.pg_class as c where c.relname = 'x')",
            "(select count(*) from pg_namespace n join pg_class c on c.relnamespace = n.oid, pg_roles r where n.nspname in ('a', 'b')) > 2",
            "'auth'::regnamespace::pg_catalog.text is distinct from 'other'",
            "exists (select 1 from information_schema.tables where table_name = $$x$$) -- as told\n",
            "coalesce((select true from lateral (select 1) as one), false)",
        ] {
            assert_eq!(beyond_the_catalog(text), None, "{text}");
        }
    }

    #[test]
    fn what_does_or_reads_anything_else_is_named() {
        for (text, named) in [
            ("true), false); select ((true", "a parenthesis is closed"),
            ("true; select 1", "a semicolon"),
            ("(true", "never closed"),
            ("true -- and no more", "a comment"),
            ("$1", "fills in"),
            ("pg_sleep(0) is null", "`pg_sleep(…)`"),
            ("public.count() > 0", "`count(…)`"),
            ("\"count\"('x') > 0", "`\"count\"(…)`"),
            ("exists (select from shop.orders)", "the relation `orders`"),
            (
                "exists (select from pg_class, shop.orders)",
                "the relation `orders`",
            ),
            (
                "exists (select from pg_catalog.pg_authid)",
                "the relation `pg_authid`",
            ),
            (
                "exists (select from pg_catalog.tables)",
                "the relation `tables`",
            ),
            (
                "exists (select from shop.pg_class)",
                "the relation `pg_class`",
            ),
            (
                "exists (select from \"orders\")",
                "the relation `\"orders\"`",
            ),
            (
                "exists (select from pg_class join orders on true)",
                "the relation `orders`",
            ),
            ("exists (table orders)", "`table`"),
            ("'x'::shop.kind is null", "the type `shop`"),
            ("shop.kind 'x' is null", "`kind 'x'`"),
            ("\"kind\" 'x' is null", "behind a name"),
            ("1 operator(shop.=) 1", "`operator`"),
            ("exists (select from pg_class for update)", "`for`"),
            ("cast('x' as shop.kind) is null", "`cast(…)`"),
            (
                "exists (select from pg_class where relname in (select typname from pg_type))",
                "`pg_class` and `pg_type`",
            ),
            (
                "exists (select from pg_roles a, pg_roles b, pg_roles c, pg_roles d)",
                "4 relations",
            ),
        ] {
            let found = beyond_the_catalog(text).unwrap_or_default();
            assert!(found.contains(named), "{text}: {found}");
        }
    }
}
