//! Workroom's own tables from one version of the tool to the next.

use crate::support::project::{ORDERS, TestProject};

const FUNCTION: &str = "views/shop/double.sql";

/// A database that an earlier workroom deployed to: its tables, and the rows that it would have.
fn deployed_earlier() -> TestProject {
    let project = TestProject::with_database(&[
        ORDERS,
        (
            FUNCTION,
            "create or replace function shop.double(a int) returns int return a * 2;\n",
        ),
        (
            "views/shop/notes.sql",
            "create or replace view shop.notes as select note from shop.orders;\n",
        ),
    ]);
    project.migrate();
    let copy = "do $$ declare t text; c text; begin \
        for t, c in select k.table_name, string_agg(k.column_name, ', ') from information_schema.columns as k \
          where k.table_schema = 'workroom' and exists (select from pg_tables where schemaname = 'later' and tablename = k.table_name) \
          group by 1 \
        loop execute format('insert into workroom.%1$I (%2$s) select %2$s from later.%1$I', t, c); end loop; end $$;";
    project.database().execute(&format!(
        "alter schema workroom rename to later; {} {copy} drop schema later cascade;",
        include_str!("cases/layout/1.sql")
    ));
    project
}

/// Columns, comments and keys of workroom's own tables.
fn own_tables(project: &TestProject) -> Vec<String> {
    let comments = "select format('%s.%s %s', objoid::regclass, objsubid, description) from pg_description \
        join pg_class as c on c.oid = objoid where relnamespace = 'workroom'::regnamespace \
        union all select obj_description('workroom'::regnamespace) \
        union all select format('%s %s %s %s', table_name, column_name, data_type, is_nullable) \
        from information_schema.columns where table_schema = 'workroom' order by 1";
    project.query(comments)
}

#[test]
fn tables_of_an_earlier_workroom_are_brought_up_to_date_by_the_next_migrate() {
    let earlier = deployed_earlier();
    let before = own_tables(&earlier);
    for looking in ["status", "plan"] {
        let output = earlier.run(["db", looking]);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
    }
    assert_eq!(own_tables(&earlier), before, "looking changes nothing");
    let output = earlier.run(["db", "migrate"]);
    assert!(output.starts_with("nothing to do"), "{output}");

    // What is new is what a new database has, and what it holds is as if it had always been there.
    let new = TestProject::with_database(&[
        ORDERS,
        (
            FUNCTION,
            "create or replace function shop.double(a int) returns int return a * 2;\n",
        ),
    ]);
    new.migrate();
    let of_policies = |line: &String| !line.contains("policies");
    let mut upgraded = own_tables(&earlier);
    upgraded.retain(of_policies);
    let mut fresh = own_tables(&new);
    fresh.retain(of_policies);
    // A column that came later stands last.
    let without_places = |lines: Vec<String>| -> Vec<String> {
        let mut lines: Vec<String> = lines
            .into_iter()
            .map(|line| match line.split_once(' ') {
                Some((place, rest)) if place.contains('.') => {
                    format!("{} {rest}", place.split('.').next().unwrap())
                }
                _ => line,
            })
            .collect();
        lines.sort();
        lines
    };
    assert_eq!(without_places(upgraded), without_places(fresh));
    assert_eq!(
        earlier.query("select name, signatures from workroom.objects order by name"),
        ["shop.double|{pg_catalog.int4}", "shop.notes|"]
    );
    assert!(earlier.run(["db", "migrate"]).starts_with("nothing to do"));

    earlier.write(
        FUNCTION,
        "create or replace function shop.double(a int, b int default 2) returns int return a * b;\n",
    );
    earlier.migrate();
    assert_eq!(earlier.query("select shop.double(4)"), ["8"]);
}

#[test]
fn a_dump_without_comments_loses_the_number_and_nothing_else() {
    let project = TestProject::with_database(&[ORDERS]);
    project.migrate();
    let before = own_tables(&project);
    project
        .database()
        .execute("comment on schema workroom is null");
    // What has nothing to do does not look for the number; what writes does.
    project.write("sql/shop/V002__more.sql", "select 1;\n");
    project.migrate();
    assert_eq!(own_tables(&project), before);
}

#[test]
fn tables_of_a_later_workroom_are_left_alone() {
    let project = TestProject::with_database(&[ORDERS]);
    project.migrate();
    project.database().execute(
        "comment on schema workroom is 'What workroom has deployed. Layout 9000, made by workroom 12.3.4.';\
         alter table workroom.history_shop rename column sha256 to sha512",
    );
    project.write(
        "sql/shop/V002__more.sql",
        "create table shop.more (id int);\n",
    );
    for command in [
        &["db", "migrate"][..],
        &["db", "plan"],
        &["db", "status"],
        &["db", "repair"],
        &["db", "baseline", "--to", "1"],
        &["policy", "apply"],
    ] {
        let output = project.run(command);
        assert!(
            output.contains("error: this database was deployed by a later workroom")
                && output.contains("layout 9000, made by workroom 12.3.4")
                && output.contains("use workroom 12.3.4 or later"),
            "{command:?}: {output}"
        );
        assert!(
            !output.ends_with("exit status: 0\n"),
            "{command:?}: {output}"
        );
    }
    assert_eq!(
        project.query("select to_regclass('shop.more') is null"),
        ["t"]
    );
}
