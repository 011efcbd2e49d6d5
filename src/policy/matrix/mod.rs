//! The matrix, twice: what the policy file means, and what the grants and policies of a database come to.
//!
//! Both sides are read as names of policies, so that a cell agrees when the same policies let the same role do the
//! same thing, its grant is there on the same columns, and nothing else lets it in. Views and functions have grants alone.

mod effect;
mod intent;
mod role;
mod told;

use std::collections::BTreeMap;

use self::effect::Effect;
use self::intent::Intent;
use self::role::role_names;
pub use self::role::{LiveRole, read_roles, roles_query};
use self::told::{DENIED, UNMANAGED};
use super::live::Live;
use super::model::Granted;
use super::spec::Command;
use super::statements::RenderedPolicies;
use crate::catalog::{Catalog, Name, Relation, RelationKind};

/// One role, one table, view or function, one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixCell {
    /// `schema.table`, as SQL has it; a view; a function with the types of its arguments.
    pub object: String,
    /// The database role, or PUBLIC.
    pub role: String,
    /// "select", "insert", "update", "delete", or "execute".
    pub command: &'static str,
    /// What the policy file lets it do; "denied" for nothing.
    pub intent: String,
    /// What the database lets it do.
    pub effect: String,
}

impl MatrixCell {
    /// Whether both are the same, or the object is left as it is.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.intent == self.effect || self.intent == UNMANAGED
    }
}

/// Every cell where somebody may or shall do something: tables, views, functions. Functions that the policy file makes
/// itself, which policies call in the name of every role, are left out where nothing differs.
#[must_use]
pub fn matrix(
    rendered: &RenderedPolicies,
    live: &Live,
    catalog: &Catalog,
    roles: &BTreeMap<String, LiveRole>,
) -> Vec<MatrixCell> {
    let intent = Intent::of(rendered);
    let mut names = role_names(rendered, catalog);
    names.push("PUBLIC".to_owned());
    let effects: Vec<(&String, Vec<&str>, Effect<'_>)> = names
        .iter()
        .map(|name| {
            let role = roles.get(name).cloned().unwrap_or_default();
            let effect = Effect {
                live,
                catalog,
                role,
            };
            (name, intent.all_of(name, roles), effect)
        })
        .collect();
    let mut cells = Vec::new();
    let mut add = |object: String, role: &String, command, intent: String, effect: String| {
        // Whose grants the file keeps has what it has.
        let is_kept = rendered.policies.kept_grantees.contains(role);
        let intent = if is_kept { effect.clone() } else { intent };
        if intent != DENIED || effect != DENIED {
            cells.push(MatrixCell {
                object,
                role: role.clone(),
                command,
                intent,
                effect,
            });
        }
    };
    let policies = &rendered.policies;
    // What is left as it is, where anybody may do anything with it.
    let intended = |is_left: bool, wanted: String, found: &String| {
        if is_left && found != DENIED {
            UNMANAGED.to_owned()
        } else {
            wanted
        }
    };
    for table in tables(rendered, catalog) {
        let mut unmanaged = policies.unmanaged.iter();
        let is_left = unmanaged.any(|one| (&one.schema, &one.name) == (&table.schema, &table.name));
        let columns: Vec<&str> = catalog
            .columns_of(&table)
            .map(|column| column.name.as_str())
            .collect();
        for (role, all, effect) in &effects {
            for command in Command::ALL {
                let wanted = intent.cell((&table.schema, &table.name), all, command, &columns);
                let found = effect.table(&table, command, &columns);
                let wanted = intended(is_left, wanted, &found);
                add(table.to_string(), role, command.word(), wanted, found);
            }
        }
    }
    for view in views(rendered, catalog) {
        let is_left = policies.is_partly_managed(&view.schema) && !is_among(&policies.views, &view);
        for (role, all, effect) in &effects {
            for command in Command::ALL {
                let wanted = intent.view((&view.schema, &view.name), all, command);
                let found = effect.view(&view, command);
                let wanted = intended(is_left, wanted, &found);
                add(view.to_string(), role, command.word(), wanted, found);
            }
        }
    }
    for function in &catalog.functions {
        let is_own = intent.makes(function);
        let is_left = policies.is_partly_managed(&function.name.schema)
            && !is_own
            && !is_among(&policies.functions, &function.name);
        for (role, all, effect) in &effects {
            let wanted = intent.function(function, all);
            let found = effect.function(function);
            let wanted = intended(is_left, wanted, &found);
            if !is_own || wanted != found {
                add(function.label(), role, "execute", wanted, found);
            }
        }
    }
    cells
}

/// Whether the file speaks of a view or function.
fn is_among(granted: &[Granted], name: &Name) -> bool {
    granted.iter().any(|one| {
        let bare = one.name.split('(').next().unwrap_or_default();
        one.schema == name.schema && bare == name.name
    })
}

/// Tables of the policy file in its order, then the others.
fn tables(rendered: &RenderedPolicies, catalog: &Catalog) -> Vec<Name> {
    let described = rendered.policies.tables.iter();
    let described = described.map(|table| Name::new(&table.schema, &table.name));
    let mut tables: Vec<Name> = described.collect();
    for table in catalog.tables() {
        if !tables.contains(&table.name) {
            tables.push(table.name.clone());
        }
    }
    tables
}

/// The same of views.
fn views(rendered: &RenderedPolicies, catalog: &Catalog) -> Vec<Name> {
    let described = rendered.policies.views.iter();
    let described = described.map(|view| Name::new(&view.schema, &view.name));
    let mut views: Vec<Name> = described.collect();
    let is_view = |relation: &&Relation| {
        matches!(
            relation.kind,
            RelationKind::View | RelationKind::MaterializedView
        )
    };
    for view in catalog.relations.iter().filter(is_view) {
        if !views.contains(&view.name) {
            views.push(view.name.clone());
        }
    }
    views
}
