//! Kind 1: which rows are seen, in several ways of asking.

use super::{Expected, Kind, LOCKS, Probe, ProbeContext};
use crate::policy::Command;
use crate::prove::persona::Persona;

pub(super) fn add(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    probes: &mut Vec<Probe>,
) {
    let table = &context.world.tables[at];
    let (name, key) = (&table.name, table.key_sql());
    let mut push = |sql: String, expected: Expected| {
        let mut probe = context.probe(Kind::Select, persona, at, Command::Select, sql, expected);
        probe.after = "?".to_owned();
        probes.push(probe);
    };
    let collect = |from: &str| format!("select string_agg({key}, chr(30)) from {from}");
    if !context.may_find(persona, at) {
        push(collect(&name.to_string()), Expected::RefusedByGrant);
        if context.intent.is_granted(persona, at, Command::Select) {
            let rows = context
                .rows(at)
                .iter()
                .filter(|row| context.sees(persona, at, row));
            let count = rows.count();
            let expected = (count > 0).then(|| count.to_string());
            push(
                format!("select nullif(count(*), 0)::text from {name}"),
                Expected::Rows(expected.into_iter().collect()),
            );
        }
        return;
    }
    let rows = context
        .rows(at)
        .iter()
        .filter(|row| context.sees(persona, at, row));
    let seen = Expected::Rows(rows.map(|row| table.key_of(row)).collect());
    push(collect(&name.to_string()), seen.clone());
    push(
        format!(
            "select keys from (select string_agg({key}, chr(30)) as keys, count(*) as count from {name}) as found \
             where found.count = (select count(*) from {name})"
        ),
        seen.clone(),
    );
    // A condition of the user's own must not see a row before the policies have had their say.
    let mut leak = context.probe(
        Kind::Select,
        persona,
        at,
        Command::Select,
        format!("select count(*) from {name} where pg_temp.workroom_leak({key})"),
        seen,
    );
    leak.after = "!select pg_catalog.current_setting('workroom.leaked')".to_owned();
    // `for update` needs the right to change, too.
    let locking = format!("(select {key} as key from {name}{LOCKS}) as locked");
    let sql = format!("select string_agg(locked.key, chr(30)) from {locking}");
    let may_lock = persona.owns
        || context.intent.is_granted(persona, at, Command::Update)
            && context.benign(persona, at).is_some();
    if may_lock {
        let rows = context.rows(at).iter().filter(|row| {
            context.sees(persona, at, row) && context.before(persona, at, Command::Update, row)
        });
        push(
            sql,
            Expected::Rows(rows.map(|row| table.key_of(row)).collect()),
        );
    } else {
        push(sql, Expected::RefusedByGrant);
    }
    probes.push(leak);
}
