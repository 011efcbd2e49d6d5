//! A small system as it should be after its deployment, for the tests of the rules.

use std::collections::BTreeSet;

use super::{Declared, check};
use crate::catalog::{
    Catalog, Constraint, ConstraintKind, Extension, Function, FunctionKind, Grant, Grantee, Index,
    Name, Parallel, Persistence, Policy, PolicyCommand, Privilege, Reference, ReferenceAction,
    Relation, RelationKind, Schema, Target, Trigger, TriggerEnabled, Volatility,
};
use crate::files::{TextFile, Tree};
use crate::project::{Project, System};
use crate::report::Check;

const PROJECT: &str = r#"[project]
name = "test"
[systems.shop]
title = "Shop"
schemas = ["shop"]
private_schemas = ["shop_private"]
extensions = ["vector >= 0.5"]
[systems.shop.expect]
tables = 2
views = 1
materialized_views = "<=1"
functions = 1
indexes = ">=2"
policies = 1
row_level_security = "every table"
"#;

/// A system, what lives, and what should.
pub(super) struct Sample {
    pub(super) system: System,
    pub(super) file: TextFile,
    pub(super) catalog: Catalog,
    pub(super) declared: Declared,
}

impl Sample {
    pub(super) fn checks(&self) -> Vec<Check> {
        check(&self.system, &self.file, &self.catalog, &self.declared)
    }

    fn find(&self, key: &str) -> Option<Check> {
        self.checks().into_iter().find(|check| check.key == key)
    }

    /// The check of this key, which holds and says nothing.
    pub(super) fn passes(&self, key: &str) -> Check {
        let check = self.find(key).unwrap_or_else(|| panic!("no check {key}"));
        assert!(check.passed, "{check:#?}");
        assert!(
            check.details.is_empty() && check.hint.is_none(),
            "{check:#?}"
        );
        check
    }

    /// The check of this key, which does not hold and says what to do.
    pub(super) fn fails(&self, key: &str) -> Check {
        let check = self.find(key).unwrap_or_else(|| panic!("no check {key}"));
        assert!(!check.passed && check.hint.is_some(), "{check:#?}");
        check
    }

    pub(super) fn omits(&self, key: &str) {
        assert!(self.find(key).is_none());
    }
}

fn name(name: &str) -> Name {
    Name::new("shop", name)
}

pub(super) fn table(table: &str) -> Relation {
    Relation {
        name: name(table),
        kind: RelationKind::Table,
        persistence: Persistence::Permanent,
        owner: "ann".to_owned(),
        partition_of: None,
        row_security: true,
        force_row_security: true,
        options: Vec::new(),
        definition: None,
        partition_bound: None,
        comment: None,
    }
}

fn index(index: &str, table: &str, keys: &[&str]) -> Index {
    Index {
        name: name(index),
        relation: name(table),
        method: "btree".to_owned(),
        unique: false,
        primary: false,
        valid: true,
        ready: true,
        is_partition: false,
        keys: keys.iter().map(|key| Some((*key).to_owned())).collect(),
        included: Vec::new(),
        predicate: None,
        definition: String::new(),
        constraint: None,
        replica_identity: false,
        clustered: false,
        statistics: Vec::new(),
        comment: None,
    }
}

fn constraint(constraint: &str, table: &str, kind: ConstraintKind, columns: &[&str]) -> Constraint {
    Constraint {
        relation: name(table),
        on_domain: false,
        name: constraint.to_owned(),
        kind,
        columns: columns.iter().map(ToString::to_string).collect(),
        references: None,
        definition: String::new(),
        validated: true,
        deferrable: false,
        inherited: false,
        comment: None,
    }
}

pub(super) fn grant(target: Target, grantee: Grantee, privilege: Privilege) -> Grant {
    Grant {
        target,
        grantee,
        privilege,
        grantable: false,
        by_default: false,
    }
}

