//! `policy prove`: claims of a JWT in words, macros that go without words, and comparisons that never decided.

use crate::prove::PROJECT;
use crate::support::project::TestProject;
use crate::support::proof::failed;
use crate::support::workspace::Workspace;

#[test]
fn claims_are_tried_as_the_words_and_the_sql_name_them() {
    const PLAN: &str = "nullif(current_setting('request.jwt.claims', true), '')::jsonb -> 'app_metadata' ->> 'plan'";
    let cases = [
        (
            format!("({PLAN}) = 'pro'"),
            "context.claims.app_metadata.plan == 'pro'",
            true,
        ),
        (
            format!("({PLAN}) in ('pro', 'trial')"),
            "context.claims.app_metadata.plan == 'pro'",
            false,
        ),
        (
            format!("({PLAN}) = 'pro'"),
            "context.claims.app_metadata.plan in ['pro', 'trial']",
            false,
        ),
        (
            format!("kind = ({PLAN})"),
            "row.kind == context.claims.app_metadata.plan",
            true,
        ),
        (
            format!("kind = ({PLAN}) or kind = 'free'"),
            "row.kind == context.claims.app_metadata.plan",
            false,
        ),
    ];
    let workspace = Workspace::new();
    let mut sql = "create schema shop;\n".to_owned();
    let mut policies = "[roles.claimed_user]\nkind = \"application\"\nname = \"user\"\n\
        [context.user]\nsql = \"nullif(current_setting('app.user', true), '')\"\n"
        .to_owned();
    for (at, (condition, words, _)) in cases.iter().enumerate() {
        sql.push_str(&format!(
            "create table shop.notes_{at} (id int primary key, kind text not null);\n"
        ));
        policies.push_str(&format!(
            "[macros.plan_{at}]\nsql = \"{condition}\"\noracle = \"{words}\"\n[tables.notes_{at}]\nclass = \"global\"\n\
             matrix = {{ user = {{ select = \"plan_{at}\", insert = \"plan_{at}\" }} }}\n"
        ));
    }
    workspace.write("sql/shop/V001__create.sql", &sql);
    workspace.write("policies/shop.toml", &policies);
    workspace.migrate();
    let said = workspace.run(&["policy", "prove", "--here"]);
    for (at, (condition, words, holds)) in cases.iter().enumerate() {
        let is_failed = failed(&said.text).contains(&format!("shop.notes_{at}"));
        assert_eq!(
            is_failed, !holds,
            "{condition} against {words}: {}",
            said.text
        );
    }
}

const NOTES: &str = "create schema shop;\ncreate table shop.notes (tenant text not null, id int not null, kind text not null, \
    note text, primary key (tenant, id));\n";

fn policies(name: &str, macros: &str) -> String {
    format!(
        "[policies]\ntenant_column = \"tenant\"\n[roles.{name}_user]\nkind = \"application\"\nname = \"user\"\n\
         [context.tenant]\nsetting = \"app.tenant\"\ntype = \"text\"\n{macros}\
         [tables.notes.matrix]\nuser = {{ select = \"plain\", insert = \"plain\", update = \"plain\", delete = \"plain\" }}\n"
    )
}

#[test]
fn a_macro_without_words_is_proven_for_the_invariants() {
    let workspace = Workspace::new();
    let without = "[macros.plain]\nsql = \"length(kind) < 30\"\noracle = \"none\"\n";
    workspace.write("sql/shop/V001__create.sql", NOTES);
    workspace.write("policies/shop.toml", &policies("wordless", without));
    let text = workspace.run(&["policy", "render"]).refused();
    assert!(text.contains("goes without words for no reason"), "{text}");
    let reason = format!("{without}reason = \"lengths have no word\"\n");
    workspace.write("policies/shop.toml", &policies("wordless", &reason));
    workspace.migrate();
    let text = workspace.run(&["policy", "prove", "--here"]).done();
    assert!(
        text.contains("cells that are proven for the invariants only"),
        "{text}"
    );
    assert!(
        text.contains("shop.notes, user delete: plain: lengths have no word"),
        "{text}"
    );
    // Somebody opens the floor.
    workspace.database.execute(
        "alter policy notes_tenant_isolation on shop.notes using (length(tenant) > 0) with check (length(tenant) > 0)",
    );
    let said = workspace.run(&["policy", "prove", "--here"]);
    assert_eq!(said.status, 1, "{}", said.text);
    assert!(
        said.text.contains("only rows of the session's tenant"),
        "{}",
        said.text
    );
}

#[test]
fn what_never_decided_is_named_until_it_is_accepted() {
    let workspace = Workspace::new();
    workspace.write("sql/shop/V001__create.sql", NOTES);
    let macros = "[macros.plain]\nsql = \"kind = 'plain' or true or note = 'x'\"\n\
        oracle = \"row.kind == 'plain' or true or row.note == 'x'\"\n";
    workspace.write("policies/shop.toml", &policies("undecided", macros));
    workspace.migrate();
    let said = workspace.run(&["policy", "prove", "--here"]);
    assert_eq!(said.status, 1, "{}", said.text);
    let text = &said.text;
    assert!(
        text.contains("`row.kind == 'plain'` in the words of plain never decided"),
        "{text}"
    );
    let entries: String = text
        .lines()
        .filter_map(|line| {
            let entry = line.split_once("[[accept]] ")?.1;
            let (id, rest) = entry.strip_prefix("id = \"")?.split_once("\", fingerprint = \"")?;
            let print = rest.split_once('"')?.0;
            Some(format!(
                "[[accept]]\nid = \"{id}\"\nfingerprint = \"{print}\"\nreason = \"whatever is true is so\"\n"
            ))
        })
        .collect();
    let accepting = format!("{}{entries}", policies("undecided", macros));
    workspace.write("policies/shop.toml", &accepting);
    workspace.run(&["policy", "prove", "--here"]).done();
    let other = accepting.replace("row.note == 'x'", "row.note == 'y'");
    workspace.write(
        "policies/shop.toml",
        &other.replace("note = 'x'", "note = 'y'"),
    );
    let said = workspace.run(&["policy", "prove", "--here"]);
    assert_eq!(said.status, 1, "{}", said.text);
    assert!(
        said.text.contains("what it rests on has changed since"),
        "{}",
        said.text
    );
}

