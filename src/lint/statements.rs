//! The statements of files, each read once.

use std::cell::OnceCell;
use std::ops::Range;

use super::Script;
use super::bodies;
use super::routines;
use super::schema::Schema;
use crate::files::TextFile;
use crate::sql::tree::{self, Action, CreateRoutine, Statement};
use crate::sql::{self, Name};

/// All files of a run. Reading takes longer than anything else, so what a rule wants to know of later files is kept.
pub(super) struct Read<'a> {
    pub(super) scripts: &'a [Script],
    statements: Vec<OnceCell<Vec<Statement>>>,
}

impl<'a> Read<'a> {
    pub(super) fn new(scripts: &'a [Script]) -> Self {
        Self {
            scripts,
            statements: scripts.iter().map(|_| OnceCell::new()).collect(),
        }
    }

    /// Whether a script behind this one has such a statement. Only files that contain the word are read.
    fn any_later(&self, at: usize, word: &str, is_it: impl Fn(&Statement) -> bool) -> bool {
        let later = self.scripts.iter().zip(&self.statements).skip(at + 1);
        later
            .filter(|(script, _)| script.file.text.contains(word))
            .any(|(script, statements)| {
                let read = || Statements::of(&script.file, &Schema::default()).all;
                statements.get_or_init(read).iter().any(&is_it)
            })
    }

    /// Whether a statement of the script's own from here on, or of a later one, says anew where names in a routine's
    /// body are looked up.
    pub(super) fn is_decided(
        &self,
        at: usize,
        rest: &[Statement],
        routine: &CreateRoutine,
    ) -> bool {
        let decides = |statement: &Statement| routines::decides(statement, routine);
        rest.iter().any(decides) || self.any_later(at, &routine.name.name, decides)
    }

    /// Whether a later script makes an index of the table that begins with these columns, in any order.
    pub(super) fn is_indexed(&self, at: usize, table: &Name, columns: &[String]) -> bool {
        let makes = |statement: &Statement| match &statement.action {
            Action::CreateIndex(create) => {
                let leading = create.columns.get(..columns.len());
                let begins = |leading: &[String]| columns.iter().all(|it| leading.contains(it));
                create.table.is(table) && !create.partial && leading.is_some_and(begins)
            }
            _ => false,
        };
        self.any_later(at, &table.name, makes)
    }
}

/// What a statement that is no statement of the file's own stands in.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    /// The bytes of the statement that runs it.
    pub(super) outer: Range<usize>,
    /// Whether it is the body of a routine that an earlier file makes; its bytes are then of that one.
    pub(super) elsewhere: bool,
    /// Whether it runs again and again.
    pub(super) in_loop: bool,
    /// Whether a loop commits what it did before it goes on.
    pub(super) commits: bool,
}

/// The statements of a file, each followed by what stands inside of it.
pub(super) struct Statements {
    pub(super) all: Vec<Statement>,
    /// For one inside of another, what is known of that.
    pub(super) inside: Vec<Option<Surroundings>>,
    pub(super) unreadable: Vec<tree::Unreadable>,
}

impl Statements {
    /// Of a file that runs after what the schema knows.
    pub(super) fn of(file: &TextFile, schema: &Schema) -> Self {
        let split = sql::split(file).unwrap_or_default();
        let pieces: Vec<_> = split
            .iter()
            .filter(|statement| !sql::is_restriction(file, statement))
            .map(|statement| statement.span.clone())
            .collect();
        let (read, unreadable) = tree::read(&file.text, &pieces);
        let bodies = bodies::inside(file, &split, &schema.routines);
        let mut bodies = bodies.into_iter().peekable();
        let (mut all, mut inside) = (Vec::new(), Vec::new());
        for statement in read {
            let outer = statement.span.clone();
            all.push(statement);
            inside.push(None);
            while let Some(body) = bodies.next_if(|body| outer.contains(&body.outer.start)) {
                for (statement, in_loop) in body.statements {
                    all.push(statement);
                    inside.push(Some(Surroundings {
                        outer: body.outer.clone(),
                        elsewhere: body.elsewhere,
                        in_loop,
                        commits: body.commits,
                    }));
                }
            }
        }
        Self {
            all,
            inside,
            unreadable,
        }
    }
}
