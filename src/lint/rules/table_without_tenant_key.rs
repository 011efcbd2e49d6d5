//! Tables of a system with tenants that do not say whose a row is.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::{Action, ConstraintKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "table-without-tenant-key",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let (Some(tenant), Action::CreateTable(create)) = (&at.script.tenant, at.action()) else {
        return Vec::new();
    };
    if create.temporary
        || create.partition_of.is_some()
        || !create.inherits.is_empty()
        || create.columns_are_elsewhere
    {
        return Vec::new();
    }
    let table = &create.table;
    let Some(column) = create.columns.iter().find(|column| column.name == *tenant) else {
        return vec![
            Problem::new(
                create.name_span.clone(),
                format!("`{table}` has no column `{tenant}`, so nothing can say whose a row is"),
            )
            .why("every table of this system belongs to a tenant: the policies compare this column")
            .instead(format!("add `{tenant} uuid not null` and begin the primary key with it, or allow this with the reason why all tenants share the table")),
        ];
    };
    let mut problems = Vec::new();
    let in_key = create.constraints.iter().any(|constraint| {
        matches!(constraint.kind, ConstraintKind::PrimaryKey { .. })
            && constraint.columns.contains(tenant)
    });
    if !column.not_null && !in_key {
        problems.push(
            Problem::new(
                column.span.clone(),
                format!("`{tenant}` of `{table}` may be null: such a row belongs to nobody, and policies hide it from everybody"),
            )
            .why("a comparison with null is not true")
            .instead(format!("write `{tenant} … not null`")),
        );
    }
    let key = create
        .all_constraints()
        .find(|constraint| matches!(constraint.kind, ConstraintKind::PrimaryKey { .. }));
    if let Some(key) = key.filter(|key| !key.columns.contains(tenant)) {
        problems.push(
            Problem::new(
                key.span.clone(),
                format!("the primary key of `{table}` does not contain `{tenant}`"),
            )
            .why("foreign keys that carry the tenant have nothing to point at, and an insert tells whether another tenant has the id")
            .instead(format!("write `primary key ({tenant}, {})`", key.columns.join(", "))),
        );
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn a_tenant_column_must_exist_be_required_and_be_in_the_key() {
        catches(
            &RULE,
            &[
                "create table t (id int primary key);",
                "create table t (tenant_id uuid, id int);",
                "create table t (tenant_id uuid not null, id int primary key);",
            ],
        );
        accepts(
            &RULE,
            &[
                "create table t (tenant_id uuid not null, id int, primary key (tenant_id, id));",
                "create table t (tenant_id uuid, id int, primary key (tenant_id, id));",
                "create table t (tenant_id uuid not null, id int);",
                "create temporary table t (id int);",
                "create table p partition of m for values in (1);",
                "create table p (like m including all);",
            ],
        );
    }
}
