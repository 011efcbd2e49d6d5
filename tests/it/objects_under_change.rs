//! Migrations that change what repeatable objects stand on.

use crate::support::server::NEWEST;
use crate::support::workspace::Workspace;

const TABLE: &str =
    "create schema shop; create table shop.orders (id integer, total integer, note varchar(20));";

/// Three views and two functions, each on another; with everything that a view can have.
fn deployed() -> Workspace {
    deployed_on(NEWEST)
}

fn deployed_on(major: u32) -> Workspace {
    let workspace = Workspace::on(major, &["shop"]);
    workspace.write("sql/shop/V001__create.sql", TABLE);
    workspace.write(
        "views/shop/big.sql",
        "create or replace view shop.big with (security_invoker = true, security_barrier = true) as\n\
         select id, total, note from shop.orders where total > 10 with local check option;\n\
         comment on view shop.big is 'Big ones';\ncomment on column shop.big.total is 'In cents';\n",
    );
    workspace.write(
        "views/shop/sums.sql",
        "create or replace view shop.sums as select note, sum(total) as total from shop.big group by note;\n",
    );
    workspace.write(
        "views/shop/biggest.sql",
        "create or replace function shop.biggest(at_least bigint) returns setof shop.big language sql stable\n\
         begin atomic select * from shop.big where total > at_least; end;\n",
    );
    workspace.migrate();
    workspace
}

const BESIDES: &str = "\
    create role ouc_reader; create role ouc_clerk; create role ouc_owner;\
    grant usage on schema shop to ouc_clerk, ouc_reader;\
    grant select on shop.big to ouc_reader with grant option; grant insert (id), update (total, note) on shop.big to ouc_clerk;\
    grant execute on function shop.biggest to ouc_clerk; revoke execute on function shop.biggest from public;\
    set role ouc_reader; grant select on shop.big to ouc_clerk; reset role;\
    alter view shop.sums owner to ouc_owner; alter view shop.big alter column note set default 'none';\
    comment on view shop.sums is 'It''s %s'; comment on function shop.biggest is 'By hand';\
    create function shop.refuse() returns trigger language plpgsql as $$ begin return null; end $$;\
    create trigger refuse instead of delete on shop.sums for each row execute function shop.refuse();\
    comment on trigger refuse on shop.sums is 'No';\
    create rule ignore as on update to shop.sums do instead nothing;";

/// Everything that views and functions of the schema have besides their columns.
fn besides(workspace: &Workspace) -> Vec<String> {
    workspace.database.query(
        "select c.relname, r.rolname, c.relacl, c.reloptions, d.description from pg_class c join pg_roles r on r.oid = relowner
           left join pg_description d on d.objoid = c.oid and d.objsubid = 0
           where relkind = 'v' and relnamespace = 'shop'::regnamespace order by 1;
         select a.attrelid::regclass, a.attname, a.attacl, d.description, pg_get_expr(f.adbin, f.adrelid)
           from pg_attribute a join pg_class c on c.oid = a.attrelid and relkind = 'v' and relnamespace = 'shop'::regnamespace
           left join pg_description d on d.objoid = c.oid and d.objsubid = a.attnum
           left join pg_attrdef f on f.adrelid = c.oid and f.adnum = a.attnum order by c.relname, a.attname;
         select p.oid::regprocedure, p.proacl, d.description from pg_proc p left join pg_description d on d.objoid = p.oid
           where pronamespace = 'shop'::regnamespace order by p.proname;
         select tgname, pg_get_triggerdef(t.oid), d.description from pg_trigger t left join pg_description d on d.objoid = t.oid order by 1;
         select rulename, pg_get_ruledef(oid) from pg_rewrite where rulename <> '_RETURN' and ev_class::regclass::text like 'shop.%'",
    )
}

#[test]
fn a_type_changes_below_views_and_functions_and_they_keep_what_they_had() {
    for major in [15, 16, NEWEST] {
        let workspace = deployed_on(major);
        workspace.database.execute(BESIDES);
        let before = besides(&workspace);
        workspace.write(
        "sql/shop/V002__widen.sql",
        "-- größer\nalter table shop.orders alter column total type bigint, alter note type text;\n",
    );
        let said = workspace.migrate();
        assert!(
            !said.contains("shop.big"),
            "nothing is left to apply: {said}"
        );
        assert_eq!(besides(&workspace), before);
        assert_eq!(
        workspace.database.query(
            "select attrelid::regclass, attname, format_type(atttypid, atttypmod) from pg_attribute
             where attrelid in ('shop.big'::regclass, 'shop.sums'::regclass) and attname = 'total' order by 1"
        ),
        ["shop.big|total|bigint", "shop.sums|total|numeric"]
    );
        assert!(workspace.migrate().starts_with("nothing to do"));
    }
}

