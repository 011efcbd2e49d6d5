//! Templates into SQL, strictly: an unknown variable is an error, and so is a value that reaches the SQL
//! without a quoting filter. The only home of `tera`.
//!
//! Filters: `ident` and `idents` quote names, `literal` and `literals` quote texts, `dollar` puts a body
//! between dollar quotes that do not occur in it. Everything else that a template shows must be SQL that
//! workroom rendered before.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use tera::{Context, ErrorKind, Kwargs, State, Tera, TeraResult, Value};

use super::dialect::Dialect;
use super::model::Span;
use super::templates::{ENDING, template_files};
use crate::error::{Error, Place, Result};
use crate::files::{TextFile, Tree};
use crate::sql::{identifier, literal};

/// Names and values for a template.
#[derive(Clone, Debug, Default)]
pub(super) struct Values(Context);

impl Values {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A text that the template has to quote.
    pub(super) fn text(mut self, name: &'static str, text: &str) -> Self {
        self.0.insert_value(name, Value::normal_string(text));
        self
    }

    /// As [`Values::text`], under a name that is not known beforehand.
    pub(super) fn named(mut self, name: String, text: &str) -> Self {
        self.0.insert_value(name, Value::normal_string(text));
        self
    }

    /// Texts that the template has to quote.
    pub(super) fn texts<Text: AsRef<str>>(
        mut self,
        name: &'static str,
        texts: impl IntoIterator<Item = Text>,
    ) -> Self {
        let texts: Vec<Value> = texts
            .into_iter()
            .map(|text| Value::normal_string(text.as_ref()))
            .collect();
        self.0.insert_value(name, Value::from(texts));
        self
    }

    /// Pairs of texts, in order.
    pub(super) fn pairs<'a>(
        mut self,
        name: &'static str,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let pairs: Vec<Value> = pairs
            .into_iter()
            .map(|(one, other)| {
                Value::from(vec![Value::normal_string(one), Value::normal_string(other)])
            })
            .collect();
        self.0.insert_value(name, Value::from(pairs));
        self
    }

    /// SQL that is right as it is.
    pub(super) fn sql(mut self, name: &'static str, sql: &str) -> Self {
        self.0.insert_value(name, Value::safe_string(sql));
        self
    }

    /// A condition.
    pub(super) fn flag(mut self, name: &'static str, flag: bool) -> Self {
        self.0.insert_value(name, Value::from(flag));
        self
    }
}

/// The templates of a project.
pub(super) struct Engine {
    tera: Tera,
    files: BTreeMap<String, TextFile>,
}

impl Engine {
    /// Reads the templates.
    ///
    /// # Errors
    /// When a template is not one.
    pub(super) fn new(tree: &Tree, dialect: Dialect) -> Result<Self> {
        let files = template_files(tree, dialect)?;
        let mut tera = strict();
        for (name, file) in &files {
            tera.add_raw_template(name, &file.text)
                .map_err(|error| mistake(&error, file, 0..0))?;
        }
        Ok(Self { tera, files })
    }

    /// Renders a template; the result ends without white space.
    ///
    /// # Errors
    /// When it uses what it is not given, or shows a value unquoted.
    pub(super) fn render(&self, name: &str, values: Values) -> Result<String> {
        let name = format!("{name}{ENDING}");
        let text = self
            .tera
            .render(&name, &values.0)
            .map_err(|error| mistake(&error, &self.files[&name], 0..0))?;
        Ok(text.trim().to_owned())
    }
}

/// Renders a piece of a policy file that is a template itself.
///
/// # Errors
/// When it uses what it is not given, or shows a value unquoted.
pub(super) fn render_piece(
    file: &TextFile,
    span: &Span,
    sql: &str,
    values: Values,
) -> Result<String> {
    let mut tera = strict();
    let name = format!("piece{ENDING}");
    tera.add_raw_template(&name, sql)
        .and_then(|()| tera.render(&name, &values.0))
        .map(|text| text.trim().to_owned())
        .map_err(|error| mistake(&error, file, span.clone()))
}

