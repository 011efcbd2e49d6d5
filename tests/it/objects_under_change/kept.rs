//! What moves out of a migration's way comes back with everything that it had.

use super::{TABLE, deployed, deployed_on};
use crate::support::server::NEWEST;
use crate::support::workspace::Workspace;

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
