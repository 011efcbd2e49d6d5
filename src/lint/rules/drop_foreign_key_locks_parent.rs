//! Dropping a foreign key, a table or a column with one locks the parent as well.

use crate::lint::locks::{Lock, parent_of};
use crate::lint::rule::{At, Problem, Rule};
use crate::sql::Name;
use crate::sql::tree::{Action, ChangeKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "drop-foreign-key-locks-parent",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let own = match at.action() {
        Action::AlterTable { table, changes } => {
            let drops = changes.iter().any(|change| {
                matches!(
                    change.kind,
                    ChangeKind::DropConstraint { .. } | ChangeKind::DropColumn { .. }
                )
            });
            if !drops {
                return Vec::new();
            }
            // A foreign key that some other action of the statement adds is not meant.
            let adds = changes.iter().any(|change| {
                matches!(&change.kind, ChangeKind::AddConstraint(added) if parent_of(added).is_some())
            });
            if adds {
                return Vec::new();
            }
            vec![table]
        }
        Action::DropTable { tables } => tables.iter().collect(),
        _ => return Vec::new(),
    };
    let is_partition_of = |parent: &Name| {
        own.iter().any(|own| {
            let known = at
                .schema
                .table(own)
                .and_then(|own| own.partition_of.as_ref());
            known.is_some_and(|of| of.is(parent))
        })
    };
    at.locks_on_old()
        .into_iter()
        // A partition's parent is locked for another reason, and `drop table` says so.
        .filter(|(table, _)| !is_partition_of(table))
        .filter(|(table, lock)| {
            *lock == Lock::AccessExclusive && !own.iter().any(|own| own.is(table))
        })
        .map(|(parent, _)| {
            Problem::new(
                at.statement().span.clone(),
                format!("nobody can read or write `{parent}` either: a foreign key to it goes away"),
            )
            .note()
            .why("measured: AccessExclusive on both tables, since the parent loses the triggers of the key")
            .instead("drop foreign keys in a migration of their own with `--! lock-timeout: 100ms`, before the table or column")
        })
        .filter(|_| !is_alone_with_timeout(at))
        .collect()
}

/// A migration that only drops keys and gives up quickly is the way out itself.
fn is_alone_with_timeout(at: &At<'_>) -> bool {
    let only_drops_keys = at
        .statements
        .iter()
        .all(|statement| match &statement.action {
            Action::AlterTable { changes, .. } => changes
                .iter()
                .all(|change| matches!(change.kind, ChangeKind::DropConstraint { .. })),
            _ => false,
        });
    at.script.headers.lock_timeout.is_some() && only_drops_keys
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    const TABLES: &str = "create table p (id int primary key); create table c (id int, p_id int references p (id));\n-- V002__drop.sql\n";

    #[test]
    fn a_key_is_found_by_its_own_and_by_its_given_name() {
        for drop in [
            "alter table c drop constraint c_p_id_fkey;",
            "alter table c drop column p_id;",
            "drop table c;",
        ] {
            catches(&RULE, &[&format!("{TABLES}{drop}")]);
        }
    }

    #[test]
    fn what_has_no_parent_is_not_found() {
        for drop in [
            "alter table c drop column id;",
            "drop table p;",
            "--! lock-timeout: 100ms\nalter table c drop constraint c_p_id_fkey;",
        ] {
            accepts(&RULE, &[&format!("{TABLES}{drop}")]);
        }
        let partition =
            "create table m (k int) partition by list (k); create table q partition of m default;";
        accepts(
            &RULE,
            &[&format!("{partition}\n-- V002__drop.sql\ndrop table q;")],
        );
    }
}