/// The variables that a piece of a policy file uses.
///
/// # Errors
/// When it is not a template.
pub(super) fn variables(file: &TextFile, span: &Span, sql: &str) -> Result<BTreeSet<String>> {
    let mut tera = strict();
    let name = format!("piece{ENDING}");
    tera.add_raw_template(&name, sql)
        .and_then(|()| {
            let found = tera.get_template_variables(&name)?;
            Ok(found.into_iter().map(str::to_owned).collect())
        })
        .map_err(|error| mistake(&error, file, span.clone()))
}

fn strict() -> Tera {
    let mut tera = Tera::new();
    tera.autoescape_on([ENDING]);
    tera.set_escape_fn(refuse_unquoted);
    tera.register_filter("ident", |name: &str, _: Kwargs, _: &State| {
        Value::safe_string(&identifier(name))
    });
    tera.register_filter("literal", |text: &str, _: Kwargs, _: &State| {
        Value::safe_string(&literal(text))
    });
    tera.register_filter("idents", |names: Vec<Value>, _: Kwargs, _: &State| {
        joined(&names, identifier)
    });
    tera.register_filter("literals", |texts: Vec<Value>, _: Kwargs, _: &State| {
        joined(&texts, literal)
    });
    tera.register_filter("dollar", |body: &str, _: Kwargs, _: &State| {
        Value::safe_string(&dollar(body))
    });
    // These would let a value through that was never quoted, or spoil one that was.
    for name in [
        "safe",
        "replace",
        "escape",
        "escape_html",
        "escape_xml",
        "newlines_to_br",
    ] {
        tera.register_filter(
            name,
            move |_: Value, _: Kwargs, _: &State| -> TeraResult<Value> {
                Err(tera::Error::message(format!(
                    "the filter `{name}` is not for SQL"
                )))
            },
        );
    }
    tera
}

fn joined(values: &[Value], quote: fn(&str) -> String) -> TeraResult<Value> {
    let quoted: Option<Vec<String>> = values
        .iter()
        .map(|value| value.as_str().map(quote))
        .collect();
    quoted
        .map(|quoted| Value::safe_string(&quoted.join(", ")))
        .ok_or_else(|| tera::Error::message("expected a list of texts"))
}

/// A body between dollar quotes whose tag does not occur in it.
pub(super) fn dollar(body: &str) -> String {
    let mut tag = "$workroom$".to_owned();
    let mut serial = 1;
    while body.contains(&tag) {
        serial += 1;
        tag = format!("$workroom{serial}$");
    }
    // A body that ends with `$` would run into the closing tag.
    let end = if body.ends_with('$') { " " } else { "" };
    format!("{tag}{body}{end}{tag}")
}

const UNQUOTED: &str = "a value would reach the SQL unquoted";

fn refuse_unquoted(_: &str, _: &mut dyn Write) -> std::io::Result<()> {
    Err(std::io::Error::other(UNQUOTED))
}

/// Tera's error as ours. `piece` is where the template stands in its file; `0..0` means it is the file.
fn mistake(error: &tera::Error, file: &TextFile, piece: Span) -> Error {
    let (cause, place) = match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            let place = if piece.is_empty() {
                file.place(report.span().range.clone())
            } else {
                inside(file, &piece, report.span().range.clone())
            };
            (report.message().to_owned(), place)
        }
        ErrorKind::Io(_) => (UNQUOTED.to_owned(), file.place(piece)),
        other => {
            // A whole report; its first line says it.
            let text = other.to_string();
            let first = text.lines().next().unwrap_or_default();
            let first = first.strip_prefix("error: ").unwrap_or(first);
            (first.to_owned(), file.place(piece))
        }
    };
    let cause = if cause.contains("got `undefined`") {
        "there is no such variable".to_owned()
    } else {
        cause
    };
    let error = Error::project(format!("a template in {} cannot be rendered", file.path))
        .at(place)
        .because(&cause);
    if cause == UNQUOTED {
        error.hint("show names with `| ident` and texts with `| literal`")
    } else {
        error.hint("correct the template; its variables are described in docs/policies.md")
    }
}

