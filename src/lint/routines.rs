//! Functions and procedures as the files make them, and which trigger calls which: enough to tell whether a caller
//! could redirect the names in a body.

use crate::sql::Name;
use crate::sql::search_path;
use crate::sql::tree::{Action, AlterRoutine, CreateRoutine, Statement};

/// What the files make until a statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Routines {
    routines: Vec<CreateRoutine>,
    /// (table, function)
    triggers: Vec<(Name, Name)>,
}

impl Routines {
    /// Takes over what a statement does.
    pub(super) fn apply(&mut self, statement: &Statement) {
        match &statement.action {
            Action::CreateRoutine(create) => {
                self.routines.retain(|old| !is_same(old, create));
                self.routines.push(create.clone());
            }
            Action::AlterRoutine(alter) => {
                for routine in &mut self.routines {
                    if alter.means(&routine.name, routine.arguments) {
                        *routine = altered(routine, alter);
                    }
                }
            }
            Action::Trigger {
                table,
                function: Some(function),
            } => self.triggers.push((table.clone(), function.clone())),
            _ => {}
        }
    }

    /// The routine of a name that was made last.
    pub(crate) fn routine(&self, name: &Name) -> Option<&CreateRoutine> {
        self.routines
            .iter()
            .rev()
            .find(|routine| routine.name.is(name))
    }

    /// The trigger function of a name.
    pub(crate) fn trigger_function(&self, name: &Name) -> Option<&CreateRoutine> {
        let mut known = self.routines.iter().rev();
        known.find(|routine| routine.is_trigger && routine.name.is(name))
    }

    /// The functions that triggers of a table call.
    pub(crate) fn called_on<'a>(
        &'a self,
        table: &'a Name,
    ) -> impl Iterator<Item = &'a CreateRoutine> {
        let triggers = self.triggers.iter().filter(|(on, _)| on.is(table));
        triggers.filter_map(|(_, function)| self.trigger_function(function))
    }

    /// Whether a trigger of one of these tables calls the function.
    pub(crate) fn is_called_on<'a>(
        &self,
        function: &Name,
        mut tables: impl Iterator<Item = &'a Name>,
    ) -> bool {
        let calls = |table: &Name| {
            let mut triggers = self.triggers.iter();
            triggers.any(|(on, called)| on.is(table) && called.is(function))
        };
        tables.any(calls)
    }

    /// What becomes of the routines that a statement changes, as far as names in their bodies go. One that the files do
    /// not make is taken for what the statement says of it.
    pub(crate) fn changed_by(&self, alter: &AlterRoutine) -> Vec<CreateRoutine> {
        if alter.search_path.is_none() && alter.security_definer.is_none() {
            return Vec::new();
        }
        let meant = self.routines.iter();
        let mut changed: Vec<CreateRoutine> = meant
            .filter(|routine| alter.means(&routine.name, routine.arguments))
            .map(|routine| altered(routine, alter))
            .collect();
        if changed.is_empty() && alter.search_path.is_some() {
            let unknown = CreateRoutine {
                name: alter.name.clone(),
                replaces: false,
                is_procedure: false,
                language: "sql".to_owned(),
                arguments: alter.arguments.unwrap_or_default(),
                is_trigger: false,
                security_definer: false,
                standard_body: false,
                search_path: None,
                is_fixed: false,
                body: None,
            };
            changed.push(altered(&unknown, alter));
        }
        changed
    }
}

fn is_same(one: &CreateRoutine, other: &CreateRoutine) -> bool {
    one.name.is(&other.name) && one.arguments == other.arguments
}

fn altered(routine: &CreateRoutine, alter: &AlterRoutine) -> CreateRoutine {
    let mut routine = routine.clone();
    if let Some(definer) = alter.security_definer {
        routine.security_definer = definer;
    }
    if let Some((path, span)) = &alter.search_path {
        routine.search_path = path.clone().map(|path| (path, span.clone()));
    }
    routine
}

/// Whether a statement says anew where names in the routine's body are looked up.
pub(super) fn decides(statement: &Statement, routine: &CreateRoutine) -> bool {
    match &statement.action {
        Action::CreateRoutine(create) => is_same(create, routine),
        Action::AlterRoutine(alter) => {
            alter.search_path.is_some() && alter.means(&routine.name, routine.arguments)
        }
        _ => false,
    }
}

/// How its caller could make the routine use an object of theirs.
pub(crate) fn weakness(routine: &CreateRoutine) -> Option<&'static str> {
    // The names of an SQL-standard body were resolved when it was made; a compiled one has none.
    if routine.standard_body || ["c", "internal"].contains(&routine.language.as_str()) {
        return None;
    }
    search_path::weakness(routine.search_path.as_ref().map(|(path, _)| path.as_str()))
}

/// Whether the pinned path is the empty one, which can be replaced without looking: functions are never looked up among
/// temporary objects, and what stands in the server's own schema is still found.
pub(crate) fn is_empty_path(routine: &CreateRoutine) -> bool {
    let path = routine.search_path.as_ref().map(|(path, _)| path.as_str());
    matches!(path, Some("''" | "\"\""))
}