#[test]
fn a_column_goes_and_the_files_that_used_it_go_with_it() {
    let workspace = deployed();
    workspace
        .database
        .execute("create role ouc_kept; grant select (id, note) on shop.big to ouc_kept");
    workspace.write(
        "sql/shop/V002__drop.sql",
        "alter table shop.orders drop column note;",
    );
    workspace.write(
        "views/shop/big.sql",
        "create or replace view shop.big as select id, total from shop.orders where total > 10;",
    );
    workspace.write(
        "views/shop/sums.sql",
        "create or replace view shop.sums as select sum(total) as total from shop.big;",
    );
    workspace.migrate();
    assert_eq!(
        workspace.database.query("select attname, attacl from pg_attribute where attrelid = 'shop.big'::regclass and attnum > 0 order by attnum"),
        ["id|{ouc_kept=r/postgres}", "total|"]
    );
    assert_eq!(
        workspace
            .database
            .query("select count(*) from shop.biggest(1)"),
        ["0"]
    );
    assert!(workspace.migrate().starts_with("nothing to do"));
}

#[test]
fn a_file_that_needs_a_later_migration_waits_for_it_and_gets_its_grants_back() {
    let workspace = deployed();
    workspace
        .database
        .execute("create role ouc_waiting; grant select on shop.sums to ouc_waiting");
    workspace.write(
        "sql/shop/V002__drop.sql",
        "alter table shop.orders drop column note;",
    );
    workspace.write(
        "sql/shop/V003__add.sql",
        "alter table shop.orders add column kind text;",
    );
    workspace.write(
        "views/shop/big.sql",
        "create or replace view shop.big as select id, total, kind from shop.orders where total > 10;",
    );
    workspace.write(
        "views/shop/sums.sql",
        "create or replace view shop.sums as select kind, sum(total) as total from shop.big group by kind;",
    );
    workspace.migrate();
    assert_eq!(
        workspace
            .database
            .query("select relacl from pg_class where oid = 'shop.sums'::regclass"),
        ["{postgres=arwdDxtm/postgres,ouc_waiting=r/postgres}"]
    );
    assert_eq!(
        workspace
            .database
            .query("select count(*) from workroom.objects where restore is not null"),
        ["0"]
    );
    assert!(workspace.migrate().starts_with("nothing to do"));
}

#[test]
fn what_takes_all_columns_is_applied_again_when_there_are_more() {
    let workspace = Workspace::new();
    workspace.write("sql/shop/V001__create.sql", TABLE);
    workspace.write(
        "views/shop/every.sql",
        "create or replace view shop.every as select * from shop.orders;",
    );
    workspace.write(
        "views/shop/named.sql",
        "create or replace view shop.named as select id from shop.orders;",
    );
    workspace.write(
        "views/shop/outer_every.sql",
        "create or replace view shop.outer_every as select e.*, 1 as one from shop.every e;",
    );
    workspace.migrate();
    workspace.write(
        "sql/shop/V002__add.sql",
        "alter table shop.orders add column kind text;",
    );
    let said = workspace.migrate();
    assert!(
        said.contains("shop.every") && !said.contains("shop.named"),
        "{said}"
    );
    assert_eq!(
        workspace.database.query("select string_agg(attname, ' ' order by attnum) from pg_attribute where attrelid = 'shop.outer_every'::regclass and attnum > 0"),
        ["id total note kind one"]
    );
    assert!(workspace.migrate().starts_with("nothing to do"));
}

#[test]
fn what_is_not_managed_stands_in_the_way_and_is_named() {
    for (unmanaged, named) in [
        (
            "create materialized view shop.stored as select * from shop.sums",
            "materialized view shop.stored",
        ),
        (
            "create view shop.extra as select * from shop.big",
            "view shop.extra",
        ),
        (
            "create view shop.direct as select total from shop.orders",
            "view shop.direct",
        ),
    ] {
        let workspace = deployed();
        workspace.database.execute(unmanaged);
        workspace.write(
            "sql/shop/V002__widen.sql",
            "select 1;\nalter table shop.orders alter column total type bigint;",
        );
        let said = workspace.run(&["db", "migrate"]).refused();
        assert!(
            said.contains(&format!(
                "{named} stands on it, and workroom does not manage it"
            )),
            "{said}"
        );
        assert!(said.contains("V002__widen.sql:2:"), "{said}");
        assert_eq!(
            workspace
                .database
                .query("select count(*) from shop.biggest(1)"),
            ["0"]
        );
    }
}

