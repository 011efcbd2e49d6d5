//! PUBLIC has nothing: neither by a grant nor by what the server grants on its own.

use std::collections::BTreeSet;

use super::{Rule, Scope, with_hint};
use crate::catalog::{Grant, Grantee, Target};
use crate::report::Check;
use crate::sql;

const RULE: Rule = Rule {
    key: "grants/public",
    name: "grants to PUBLIC",
    expected: "none",
    subject: "schemas",
};

pub(super) fn check(scope: &Scope<'_>) -> Option<Check> {
    // Beside tables that are left as they are, so is what they need.
    let in_part: BTreeSet<&String> = scope
        .declared
        .unmanaged
        .iter()
        .map(|name| &name.schema)
        .collect();
    let is_ours = |grant: &&Grant| match &grant.target {
        Target::Schema(name) => {
            scope.system.all_schemas().any(|schema| schema == name) && !in_part.contains(name)
        }
        Target::Relation(name) | Target::Column { relation: name, .. } => {
            let relation = scope.catalog.relation(name);
            scope.owns(name)
                && !relation.is_some_and(|relation| {
                    scope.is_unmanaged(relation)
                        || !relation.is_table() && in_part.contains(&name.schema)
                })
        }
        Target::Sequence(name) | Target::Function { name, .. } => {
            scope.owns(name) && !in_part.contains(&name.schema)
        }
    };
    let grants: Vec<&Grant> = scope
        .catalog
        .grants
        .iter()
        .filter(|grant| grant.grantee == Grantee::Public)
        .filter(is_ours)
        .collect();
    let schemas = &scope.catalog.schemas;
    let found = schemas
        .iter()
        .filter(|schema| scope.system.all_schemas().any(|name| *name == schema.name));
    let details = grants
        .iter()
        .map(|grant| {
            let why = if grant.by_default {
                ": the server's default, never revoked"
            } else {
                ""
            };
            format!("PUBLIC has {} on {}{why}", grant.privilege, grant.target)
        })
        .collect();
    let check = scope.none(&RULE, found.count(), details);
    Some(with_hint(check, || match &scope.system.policy {
        Some(file) => format!(
            "{}, which revokes what {} does not grant",
            scope.migrate(),
            file.path
        ),
        None => {
            let statement = grants.first().map(|grant| revoke(grant));
            format!(
                "write `{};` into a migration, which closes it in every database, or say in policies/{}.toml who may do what",
                statement.unwrap_or_default(),
                scope.system.name
            )
        }
    }))
}

fn revoke(grant: &Grant) -> String {
    match &grant.target {
        Target::Column { relation, column } => format!(
            "revoke {} ({}) on table {relation} from public",
            grant.privilege,
            sql::identifier(column)
        ),
        target => format!("revoke {} on {target} from public", grant.privilege),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{deployed, grant};
    use crate::catalog::{Grantee, Name, Privilege, Target};
    use crate::files::TextFile;

    const KEY: &str = "grants/public";

    #[test]
    fn whatever_public_may_do_is_named() {
        let orders = Name::new("shop", "orders");
        for (target, privilege, detail, revoke) in [
            (
                Target::Schema("shop".to_owned()),
                Privilege::Usage,
                "PUBLIC has usage on schema shop",
                "revoke usage on schema shop from public",
            ),
            (
                Target::Relation(orders.clone()),
                Privilege::Select,
                "PUBLIC has select on table shop.orders",
                "revoke select on table shop.orders from public",
            ),
            (
                Target::Column {
                    relation: orders,
                    column: "Total".to_owned(),
                },
                Privilege::Update,
                "PUBLIC has update on column shop.orders (\"Total\")",
                "revoke update (\"Total\") on table shop.orders from public",
            ),
            (
                Target::Sequence(Name::new("shop_private", "numbers")),
                Privilege::Usage,
                "PUBLIC has usage on sequence shop_private.numbers",
                "revoke usage on sequence shop_private.numbers from public",
            ),
        ] {
            let mut sample = deployed();
            sample
                .catalog
                .grants
                .push(grant(target, Grantee::Public, privilege));
            let check = sample.fails(KEY);
            assert_eq!(check.details, [detail]);
            assert!(check.hint.unwrap().contains(revoke));
        }
    }

    #[test]
    fn the_default_that_lets_public_execute_functions_counts() {
        let mut sample = deployed();
        sample.passes(KEY);
        let target = Target::Function {
            name: Name::new("shop", "touch"),
            signature: String::new(),
        };
        let mut default = grant(target, Grantee::Public, Privilege::Execute);
        default.by_default = true;
        sample.catalog.grants.push(default);
        sample.system.policy = Some(TextFile::new("policies/shop.toml", ""));
        let check = sample.fails(KEY);
        assert!(
            check.details[0]
                .ends_with("function shop.touch(): the server's default, never revoked")
        );
        assert!(check.hint.unwrap().contains("policies/shop.toml"));
    }

    #[test]
    fn grants_to_roles_and_of_other_systems_are_none_of_its_business() {
        let mut sample = deployed();
        let target = || Target::Schema("elsewhere".to_owned());
        sample
            .catalog
            .grants
            .push(grant(target(), Grantee::Public, Privilege::Usage));
        sample.passes(KEY);
    }
}
