//! Migrations of an owner whom policies bind: force is lifted from the tables that they need, and nothing passes
//! silently.

use insta::assert_snapshot;

use super::{NOTES, Owned, POLICIES, TOML};
use crate::support::command::eventually;
use crate::support::server::try_query;

const V002: &str = "sql/shop/V002__change.sql";

#[test]
fn what_an_owner_migrates_sees_every_row_on_every_version() {
    for major in [15, 16, 18] {
        let owned = Owned::shop(major);
        owned.write(V002, "update shop.notes set body = 'x';\n");
        let output = owned.migrate();
        assert!(
            output.contains("shop.notes: row-level security was not forced upon its owner while V002__change ran"),
            "{output}"
        );
        assert_eq!(
            owned.query("select count(*) from shop.notes where body = 'x'"),
            ["2"]
        );
        assert_eq!(owned.lifted(), ["shop.notes"]);
        owned.is_settled();

        // Keys that are validated, views that are filled, functions whose bodies are checked, rows that are copied.
        owned.write(
            "sql/shop/V003__change.sql",
            "alter table shop.notes add reply_to uuid;
alter table shop.notes add constraint notes_reply_to_fkey foreign key (org_id, reply_to) references shop.notes (org_id, id);
create materialized view shop.totals as select org_id, count(*) as notes from shop.notes group by org_id;
create function shop.count_notes() returns bigint language sql stable
begin atomic
  select count(*) from shop.notes;
end;
create table shop.copies as select * from shop.notes;
alter table shop.copies add primary key (org_id, id);
",
        );
        owned.write(
            "policies/shop.toml",
            &format!("{POLICIES}[tables.copies]\nclass = \"system\"\n"),
        );
        owned.migrate();
        assert_eq!(
            owned.query("select sum(notes) from shop.totals"),
            ["2"],
            "{major}"
        );
        assert_eq!(owned.query("select count(*) from shop.copies"), ["2"]);
        assert_eq!(owned.lifted(), ["shop.notes"]);
        owned.is_settled();
        owned.write(
            "sql/shop/V004__refresh.sql",
            "refresh materialized view shop.totals;\n",
        );
        owned.migrate();
        assert_eq!(
            owned.query("select sum(notes) from shop.totals"),
            ["2"],
            "{major}"
        );
        owned.is_settled();
    }
}

#[test]
fn a_key_over_rows_that_break_it_is_refused_and_force_is_as_it_was() {
    let owned = Owned::shop(18);
    owned.query("alter table shop.notes add reply_to uuid; update shop.notes set reply_to = gen_random_uuid()");
    owned.write(
        V002,
        "alter table shop.notes add constraint notes_reply_to_fkey foreign key (org_id, reply_to) references shop.notes (org_id, id);\n",
    );
    let output = owned.run(["db", "migrate"]);
    assert!(
        output.contains("violates foreign key constraint") && output.contains("23503"),
        "{output}"
    );
    assert!(output.contains("sql/shop/V002__change.sql:1:1"), "{output}");
    assert_eq!(owned.unforced(), [""; 0]);
    owned.query("update shop.notes set reply_to = null");
    owned.migrate();
    owned.is_settled();
}

#[test]
fn nobody_else_ever_sees_force_lifted() {
    let owned = Owned::shop(18);
    owned.write(
        V002,
        "update shop.notes set body = 'x';\nselect pg_sleep(1.5);\n",
    );
    let running = owned.start(["db", "migrate"]);
    let is_waiting = "select count(*) from pg_stat_activity where datname = current_database() \
        and wait_event = 'PgSleep'";
    eventually("the migration waits", || owned.query(is_waiting) == ["1"]);
    assert_eq!(owned.unforced(), [""; 0]);
    let output = running.finish();
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    owned.is_settled();
}

#[test]
fn checks_that_wait_for_the_commit_are_made_before_force_comes_back() {
    let owned = Owned::shop(18);
    owned.query(
        "alter table shop.notes add reply_to uuid; \
         alter table shop.notes add constraint later foreign key (org_id, reply_to) references shop.notes (org_id, id) \
         deferrable initially deferred",
    );
    owned.write(V002, "update shop.notes set reply_to = id;\n");
    owned.migrate();
    owned.is_settled();
    owned.write(
        "sql/shop/V003__break.sql",
        "update shop.notes set reply_to = gen_random_uuid();\n",
    );
    let output = owned.run(["db", "migrate"]);
    assert!(output.contains("23503"), "{output}");
    assert!(
        output.contains("constraints that wait for the commit"),
        "{output}"
    );
    assert_eq!(
        owned.query("select count(*) from shop.notes where reply_to = id"),
        ["2"]
    );
    assert_eq!(owned.unforced(), [""; 0]);
}

