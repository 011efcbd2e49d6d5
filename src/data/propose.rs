//! A first mapping, from the names that files and catalog share: `contactId` is `contact_id`, `crmEvents` is `crm_events`.
//! What has no counterpart is written down as ignored, for a person to decide.

use super::sample::sample;
use super::source::Source;
use crate::catalog::{Catalog, Column, ConstraintKind, Name};
use crate::error::Result;
use crate::files::toml;
use crate::sql::identifier;

/// Rows of a source that are looked at.
const LOOKED_AT: usize = 200;

/// A first mapping, and what it leaves open.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The text of the file.
    pub text: String,
    /// Sources and fields that found no place.
    pub open: Vec<String>,
}

/// Proposes a mapping of a folder's sources into the tables of some schemas.
///
/// # Errors
/// When a file cannot be read.
pub fn propose(sources: &[Source], catalog: &Catalog, schemas: &[String]) -> Result<Proposal> {
    let tables: Vec<&Name> = catalog
        .tables()
        .map(|relation| &relation.name)
        .filter(|name| schemas.contains(&name.schema))
        .collect();
    let mut matched: Vec<(&Source, &Name)> = Vec::new();
    let mut ignored = Vec::new();
    let mut open = Vec::new();
    for source in sources {
        match table_of(source.stem(), &tables) {
            Some(name) => matched.push((source, name)),
            None => {
                open.push(format!("`{}` has no table of a like name", source.name));
                ignored.push(toml::quoted(&source.name));
            }
        }
    }
    let mut text = String::from(
        "# What fills what: see docs/data.md. What stands under `ignore` found no place; give it one or leave it there.\n",
    );
    text.push_str(&format!("ignore = [{}]\n", ignored.join(", ")));
    let mut filled: Vec<&Name> = matched.iter().map(|(_, name)| *name).collect();
    filled.dedup();
    for name in filled {
        let own = matched.iter().filter(|(_, table)| *table == name);
        let own: Vec<&Source> = own.map(|(source, _)| *source).collect();
        let proposer = Proposer {
            catalog,
            name,
            columns: catalog.columns_of(name).collect(),
        };
        let from: Vec<String> = own
            .iter()
            .map(|source| toml::quoted(&source.name))
            .collect();
        let mut fields: Vec<(String, Vec<String>)> = Vec::new();
        for source in &own {
            for (field, values) in sample(source, LOOKED_AT)? {
                match fields.iter_mut().find(|(known, _)| *known == field) {
                    Some((_, all)) => all.extend(values),
                    None => fields.push((field, values)),
                }
            }
        }
        let (lines, left) = proposer.lines(&fields);
        for field in &left {
            open.push(format!(
                "the field `{field}` of {} has no column in {name}",
                from.join(", ")
            ));
        }
        let left: Vec<String> = left.iter().map(|field| toml::quoted(field)).collect();
        text.push_str(&format!(
            "\n[tables.{}]\nfrom = [{}]\nignore = [{}]\n\n[tables.{0}.columns]\n{}",
            key(&name.name),
            from.join(", "),
            left.join(", "),
            lines.concat()
        ));
    }
    Ok(Proposal { text, open })
}

struct Proposer<'a> {
    catalog: &'a Catalog,
    name: &'a Name,
    columns: Vec<&'a Column>,
}

