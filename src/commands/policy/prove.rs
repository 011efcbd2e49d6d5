//! `workroom policy prove`: act as everybody, try everything, and compare with what the policy file says.

use clap::Args;

use super::{mutants, part};
use crate::commands::Context;
use crate::deployment;
use crate::error::{Error, Result};
use crate::policy::{RenderedPolicies, lint};
use crate::project::{Project, System};
use crate::prove::{Counterexample, Part, Proof, ProofOptions};
use crate::report::{Check, Report, Table};

/// Where to prove, and how hard.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Prove the database itself, in one transaction that is rolled back and locks its tables meanwhile [default: a
    /// disposable clone that is deployed from the files to a server of its own]
    #[arg(long)]
    pub here: bool,

    /// Break the policies one at a time as well, and require that every break is noticed
    #[arg(long)]
    pub mutate: bool,

    /// Make allowed writes with triggers at work as well: none may fail there for want of a privilege, nor change or show
    /// what policies forbid
    #[arg(long)]
    pub triggers: bool,

    /// Prove only these tables, with their schema or without, and the views and functions that read them; `*` stands for
    /// any characters
    #[arg(long, value_name = "TABLE", num_args = 1.., conflicts_with = "mutate")]
    pub only: Vec<String>,

    /// Prove only what has to do with files that are new, changed or gone since this branch left a commit, such as
    /// origin/main
    #[arg(long, value_name = "REF", conflicts_with_all = ["only", "mutate"])]
    pub changed_since: Option<String>,
}

/// Proves every chosen system that has a policy file.
///
/// # Errors
/// When the database cannot be reached or deployed, or when no rows can be made up.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let mut project = context.project()?;
    if !arguments.here {
        deployment::tolerate(&mut project, &context.global.systems, context.global.all)?;
    }
    let systems = context.systems(&project)?;
    let mut rendered = deployment::rendered(&project, &systems)?;
    if rendered.is_empty() {
        return Err(Error::refused("there is nothing to prove")
            .because("no chosen system has a policy file")
            .hint("write policies/<system>.toml, or name another system with --system"));
    }
    let mut report = Report::default();
    let part = match &arguments.changed_since {
        Some(reference) => {
            let (part, says) = part::changed_since(context, &project, reference)?;
            report.push_text(says);
            Some(part)
        }
        None if arguments.only.is_empty() => None,
        None => Some(part::only(&mut rendered, &arguments.only)?),
    };
    if part.as_ref().is_some_and(Part::is_nothing) {
        return Ok(report);
    }
    let schemas = deployment::schemas(&systems);
    let proof_options = ProofOptions {
        schemas: &schemas,
        is_clone: !arguments.here,
        is_open: false,
        mutates: arguments.mutate,
        triggers: arguments.triggers,
        part: part.as_ref(),
    };
    let connect = context.connecting();
    let observer = context.observer.as_ref();
    let proofs = if arguments.here {
        let session = context.connect(&project).await?;
        rendered = deployment::not_left_alone(&session, rendered, observer).await?;
        deployment::prove_on(
            &session,
            &project,
            &rendered,
            &proof_options,
            &connect,
            observer,
        )
        .await?
    } else {
        let (project, with) = (&project, &proof_options);
        deployment::prove_on_clone(project, &systems, &rendered, with, &connect, observer).await?
    };
    for (rendered, proof) in rendered.iter().zip(&proofs) {
        show(&mut report, rendered, proof);
    }
    Ok(report)
}

/// Proves systems on a disposable clone and says in a line for each what came of it, and what failed.
///
/// # Errors
/// As [`run`].
pub async fn in_short(context: &Context, project: &Project, systems: &[&System]) -> Result<Report> {
    let rendered = deployment::rendered(project, systems)?;
    let schemas = deployment::schemas(systems);
    let with = ProofOptions {
        schemas: &schemas,
        is_clone: true,
        is_open: false,
        mutates: false,
        triggers: false,
        part: None,
    };
    let connect = context.connecting();
    let observer = context.observer.as_ref();
    let proofs =
        deployment::prove_on_clone(project, systems, &rendered, &with, &connect, observer).await?;
    let mut report = Report::default();
    for (rendered, proof) in rendered.iter().zip(&proofs) {
        sum_up(&mut report, rendered, proof);
    }
    Ok(report)
}

