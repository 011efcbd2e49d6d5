//! Kind 10: confidential columns, by every way to get at a value.

use super::{Expected, Kind, Probe, ProbeContext};
use crate::policy::Command;
use crate::prove::persona::Persona;
use crate::sql::identifier;

pub(super) fn add(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    probes: &mut Vec<Probe>,
) {
    let table = &context.world.tables[at];
    let confidential = &context.intent.policies.tables[at].confidential;
    for (position, column) in table.columns.iter().enumerate() {
        if !confidential.contains_key(&column.name) {
            continue;
        }
        let name = identifier(&column.name);
        let from = &table.name;
        let may = context.intent.is_granted(persona, at, Command::Select)
            && context.may_use(persona, at, Command::Select, position);
        let whole = context.intent.is_granted(persona, at, Command::Select)
            && (0..table.columns.len())
                .all(|one| context.may_use(persona, at, Command::Select, one));
        let ways = [
            (format!("select count({name}) from {from}"), may),
            (
                format!("select count(*) from {from} where {name} is not null"),
                may,
            ),
            (
                format!("select count(*) from (select 1 from {from} order by {name}) as found"),
                may,
            ),
            (
                format!(
                    "select count(*) from (select count(*) from {from} group by {name}) as found"
                ),
                may,
            ),
            (
                format!(
                    "select count(*) from (select * from {from}) as found where found.{name} is not null"
                ),
                whole,
            ),
            (
                format!("select count(to_jsonb(whole)) from {from} as whole"),
                whole,
            ),
            (format!("select count(whole) from {from} as whole"), whole),
            (format!("select max({name}::text) from {from}"), may),
        ];
        for (sql, may) in ways {
            let expected = if may {
                Expected::Passes
            } else {
                Expected::RefusedByGrant
            };
            let mut probe =
                context.probe(Kind::Columns, persona, at, Command::Select, sql, expected);
            probe.after = "?".to_owned();
            probes.push(probe);
        }
        if context.intent.is_granted(persona, at, Command::Update) && !may {
            let set = context.benign(persona, at);
            if let Some(set) = set {
                let set = identifier(&table.columns[set].name);
                let sql = format!(
                    "update {from} set {set} = {set} where {name} is not null returning {name}"
                );
                probes.push(context.probe(
                    Kind::Columns,
                    persona,
                    at,
                    Command::Update,
                    sql,
                    Expected::RefusedByGrant,
                ));
            }
        }
    }
}
