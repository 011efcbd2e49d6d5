//! Partitions of a described table are a part of it, whoever makes or drops them and when.

use crate::ordinary_owner::{Owned, POLICIES, TOML};
use crate::support::debian;
use crate::support::server::try_query;

const NOTES: (&str, &str) = (
    "sql/shop/V001__create_notes.sql",
    "create schema shop;
create table shop.notes (
  org_id uuid not null,
  id bigint not null,
  at timestamptz not null,
  who text not null,
  body text,
  primary key (org_id, id, at)
) partition by range (at);
create table shop.notes_2026 partition of shop.notes for values from ('2026-01-01') to ('2027-01-01');
",
);

fn deployed(major: u32, policies: &str) -> Owned {
    let files = [
        ("workroom.toml", TOML),
        NOTES,
        ("policies/shop.toml", policies),
    ];
    let owned = Owned::new(major, &files);
    owned.migrate();
    owned
}

/// Partitions and children of the system's tables, with what protects them.
fn parts(owned: &Owned) -> Vec<String> {
    owned.query(
        "select c.oid::regclass::text, relrowsecurity and relforcerowsecurity, \
         (select count(*) from aclexplode(relacl) as g where g.grantee <> relowner) \
         from pg_inherits join pg_class as c on c.oid = inhrelid where relkind in ('r', 'p') order by 1",
    )
}

#[test]
fn a_partition_that_is_made_while_nobody_deploys_is_closed_by_the_next_deployment() {
    for major in [15, 18] {
        let owned = deployed(major, POLICIES);
        assert_eq!(parts(&owned), ["shop.notes_2026|t|0"]);
        owned.is_settled();
        // By a nightly job, by hand, in another schema, below a partition.
        owned.query(&format!(
            "create table shop.notes_2027 partition of shop.notes for values from ('2027-01-01') to ('2028-01-01') partition by range (at); \
             create table shop.notes_2027_rest partition of shop.notes_2027 default; \
             create schema archive; create table archive.notes_2025 partition of shop.notes for values from ('2025-01-01') to ('2026-01-01'); \
             alter schema archive owner to {0}; alter table archive.notes_2025 owner to {0}; \
             alter table shop.notes_2027 owner to {0}; alter table shop.notes_2027_rest owner to {0}; \
             grant select on shop.notes_2027 to {0}_user",
            owned.role
        ));
        let output = owned.run(["policy", "drift"]);
        let lines: Vec<&str> = output
            .lines()
            .filter(|line| line.contains("is not forced on"))
            .collect();
        assert_eq!(lines.len(), 1, "{output}");
        assert!(output.ends_with("exit status: 1\n"), "{output}");
        owned.write("sql/shop/V002__next.sql", "create table shop.notes_2028 partition of shop.notes for values from ('2028-01-01') to ('2029-01-01');\ndo $$ begin execute 'create table shop.notes_rest partition of shop.notes default'; end $$;\n");
        owned.migrate();
        assert_eq!(
            parts(&owned),
            [
                "archive.notes_2025|t|0",
                "shop.notes_2026|t|0",
                "shop.notes_2027|t|0",
                "shop.notes_2027_rest|t|0",
                "shop.notes_2028|t|0",
                "shop.notes_rest|t|0"
            ]
        );
        for command in [["policy", "drift"], ["db", "verify"], ["policy", "diff"]] {
            let output = owned.run(command);
            assert!(
                output.ends_with("exit status: 0\n"),
                "{command:?}: {output}"
            );
        }
        owned.is_settled();
        owned.query("drop table shop.notes_2027");
        owned.is_settled();
        let output = owned.run(["policy", "drift"]);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
    }
}

#[test]
fn a_child_by_inheritance_is_a_part_as_well() {
    let migration = NOTES.1.split(") partition by").next().unwrap().to_owned() + ");\n";
    let owned = Owned::new(
        16,
        &[
            ("workroom.toml", TOML),
            (NOTES.0, &migration),
            ("policies/shop.toml", POLICIES),
        ],
    );
    owned.migrate();
    owned.query(&format!(
        "create table shop.old_notes () inherits (shop.notes); alter table shop.old_notes owner to {0}; grant all on shop.old_notes to {0}_user",
        owned.role
    ));
    owned.migrate();
    assert_eq!(parts(&owned), ["shop.old_notes|t|0"]);
    owned.is_settled();
}

#[test]
fn a_described_partition_may_be_dropped_and_a_described_table_may_not() {
    let policies = format!("{POLICIES}[tables.notes_2026]\nclass = \"system\"\n");
    let owned = deployed(18, &policies);
    owned.is_settled();
    owned.query("drop table shop.notes_2026");
    owned.migrate();
    owned.is_settled();
    owned.query("drop table shop.notes");
    let output = owned.run(["db", "migrate"]);
    assert!(
        output.contains("the table shop.notes is in policies/shop.toml and not in the database"),
        "{output}"
    );
}

#[test]
fn partitions_that_pg_partman_makes_overnight_stop_no_deployment() {
    if !std::path::Path::new("/usr/share/postgresql/15/extension/pg_partman.control").exists() {
        debian::install("postgresql-15-partman");
    }
    let owned = deployed(15, POLICIES);
    owned.query(
        "create schema partman; create extension pg_partman schema partman; \
         select partman.create_parent('shop.notes', 'at', 'native', 'daily', p_start_partition := '2027-01-05')",
    );
    // The extension is an administrator's, who takes it as it is, once; the partitions are still to be closed.
    let _ = owned.project.run(["policy", "drift", "--accept"]);
    let made = parts(&owned);
    assert!(made.len() >= 3, "{made:?}");
    owned.write(
        "sql/shop/V002__next.sql",
        "alter table shop.notes add column more text;\n",
    );
    let url = owned.project.database().url();
    let _ = try_query(&url, "select partman.run_maintenance()");
    let output = owned.project.run(["db", "migrate"]);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    assert!(
        parts(&owned).iter().all(|part| part.ends_with("|t|0")),
        "{:?}",
        parts(&owned)
    );
    for command in [
        &["policy", "drift"][..],
        &["db", "verify"],
        &["policy", "prove", "--here"],
    ] {
        let output = owned.project.run(command);
        assert!(
            output.ends_with("exit status: 0\n"),
            "{command:?}: {output}"
        );
    }
    let output = owned.project.run(["db", "migrate"]);
    assert!(output.starts_with("nothing to do"), "{output}");
}

#[test]
fn the_login_of_an_application_that_inherits_nothing_is_no_drift() {
    for major in [15, 18] {
        let owned = Owned::shop(major);
        owned.query(&format!(
            "create role {0}_login login noinherit; grant {0}_user to {0}_login",
            owned.role
        ));
        let output = owned.run(["policy", "drift"]);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        // One that inherits has the rights of all its roles at once.
        owned.query(&format!(
            "create role {0}_other login; grant {0}_user to {0}_other",
            owned.role
        ));
        let output = owned.run(["policy", "drift"]);
        assert!(
            output.contains(
                &format!("{}_other", owned.project.database().name())
                    .replace(owned.project.database().name(), "[database]_owner")
            ),
            "{output}"
        );
        assert!(output.ends_with("exit status: 1\n"), "{output}");
    }
}