#[test]
fn a_mistake_behind_what_is_moved_is_shown_in_its_own_file() {
    let workspace = deployed();
    workspace.write(
        "sql/shop/V002__widen.sql",
        "-- ä\nalter table shop.orders alter column total type bigint;\nselect 'ö', nothing from shop.orders;",
    );
    let said = workspace.run(&["db", "migrate"]).refused();
    assert!(said.contains("V002__widen.sql:3:13"), "{said}");
    workspace.write(
        "sql/shop/V002__widen.sql",
        "alter table shop.orders drop column note;",
    );
    let said = workspace.run(&["db", "migrate"]).refused();
    assert!(said.contains("views/shop/big.sql:2:19"), "{said}");
    assert!(said.contains("V002__widen was rolled back"), "{said}");
}

#[test]
fn an_object_whose_file_is_gone_goes_with_its_table() {
    let workspace = deployed();
    for name in ["big", "sums", "biggest"] {
        std::fs::remove_file(
            workspace
                .folder
                .path()
                .join(format!("views/shop/{name}.sql")),
        )
        .unwrap();
    }
    workspace.write(
        "sql/shop/V002__widen.sql",
        "alter table shop.orders alter column total type bigint;",
    );
    workspace.migrate();
    assert_eq!(
        workspace
            .database
            .query("select count(*) from shop.biggest(1)"),
        ["0"]
    );
    workspace.write("sql/shop/V003__drop.sql", "drop table shop.orders;");
    workspace.migrate();
    assert_eq!(
        workspace
            .database
            .query("select count(*) from workroom.objects"),
        ["0"]
    );
    assert_eq!(
        workspace
            .database
            .query("select to_regclass('shop.big'), to_regproc('shop.biggest')"),
        ["|"]
    );
}

#[test]
fn policies_move_out_of_the_way_and_come_back() {
    let workspace = Workspace::new();
    workspace.write(
        "sql/shop/V001__create.sql",
        "create schema shop; create table shop.orders (id integer, total integer); alter table shop.orders enable row level security;",
    );
    workspace.write(
        "views/shop/low.sql",
        "create or replace view shop.low as select id from shop.orders where total < 3;",
    );
    workspace.migrate();
    workspace.database.execute(
        "create role ouc_policy; create policy low on shop.orders as restrictive for update to ouc_policy \
         using (total < 3) with check (total < 3 and id in (select id from shop.low)); \
         comment on policy low on shop.orders is 'Low'; create policy every on shop.orders using (id is not null);",
    );
    let policies = "select polname, pg_get_expr(polqual, polrelid), polcmd, polpermissive, polroles::regrole[], obj_description(oid, 'pg_policy') from pg_policy order by 1";
    let before = workspace.database.query(policies);
    workspace.write(
        "sql/shop/V002__widen.sql",
        "alter table shop.orders alter column total type bigint;",
    );
    workspace.migrate();
    assert_eq!(workspace.database.query(policies), before);
}

#[test]
fn only_what_a_file_means_applies_it_again() {
    let workspace = deployed();
    let file = "-- Now with a remark\n\ncreate or replace view shop.sums as\n  select note, sum(total) as total /* all */ from shop.big group by note";
    workspace.write("views/shop/sums.sql", file);
    assert!(workspace.migrate().starts_with("nothing to do"));
    workspace.write(
        "views/shop/sums.sql",
        &format!("{file}; comment on view shop.sums is 'Sums';"),
    );
    assert!(workspace.migrate().contains("shop.sums"));
    assert_eq!(
        workspace
            .database
            .query("select obj_description('shop.sums'::regclass)"),
        ["Sums"]
    );
}

#[test]
fn a_view_that_loses_a_column_is_created_anew_with_what_it_had() {
    let workspace = deployed();
    workspace
        .database
        .execute("create role ouc_anew; grant select on shop.big, shop.sums to ouc_anew");
    workspace.write(
        "views/shop/big.sql",
        "create or replace view shop.big as select note, total from shop.orders;",
    );
    workspace.migrate();
    assert_eq!(
        workspace.database.query("select relname, relacl, reloptions from pg_class where relnamespace = 'shop'::regnamespace and relkind = 'v' order by 1"),
        ["big|{postgres=arwdDxtm/postgres,ouc_anew=r/postgres}|", "sums|{postgres=arwdDxtm/postgres,ouc_anew=r/postgres}|"]
    );
}

