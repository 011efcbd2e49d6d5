//! Names and texts as SQL identifiers and literals.

use super::lexer::{Token, TokenKind, tokens};
use crate::files::TextFile;

/// Words that Postgres reserves at least as a column or type name: they need quotes.
/// Source: the PostgreSQL 18 documentation, appendix "SQL Key Words", column "PostgreSQL".
const RESERVED: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "merge_action",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
];

/// A name as an identifier: quoted only where it has to be.
#[must_use]
pub fn identifier(name: &str) -> String {
    let mut characters = name.chars();
    let starts_plain = characters
        .next()
        .is_some_and(|first| first.is_ascii_lowercase() || first == '_');
    let stays_plain =
        characters.all(|rest| rest.is_ascii_lowercase() || rest.is_ascii_digit() || rest == '_');
    if starts_plain && stays_plain && RESERVED.binary_search(&name).is_err() {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// `schema.name`, both parts as identifiers.
#[must_use]
pub fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", identifier(schema), identifier(name))
}

/// A text as a string literal that means the same whatever `standard_conforming_strings` says.
#[must_use]
pub fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') {
        format!("e'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}

/// The texts of the literals in an expression, in their order, as the server writes them.
#[must_use]
pub fn literals_of(expression: &str) -> Vec<String> {
    let file = TextFile::new("expression", expression);
    let tokens = tokens(&file).unwrap_or_default();
    let texts = tokens.iter().filter(|token| token.kind == TokenKind::Text);
    let text = |token: &Token| {
        let written = &expression[token.span.clone()];
        let is_escaped = written.starts_with('E');
        let inside = written.trim_start_matches('E').strip_prefix('\'')?;
        let inside = inside.strip_suffix('\'')?.replace("''", "'");
        Some(match is_escaped {
            true => inside.replace("\\\\", "\\"),
            false => inside,
        })
    };
    texts.filter_map(text).collect()
}

/// Texts as an SQL array.
#[must_use]
pub fn text_array<Text: AsRef<str>>(texts: impl IntoIterator<Item = Text>) -> String {
    let texts: Vec<String> = texts
        .into_iter()
        .map(|text| literal(text.as_ref()))
        .collect();
    format!("array[{}]::pg_catalog.text[]", texts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_are_sorted_so_that_they_are_found() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn identifiers_are_quoted_only_where_they_must_be() {
        let quoted = [
            "orders",
            "Orders",
            "user",
            "1st",
            "a-b",
            "say \"x\"",
            "تست",
            "",
        ]
        .map(identifier);
        assert_eq!(
            quoted,
            [
                "orders",
                "\"Orders\"",
                "\"user\"",
                "\"1st\"",
                "\"a-b\"",
                "\"say \"\"x\"\"\"",
                "\"تست\"",
                "\"\""
            ]
        );
    }

    #[test]
    fn literals_survive_quotes_and_backslashes() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal(r"a\'b"), r"e'a\\''b'");
        assert_eq!(
            text_array(["it's", "b"]),
            "array['it''s','b']::pg_catalog.text[]"
        );
        assert_eq!(text_array([""; 0]), "array[]::pg_catalog.text[]");
    }
}
