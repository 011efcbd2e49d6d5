//! Row-level security that is forced upon the owner of a table, lifted while a migration of that owner runs.
//!
//! Sessions run with `row_security = off`, so that a statement that policies would filter fails instead of passing
//! over rows. Whom no policy binds, a superuser or a role with BYPASSRLS, never sees that. Another owner of a table
//! under `force row level security` does, for updates, look-ups, keys that are validated and views that are filled.
//! The server then names the table; the migration runs again with force lifted from exactly this table, right before
//! the statement that failed, and put back before the transaction commits: whoever else looks never sees it lifted.
//!
//! A block that commits by itself has no such transaction. For it force is lifted and put back in transactions of
//! their own, and the tables are noted beside it in `workroom.steps`: a run that is cut off in between leaves them
//! open to their owner, nobody else, until the next run, which puts force back before anything else.

use std::collections::BTreeMap;

use crate::database::{DeploymentLock, Rows, Session};
use crate::error::{Error, Result};
use crate::project::Migration;
use crate::sql::{literal, text_array};

/// Tables whose row-level security is not forced upon their owner from some statement of a migration on.
#[derive(Clone, Debug, Default)]
pub struct Unforced {
    lifted: Vec<Lifted>,
    trying: Option<Trying>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Lifted {
    /// Before which statement of the file.
    statement: usize,
    table: Table,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Table {
    /// Its number in the catalog; none when the migration itself makes it.
    number: Option<String>,
    /// Its name with the schema; without it when the migration makes it.
    name: String,
}

/// The server names a table without its schema. Where several have the name, one after the other is tried, then all.
#[derive(Clone, Debug)]
struct Trying {
    statement: usize,
    name: String,
    candidates: Vec<Table>,
    at: usize,
}

impl Trying {
    fn tables(&self) -> &[Table] {
        self.candidates
            .get(self.at..=self.at)
            .unwrap_or(&self.candidates)
    }
}

impl Unforced {
    /// Whether force is lifted from nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lifted.is_empty() && self.trying.is_none()
    }

    /// Takes in the table that a failed statement was refused for.
    ///
    /// # Errors
    /// With the statement's own failure, when lifting force cannot help: the statement ran as a role that is not the
    /// table's owner.
    pub async fn widen(&mut self, session: &Session, statement: usize, error: Error) -> Result<()> {
        let Some(filtered) = &error.filtered else {
            return Err(error);
        };
        let name = quoted(&filtered.message);
        let (true, Some(name)) = (filtered.is_owner, name) else {
            return Err(not_the_owner(error));
        };
        if let Some(trying) = &mut self.trying
            && trying.statement == statement
            && trying.name == name
        {
            trying.at += 1;
            let is_over = trying.at > trying.candidates.len() || trying.candidates.len() == 1;
            return if is_over { Err(error) } else { Ok(()) };
        }
        let candidates = owned(session, name).await?;
        let candidates = if candidates.is_empty() {
            vec![Table {
                number: None,
                name: name.to_owned(),
            }]
        } else {
            candidates
        };
        self.keep();
        self.trying = Some(Trying {
            statement,
            name: name.to_owned(),
            candidates,
            at: 0,
        });
        Ok(())
    }

    /// What was tried last has helped.
    fn keep(&mut self) {
        if let Some(trying) = self.trying.take() {
            let statement = trying.statement;
            let tables = trying.tables().iter().cloned();
            self.lifted
                .extend(tables.map(|table| Lifted { statement, table }));
        }
    }

    fn all(&self) -> impl Iterator<Item = (usize, &Table)> {
        let kept = self
            .lifted
            .iter()
            .map(|lifted| (lifted.statement, &lifted.table));
        let trying = self.trying.iter().flat_map(|trying| {
            trying
                .tables()
                .iter()
                .map(move |table| (trying.statement, table))
        });
        kept.chain(trying)
    }

    /// The tables' names, each once.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.all().map(|(_, table)| table.name.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The same as SQL for the history.
    #[must_use]
    pub fn names_as_sql(&self) -> String {
        if self.is_empty() {
            return "null".to_owned();
        }
        text_array(self.names())
    }

    /// The tables' numbers as an array of SQL, for those that are there before the migration.
    #[must_use]
    pub fn numbers(&self) -> String {
        let numbers: Vec<&str> = self
            .all()
            .filter_map(|(_, table)| table.number.as_deref())
            .collect();
        format!("'{{{}}}'::pg_catalog.oid[]", numbers.join(","))
    }

    /// The statements that lift force, by the statement of the file before which they stand.
    #[must_use]
    pub fn before(&self) -> BTreeMap<usize, Vec<String>> {
        let mut statements: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (statement, table) in self.all() {
            let lift = match &table.number {
                Some(number) => set_force(&format!("c.oid = {number}"), true),
                None => set_force(&new_table(&[&table.name]), true),
            };
            statements.entry(statement).or_default().push(lift);
        }
        statements
    }

    /// The statements that put force back. Before a table can be altered, the checks that wait for the commit are made.
    #[must_use]
    pub fn after(&self) -> Vec<String> {
        if self.is_empty() {
            return Vec::new();
        }
        let new: Vec<&str> = self
            .all()
            .filter(|(_, table)| table.number.is_none())
            .map(|(_, table)| table.name.as_str())
            .collect();
        let which = format!("c.oid = any ({}) or {}", self.numbers(), new_table(&new));
        vec![
            "set constraints all immediate".to_owned(),
            set_force(&which, false),
        ]
    }

    /// The same for a statement that runs outside of a transaction, as one text.
    #[must_use]
    pub fn lift(&self) -> String {
        let statements = self.before().into_values().flatten();
        statements.map(|statement| statement + ";").collect()
    }

    /// Puts force back after it.
    #[must_use]
    pub fn put_back(&self) -> String {
        set_force(&format!("c.oid = any ({})", self.numbers()), false) + ";"
    }

    /// In words.
    #[must_use]
    pub fn summary(&self, migration: &Migration) -> String {
        format!(
            "{}: row-level security was not forced upon its owner while {} ran",
            self.names().join(", "),
            migration.label()
        )
    }
}

/// The name between the outermost quotes of a message: `"`, or those of the server's language.
fn quoted(message: &str) -> Option<&str> {
    const QUOTES: &[char] = &['"', '«', '»', '“', '”', '„', '‘', '’', '\''];
    let start = message.find(QUOTES)?;
    let end = message.rfind(QUOTES)?;
    let after = start + message[start..].chars().next()?.len_utf8();
    let name = message.get(after..end)?.trim();
    (!name.is_empty()).then_some(name)
}

/// A condition for tables of a name that the running transaction has made or altered.
fn new_table(names: &[&str]) -> String {
    format!(
        "c.relname = any ({}) and pg_catalog.age(c.xmin) <= 0",
        text_array(names)
    )
}

/// A statement that lifts force from the tables of this role that a condition on `c` names, or puts it back.
fn set_force(which: &str, lifts: bool) -> String {
    let (no, is_forced) = if lifts { ("no ", "") } else { ("", "not ") };
    let body = format!(
        "declare bound pg_catalog.regclass; begin \
         for bound in select c.oid from pg_catalog.pg_class as c where c.relkind in ('r', 'p') \
           and c.relrowsecurity and {is_forced}c.relforcerowsecurity \
           and pg_catalog.pg_has_role(c.relowner, 'usage') and ({which}) \
         loop execute pg_catalog.format('alter table %s {no}force row level security', bound); end loop; end"
    );
    format!("do {}", literal(&body))
}

/// The tables of a name whose row-level security this role owns and is bound by.
async fn owned(session: &Session, name: &str) -> Result<Vec<Table>> {
    let sql = format!(
        "select c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) \
         from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace \
         where c.relname = {} and c.relkind in ('r', 'p') and c.relrowsecurity and c.relforcerowsecurity \
           and pg_catalog.pg_has_role(c.relowner, 'usage') order by 2;",
        literal(name)
    );
    let rows = session
        .run("asking whose row-level security stands in the way", &sql)
        .await?;
    let tables = rows.into_iter().flatten().filter_map(|row| {
        let [Some(number), Some(name)] = <[Option<String>; 2]>::try_from(row).ok()? else {
            return None;
        };
        Some(Table {
            number: Some(number),
            name,
        })
    });
    Ok(tables.collect())
}

/// A statement ran as somebody whom policies bind and who does not own the table: a function that is `security
/// definer`, or a migration in somebody else's tables.
fn not_the_owner(mut error: Error) -> Error {
    error.hints.clear();
    error
        .because("the statement ran as a role that is not the table's owner")
        .hint("if a function did that is `security definer`, write `set row_security = on` into it: what the policies of its role show is what it shall see")
        .hint("if the table is somebody else's, an administrator makes this role a member of its owner: grant … to …")
}

/// Puts force back where a run was cut off, and forgets it; `steps` are the rows of workroom.steps that were read. The
/// deployment lock must be held.
///
/// # Errors
/// When the server does not answer, or the tables are not this role's any more.
pub async fn put_back(session: &Session, steps: &Rows) -> Result<()> {
    let is_lifted = |row: &Vec<Option<String>>| {
        let cell = row.get(UNFORCED_CELL).and_then(Option::as_deref);
        cell == Some("t")
    };
    if !steps.iter().any(is_lifted) {
        return Ok(());
    }
    let sql = format!("begin;{}{}commit;", DeploymentLock::proof(), put_back_sql());
    let what = "forcing row-level security again, where an earlier run was cut off";
    session.run(what, &sql).await.map(|_| ())
}

/// Statements that put force back wherever a run was cut off.
pub(super) fn put_back_sql() -> String {
    format!(
        "{};update workroom.steps set unforced = null where finished_at is null and unforced is not null;",
        set_force(LEFT, false)
    )
}

/// Which cell of a row of the steps says that force may still be lifted.
const UNFORCED_CELL: usize = 5;

/// A condition for the tables that a run which was cut off has left.
const LEFT: &str = "c.oid in (select s.number from workroom.steps as t cross join lateral \
     pg_catalog.unnest(t.unforced) as s (number) where t.finished_at is null)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_named_between_the_quotes_of_the_servers_language() {
        for (message, name) in [
            (
                "query would be affected by row-level security policy for table \"notes\"",
                "notes",
            ),
            (
                "Anfrage würde von Policy für Sicherheit auf Zeilenebene für Tabelle »notes« betroffen",
                "notes",
            ),
            (
                "la requête serait affectée par la politique de sécurité niveau ligne pour la table « notes »",
                "notes",
            ),
            ("… for table \"we\"ird name\"", "we\"ird name"),
        ] {
            assert_eq!(quoted(message), Some(name));
        }
        assert_eq!(quoted("no name"), None);
        assert_eq!(quoted("one \" quote"), None);
    }

    fn table(number: &str) -> Table {
        Table {
            number: Some(number.to_owned()),
            name: format!("t.a{number}"),
        }
    }

    #[test]
    fn of_several_tables_with_one_name_each_is_tried_and_then_all() {
        let mut trying = Trying {
            statement: 0,
            name: "a".to_owned(),
            candidates: vec![table("1"), table("2")],
            at: 0,
        };
        assert_eq!(trying.tables(), [table("1")]);
        trying.at = 1;
        assert_eq!(trying.tables(), [table("2")]);
        trying.at = 2;
        assert_eq!(trying.tables(), [table("1"), table("2")]);
    }

    #[test]
    fn force_is_lifted_before_the_statement_that_needs_it_and_put_back_once() {
        let mut unforced = Unforced {
            lifted: vec![Lifted {
                statement: 2,
                table: table("7"),
            }],
            trying: None,
        };
        unforced.trying = Some(Trying {
            statement: 3,
            name: "a".to_owned(),
            candidates: vec![table("8")],
            at: 0,
        });
        let before = unforced.before();
        assert_eq!(before.keys().copied().collect::<Vec<_>>(), [2, 3]);
        assert!(before[&2][0].contains("c.oid = 7"), "{before:?}");
        let after = unforced.after();
        assert_eq!(after.len(), 2);
        assert!(after[1].contains("{7,8}"), "{after:?}");
        assert_eq!(unforced.names(), ["t.a7", "t.a8"]);
        assert!(Unforced::default().after().is_empty());
    }
}