fn show(report: &mut Report, rendered: &RenderedPolicies, proof: &Proof) {
    if proof.is_part {
        report.push_text(part::says(rendered, proof));
        if proof.total() == 0 && proof.left_out.len() == rendered.policies.tables.len() {
            return;
        }
    }
    let mut table = Table::new(
        format!("{}: probes", proof.system),
        &["table", "probes", "failed"],
    );
    let mut by_table: Vec<(&str, usize, usize)> = Vec::new();
    for ((name, _), (probes, failed)) in &proof.cells {
        match by_table.last_mut().filter(|last| last.0 == name) {
            Some(last) => {
                last.1 += probes;
                last.2 += failed;
            }
            None => by_table.push((name, *probes, *failed)),
        }
    }
    for (name, probes, failed) in by_table {
        let failed = if failed == 0 {
            String::new()
        } else {
            failed.to_string()
        };
        table.row([name.to_owned(), probes.to_string(), failed]);
    }
    report.push_table(table);
    report.push_checks(format!("{}: proof", proof.system), checks(rendered, proof));
    let kinds: Vec<String> = proof
        .probes
        .iter()
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    report.push_text(format!(
        "{} probes as {} personas over {} rows in {:.2} s, {:.0} probes/s\n{}",
        proof.total(),
        proof.personas,
        proof.rows,
        proof.took.as_secs_f64(),
        proof.rate(),
        kinds.join(", ")
    ));
    if !proof.wordless.is_empty() {
        report.push_text(format!(
            "proven for the invariants only:\n{}",
            proof.wordless.join("\n")
        ));
    }
    if proof.has_own_rows && !proof.untried.is_empty() {
        report.push_text(format!(
            "never decided on the rows that are here:\n{}",
            proof.untried.join("\n")
        ));
    }
    if let Some(mutation) = &proof.mutation {
        mutants::show(report, rendered, &proof.system, mutation);
    }
}

/// A line for a proof that found nothing, and the checks of one that did.
fn sum_up(report: &mut Report, rendered: &RenderedPolicies, proof: &Proof) {
    let checks = checks(rendered, proof);
    report.push_checks(
        format!(
            "{}: {} probes as {} personas in {:.1} s, on a copy of the schema",
            proof.system,
            proof.total(),
            proof.personas,
            proof.took.as_secs_f64()
        ),
        checks,
    );
}

fn checks(rendered: &RenderedPolicies, proof: &Proof) -> Vec<Check> {
    let failed = proof.counterexamples.iter().enumerate();
    let silent = (!proof.inconclusive.is_empty()).then(|| inconclusive(rendered, proof));
    let unmade = (!proof.unmade.is_empty()).then(|| unmade(rendered, proof));
    let wordless = (!proof.wordless.is_empty()).then(|| wordless(rendered, proof));
    std::iter::once(vacuity(rendered, proof))
        .chain(unmade)
        .chain(coverage(rendered, proof))
        .chain(wordless)
        .chain(silent)
        .chain(failed.map(|(at, one)| check(proof, at, one)))
        .collect()
}

/// A proof that saw nothing is none.
fn vacuity(rendered: &RenderedPolicies, proof: &Proof) -> Check {
    let is_empty = proof.total() == 0 || proof.seen == 0 || !proof.unseen.is_empty();
    let hint = if is_empty {
        Some(
            "a proof in which nobody sees anything shows nothing: check [context] and the oracle of the macros",
        )
    } else if proof.lone.is_empty() {
        None
    } else {
        Some("load rows of a second tenant yourself, and prove them with `--here`")
    };
    let unseen = proof.unseen.iter();
    let unseen = unseen.map(|table| format!("nobody saw a row of {table}"));
    let lone = proof.lone.iter();
    let lone = lone.map(|table| {
        format!("only one tenant has rows of {table}: nothing between tenants was tried there")
    });
    let failures = proof.counterexamples.len() + proof.more;
    Check {
        key: "prove/probes".to_owned(),
        system: proof.system.clone(),
        name: "probes that came out as the file says".to_owned(),
        passed: hint.is_none() && failures == 0,
        expected: "all, and somebody sees something of every readable table".to_owned(),
        found: format!(
            "{} of {}, {} rows seen",
            proof.total() - failures.min(proof.total()),
            proof.total(),
            proof.seen
        ),
        details: unseen.chain(lone).collect(),
        hint: hint.map(str::to_owned),
        place: Some(rendered.policies.place(&(0..0))),
    }
}