/// A range of the template as a range of the file, as far as the quoting of the file shows it.
fn inside(file: &TextFile, piece: &Span, range: Span) -> Place {
    let source = file.text.get(piece.clone()).unwrap_or_default();
    let opening = if source.starts_with("\"\"\"") || source.starts_with("'''") {
        3 + usize::from(source[3..].starts_with('\n'))
    } else {
        1
    };
    let start = piece.start + opening + range.start;
    let end = piece.start + opening + range.end;
    if end <= piece.end && !source.contains('\\') {
        file.place(start..end)
    } else {
        file.place(piece.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(sql: &str, values: Values) -> Result<String> {
        let file = TextFile::new("policies/x.toml", format!("sql = '{sql}'"));
        render_piece(&file, &(6..8 + sql.len()), sql, values)
    }

    fn failure(sql: &str) -> String {
        let values = Values::new()
            .text("name", "x")
            .texts("names", ["x"])
            .sql("user", "(select 1)");
        piece(sql, values).unwrap_err().to_string()
    }

    #[test]
    fn quoted_values_are_rendered() {
        let values = Values::new()
            .text("name", "Drop \"it\"; --")
            .texts("names", ["a", "b c"])
            .sql("user", "(select 1)");
        assert_eq!(
            piece(
                "{{ name | ident }} {{ name | literal }} {{ names | idents }} {{ user }}",
                values
            )
            .unwrap(),
            "\"Drop \"\"it\"\"; --\" 'Drop \"it\"; --' a, \"b c\" (select 1)"
        );
    }

    #[test]
    fn what_is_unknown_or_unquoted_is_an_error() {
        let failures = [
            "{{ name }}",
            "{{ names }}",
            "{{ nme | ident }}",
            "{{ name | safe }}",
            "{{ name ~ user }}",
            "{{ name | upper }}",
            "{{ name | identt }}",
            "{% if name %}{{ name }}{% endif %}",
            "{{ user | replace(from=\"1\", to=\"2\") }}",
            "{{ ",
        ]
        .map(failure);
        insta::assert_snapshot!(failures.join("\n"), @r#"
        a template in policies/x.toml cannot be rendered (policies/x.toml:1:7): a value would reach the SQL unquoted
        a template in policies/x.toml cannot be rendered (policies/x.toml:1:7): a value would reach the SQL unquoted
        a template in policies/x.toml cannot be rendered (policies/x.toml:1:11): there is no such variable
        a template in policies/x.toml cannot be rendered (policies/x.toml:1:18): the filter `safe` is not for SQL
        a template in policies/x.toml cannot be rendered (policies/x.toml:1:7): a value would reach the SQL unquoted
        a template in policies/x.toml cannot be rendered (policies/x.toml:1:7): a value would reach the SQL unquoted
        a template in policies/x.toml cannot be rendered (policies/x.toml:1:7): Unknown filter `identt`
        a template in policies/x.toml cannot be rendered (policies/x.toml:1:7): a value would reach the SQL unquoted
        a template in policies/x.toml cannot be rendered (policies/x.toml:1:18): the filter `replace` is not for SQL
        a template in policies/x.toml cannot be rendered (policies/x.toml:1:8): Unexpected end of input
        "#);
    }

    #[test]
    fn a_body_cannot_close_its_own_dollar_quotes() {
        assert_eq!(dollar("a"), "$workroom$a$workroom$");
        assert_eq!(dollar("$workroom$"), "$workroom2$$workroom$ $workroom2$");
    }
}
