//! What the grants and policies of a database let roles do.

use super::role::LiveRole;
use super::told::{DENIED, GRANTED, told};
use crate::catalog::{
    Catalog, Function, Grantee, Name, Policy, PolicyCommand, Privilege, Relation, Target,
};
use crate::policy::column_list::ColumnList;
use crate::policy::facts::{Key, Kind};
use crate::policy::live::Live;
use crate::policy::spec::Command;

/// What a database lets one role do.
pub(super) struct Effect<'a> {
    pub(super) live: &'a Live,
    pub(super) catalog: &'a Catalog,
    pub(super) role: LiveRole,
}

impl Effect<'_> {
    fn is_meant(&self, grantee: &Grantee) -> bool {
        match grantee {
            // What everybody has is shown as PUBLIC's, where it stands alone, and counts for each role, too.
            Grantee::Public => true,
            Grantee::Role(name) => self.role.has.contains(name),
        }
    }

    /// The columns on which the role has a privilege; `None` where it has none.
    fn granted(&self, relation: &Name, command: Command) -> Option<ColumnList> {
        let wanted = match command {
            Command::Select => Privilege::Select,
            Command::Insert => Privilege::Insert,
            Command::Update => Privilege::Update,
            Command::Delete => Privilege::Delete,
        };
        let grants = self.catalog.grants.iter();
        let grants =
            grants.filter(|grant| grant.privilege == wanted && self.is_meant(&grant.grantee));
        let columns = grants.filter_map(|grant| match &grant.target {
            Target::Relation(name) if name == relation => Some(ColumnList::All),
            Target::Column {
                relation: name,
                column,
            } if name == relation => Some(ColumnList::Some([column.clone()].into())),
            _ => None,
        });
        columns.reduce(ColumnList::and)
    }

    /// What the role may do with a table of these columns.
    pub(super) fn table(&self, name: &Name, command: Command, all: &[&str]) -> String {
        let Some(relation) = self.catalog.relation(name) else {
            return DENIED.to_owned();
        };
        let owns = self.role.has.contains(&relation.owner);
        let columns = if owns {
            Some(ColumnList::All)
        } else {
            self.granted(name, command)
        };
        columns.map_or_else(
            || DENIED.to_owned(),
            |columns| match self.rows(relation, owns, command) {
                rows if rows == DENIED => rows,
                rows => columns.limit(rows, all),
            },
        )
    }

    /// What the role may do with a view by a grant.
    pub(super) fn view(&self, name: &Name, command: Command) -> String {
        match self.granted(name, command) {
            Some(columns) => columns.limit(GRANTED.to_owned(), &[]),
            None => DENIED.to_owned(),
        }
    }

    /// Whether the role may call a function by a grant, or because everybody may.
    pub(super) fn function(&self, function: &Function) -> String {
        let is_granted = self.catalog.grants.iter().any(|grant| {
            matches!(&grant.target, Target::Function { name, signature }
                if *name == function.name && *signature == function.signature)
                && self.is_meant(&grant.grantee)
        });
        if is_granted { GRANTED } else { DENIED }.to_owned()
    }

    fn rows(&self, relation: &Relation, owns: bool, command: Command) -> String {
        let table = &relation.name;
        if self.role.bypasses {
            return "every row: bypasses".to_owned();
        }
        if !relation.row_security {
            return "every row: no row-level security".to_owned();
        }
        if owns && !relation.force_row_security {
            return "every row: owner".to_owned();
        }
        let applies = |policy: &&Policy| {
            policy.relation == *table
                && (policy.command == PolicyCommand::All
                    || policy.command.to_string() == command.word())
                && policy.roles.iter().any(|role| self.is_meant(role))
        };
        let (permissive, restrictive): (Vec<&Policy>, Vec<&Policy>) = self
            .catalog
            .policies
            .iter()
            .filter(applies)
            .partition(|policy| policy.permissive);
        let name = |policy: &&Policy| {
            let key = Key::new(Kind::Policy, &table.schema, &table.name, &policy.name);
            match self.live.facts.get(&key).map(String::as_str) {
                Some("altered") => format!("{} (altered)", policy.name),
                Some("unmanaged") => format!("{} (unmanaged)", policy.name),
                _ => policy.name.clone(),
            }
        };
        let permissive: Vec<String> = permissive.iter().map(name).collect();
        let restrictive: Vec<String> = restrictive.iter().map(name).collect();
        told(
            &table.name,
            command,
            &permissive.iter().map(String::as_str).collect::<Vec<_>>(),
            &restrictive.iter().map(String::as_str).collect::<Vec<_>>(),
        )
    }
}
