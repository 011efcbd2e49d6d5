//! The worlds in which the same is asked: as it is, without what is another tenant's or confidential, and with just
//! the rows that somebody may see.

use std::collections::BTreeSet;

use super::invariants::confidential;
use super::persona::Persona;
use super::probe::{Channel, Expected, Kind, ProbeContext, lent};
use crate::policy::Command;
use crate::sql::{identifier, literal};

/// A question, what must come of it, and with which other answers it is compared.
pub(super) struct Ask<'c> {
    pub(super) kind: Kind,
    pub(super) label: String,
    pub(super) sql: String,
    pub(super) after: String,
    pub(super) expected: Expected,
    /// Whether it must come out the same in other worlds.
    pub(super) is_compared: bool,
    /// The view or function that it is about, when its own rows are to be compared.
    pub(super) channel: Option<&'c Channel<'c>>,
    /// Whether what it does is to be looked at.
    pub(super) is_act: bool,
}

/// The same rows, or others, to ask the same of.
pub(super) struct World {
    /// What is done before, with all rights.
    pub(super) before: String,
    /// What must be the same as in the plain world.
    pub(super) says: &'static str,
    /// Which questions are asked again.
    of: Whose,
}

#[derive(Clone, PartialEq)]
enum Whose {
    All,
    Compared,
    /// Tables, and what runs with a lender's rights: what runs with the caller's own is asked with just the
    /// caller's rows, which says more.
    NotCallers,
    Callers,
    Lenders(String),
}

impl World {
    /// Whether a question is asked again here.
    pub(super) fn has(&self, ask: &Ask<'_>) -> bool {
        let lender = ask.channel.and_then(|channel| channel.lender);
        match &self.of {
            Whose::All => true,
            Whose::Compared => ask.is_compared,
            Whose::NotCallers => ask.is_compared && (ask.channel.is_none() || lender.is_some()),
            Whose::Callers => ask.is_compared && ask.channel.is_some() && lender.is_none(),
            Whose::Lenders(owner) => {
                ask.is_compared && ask.channel.is_some() && lender == Some(owner)
            }
        }
    }
}

/// The worlds in which a persona asks, the plain one first.
pub(super) fn worlds(
    context: &ProbeContext<'_>,
    persona: &Persona,
    compared: Option<bool>,
    perturb: &str,
    asks: &[Ask<'_>],
) -> Vec<World> {
    let world = |before: String, of, says| World { before, says, of };
    let mut worlds = vec![world(String::new(), Whose::All, "")];
    if !asks.iter().any(|ask| ask.is_compared) {
        return worlds;
    }
    if let Some(is_first_user) = compared {
        worlds.push(world(
            perturb.to_owned(),
            Whose::NotCallers,
            "what it shows does not depend on rows of other tenants (I2)",
        ));
        let confidential = confidential(context, persona);
        // What is confidential depends on the role and not on the user.
        if !confidential.is_empty() && is_first_user {
            worlds.push(world(
                confidential,
                Whose::Compared,
                "what it shows does not depend on confidential values",
            ));
        }
    }
    if !persona.is_ordinary || persona.bypasses || persona.owns {
        return worlds;
    }
    // Which rows somebody sees by a macro without words is not known.
    let is_known = |somebody: &Persona| {
        let mut tables = 0..context.intent.policies.tables.len();
        !tables.any(|at| context.intent.is_open(somebody, at, Command::Select))
    };
    if is_known(persona) {
        worlds.push(world(
            reduced(context, persona),
            Whose::Callers,
            "it shows what is made of rows that the caller may see",
        ));
    }
    let lenders: BTreeSet<&str> = asks.iter().filter_map(|ask| ask.channel?.lender).collect();
    for owner in lenders {
        let lent = lent(context, persona, owner);
        if let Some(lent) = lent.filter(|lent| !lent.bypasses && is_known(lent)) {
            worlds.push(world(
                reduced(context, &lent),
                Whose::Lenders(owner.to_owned()),
                "it shows what is made of rows that its owner may see",
            ));
        }
    }
    worlds.retain(|world| asks.iter().any(|ask| world.has(ask)));
    worlds
}

/// Nothing but the rows that somebody may see, and no policies for them: what a view makes of these it may show.
fn reduced(context: &ProbeContext<'_>, persona: &Persona) -> String {
    let mut sql = String::new();
    if context.lifts {
        let role = identifier(&persona.database_role);
        sql.push_str(&format!("alter role {role} bypassrls;"));
    } else {
        // The same, more slowly: with no row there that somebody may not see, nobody has to be kept from any.
        let tables = context.world.tables.iter();
        let tables = tables.take(context.intent.policies.tables.len());
        let lifted =
            tables.map(|one| format!("alter table {} disable row level security;", one.name));
        sql.extend(lifted);
    }
    for (at, table) in context.world.tables.iter().enumerate() {
        if at >= context.intent.policies.tables.len() {
            break;
        }
        let gone: Vec<String> = table
            .rows
            .iter()
            .filter(|row| !context.intent.sees(context.world, persona, at, row))
            .map(|row| literal(&table.key_of(row)))
            .collect();
        if gone.len() == table.rows.len() && !gone.is_empty() {
            sql.push_str(&format!("delete from {};", table.name));
        } else if !gone.is_empty() {
            sql.push_str(&format!(
                "delete from {} where {} = any (array[{}]);",
                table.name,
                table.key_sql(),
                gone.join(",")
            ));
        }
    }
    sql
}