#[test]
fn of_tables_with_one_name_those_are_lifted_that_are_needed() {
    let owned = Owned::new(
        18,
        &[
            ("workroom.toml", "[project]\nname = \"a\"\n[systems.shop]\ntitle = \"a\"\nschemas = [\"one\", \"shop\", \"two\"]\n"),
            (
                "sql/shop/V001__a.sql",
                "create schema one; create schema two; create schema shop;
create table one.notes (a int); insert into one.notes values (1); alter table one.notes enable row level security; alter table one.notes force row level security;
create table two.notes (a int); insert into two.notes values (1); alter table two.notes enable row level security; alter table two.notes force row level security;
create table shop.notes (a int); insert into shop.notes values (1); alter table shop.notes enable row level security; alter table shop.notes force row level security;
",
            ),
        ],
    );
    owned.migrate();
    assert_eq!(owned.lifted(), [""; 0]);
    owned.write(V002, "update two.notes set a = 2;\n");
    owned.migrate();
    assert_eq!(owned.lifted(), ["two.notes"]);
    owned.write("sql/shop/V003__b.sql", "update one.notes set a = (select a from two.notes);\nselect 1;\nupdate shop.notes set a = 3;\n");
    owned.migrate();
    assert_eq!(
        owned.query("select a from one.notes union all select a from shop.notes"),
        ["2", "3"]
    );
    owned.is_settled();
}

#[test]
fn a_table_that_the_migration_itself_makes_and_forces_is_filled() {
    let owned = Owned::shop(18);
    owned.write(
        V002,
        "create table shop.kinds (id int primary key);
alter table shop.kinds enable row level security;
alter table shop.kinds force row level security;
insert into shop.kinds values (1), (2);
insert into shop.notes (org_id, who) select gen_random_uuid(), 'kind ' || id from shop.kinds;
",
    );
    owned.write(
        "policies/shop.toml",
        &format!("{POLICIES}[tables.kinds]\nclass = \"system\"\n"),
    );
    owned.migrate();
    assert_eq!(
        owned.query("select count(*) from shop.notes where who like 'kind %'"),
        ["2"]
    );
    assert_eq!(owned.lifted(), ["kinds", "shop.notes"]);
    owned.is_settled();
}

#[test]
fn migrations_in_one_transaction_have_each_their_own() {
    let owned = Owned::shop(18);
    owned.write(V002, "update shop.notes set body = 'x';\n");
    owned.write(
        "sql/shop/V003__a.sql",
        "create table shop.more (id int primary key);\n",
    );
    owned.write(
        "sql/shop/V004__b.sql",
        "insert into shop.notes (org_id, who) select org_id, 'bob' from shop.notes;\n",
    );
    owned.write(
        "policies/shop.toml",
        &format!("{POLICIES}[tables.more]\nclass = \"system\"\n"),
    );
    let output = owned.run(["db", "migrate", "--grouped"]);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    assert_eq!(
        owned.query("select version, unforced from workroom.history_shop order by 1"),
        ["1|", "2|{shop.notes}", "3|", "4|{shop.notes}"]
    );
    assert_eq!(owned.query("select count(*) from shop.notes"), ["4"]);
    owned.is_settled();
}

#[test]
fn a_member_of_the_tables_owner_migrates_like_the_owner() {
    let owned = Owned::shop(18);
    owned.query(&format!(
        "create role {0}_tables; grant {0}_tables to {0}; alter table shop.notes owner to {0}_tables; grant usage, create on schema shop to {0}_tables",
        owned.role
    ));
    owned.write(V002, "update shop.notes set body = 'x';\n");
    owned.migrate();
    assert_eq!(
        owned.query("select count(*) from shop.notes where body = 'x'"),
        ["2"]
    );
    owned.is_settled();
}

