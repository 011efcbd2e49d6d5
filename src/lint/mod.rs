//! Rules over SQL files: what will lock, rewrite or break, and what leaves a tenant or a door open.
//!
//! A file is read in the order of deployment after everything before it, so that rules know which tables may
//! have rows, of which type a column is, and what a constraint's name stands for. It is looked into `do` blocks
//! and into routines that the file calls. Needs no server; SQL that is put together at run time is shown by
//! `workroom db plan --measure`.

mod allow;
mod bodies;
mod fix;
mod locks;
mod routines;
mod rule;
mod rules;
mod schema;
mod statements;
#[cfg(test)]
mod testing;

use std::sync::Arc;

pub use fix::{Fixed, fix};
pub use rule::{Rule, summary};
pub use rules::RULES;

use crate::error::{Error, Result};
use crate::files::TextFile;
use crate::project::{Headers, Project, System};
use crate::report::Finding;
use crate::sql::tree;
use rule::{At, Edit, Problem};
use schema::Schema;
use statements::{Read, Statements, Surroundings};

/// What a file is to its project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A versioned migration.
    Migration,
    /// A repeatable object.
    Object,
}

/// One SQL file with what rules need to know of it.
#[derive(Clone, Debug)]
pub struct Script {
    /// The file.
    pub file: TextFile,
    /// What it is.
    pub kind: Kind,
    /// How it runs.
    pub headers: Headers,
    /// The tenant column of its system.
    pub tenant: Option<String>,
    /// Whether row-level security may stand behind it: a project that has none loses none.
    pub is_secured: bool,
}

/// What was found in one file.
#[derive(Debug)]
pub struct Linted {
    /// Position of the script.
    pub script: usize,
    /// Findings in the order of their places.
    pub findings: Vec<Finding>,
    /// The edits of each finding.
    edits: Vec<Vec<Edit>>,
}

/// The name under which comments that allow are complained about.
pub const UNUSED_ALLOW: &str = "unused-allow";
const UNREADABLE: &str = "unreadable-sql";

/// The SQL files of systems in the order of deployment.
#[must_use]
pub fn scripts(systems: &[&System]) -> Vec<Script> {
    let mut scripts = Vec::new();
    for system in systems {
        let script = |file: &TextFile, kind, headers: &Headers| Script {
            file: file.clone(),
            kind,
            headers: headers.clone(),
            tenant: system.tenant.clone(),
            is_secured: true,
        };
        for migration in &system.migrations {
            scripts.push(script(&migration.file, Kind::Migration, &migration.headers));
        }
        for object in &system.objects {
            scripts.push(script(&object.file, Kind::Object, &Headers::default()));
        }
    }
    scripts
}

/// The rules that a project has switched off in `[lint.allow]`.
///
/// # Errors
/// When a rule does not exist, or no reason is given.
pub fn switched_off(project: &Project) -> Result<Vec<String>> {
    let mut mistakes = Vec::new();
    for (rule, reason) in &project.lint.allow {
        if !RULES.iter().any(|known| known.name == rule.get_ref()) {
            mistakes.push(
                Error::project(format!("there is no rule `{}`", rule.get_ref()))
                    .at(project.file.place(rule.span()))
                    .hint("`workroom lint --rules` lists them"),
            );
        } else if reason.get_ref().trim().is_empty() {
            mistakes.push(
                Error::project(format!(
                    "rule `{}` is switched off without a reason",
                    rule.get_ref()
                ))
                .at(project.file.place(reason.span()))
                .hint("say why it does not apply to this project"),
            );
        }
    }
    Error::all(mistakes)?;
    Ok(project
        .lint
        .allow
        .keys()
        .map(|rule| rule.get_ref().clone())
        .collect())
}

/// Applies the rules to scripts in the order of deployment.
#[must_use]
pub fn lint(scripts: &[Script], off: &[String]) -> Vec<Linted> {
    let mut schema = Schema::default();
    let read = Read::new(scripts);
    (0..scripts.len())
        .map(|at| one(&read, at, &mut schema, off))
        .collect()
}

/// The locks that the last of these scripts is expected to take on what earlier ones made, as (table, mode).
#[must_use]
pub fn expected_locks(scripts: &[Script]) -> Vec<(String, String)> {
    let mut schema = Schema::default();
    let mut expected = Vec::new();
    for (at, script) in scripts.iter().enumerate() {
        let before: Vec<_> = schema.tables().iter().map(|it| it.name.clone()).collect();
        schema.begin_file();
        for statement in Statements::of(&script.file, &schema).all {
            if at + 1 == scripts.len() {
                for (table, lock) in locks::locks(&statement, &schema) {
                    if before.iter().any(|name| name.is(&table)) {
                        expected.push((table.name, format!("{lock:?}")));
                    }
                }
            }
            schema.apply(&statement);
        }
    }
    expected
}

/// How the names of findings begin that only a measurement makes.
const MEASURED: &str = "measured-";

/// Whether a comment of the file allows what a measurement found at this byte: `allow measured-scan because …`.
#[must_use]
pub fn allows(file: &TextFile, rule: &str, at: usize) -> bool {
    let statements = Statements::of(file, &Schema::default()).all;
    let around = around(&statements, at);
    let (allows, _) = allow::read(file, &statements);
    let covers = |allow: &allow::Allow| around.iter().any(|at| allow.covers(rule, *at));
    allows.iter().any(covers)
}