/// A table without rows has proven nothing; the others have.
fn unmade(rendered: &RenderedPolicies, proof: &Proof) -> Check {
    let lines = proof.unmade.iter();
    let lines = lines.map(|(table, because)| format!("{table} is not proven: {because}"));
    let tables = &rendered.policies.tables;
    let first = tables
        .iter()
        .find(|table| proof.unmade.iter().any(|(name, _)| *name == table.title()));
    Check {
        key: "prove/rows".to_owned(),
        system: proof.system.clone(),
        name: "tables that rows could be made up for".to_owned(),
        passed: false,
        expected: "all".to_owned(),
        found: format!("{} without rows", proof.unmade.len()),
        details: lines.collect(),
        hint: Some(
            "give values that the column takes: `sample = { column = [\"…\", \"…\"] }` under the table in the policy file"
                .to_owned(),
        ),
        place: Some(
            rendered
                .policies
                .place(first.map_or(&(0..0), |table| &table.span)),
        ),
    }
}

/// What was never tried may hide anything. The rows of a database are what they are, though: of them it is only told.
fn coverage(rendered: &RenderedPolicies, proof: &Proof) -> Option<Check> {
    let [(literals, all_literals), (atoms, all_atoms)] = proof.covered;
    (all_literals + all_atoms > 0).then(|| Check {
        key: "prove/coverage".to_owned(),
        system: proof.system.clone(),
        name: "comparisons that decided".to_owned(),
        passed: proof.has_own_rows || proof.untried.is_empty(),
        expected: if proof.has_own_rows {
            "those that the database's own rows can show"
        } else {
            "all, or accepted with a reason"
        }
        .to_owned(),
        found: format!(
            "{literals} of {all_literals} constants of the SQL, {atoms} of {all_atoms} conditions of the words"
        ),
        details: proof.untried.clone(),
        hint: (!proof.has_own_rows && !proof.untried.is_empty()).then(|| {
            "give rows in which it decides (`sample`), leave it out, or accept it in the policy file"
                .to_owned()
        }),
        place: Some(rendered.policies.place(&(0..0))),
    })
}

/// What no words judge is not proven but for the invariants, as the file says.
fn wordless(rendered: &RenderedPolicies, proof: &Proof) -> Check {
    Check {
        key: "prove/wordless".to_owned(),
        system: proof.system.clone(),
        name: "cells that are proven for the invariants only".to_owned(),
        passed: true,
        expected: "those whose macro says why it has no words".to_owned(),
        found: proof.wordless.len().to_string(),
        details: proof.wordless.clone(),
        hint: None,
        place: Some(rendered.policies.place(&(0..0))),
    }
}

/// What got no answer is neither a success nor a failure.
fn inconclusive(rendered: &RenderedPolicies, proof: &Proof) -> Check {
    Check {
        key: "prove/inconclusive".to_owned(),
        system: proof.system.clone(),
        name: "probes that got an answer".to_owned(),
        passed: false,
        expected: "all".to_owned(),
        found: format!("{} without one, tried twice", proof.inconclusive.len()),
        details: proof.inconclusive.iter().take(12).cloned().collect(),
        hint: Some(
            "locks, time limits and the like say nothing of policies: prove again when the server has less to do"
                .to_owned(),
        ),
        place: Some(rendered.policies.place(&(0..0))),
    }
}

fn check(proof: &Proof, at: usize, example: &Counterexample) -> Check {
    let mut details = vec![format!("persona: {}", example.persona)];
    details.extend(example.row.as_ref().map(|row| format!("row: {row}")));
    if example.rows > 0 {
        details.push(format!("rows that it takes: {}", example.rows));
    }
    details.push(format!("responsible: {}", example.responsible));
    details.extend(
        example
            .pitfall
            .map(|one| format!("pitfall: {one}: {}", lint::pitfall(one).unwrap_or_default())),
    );
    if let Some((line, _)) = example.place.line_column() {
        details.push(format!("declared at: {}:{line}", example.place.path));
    }
    details.extend(example.sql.lines().map(|line| format!("  {line}")));
    Check {
        key: format!("prove/{}/{}", example.kind, at + 1),
        system: proof.system.clone(),
        name: format!("{} {} ({})", example.command, example.object, example.kind),
        passed: false,
        expected: example.expected.clone(),
        found: example.found.clone(),
        details,
        hint: Some("mend the policy or the line of the file, deploy, and prove again".to_owned()),
        place: Some(example.place.clone()),
    }
}
