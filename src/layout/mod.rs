//! Which layout workroom's own tables have in a database, and bringing an older one up to date.
//!
//! The number stands in the comment of the schema `workroom`: it is read with the first message of a run, whatever
//! tables there are, and goes with a dump. What looks without the deployment lock changes nothing, so its queries
//! must work on every layout; an upgrade therefore adds, and takes nothing away that they read.

use crate::database::{self, DeploymentLock, Rows, Session};
use crate::error::{Error, Result};
use crate::sql::literal;

/// What brings each layout to the next, oldest first: the first entry leads from layout 1 to layout 2. Everything in
/// them may run twice, since a dump without comments loses the number, and finds tables or not, since they are made
/// when they are first needed.
const UPGRADES: &[&str] = &[
    include_str!("2.sql"),
    include_str!("3.sql"),
    include_str!("4.sql"),
    include_str!("5.sql"),
    include_str!("6.sql"),
];

/// Tables of the current layout besides histories, each with its number of columns.
const COLUMNS: [(&str, usize); 3] = [("steps", 8), ("objects", 13), ("policies", 12)];

/// Columns of a history in the current layout. Each layout adds one to a table that it concerns, so that it is told from
/// the last one without its number, which lies in a catalog that costs a backend more than a millisecond to open.
const HISTORY_COLUMNS: usize = 11;

/// The layout before numbers were recorded.
const FIRST: usize = 1;

/// The layout that this workroom makes.
#[must_use]
pub fn current() -> usize {
    FIRST + UPGRADES.len()
}

/// SQL whose one row goes to [`Layout::read`].
#[must_use]
pub fn query() -> String {
    format!(
        "select pg_catalog.to_regnamespace('workroom') is not null, (select d.description from pg_catalog.pg_description as d \
           where d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass \
           and d.objoid = pg_catalog.to_regnamespace('workroom') and d.objsubid = 0), own.strangers, own.bound \
         from ({}) as own;",
        database::strangers_query()
    )
}

/// SQL for a first look at little of the catalog. Its one cell is null where there is no layout, and true where the
/// tables that are there, of some systems and of all, have the current one and can be read; anything else is for
/// [`query`] to tell.
#[must_use]
pub fn quick_query<'a>(systems: impl IntoIterator<Item = &'a str>) -> String {
    let histories = systems
        .into_iter()
        .map(|system| format!("history_{system}"));
    let histories: Vec<String> = histories.collect();
    let histories = histories
        .iter()
        .map(|name| (name.as_str(), HISTORY_COLUMNS));
    database::plain_query(COLUMNS.into_iter().chain(histories))
}

/// Takes off workroom's own tables what would keep their owner from them, as the row of [`query`] tells. The deployment
/// lock must be held.
///
/// # Errors
/// When the role does not own them.
pub async fn release(session: &Session, rows: &Rows) -> Result<()> {
    let bound = rows.first().and_then(|row| row.get(3)?.as_deref());
    database::release_own_tables(session, bound.unwrap_or_default()).await
}

/// The layout of a database's own tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// There are none.
    Missing,
    /// Of an earlier workroom.
    Older(usize),
    /// As this workroom makes them.
    Current,
}

impl Layout {
    /// Reads the row of [`query`].
    ///
    /// # Errors
    /// When a later workroom has made the tables: they may hold what this one does not know. When the schema is
    /// somebody else's.
    pub fn read(rows: &Rows) -> Result<Self> {
        let cell = |at: usize| rows.first().and_then(|row| row.get(at)?.as_deref());
        if cell(0) != Some("t") {
            return Ok(Self::Missing);
        }
        database::refuse_strangers(cell(2).unwrap_or_default())?;
        // "… Layout 2, made by workroom 0.1.0."
        let found = cell(1).and_then(|comment| {
            let (_, said) = comment.strip_suffix('.')?.rsplit_once("Layout ")?;
            let (number, tool) = said.split_once(", made by workroom ")?;
            Some((number.parse().ok()?, tool))
        });
        match found {
            None => Ok(Self::Older(FIRST)),
            Some((number, tool)) if number > current() => Err(newer(number, tool)),
            Some((number, _)) if number < current() => Ok(Self::Older(number.max(FIRST))),
            Some(_) => Ok(Self::Current),
        }
    }

    /// SQL that makes the schema or brings its tables up to date, to be run in a transaction; empty when there is
    /// nothing to do.
    #[must_use]
    pub fn sql(self) -> String {
        let mut sql = match self {
            Self::Current => return String::new(),
            Self::Missing => "create schema if not exists workroom;\
                 revoke all on schema workroom from public;"
                .to_owned(),
            Self::Older(number) => UPGRADES[number - FIRST..].concat(),
        };
        let comment = format!(
            "What workroom has deployed to this database. Kept by workroom; read freely, do not edit. \
             Layout {}, made by workroom {}.",
            current(),
            env!("CARGO_PKG_VERSION")
        );
        sql.push_str(&format!(
            "comment on schema workroom is {};",
            literal(&comment)
        ));
        database::making_own_tables(&sql)
    }

    /// Runs [`Layout::sql`] by itself. The deployment lock must be held.
    ///
    /// # Errors
    /// When the role may not create or change them.
    pub async fn upgrade_tables(self, session: &Session) -> Result<()> {
        let sql = self.sql();
        if sql.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "begin;set local client_min_messages = warning;{}{sql}commit;",
            DeploymentLock::proof()
        );
        let what = "bringing the tables of schema workroom up to date";
        session.run(what, &sql).await.map(|_| ())
    }
}

fn newer(number: usize, tool: &str) -> Error {
    Error::refused("this database was deployed by a later workroom")
        .because(format!(
            "the tables of its schema workroom have layout {number}, made by workroom {tool}; this one is {} and knows up to layout {}",
            env!("CARGO_PKG_VERSION"),
            current()
        ))
        .hint(format!("use workroom {tool} or later; nothing was changed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(exists: &str, found: Option<&str>) -> Result<Layout> {
        Layout::read(&vec![vec![
            Some(exists.to_owned()),
            found.map(str::to_owned),
            None,
            None,
        ]])
    }

    #[test]
    fn a_layout_is_missing_older_current_or_refused() {
        assert_eq!(read("f", None).unwrap(), Layout::Missing);
        assert_eq!(read("t", None).unwrap(), Layout::Older(1));
        let of = |number: usize| format!("Ours. Layout {number}, made by workroom 0.0.1.");
        assert_eq!(read("t", Some(&of(current()))).unwrap(), Layout::Current);
        assert_eq!(read("t", Some(&of(1))).unwrap(), Layout::Older(1));
        let error = read("t", Some("Layout 999, made by workroom 9.9.9.")).unwrap_err();
        assert!(error.to_string().contains("later workroom"));
        assert!(error.causes[0].contains("layout 999, made by workroom 9.9.9"));
    }

    #[test]
    fn a_schema_of_somebody_else_is_refused_by_name() {
        let cell = |text: &str| Some(text.to_owned());
        let rows = vec![vec![
            cell("t"),
            None,
            cell("schema workroom belongs to eve"),
            None,
        ]];
        let error = Layout::read(&rows).unwrap_err();
        assert!(error.causes[0].contains("belongs to eve"));
    }

    #[test]
    fn what_is_current_needs_nothing_and_what_is_older_ends_as_current() {
        assert_eq!(Layout::Current.sql(), "");
        assert!(Layout::Older(1).sql().contains("workroom.objects"));
        let said = format!("Layout {}, made by workroom", current());
        assert!(Layout::Older(1).sql().contains(&said));
        assert!(Layout::Missing.sql().contains(&said));
    }
}