/// The statements around a byte, a block and what stands inside; at least one, which may be none.
fn around(statements: &[tree::Statement], at: usize) -> Vec<Option<usize>> {
    let around = (0..statements.len()).filter(|it| statements[*it].span.contains(&at));
    around.map(Some).chain([None]).collect()
}

/// Lints one file and takes over what it makes.
fn one(read: &Read<'_>, at: usize, schema: &mut Schema, off: &[String]) -> Linted {
    let position = at;
    let script = &read.scripts[at];
    let Statements {
        all: statements,
        inside,
        unreadable,
    } = Statements::of(&script.file, schema);
    schema.begin_file();
    let (allows, mistakes) = allow::read(&script.file, &statements);
    let mut used = vec![false; allows.len()];
    let mut found: Vec<(&'static str, Problem)> = Vec::new();
    for tree::Unreadable { at, why, .. } in unreadable {
        found.push((
            UNREADABLE,
            Problem::new(at..at + 1, "the linter cannot read this SQL")
                .why(why)
                .why("rules have not seen the rest of the statement; the server may well accept it")
                .instead("check the statement with `workroom db plan --measure`, then allow it with a reason"),
        ));
    }
    let mut locked = Vec::new();
    let mut savepoints = Vec::new();
    for index in 0..statements.len() {
        let at = At {
            script,
            statements: &statements,
            index,
            schema,
            locked: &locked,
            inside: inside[index].as_ref(),
            read,
            position,
        };
        for rule in RULES {
            if off.iter().any(|name| name == rule.name) {
                continue;
            }
            let mut problems = (rule.check)(&at);
            if let Some(Surroundings {
                outer, elsewhere, ..
            }) = &inside[index]
            {
                for problem in &mut problems {
                    problem.edits.retain(|edit| edit.span.end <= outer.start);
                    if *elsewhere {
                        problem.span = outer.clone();
                        problem.edits.clear();
                    }
                    problem.details.push(
                        "it stands inside a block or a routine, which runs with this file"
                            .to_owned(),
                    );
                }
            }
            found.extend(problems.into_iter().map(|it| (rule.name, it)));
        }
        let taken = at.locks_on_old();
        let text = at.text(&statements[index].span).to_ascii_lowercase();
        if text.starts_with("savepoint") {
            savepoints.push(locked.len());
        } else if text.starts_with("rollback to") {
            // What was locked since then is given back.
            locked.truncate(savepoints.last().copied().unwrap_or_default());
        }
        locked.extend(taken.into_iter().map(|(table, lock)| (index, table, lock)));
        schema.apply(&statements[index]);
    }
    found.retain(|(rule, problem)| {
        let around = around(&statements, problem.span.start);
        let mut allowed = false;
        for (allow, used) in allows.iter().zip(&mut used) {
            if around
                .iter()
                .any(|statement| allow.covers(rule, *statement))
            {
                (allowed, *used) = (true, true);
            }
        }
        !allowed && !problem.settled
    });
    for (span, mistake) in mistakes {
        found.push((UNUSED_ALLOW, Problem::new(span, mistake)));
    }
    for (allow, used) in allows.iter().zip(&used) {
        // Whether a measurement finds something is not known here.
        if *used || allow.rule.starts_with(MEASURED) {
            continue;
        }
        found.push((UNUSED_ALLOW, unused(allow, &script.file)));
    }
    found.sort_by_key(|(rule, problem)| (problem.span.start, *rule));
    let mut linted = Linted {
        script: position,
        findings: Vec::new(),
        edits: Vec::new(),
    };
    for (rule, problem) in found {
        linted.findings.push(Finding {
            rule: rule.to_owned(),
            severity: problem.severity,
            message: problem.message,
            details: problem.details,
            hint: problem.hint,
            fixable: !problem.edits.is_empty(),
            documentation: RULES
                .iter()
                .find(|known| known.name == rule)
                .map(|rule| rule.page())
                .unwrap_or_default(),
            place: script.file.place(problem.span),
        });
        linted.edits.push(problem.edits);
    }
    linted
}

fn unused(allow: &allow::Allow, file: &TextFile) -> Problem {
    let known = RULES.iter().any(|rule| rule.name == allow.rule) || allow.rule == UNREADABLE;
    let problem = if known {
        Problem::new(
            allow.span.clone(),
            format!("`{}` is allowed here and finds nothing", allow.rule),
        )
        .instead("remove the comment; the next finding would hide behind it")
    } else {
        Problem::new(
            allow.span.clone(),
            format!("there is no rule `{}`", allow.rule),
        )
        .instead("`workroom lint --rules` lists them")
    };
    // A comment alone on its line takes the line with it.
    let text: &Arc<str> = &file.text;
    let line_start = text[..allow.span.start].rfind('\n').map_or(0, |at| at + 1);
    let alone = text[line_start..allow.span.start].trim().is_empty();
    let span = if alone {
        let end = text[allow.span.end..]
            .find('\n')
            .map_or(text.len(), |at| allow.span.end + at + 1);
        line_start..end
    } else {
        allow.span.clone()
    };
    problem.mend(span, "")
}
