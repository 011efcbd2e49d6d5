//! How one statement of a no-transaction file runs, and how its outcome can be told afterwards.

use crate::files::TextFile;
use crate::sql::{Statement, Token, TokenKind, catalog_name, identifier};

/// Which indexes a `reindex` is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Those of the table of an index, given as SQL.
    Index(String),
    /// Those of a table and its partitions.
    Table(String),
    /// Those of the whole database.
    Everything,
}

/// How a statement runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// It changes the session only, and what comes after it relies on that: every run repeats it.
    Setting,
    /// In a transaction with the record that it is done: either both happened or neither.
    Transactional,
    /// `do` and `call`: the same, unless they turn out to commit by themselves.
    Block,
    /// `create index concurrently`: by itself; the index's own flags say what became of it.
    IndexBuild(IndexBuild),
    /// `alter table … detach partition … concurrently`: by itself, in two transactions.
    Detach(Detach),
    /// `reindex`: by itself; repeated after a crash, when what it left is cleared away.
    Reindex {
        /// Which indexes.
        scope: Scope,
        /// Whether it is concurrent.
        patient: bool,
    },
    /// Anything else that cannot run in a transaction: by itself, and again after a crash in the middle of it.
    Alone {
        /// Whether nobody has to wait behind it while it waits.
        patient: bool,
        /// How a second run tells that the first one had done it.
        rerun: Rerun,
    },
}

/// The error that says that an earlier attempt had succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rerun {
    /// What it creates exists already.
    Exists,
    /// What it drops is gone already.
    Gone,
    /// None; it may be repeated.
    Repeats,
}

impl Rerun {
    pub(super) fn is_done(self, code: Option<&str>) -> bool {
        // SQLSTATEs: duplicate object and database; undefined object, table and database.
        let codes: &[&str] = match self {
            Self::Exists => &["42710", "42P04"],
            Self::Gone => &["42704", "42P01", "3D000"],
            Self::Repeats => &[],
        };
        code.is_some_and(|code| codes.contains(&code))
    }
}

/// The index that a statement builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IndexBuild {
    /// Its name, unquoted.
    pub(super) name: String,
    /// Its table as SQL, qualified if the statement qualifies it.
    pub(super) table: String,
    /// Whether the file allows for an index that is there already.
    pub(super) if_not_exists: bool,
}

/// The partition that a statement detaches; both names as SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Detach {
    /// The partitioned table.
    pub(super) parent: String,
    /// The partition.
    pub(super) partition: String,
}

impl Form {
    /// Reads the form off a statement. `None` for a concurrent index without a name, of which nothing could be
    /// told after a crash.
    pub(super) fn of(file: &TextFile, statement: &Statement) -> Option<Self> {
        let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
        let reader = Reader {
            file,
            tokens: &statement.tokens,
        };
        let concurrently = (0..statement.tokens.len()).any(|at| reader.is(at, "concurrently"));
        Some(match words.as_slice() {
            [
                "set" | "reset" | "listen" | "unlisten" | "load" | "prepare" | "deallocate",
                ..,
            ] => Self::Setting,
            ["select", "set_config", ..] => Self::Setting,
            ["select", "pg_catalog", ..] if reader.is(3, "set_config") => Self::Setting,
            ["create", "index", "concurrently", ..] => Self::IndexBuild(reader.index_build(3)?),
            ["create", "unique", "index", "concurrently", ..] => {
                Self::IndexBuild(reader.index_build(4)?)
            }
            ["drop", "index", "concurrently", ..] => Self::Alone {
                patient: true,
                rerun: Rerun::Gone,
            },
            ["reindex", ..] => Self::Reindex {
                scope: reader.reindexed(),
                patient: concurrently,
            },
            ["alter", "table", ..] if concurrently => match reader.detached() {
                Some(detach) => Self::Detach(detach),
                None => Self::Transactional,
            },
            ["do" | "call", ..] => Self::Block,
            ["vacuum", ..] => Self::Alone {
                patient: !(1..statement.tokens.len()).any(|at| reader.is(at, "full")),
                rerun: Rerun::Repeats,
            },
            ["create", "database" | "tablespace" | "subscription", ..] => Self::Alone {
                patient: false,
                rerun: Rerun::Exists,
            },
            ["drop", "database" | "tablespace" | "subscription", ..] => Self::Alone {
                patient: false,
                rerun: Rerun::Gone,
            },
            ["cluster" | "repack", ..] | ["alter", "system" | "subscription" | "database", ..] => {
                Self::Alone {
                    patient: false,
                    rerun: Rerun::Repeats,
                }
            }
            _ => Self::Transactional,
        })
    }
}

/// Reads names out of a statement's tokens.
struct Reader<'file> {
    file: &'file TextFile,
    tokens: &'file [Token],
}

