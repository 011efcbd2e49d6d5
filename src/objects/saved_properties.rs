//! What an object is besides its file, kept while it is dropped: owner, grants, comments, options, rules, triggers.

use super::definition::Definition;
use super::dependants::{Address, Dependant};
use super::signature::for_the_new;
use crate::database::Session;
use crate::error::Result;
use crate::sql::literal;

/// An object that is dropped and created again.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// Which it is and what it stands on.
    pub dependant: Dependant,
    /// Its name as SQL.
    pub name: String,
    /// The same with the types of a function's arguments alone, as a `regprocedure` is written.
    named: String,
    /// The statement that drops it.
    pub drop: String,
    /// The statement that creates it as it is now.
    pub create: String,
    besides: Vec<Besides>,
}

/// Something that an object has.
#[derive(Clone, Debug)]
struct Besides {
    is_option: bool,
    /// The statement that gives it back.
    statement: String,
    /// A condition that is false when the object's file has given something else.
    unless_given: Option<String>,
}

impl Kept {
    /// Statements that give back what it had. A file that changed, which is then given, has the last word on options
    /// and comments, and may have given a function other arguments.
    pub(super) fn restore(&self, changed: Option<&Definition<'_>>) -> Vec<String> {
        let besides = self.besides.iter();
        let Some(definition) = changed else {
            return besides.map(|besides| besides.statement.clone()).collect();
        };
        besides
            .filter(|besides| !besides.is_option)
            .map(|besides| match &besides.unless_given {
                Some(condition) => {
                    let statement = literal(&besides.statement);
                    let body =
                        format!("begin if {condition} then execute {statement}; end if; end");
                    format!("do {}", literal(&body))
                }
                None => besides.statement.clone(),
            })
            .map(|statement| for_the_new(definition, [&self.name, &self.named], &statement))
            .collect()
    }
}

/// Reads how the dependants are to be dropped and created again; they come back in the same order.
///
/// # Errors
/// When the server does not answer.
pub(super) async fn keep(session: &Session, dependants: Vec<Dependant>) -> Result<Vec<Kept>> {
    if dependants.is_empty() {
        return Ok(Vec::new());
    }
    let of_class = |class: &str| {
        let numbers: Vec<String> = dependants
            .iter()
            .filter(|dependant| dependant.address.0 == class)
            .map(|dependant| dependant.address.1.to_string())
            .collect();
        format!("'{{{}}}'::pg_catalog.oid[]", numbers.join(","))
    };
    let query = include_str!("saved_properties.sql")
        .replace("{views}", &of_class("pg_class"))
        .replace("{functions}", &of_class("pg_proc"))
        .replace("{policies}", &of_class("pg_policy"));
    // Without a search path every name comes with its schema.
    let sql = format!(
        "select pg_catalog.set_config('search_path', '', true), \
         pg_catalog.set_config('quote_all_identifiers', 'off', true);{query}"
    );
    let results = session
        .run("reading what stands on an object", &sql)
        .await?;
    let address = |row: &[Option<String>]| -> Option<Address> {
        Some((row.first()?.clone()?, row.get(1)?.as_deref()?.parse().ok()?))
    };
    let text =
        |row: &[Option<String>], at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    let kept = dependants.into_iter().filter_map(|dependant| {
        let mine = |row: &&Vec<Option<String>>| address(row).as_ref() == Some(&dependant.address);
        let row = results[1].iter().find(mine)?;
        Some(Kept {
            name: text(row, 2),
            named: text(row, 3),
            drop: text(row, 4),
            create: text(row, 5),
            besides: results[2]
                .iter()
                .filter(mine)
                .map(|row| Besides {
                    is_option: text(row, 2) == "options",
                    statement: text(row, 3),
                    unless_given: row.get(4).cloned().flatten(),
                })
                .collect(),
            dependant,
        })
    });
    Ok(kept.collect())
}
