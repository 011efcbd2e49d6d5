//! What came of a probe, so that it can be compared with what came of it at another time: whether rows were reached, and
//! which, whoever refused the others.

use super::persona::Persona;
use super::probe::{Kind, Measured, Outcome, Probe, ProbeContext};

/// Nothing was seen or changed: there is no privilege, a policy refuses it, or no row is let through.
const NOTHING: &str = "nothing";

/// `None` for what does not tell which rows somebody reaches.
pub(super) fn measured(
    context: &ProbeContext<'_>,
    persona: &Persona,
    probe: &Probe,
    outcome: &Outcome,
) -> Option<Measured> {
    // Nonsense in a session ends in an error or in nothing, as the server happens to order conditions.
    if !probe.kind.asks_for_rows() || persona.is_garbled {
        return None;
    }
    let rows = || outcome.rows().into_iter().collect::<Vec<_>>().join(", ");
    let came = match (outcome.state.as_str(), probe.kind) {
        _ if outcome.is_inconclusive() => "no answer".to_owned(),
        ("42501", _) => NOTHING.to_owned(),
        ("", Kind::Select) if outcome.rows().is_empty() => NOTHING.to_owned(),
        ("", Kind::Select) => format!("rows {}", rows()),
        ("", _) if outcome.touched == 0 => NOTHING.to_owned(),
        // The server numbers rows that are new.
        ("", Kind::Insert | Kind::CrossInsert | Kind::Conflict) => {
            format!("{} written", outcome.touched)
        }
        ("", _) => format!("{} written: {}", outcome.touched, rows()),
        (state, _) => format!("error {state}"),
    };
    let table = context.world.tables.get(probe.table)?;
    Some(Measured {
        persona: persona.name.clone(),
        table: table.name.to_string(),
        sql: probe.sql.clone(),
        came,
    })
}