impl Proposer<'_> {
    /// A line for each field that has a column, and the fields that have none.
    fn lines(&self, fields: &[(String, Vec<String>)]) -> (Vec<String>, Vec<String>) {
        let (mut lines, mut left) = (Vec::new(), Vec::new());
        let mut taken: Vec<&str> = Vec::new();
        for (field, values) in fields {
            let snake = snake(field);
            let with_id = format!("{snake}_id");
            let fits = |column: &&&Column| {
                column.name == snake
                    || (column.name == with_id && self.catalog.referred(column).is_some())
            };
            let column = self.columns.iter().find(fits).filter(|column| {
                let is_free = !taken.contains(&column.name.as_str());
                is_free && column.generated.is_none()
            });
            let Some(column) = column else {
                left.push(field.clone());
                continue;
            };
            taken.push(&column.name);
            lines.push(format!(
                "{} = {}\n",
                key(&column.name),
                self.origin(column, field, values)
            ));
        }
        (lines, left)
    }

    fn origin(&self, column: &Column, field: &str, values: &[String]) -> String {
        let plain = toml::quoted(field);
        let is_uuid = column.type_name == Name::new("pg_catalog", "uuid");
        let all_uuids = values
            .iter()
            .all(|value| value.len() == 36 && value.matches('-').count() == 4);
        if !is_uuid || all_uuids || values.is_empty() {
            return plain;
        }
        let target = self.catalog.referred(column);
        let is_own_key = self.catalog.constraints.iter().any(|constraint| {
            constraint.kind == ConstraintKind::PrimaryKey
                && constraint.relation == *self.name
                && constraint.columns.last() == Some(&column.name)
        });
        // A word that is no key of a file: the row there that carries it.
        if let Some((table, _)) = target
            && !column.name.eq_ignore_ascii_case(&snake(field))
            && let Some(by) = self.natural_key(table, values)
        {
            return format!("{{ field = {plain}, by = {} }}", toml::quoted(&by));
        }
        match target {
            Some((table, _)) if !is_own_key => {
                format!(
                    "{{ field = {plain}, key_of = {} }}",
                    toml::quoted(&table.name)
                )
            }
            _ if is_own_key => format!(
                "{{ field = {plain}, key_of = {} }}",
                toml::quoted(&self.name.name)
            ),
            _ => plain,
        }
    }

    /// A column by which people name rows of a table: an e-mail address where that is what the values are, or a name.
    fn natural_key(&self, table: &Name, values: &[String]) -> Option<String> {
        let names: Vec<&str> = self
            .catalog
            .columns_of(table)
            .map(|column| column.name.as_str())
            .collect();
        let is_mail = values.iter().all(|value| value.contains('@'));
        let candidates = if is_mail {
            ["email", "name", "code"]
        } else {
            ["name", "title", "code"]
        };
        let found = candidates.into_iter().find(|name| names.contains(name));
        found.map(str::to_owned)
    }
}

/// The table that a source's name means: equal but for case, underscores and the plural, or such an end of it.
fn table_of<'a>(stem: &str, tables: &[&'a Name]) -> Option<&'a Name> {
    let stem = snake(stem);
    let singular = |name: &str| name.strip_suffix('s').unwrap_or(name).to_owned();
    let equal = |name: &&&Name| singular(&name.name) == singular(&stem);
    let ends = |name: &&&Name| {
        let own = singular(&name.name);
        let stem = singular(&stem);
        stem.strip_suffix(&own)
            .is_some_and(|before| before.ends_with('_'))
    };
    let exact = tables.iter().find(equal);
    let longest = || {
        tables
            .iter()
            .filter(ends)
            .max_by_key(|name| name.name.len())
    };
    exact.or_else(longest).copied()
}

/// `contactId`, `Contact ID` and `contact-id` as `contact_id`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut before = ' ';
    for letter in name.chars() {
        let begins = letter.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit());
        if (begins || !letter.is_alphanumeric()) && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        if letter.is_alphanumeric() {
            snake.extend(letter.to_lowercase());
        }
        before = letter;
    }
    snake.trim_end_matches('_').to_owned()
}

/// A key of TOML.
fn key(name: &str) -> String {
    if identifier(name) == name
        || name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        name.to_owned()
    } else {
        toml::quoted(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_programs_become_names_of_columns() {
        let names = [
            "contactId",
            "Contact ID",
            "contact-id",
            "ContactID",
            "address2Line",
            "x_",
        ];
        assert_eq!(
            names.map(snake),
            [
                "contact_id",
                "contact_id",
                "contact_id",
                "contact_id",
                "address2_line",
                "x"
            ]
        );
    }

    #[test]
    fn a_table_is_found_by_its_plural_and_behind_a_prefix() {
        let names = ["tickets", "ticket_templates", "crm_events"].map(|name| Name::new("w", name));
        let tables: Vec<&Name> = names.iter().collect();
        let found = |stem| table_of(stem, &tables).map(|name| name.name.as_str());
        assert_eq!(found("ticket"), Some("tickets"));
        assert_eq!(found("crmEvents"), Some("crm_events"));
        assert_eq!(
            found("worktrackr_ticketTemplates"),
            Some("ticket_templates")
        );
        assert_eq!(found("theme"), None);
    }
}