fn catalog() -> Catalog {
    let schema = |name: &str| Schema {
        name: name.to_owned(),
        ..Schema::default()
    };
    let view = Relation {
        kind: RelationKind::View,
        options: vec![("security_invoker".to_owned(), "true".to_owned())],
        ..table("open_orders")
    };
    let key = ["tenant_id", "customer_id"];
    Catalog {
        schemas: vec![schema("shop"), schema("shop_private")],
        extensions: vec![Extension {
            name: "vector".to_owned(),
            installed: Some("0.8.5".to_owned()),
            available: Some("0.8.5".to_owned()),
            schema: Some("public".to_owned()),
        }],
        relations: vec![table("customers"), table("orders"), view],
        constraints: vec![
            constraint(
                "customers_pkey",
                "customers",
                ConstraintKind::PrimaryKey,
                &["tenant_id", "id"],
            ),
            Constraint {
                references: Some(Reference {
                    relation: name("customers"),
                    columns: vec!["tenant_id".to_owned(), "id".to_owned()],
                    on_update: ReferenceAction::NoAction,
                    on_delete: ReferenceAction::NoAction,
                }),
                ..constraint(
                    "orders_customer_id_fkey",
                    "orders",
                    ConstraintKind::ForeignKey,
                    &key,
                )
            },
        ],
        indexes: vec![
            Index {
                constraint: Some("customers_pkey".to_owned()),
                ..index("customers_pkey", "customers", &["tenant_id", "id"])
            },
            index("orders_customer_idx", "orders", &key),
        ],
        functions: vec![Function {
            name: name("touch"),
            signature: String::new(),
            arguments: String::new(),
            result: Some("trigger".to_owned()),
            kind: FunctionKind::Function,
            language: "plpgsql".to_owned(),
            volatility: Volatility::Volatile,
            parallel: Parallel::Unsafe,
            security_definer: false,
            leakproof: false,
            strict: false,
            sql_body: false,
            config: Vec::new(),
            owner: "ann".to_owned(),
            definition: None,
            comment: None,
        }],
        triggers: vec![Trigger {
            relation: name("orders"),
            name: "orders_touch".to_owned(),
            function: name("touch"),
            enabled: TriggerEnabled::Origin,
            inherited: false,
            definition: String::new(),
            comment: None,
        }],
        policies: vec![Policy {
            relation: name("orders"),
            name: "tenant".to_owned(),
            command: PolicyCommand::All,
            permissive: false,
            roles: vec![Grantee::Public],
            using: Some("true".to_owned()),
            check: None,
            comment: None,
        }],
        grants: vec![grant(
            Target::Relation(name("orders")),
            Grantee::Role("clerk".to_owned()),
            Privilege::Select,
        )],
        ..Catalog::default()
    }
}

/// Everything as it should be.
pub(super) fn deployed() -> Sample {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("workroom.toml", PROJECT);
    write("sql/shop/V001__create.sql", "select 1;");
    let mut project = Project::read(Tree::Folder(folder.path().to_path_buf())).unwrap();
    let names = |names: &[&str]| -> Option<BTreeSet<Name>> {
        Some(names.iter().map(|it| name(it)).collect())
    };
    Sample {
        system: project.systems.remove("shop").unwrap(),
        file: project.file,
        catalog: catalog(),
        declared: Declared {
            tables: names(&["customers", "orders"]),
            views: names(&["open_orders"]),
            materialized_views: names(&[]),
            functions: names(&["touch"]),
            indexes: names(&["orders_customer_idx"]),
            policies: Some([(name("orders"), "tenant".to_owned())].into()),
            unmanaged: [].into(),
        },
    }
}

#[test]
fn a_system_as_it_should_be_passes_every_check() {
    let sample = deployed();
    let failed: Vec<Check> = sample
        .checks()
        .into_iter()
        .filter(|it| !it.passed)
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn an_empty_database_passes_no_check_but_says_so() {
    let mut sample = deployed();
    sample.catalog = Catalog::default();
    let passed: Vec<String> = sample
        .checks()
        .into_iter()
        .filter(|it| it.passed)
        .map(|it| it.key)
        .collect();
    // "At most one materialized view" holds of nothing.
    assert_eq!(passed, ["expect/materialized_views"]);
}

#[test]
fn keys_are_unique() {
    let keys: Vec<String> = deployed().checks().into_iter().map(|it| it.key).collect();
    let unique: BTreeSet<&String> = keys.iter().collect();
    assert_eq!(unique.len(), keys.len());
}
