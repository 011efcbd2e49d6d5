//! What an ordinary owner may not do is found before anything is applied, with the statement that helps.

use super::{NOTES, Owned, POLICIES, TOML};
use crate::support::server::execute;

/// Roles and schemas that are there, and whether workroom has been.
fn is_untouched(owned: &Owned) -> bool {
    owned.query("select to_regnamespace('workroom') is null and to_regnamespace('shop') is null")
        == ["t"]
}

#[test]
fn a_role_that_bypasses_row_security_is_asked_for_before_anything_is_applied() {
    let policies = POLICIES.replace(
        "[context.tenant]",
        "[roles.ROLE_service]\nkind = \"group\"\nbypass_rls = true\n[context.tenant]",
    );
    for major in [15, 18] {
        let owned = Owned::new(
            major,
            &[
                ("workroom.toml", TOML),
                NOTES,
                ("policies/shop.toml", &policies),
            ],
        );
        for command in ["migrate", "plan"] {
            let output = owned.run(["db", command]);
            assert!(
                output.contains(
                    "role [database]_owner_service cannot be made by role [database]_owner"
                ),
                "{output}"
            );
            assert!(
                output.contains(
                    "as a superuser, once: create role [database]_owner_service bypassrls;"
                ),
                "{output}"
            );
            assert!(output.ends_with("exit status: 2\n"), "{output}");
            assert!(is_untouched(&owned));
        }
        owned.query(&format!("create role {}_service bypassrls", owned.role));
        owned.migrate();
        owned.is_settled();
    }
}

#[test]
fn a_role_that_is_there_with_other_attributes_is_named_with_what_changes_it() {
    let owned = Owned::new(
        18,
        &[
            ("workroom.toml", TOML),
            NOTES,
            ("policies/shop.toml", POLICIES),
        ],
    );
    owned.query(&format!("create role {}_user bypassrls", owned.role));
    let output = owned.run(["db", "migrate"]);
    assert!(
        output.contains("it is there already, with other attributes"),
        "{output}"
    );
    let statement = format!("alter role {}_user nosuperuser nobypassrls;", owned.role);
    assert!(
        output.contains(&statement.replace(&owned.role, "[database]_owner")),
        "{output}"
    );
    assert!(is_untouched(&owned));
    owned.query(&statement);
    owned.migrate();
    owned.is_settled();
}

#[test]
fn a_definer_role_that_somebody_else_made_is_used_once_the_owner_is_a_member() {
    let policies = POLICIES.replace(
        "[context.tenant]",
        "[roles.ROLE_definer]\nkind = \"definer\"\nlogin = false\n[context.tenant]",
    );
    let policies = policies.replace(
        "tenant_column",
        "private_schema = \"shop_private\"\ntenant_column",
    ) + "definer = { select = \"all\" }\n[lookups.authors]\nreturns = \"setof text\"\nreads = [\"notes\"]\nsql = \"select note.who from shop.notes as note\"\n";
    let policies = policies.replace("\ndefiner =", "\nROLE_definer =");
    let toml = format!("{TOML}private_schemas = [\"shop_private\"]\n");
    for major in [15, 18] {
        let owned = Owned::new(
            major,
            &[
                ("workroom.toml", &toml),
                NOTES,
                ("policies/shop.toml", &policies),
            ],
        );
        owned.query(&format!("create role {}_definer", owned.role));
        if major == 15 {
            // CREATEROLE is enough there to become a member.
            owned.migrate();
            owned.is_settled();
            continue;
        }
        let output = owned.run(["db", "migrate"]);
        assert!(
            output.contains(
                "role [database]_owner may not give anything to role [database]_owner_definer"
            ),
            "{output}"
        );
        assert!(
            output.contains(
                "as an administrator, once: grant [database]_owner_definer to [database]_owner;"
            ),
            "{output}"
        );
        assert!(is_untouched(&owned));
        owned.query(&format!("grant {0}_definer to {0}", owned.role));
        owned.migrate();
        owned.is_settled();
        assert_eq!(
            owned.query("select replace(proowner::regrole::text, current_database(), '') from pg_proc where pronamespace = 'shop_private'::regnamespace and proname = 'authors'"),
            ["_owner_definer"]
        );
    }
}

#[test]
fn schemas_that_an_administrator_made_are_used() {
    for statement in [
        "create schema shop;",
        "create schema if not exists shop;",
        "create schema shop authorization current_user;",
    ] {
        let migration = NOTES.1.replace("create schema shop;", statement);
        let owned = Owned::new(
            18,
            &[
                ("workroom.toml", TOML),
                (NOTES.0, &migration),
                ("policies/shop.toml", POLICIES),
            ],
        );
        let database = owned.project.database();
        // Neither owner of the database nor allowed to create schemas in it.
        database.execute(&format!(
            "alter database {} owner to postgres",
            database.name()
        ));
        let output = owned.run(["db", "migrate"]);
        assert!(
            output.contains("role [database]_owner may not create schemas in this database"),
            "{output}"
        );
        let asked = "create schema shop authorization [database]_owner; create schema workroom authorization [database]_owner;";
        assert!(output.contains(asked), "{output}");
        assert!(is_untouched(&owned));
        execute(
            &database.url(),
            &asked.replace("[database]_owner", &owned.role),
        );
        let output = owned.migrate();
        assert!(
            output.contains("V001__create_notes uses a schema that was there already"),
            "{output}"
        );
        owned.is_settled();
    }
}

#[test]
fn a_schema_in_which_something_is_already_is_not_taken_for_a_new_one() {
    let owned = Owned::new(
        18,
        &[
            ("workroom.toml", TOML),
            NOTES,
            ("policies/shop.toml", POLICIES),
        ],
    );
    owned.query(&format!(
        "create schema shop authorization {0}; create table shop.other (id int)",
        owned.role
    ));
    let output = owned.run(["db", "migrate"]);
    assert!(
        output.contains("schema \"shop\" already exists (42P06)"),
        "{output}"
    );
    assert!(
        output.contains("sql/shop/V001__create_notes.sql:1:1"),
        "{output}"
    );
}

#[test]
fn whoever_may_not_create_roles_is_told_both_ways_out() {
    let owned = Owned::new(
        18,
        &[
            ("workroom.toml", TOML),
            NOTES,
            ("policies/shop.toml", POLICIES),
        ],
    );
    owned.query(&format!("alter role {} nocreaterole", owned.role));
    let output = owned.run(["db", "migrate"]);
    assert!(
        output.contains("role [database]_owner_user cannot be made by role [database]_owner"),
        "{output}"
    );
    assert!(
        output.contains("alter role [database]_owner createrole;"),
        "{output}"
    );
    assert!(is_untouched(&owned));
    owned.query(&format!("create role {}_user", owned.role));
    owned.migrate();
    owned.is_settled();
}
