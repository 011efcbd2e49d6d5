//! What came of breaking the policies, as it is shown: every break that can make a difference has to be noticed.

use crate::policy::RenderedPolicies;
use crate::prove::{Class, Mutation, Survivor};
use crate::report::{Check, Report, Table};

/// Adds what came of the mutants of a system.
pub(super) fn show(
    report: &mut Report,
    rendered: &RenderedPolicies,
    system: &str,
    mutation: &Mutation,
) {
    report.push_table(operators(system, mutation));
    if !mutation.survivors.is_empty() {
        report.push_table(survivors(system, mutation));
    }
    let checks = checks(rendered, system, mutation);
    report.push_checks(format!("{system}: mutation"), checks);
    report.push_text(summary(mutation));
}

fn operators(system: &str, mutation: &Mutation) -> Table {
    let mut table = Table::new(
        format!("{system}: mutants"),
        &["operator", "mutants", "killed", "equivalent", "other"],
    );
    let shown = |count: usize| match count {
        0 => String::new(),
        count => count.to_string(),
    };
    for (operator, count) in &mutation.operators {
        table.row([
            (*operator).to_owned(),
            count.all.to_string(),
            count.killed.to_string(),
            shown(count.equivalent),
            shown(count.all - count.killed - count.equivalent),
        ]);
    }
    table
}

/// What lived, with the reason.
fn survivors(system: &str, mutation: &Mutation) -> Table {
    let mut table = Table::new(
        format!("{system}: survivors"),
        &["class", "mutant", "evidence"],
    );
    for survivor in &mutation.survivors {
        table.row([
            survivor.class.word().to_owned(),
            survivor.what.clone(),
            survivor.evidence.clone(),
        ]);
    }
    table
}

fn checks(rendered: &RenderedPolicies, system: &str, mutation: &Mutation) -> Vec<Check> {
    let of = |class: Class| -> Vec<&Survivor> {
        let all = mutation.survivors.iter();
        all.filter(|one| one.class == class).collect()
    };
    let check = |key: &str, name: &str, passed: bool| Check {
        key: format!("prove/{key}"),
        system: system.to_owned(),
        name: name.to_owned(),
        passed,
        expected: "none".to_owned(),
        found: String::new(),
        details: Vec::new(),
        hint: None,
        place: Some(rendered.policies.place(&(0..0))),
    };
    let survived = of(Class::Survived);
    let mut details = Vec::new();
    for one in &survived {
        details.push(format!("survived: {}: {}", one.what, one.evidence));
        details.push(format!("  {}", one.sql));
        details.push(format!(
            "  to accept it: [[accept]] id = \"mutant:{}\", fingerprint = \"{}\", and a reason",
            one.what, mutation.fingerprint
        ));
    }
    let mut checks = vec![Check {
        expected: format!("{0} of {0}", mutation.countable()),
        found: format!("{} of {}", mutation.killed(), mutation.countable()),
        details,
        hint: (!survived.is_empty())
            .then(|| "the probes have a gap there, or the policy says something twice: look at what the statement changes".to_owned()),
        ..check(
            "mutants",
            "mutants that were noticed",
            survived.is_empty() && mutation.generated() > 0,
        )
    }];
    let inconclusive = of(Class::Inconclusive);
    if !inconclusive.is_empty() {
        checks.push(Check {
            found: inconclusive.len().to_string(),
            details: inconclusive
                .iter()
                .map(|one| format!("{}: {}", one.what, one.evidence))
                .collect(),
            hint: Some(
                "locks, time limits and the like say nothing of policies: prove again when the server has less to do"
                    .to_owned(),
            ),
            ..check("mutants-inconclusive", "mutants that got no answer", false)
        });
    }
    if !mutation.unused.is_empty() {
        checks.push(Check {
            found: mutation.unused.len().to_string(),
            details: mutation
                .unused
                .iter()
                .map(|id| format!("{id} is accepted and did not survive"))
                .collect(),
            hint: Some("remove the entry: it would hide the next one".to_owned()),
            ..check(
                "mutants-accepted",
                "accepted mutants that did not survive",
                false,
            )
        });
    }
    checks
}

fn summary(mutation: &Mutation) -> String {
    let seconds = mutation.took.as_secs_f64();
    let countable = mutation.countable();
    let score = if countable == 0 {
        0.0
    } else {
        // Never rounded up to the whole.
        (1000.0 * mutation.killed() as f64 / countable as f64).floor() / 10.0
    };
    let mut lines = vec![format!(
        "{} mutants: {} killed, {} equivalent, {} masked, {} latent, {} survived, {} accepted, {} inconclusive: score {score} %",
        mutation.generated(),
        mutation.killed(),
        mutation.count(Class::Equivalent),
        mutation.count(Class::Masked),
        mutation.count(Class::Latent),
        mutation.count(Class::Survived),
        mutation.count(Class::Accepted),
        mutation.count(Class::Inconclusive),
    )];
    lines.push(format!(
        "not counted: {} the same in other words, {} refused by the server",
        mutation.unchanged,
        mutation.invalid.len()
    ));
    lines.extend(
        mutation
            .invalid
            .iter()
            .map(|one| format!("  refused: {one}")),
    );
    lines.push(format!(
        "{} probes in {seconds:.2} s, {:.0} probes/s, {:.1} mutants/s",
        mutation.probes,
        mutation.probes as f64 / seconds.max(0.001),
        mutation.generated() as f64 / seconds.max(0.001)
    ));
    let killers: Vec<String> = mutation
        .killers
        .iter()
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    lines.push(format!("first to notice: {}", killers.join(", ")));
    lines.join("\n")
}