impl Reader<'_> {
    fn text(&self, at: usize) -> Option<&str> {
        Some(&self.file.text[self.tokens.get(at)?.span.clone()])
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.text(at)
            .is_some_and(|text| text.eq_ignore_ascii_case(word))
    }

    /// A name, qualified or not, as SQL; and the place after it.
    fn name(&self, at: usize) -> Option<(String, usize)> {
        let first = identifier(&unquoted(self.file, self.tokens.get(at)?)?);
        if !self.is(at + 1, ".") {
            return Some((first, at + 1));
        }
        let second = identifier(&unquoted(self.file, self.tokens.get(at + 2)?)?);
        Some((format!("{first}.{second}"), at + 3))
    }

    /// `[if not exists] name on [only] table …`
    fn index_build(&self, mut at: usize) -> Option<IndexBuild> {
        let if_not_exists =
            self.is(at, "if") && self.is(at + 1, "not") && self.is(at + 2, "exists");
        if if_not_exists {
            at += 3;
        }
        if self.is(at, "on") {
            return None;
        }
        let name = unquoted(self.file, self.tokens.get(at)?)?;
        at += if self.is(at + 2, "only") { 3 } else { 2 };
        let (table, _) = self.name(at)?;
        Some(IndexBuild {
            name,
            table,
            if_not_exists,
        })
    }

    /// `alter table [if exists] [only] parent detach partition partition concurrently`
    fn detached(&self) -> Option<Detach> {
        let mut at = 2;
        if self.is(at, "if") {
            at += 2;
        }
        if self.is(at, "only") {
            at += 1;
        }
        let (parent, at) = self.name(at)?;
        let (partition, _) = (self.is(at, "detach") && self.is(at + 1, "partition"))
            .then(|| self.name(at + 2))
            .flatten()?;
        Some(Detach { parent, partition })
    }

    /// `reindex [(options)] index|table|schema|database|system [concurrently] [name]`
    fn reindexed(&self) -> Scope {
        let mut at = 1;
        if self.is(at, "(") {
            at = (at..self.tokens.len())
                .find(|at| self.is(*at, ")"))
                .map_or(self.tokens.len(), |end| end + 1);
        }
        let after = if self.is(at + 1, "concurrently") {
            at + 2
        } else {
            at + 1
        };
        match self.name(after) {
            Some((name, _)) if self.is(at, "index") => Scope::Index(name),
            Some((name, _)) if self.is(at, "table") => Scope::Table(name),
            _ => Scope::Everything,
        }
    }
}

fn unquoted(file: &TextFile, token: &Token) -> Option<String> {
    matches!(token.kind, TokenKind::Word | TokenKind::QuotedName)
        .then(|| catalog_name(&file.text[token.span.clone()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql;

    fn form(text: &str) -> Option<Form> {
        let file = TextFile::new("a.sql", text);
        Form::of(&file, &sql::split(&file).unwrap()[0])
    }

    fn build(name: &str, table: &str, if_not_exists: bool) -> Option<Form> {
        Some(Form::IndexBuild(IndexBuild {
            name: name.to_owned(),
            table: table.to_owned(),
            if_not_exists,
        }))
    }

    fn alone(patient: bool, rerun: Rerun) -> Option<Form> {
        Some(Form::Alone { patient, rerun })
    }

    #[test]
    fn the_index_and_its_table_are_read_off_the_statement() {
        assert_eq!(
            form("create index concurrently I on Shop.T (a)"),
            build("i", "shop.t", false)
        );
        assert_eq!(
            form(
                "create unique index concurrently if not exists \"I x\" on only \"T\" using btree (a)"
            ),
            build("I x", "\"T\"", true)
        );
    }

    #[test]
    fn a_concurrent_index_without_a_name_has_no_form() {
        assert_eq!(form("create index concurrently on t (a)"), None);
    }

    #[test]
    fn what_may_run_in_a_transaction_does() {
        assert_eq!(form("update t set a = 1"), Some(Form::Transactional));
        assert_eq!(
            form("alter table t validate constraint c"),
            Some(Form::Transactional)
        );
        assert_eq!(form("do $$ begin end $$"), Some(Form::Block));
        assert_eq!(form("call p()"), Some(Form::Block));
    }

    #[test]
    fn only_what_is_concurrent_waits_patiently() {
        assert_eq!(form("vacuum t"), alone(true, Rerun::Repeats));
        assert_eq!(form("vacuum (FULL) t"), alone(false, Rerun::Repeats));
        assert_eq!(form("drop index concurrently i"), alone(true, Rerun::Gone));
        assert_eq!(form("create database d"), alone(false, Rerun::Exists));
        let reindex =
            |text, scope, patient| assert_eq!(form(text), Some(Form::Reindex { scope, patient }));
        reindex(
            "reindex index concurrently s.i",
            Scope::Index("s.i".into()),
            true,
        );
        reindex("reindex (verbose) table t", Scope::Table("t".into()), false);
        reindex("reindex schema concurrently s", Scope::Everything, true);
    }

    #[test]
    fn a_detached_partition_is_read_off_the_statement() {
        let detach = Detach {
            parent: "s.p".into(),
            partition: "q".into(),
        };
        let text = "alter table if exists only s.p detach partition q concurrently";
        assert_eq!(form(text), Some(Form::Detach(detach)));
    }

    #[test]
    fn settings_of_the_session_are_repeated_by_every_run() {
        for text in [
            "set maintenance_work_mem = '1GB'",
            "reset role",
            "select set_config('search_path', '', false)",
            "select pg_catalog.set_config('search_path', '', false)",
        ] {
            assert_eq!(form(text), Some(Form::Setting), "{text}");
        }
    }
}
