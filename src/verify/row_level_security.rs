//! Row-level security is enabled and forced on every table, when the project asks for it.

use super::{Rule, Scope, with_hint};
use crate::catalog::{Relation, Target};
use crate::project::RowLevelSecurity;
use crate::report::Check;

const RULE: Rule = Rule {
    key: "row_level_security/forced",
    name: "row-level security",
    expected: "enabled and forced on every table",
    subject: "tables",
};

pub(super) fn check(scope: &Scope<'_>) -> Option<Check> {
    let asked = scope.system.expect.row_level_security.as_ref()?;
    let tables: Vec<&Relation> = match asked.get_ref() {
        RowLevelSecurity::EveryTable => scope
            .catalog
            .relations
            .iter()
            .filter(|relation| relation.is_table() && scope.owns(&relation.name))
            .filter(|table| !scope.is_unmanaged(table))
            .filter(|table| table.partition_of.is_none() || is_reachable(scope, table))
            .collect(),
    };
    let offenders = tables.iter().filter_map(|table| {
        let name = &table.name;
        match (table.row_security, table.force_row_security) {
            (true, true) => None,
            (true, false) => Some(format!(
                "{name}: not forced, so its owner passes every policy by"
            )),
            (false, _) => Some(format!("{name}: not enabled, so a grant shows every row")),
        }
    });
    let mut check = scope.every(&RULE, tables.len(), offenders.collect());
    check.place = Some(scope.place(asked.span()));
    Some(with_hint(check, || {
        format!(
            "name the table in policies/{}.toml, then {}",
            scope.system.name,
            scope.migrate()
        )
    }))
}

/// Policies of the parent do not hold for somebody who reads a partition by its own name.
fn is_reachable(scope: &Scope<'_>, partition: &Relation) -> bool {
    scope
        .catalog
        .grants
        .iter()
        .any(|grant| match &grant.target {
            Target::Relation(name) | Target::Column { relation: name, .. } => {
                *name == partition.name
            }
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{deployed, grant, table};
    use crate::catalog::{Grantee, Name, Privilege, Target};

    const KEY: &str = "row_level_security/forced";

    #[test]
    fn every_table_must_be_enabled_and_forced() {
        let mut sample = deployed();
        assert_eq!(sample.passes(KEY).found, "2/2");
        sample.catalog.relations[0].force_row_security = false;
        assert!(sample.fails(KEY).details[0].contains("not forced"));
        sample.catalog.relations[0].row_security = false;
        let check = sample.fails(KEY);
        assert_eq!(check.found, "1/2");
        assert!(check.details[0].contains("not enabled"));
    }

    #[test]
    fn a_partition_counts_when_somebody_may_read_it_by_name() {
        let mut sample = deployed();
        let mut partition = table("orders_2020");
        partition.partition_of = Some(Name::new("shop", "orders"));
        partition.row_security = false;
        sample.catalog.relations.push(partition);
        assert_eq!(sample.passes(KEY).found, "2/2");
        sample.catalog.grants.push(grant(
            Target::Relation(Name::new("shop", "orders_2020")),
            Grantee::Role("reader".to_owned()),
            Privilege::Select,
        ));
        assert_eq!(sample.fails(KEY).found, "2/3");
    }

    #[test]
    fn no_table_at_all_is_a_failure() {
        let mut sample = deployed();
        sample.catalog.relations.clear();
        assert_eq!(sample.fails(KEY).found, "no tables to check");
    }

    #[test]
    fn nothing_is_said_when_nobody_asks() {
        let mut sample = deployed();
        sample.system.expect.row_level_security = None;
        sample.omits(KEY);
    }
}