#[test]
fn somebody_elses_table_and_a_function_of_another_role_are_told_apart_from_ones_own() {
    let owned = Owned::shop(18);
    owned.query(&format!(
        "create role {0}_definer; create schema {0}_tools; grant usage on schema shop to {0}_definer;
         grant select on shop.notes to {0}_definer; grant usage on schema {0}_tools to {0};
         create function {0}_tools.peek() returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp
           as $$ begin return (select count(*) from shop.notes); end $$;
         alter function {0}_tools.peek() owner to {0}_definer",
        owned.role
    ));
    owned.write(V002, "select ROLE_tools.peek();\n");
    let output = owned.run(["db", "migrate"]);
    assert!(output.contains("sql/shop/V002__change.sql:1:1"), "{output}");
    let (_, output) = output.split_once("cause: ").unwrap();
    assert_snapshot!(output, @r#"
    query would be affected by row-level security policy for table "notes" (42501)
    cause: context: PL/pgSQL expression "(select count(*) from shop.notes)"
    cause: context: PL/pgSQL function [database]_owner_tools.peek() line 1 at RETURN
    cause: the statement ran as a role that is not the table's owner
    hint: if a function did that is `security definer`, write `set row_security = on` into it: what the policies of its role show is what it shall see
    hint: if the table is somebody else's, an administrator makes this role a member of its owner: grant … to …
    exit status: 2
    "#);
    assert_eq!(owned.unforced(), [""; 0]);
    owned.query(&format!(
        "alter function {}_tools.peek() set row_security = on",
        owned.role
    ));
    owned.migrate();
    owned.is_settled();
}

#[test]
fn a_superuser_and_a_role_that_bypasses_row_security_lift_nothing() {
    for attribute in ["superuser", "bypassrls"] {
        let owned = Owned::shop(18);
        owned.query(&format!("alter role {} {attribute}", owned.role));
        owned.write(V002, "update shop.notes set body = 'x';\n");
        let output = owned.migrate();
        assert!(!output.contains("not forced"), "{output}");
        assert_eq!(owned.lifted(), [""; 0]);
        owned.is_settled();
    }
}

#[test]
fn views_and_functions_in_their_folder_may_look_at_tables_that_bind_their_owner() {
    let owned = Owned::shop(15);
    owned.write(
        "views/shop/note_count.sql",
        "create or replace function shop.note_count() returns bigint language sql stable\nbegin atomic\n  select count(*) from shop.notes;\nend;\n",
    );
    owned.write(
        "views/shop/notes_of.sql",
        "create or replace function shop.notes_of(name text) returns setof shop.notes language sql stable\nbegin atomic\n  select * from shop.notes where who = name;\nend;\n",
    );
    owned.write(
        "policies/shop.toml",
        &format!("{POLICIES}[functions]\n\"note_count, notes_of\" = [\"user\"]\n"),
    );
    owned.migrate();
    owned.is_settled();
    // A migration that both move out of the way of, and that policies would filter.
    owned.write(V002, "update shop.notes set body = 'x';\nalter table shop.notes alter column who type varchar(40);\n");
    owned.migrate();
    assert_eq!(
        owned.query("select count(*) from shop.notes where body = 'x'"),
        ["2"]
    );
    owned.is_settled();
    // With row security as every client has it, the owner itself is still bound.
    let seen = try_query(&owned.url, "select shop.note_count()").unwrap();
    assert_eq!(seen, ["0"]);
}

#[test]
fn a_file_without_policies_keeps_the_force_that_its_migrations_set() {
    let forced = "alter table shop.notes enable row level security;\nalter table shop.notes force row level security;\n";
    let files = [
        ("workroom.toml", TOML),
        (NOTES.0, &format!("{}{forced}", NOTES.1)),
    ];
    let owned = Owned::new(16, &files);
    owned.migrate();
    owned.write(
        V002,
        "insert into shop.notes (org_id, who) values (gen_random_uuid(), 'ann');\n",
    );
    owned.migrate();
    assert_eq!(owned.lifted(), ["shop.notes"]);
    owned.is_settled();
}

#[test]
fn the_plan_names_the_tables_from_which_force_will_be_lifted() {
    let owned = Owned::shop(18);
    owned.write(
        V002,
        "alter table shop.notes add column topic text;\nupdate shop.notes set topic = 'x';\n",
    );
    let line =
        "V002__change needs all rows of shop.notes, whose row-level security binds their owner";
    let output = owned.run(["db", "plan"]);
    assert!(output.contains(line), "{output}");
    assert_eq!(owned.unforced(), [""; 0]);
    let output = owned.project.run(["db", "plan"]);
    assert!(
        !output.contains("needs all rows"),
        "a superuser lifts nothing: {output}"
    );
    owned.write(V002, "alter table shop.notes add column topic text;\n");
    let output = owned.run(["db", "plan"]);
    assert!(!output.contains("needs all rows"), "{output}");
}