#[test]
fn a_view_of_another_system_moves_too() {
    let workspace = Workspace::with(&["shop", "report"]);
    workspace.write("sql/shop/V001__create.sql", TABLE);
    workspace.write("sql/report/V001__create.sql", "create schema report;");
    workspace.write(
        "views/report/totals.sql",
        "create or replace view report.totals as select total from shop.orders;",
    );
    workspace
        .run(&["--system", "shop", "--system", "report", "db", "migrate"])
        .done();
    workspace.write(
        "sql/shop/V002__widen.sql",
        "alter table shop.orders alter column total type bigint;",
    );
    workspace.run(&["--system", "shop", "db", "migrate"]).done();
    assert_eq!(
        workspace.database.query(
            "select pg_typeof(total) from report.totals right join (values (1)) as x on true"
        ),
        ["bigint"]
    );
}

#[test]
fn a_group_of_migrations_changes_the_ground_twice_in_one_transaction() {
    let workspace = deployed();
    workspace.write(
        "sql/shop/V002__wider.sql",
        "alter table shop.orders alter total type bigint;",
    );
    workspace.write(
        "sql/shop/V003__fill.sql",
        "insert into shop.orders select 1, total, note from (values (3000000000, 'x')) as v (total, note);\n\
         insert into shop.big values (2, 20, 'through the view');",
    );
    workspace.write(
        "sql/shop/V004__longer.sql",
        "alter table shop.orders alter note type varchar(40);",
    );
    let said = workspace.run(&["db", "migrate", "--grouped"]).done();
    assert!(said.contains("V004__longer"), "{said}");
    assert_eq!(
        workspace.database.query("select total from shop.sums order by 1; select count(distinct xmin::text) from workroom.history_shop where version > 1"),
        ["20", "3000000000", "1"]
    );
    assert_eq!(
        workspace.database.query(
            "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'shop.big'::regclass and attnum > 1"
        ),
        ["bigint", "character varying(40)"]
    );
    assert!(
        workspace
            .run(&["db", "migrate"])
            .done()
            .starts_with("nothing to do")
    );
}

#[test]
fn a_mistake_in_a_group_leaves_what_was_moved_as_it_was() {
    let workspace = deployed();
    let before = workspace
        .database
        .query("select pg_get_viewdef('shop.big'::regclass), 'shop.sums'::regclass::oid");
    workspace.write(
        "sql/shop/V002__wider.sql",
        "alter table shop.orders alter total type bigint;",
    );
    workspace.write("sql/shop/V003__bad.sql", "select 1;\nselect brokn;");
    let said = workspace.run(&["db", "migrate", "--grouped"]).refused();
    assert!(said.contains("V003__bad.sql:2:8"), "{said}");
    assert_eq!(
        workspace
            .database
            .query("select pg_get_viewdef('shop.big'::regclass), 'shop.sums'::regclass::oid"),
        before
    );
}

#[test]
fn objects_move_around_single_statements_too() {
    let workspace = deployed();
    workspace
        .database
        .execute("insert into shop.orders values (1, 11, 'n')");
    workspace.write(
        "sql/shop/V002__change.sql",
        "--! no-transaction\n\
         insert into shop.orders values (2, 12, 'once');\n\
         alter table shop.orders alter total type bigint;\n\
         create index concurrently orders_total_idx on shop.orders (total);\n\
         do $$ begin alter table shop.orders alter note type text; end $$;\n\
         insert into shop.big values (3, 13, 'through the view');",
    );
    workspace.run(&["db", "migrate"]).done();
    assert_eq!(
        workspace
            .database
            .query("select id, total, note from shop.big order by id"),
        ["1|11|n", "2|12|once", "3|13|through the view"]
    );
    assert_eq!(
        workspace.database.query(
            "select count(*) from workroom.steps; select pg_typeof(note) from shop.big limit 1"
        ),
        ["0", "text"]
    );
    assert!(
        workspace
            .run(&["db", "migrate"])
            .done()
            .starts_with("nothing to do")
    );

    // What is not managed keeps the statement from running, and is named; the ones before it are done.
    workspace
        .database
        .execute("create view public.mine as select total from shop.big");
    workspace.write(
        "sql/shop/V003__again.sql",
        "--! no-transaction\ninsert into shop.orders values (4, 14, 'once');\nalter table shop.orders alter total type numeric;",
    );
    for _ in 0..2 {
        let said = workspace.run(&["db", "migrate"]).refused();
        assert!(said.contains("V003__again.sql:3:"), "{said}");
        assert!(
            said.contains("view mine stands on it, and workroom does not manage it")
                || said.contains("view public.mine stands on it"),
            "{said}"
        );
    }
    workspace.database.execute("drop view public.mine");
    workspace.run(&["db", "migrate"]).done();
    assert_eq!(
        workspace
            .database
            .query("select count(*) from shop.big where id = 4"),
        ["1"]
    );
}
