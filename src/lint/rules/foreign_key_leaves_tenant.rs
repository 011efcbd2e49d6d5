//! Foreign keys between tenants' tables that do not carry the tenant.

use crate::lint::locks::parent_of;
use crate::lint::rule::{At, Problem, Rule};
use crate::sql::Name;
use crate::sql::tree::{Action, ChangeKind, Constraint, ConstraintKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "foreign-key-leaves-tenant",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some(tenant) = &at.script.tenant else {
        return Vec::new();
    };
    let (table, mut columns, constraints): (&Name, Vec<&str>, Vec<&Constraint>) = match at.action()
    {
        Action::CreateTable(create) => (
            &create.table,
            create
                .columns
                .iter()
                .map(|column| column.name.as_str())
                .collect(),
            create.all_constraints().collect(),
        ),
        Action::AlterTable { table, changes } => (
            table,
            Vec::new(),
            changes
                .iter()
                .flat_map(|change| match &change.kind {
                    ChangeKind::AddConstraint(constraint) => vec![constraint],
                    ChangeKind::AddColumn(column) => column.constraints.iter().collect(),
                    _ => Vec::new(),
                })
                .collect(),
        ),
        _ => return Vec::new(),
    };
    if let Some(known) = at.schema.table(table) {
        columns.extend(known.columns.iter().map(|column| column.name.as_str()));
    }
    if !columns.contains(&tenant.as_str()) {
        return Vec::new();
    }
    constraints
        .into_iter()
        .filter_map(|constraint| {
            let parent = parent_of(constraint)?;
            let ConstraintKind::ForeignKey { parent_columns, .. } = &constraint.kind else {
                return None;
            };
            let itself = parent.is(table);
            let parent_has_tenant = itself
                || at
                    .schema
                    .table(parent)
                    .is_some_and(|parent| parent.column(tenant).is_some());
            let carries = constraint.columns.contains(tenant)
                && (parent_columns.is_empty() || parent_columns.contains(tenant));
            (parent_has_tenant && !carries).then(|| {
                Problem::new(
                    constraint.span.clone(),
                    format!("this foreign key lets a row of `{table}` point at another tenant's row of `{parent}`"),
                )
                .why(format!("both tables have `{tenant}`, and the key does not compare it; the check of a foreign key is not filtered by policies"))
                .instead(format!("reference ({tenant}, …) of a unique key of `{parent}` that begins with `{tenant}`"))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    const PARENT: &str = "create table p (tenant_id uuid, id uuid, primary key (tenant_id, id), unique (id));\n-- V002__c.sql\n";

    #[test]
    fn every_way_to_write_a_key_is_looked_at() {
        for sql in [
            "create table c (tenant_id uuid, p_id uuid references p (id));",
            "create table c (tenant_id uuid, p_id uuid, foreign key (p_id) references p (id));",
            "create table c (tenant_id uuid, p_id uuid); alter table c add foreign key (p_id) references p (id);",
            "create table c (tenant_id uuid); alter table c add column p_id uuid references p (id);",
            "create table c (tenant_id uuid, id uuid unique, c_id uuid references c (id));",
        ] {
            catches(&RULE, &[&format!("{PARENT}{sql}")]);
        }
    }

    #[test]
    fn keys_that_carry_the_tenant_and_shared_tables_are_fine() {
        for sql in [
            "create table c (tenant_id uuid, p_id uuid, foreign key (tenant_id, p_id) references p (tenant_id, id));",
            "create table c (tenant_id uuid, p_id uuid, foreign key (tenant_id, p_id) references p);",
            "create table s (id int primary key); create table c (tenant_id uuid, s_id int references s (id));",
            "create table c (p_id uuid references p (id));",
        ] {
            accepts(&RULE, &[&format!("{PARENT}{sql}")]);
        }
    }
}