/// Two companies are needed for it to matter which one somebody belongs to.
#[test]
fn keys_that_two_tables_have_in_common_are_more_than_one() {
    let workspace = Workspace::new();
    workspace.write(
        "workroom.toml",
        "[project]\nname = \"test\"\n[systems.shop]\ntitle = \"shop\"\nschemas = [\"shop\"]\nprivate_schemas = [\"shop_private\"]\n",
    );
    let mut sql = "create schema shop;\n\
        create table shop.members (id uuid primary key, person text not null, company_id uuid not null);\n"
        .to_owned();
    let mut policies = "[policies]\nprivate_schema = \"shop_private\"\n\
        [roles.companies_user]\nkind = \"application\"\nname = \"user\"\n\
        [roles.companies_definer]\nkind = \"definer\"\nlogin = false\n\
        [context.user]\nsql = \"nullif(current_setting('app.user', true), '')\"\n\
        [lookups.my_company_ids]\nreturns = \"setof uuid\"\nreads = [\"members\"]\n\
        sql = \"select member.company_id from shop.members as member where member.person = {{ user }}\"\n\
        [tables.members]\nclass = \"global\"\nmatrix = { companies_definer = { select = \"all\" } }\n"
        .to_owned();
    let cases = [
        "company_id = any (array(select shop_private.my_company_ids()))",
        "exists (select shop_private.my_company_ids())",
    ];
    for (at, condition) in cases.iter().enumerate() {
        sql.push_str(&format!(
            "create table shop.notes_{at} (id uuid primary key, author text not null, company_id uuid not null);\n"
        ));
        policies.push_str(&format!(
            "[macros.company_{at}]\nsql = \"{condition}\"\n\
             oracle = \"exists members as one where one.person == context.user and one.company_id == row.company_id\"\n\
             [tables.notes_{at}]\nclass = \"global\"\nmatrix = {{ user = {{ select = \"company_{at}\" }} }}\n"
        ));
    }
    workspace.write("sql/shop/V001__create.sql", &sql);
    workspace.write("policies/shop.toml", &policies);
    workspace.migrate();
    let said = workspace.run(&["policy", "prove", "--here"]);
    assert!(
        !failed(&said.text).contains("shop.notes_0"),
        "{}",
        said.text
    );
    assert!(failed(&said.text).contains("shop.notes_1"), "{}", said.text);
    assert!(!said.text.contains("never decided"), "{}", said.text);
}

/// Of several people of a row two tables away one is forgotten in the SQL: the rows made up hold people together that
/// make no difference, so that each is tried alone besides.
#[test]
fn each_of_several_people_of_a_row_decides_alone() {
    let tables = "\
create schema shop;
create table shop.people (tenant_id uuid, user_id uuid, primary key (tenant_id, user_id));
create table shop.orders (
  tenant_id uuid,
  id uuid,
  seller_id uuid not null,
  packer_id uuid not null,
  driver_id uuid not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, seller_id) references shop.people,
  foreign key (tenant_id, packer_id) references shop.people,
  foreign key (tenant_id, driver_id) references shop.people
);
create table shop.parcels (
  tenant_id uuid,
  id uuid,
  order_id uuid not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, order_id) references shop.orders
);
";
    let policies = |people: &[&str]| {
        let people: Vec<String> = people.iter().map(|one| format!("one.{one}_id")).collect();
        format!(
            r#"[policies]
schema = "shop"
private_schema = "shop_private"
tenant_column = "tenant_id"
[roles.people_clerk]
kind = "application"
name = "clerk"
[roles.people_session]
kind = "shared"
[roles.people_definer]
kind = "definer"
[context.tenant]
setting = "app.current_tenant"
[context.user]
sql = "nullif(current_setting('app.current_user', true), '')::uuid"
[context.role]
setting = "app.current_role"
[lookups.order_ids]
returns = "setof uuid"
reads = ["orders"]
sql = """
select one.id from shop.orders as one
  where one.tenant_id = {{{{ current_tenant }}}} and {{{{ user }}}} in ({})"""
[macros.ours]
sql = "order_id = any (array(select shop_private.order_ids()))"
oracle = """
exists orders as one where one.tenant_id == context.tenant and one.id == row.order_id
  and context.user in [one.seller_id, one.packer_id, one.driver_id]"""
[tables.people]
class = "system"
[tables.orders.matrix]
people_definer = {{ select = "all" }}
[tables.parcels.matrix]
clerk = {{ select = "ours" }}
"#,
            people.join(", ")
        )
    };
    let fails = |people: &[&str]| {
        let shop = TestProject::new(&[
            ("workroom.toml", PROJECT),
            ("sql/shop/V001__create_orders.sql", tables),
            ("policies/shop.toml", &policies(people)),
        ]);
        let output = shop.run(["policy", "prove", "-q"]);
        let fails = output.contains("FAILED shop select shop.parcels");
        assert!(
            output.ends_with(if fails { "1\n" } else { "0\n" }),
            "{output}"
        );
        fails
    };
    assert!(!fails(&["seller", "packer", "driver"]));
    assert!(fails(&["seller", "driver"]));
}
