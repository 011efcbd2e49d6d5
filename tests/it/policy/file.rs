//! Mistakes of a policy file, each at its line and all at once; and names that try to break out.

use std::path::Path;

use workroom::files::Tree;
use workroom::policy::{self, Dialect, Policies};
use workroom::project::Project;

use super::{apply, migrate, shipped, told};
use crate::support::server::{execute, own_server, query};

const SQL: &str = "create schema shop;\n\
    create table shop.orders (id int, tenant_id uuid not null, owner_id uuid, secret text);\n\
    create table shop.prices (id int, amount int);\n\
    create view shop.totals with (security_invoker = true) as select 1 as one;\n\
    create function shop.refund(id int) returns void language sql as $$ $$;\n\
    create function shop.twice(id int) returns int return 1;\n\
    create function shop.twice(id text) returns int return 1;\n";

const GOOD: &str = "[policies]\n\
    tenant_column = \"tenant_id\"\n\
    [context.tenant]\n\
    setting = \"app.tenant\"\n\
    [context.user]\n\
    sql = \"shop.me()\"\n\
    [roles.shop_clerk]\n\
    kind = \"group\"\n\
    [macros.owner]\n\
    sql = \"{{ owner | ident }} = {{ user }}\"\n\
    oracle = \"row[owner] == context.user\"\n\
    [tables.orders]\n\
    owner = \"owner_id\"\n\
    [tables.orders.matrix]\n\
    shop_clerk = { select = \"owner\" }\n\
    [tables.prices]\n\
    class = \"public\"\n";

fn project(folder: &Path, sql: &str, policies: &str) -> workroom::Result<Project> {
    for (path, text) in [
        (
            "workroom.toml",
            "[project]\nname = 'x'\n[systems.shop]\ntitle = 'Shop'\nschemas = ['shop']\nprivate_schemas = ['hidden']\n",
        ),
        ("sql/shop/V001__create_shop.sql", sql),
        ("policies/shop.toml", policies),
    ] {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    Project::read(Tree::Folder(folder.to_path_buf()))
}

fn rendered(policies: &str) -> workroom::Result<policy::RenderedPolicies> {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path(), SQL, policies)?;
    policy::load(&project, &project.systems["shop"], Dialect::Postgres).map(Option::unwrap)
}

fn mistakes(policies: &str) -> String {
    match rendered(policies) {
        Ok(_) => "no mistake".to_owned(),
        Err(error) => told(&error),
    }
}

#[test]
fn a_good_file_has_no_mistake() {
    assert_eq!(mistakes(GOOD), "no mistake");
}

#[test]
fn every_unknown_name_is_an_error_at_its_line_with_the_nearest_one() {
    let file = format!(
        "{GOOD}\
         [tables.order]\n\
         [tables.orders.confidential]\n\
         \"secrt, id\" = [\"shop_clark\"]\n\
         [tables.orders.update_columns]\n\
         shop_clerk = [\"idd\"]\n\
         [[tables.orders.restrict]]\n\
         commands = [\"delete\"]\n\
         using = \"ownr\"\n\
         reason = \"x\"\n\
         [views]\n\
         total = [\"shop_clerk\"]\n\
         [functions]\n\
         \"refnd, twice\" = [\"shop_clerk\"]\n\
         [macros.wrong]\n\
         sql = \"{{{{ ownr | ident }}}} = 1\"\n\
         oracle = \"true\"\n"
    )
    .replace("[tables.prices]\nclass = \"public\"\n", "");
    insta::assert_snapshot!(mistakes(&file));
}

#[test]
fn cells_that_cannot_mean_what_they_say_are_errors() {
    let file = GOOD.replace(
        "shop_clerk = { select = \"owner\" }\n",
        "shop_clerk = { select = \"owner or all\", insert = { using = \"all\", check = \"owner\" }, delete = \"owner(id)\" }\n\
         shop_root = { select = \"owner\" }\n\
         \"shop_clerk, shop_till\" = { select = [\"all\"] }\n",
    ) + "[tables.prices.matrix]\nshop_clerk = { select = \"owner\" }\n\
         [roles.shop_root]\nkind = \"group\"\nbypass_rls = true\n\
         [roles.shop_till]\nkind = \"shared\"\n\
         [lookups.mine]\nreturns = \"int\"\nsql = \"select 1\"\nreads = [\"orders\"]\n";
    insta::assert_snapshot!(mistakes(&file));
}

#[test]
fn words_for_what_functions_write_are_looked_up() {
    let file = format!(
        "{GOOD}[roles.shop_definer]\nkind = \"definer\"\nowns = [\"refund\"]\n\
         [writes]\nrefund = {{ orders = \"owner\", ordres = \"owner\", prices = \"ownr\" }}\n\
         refnd = {{ orders = \"all\" }}\n\"twice(integer)\" = {{ orders = \"all\" }}\n"
    );
    insta::assert_snapshot!(mistakes(&file), @r#"
    there is no table `ordres` (policies/shop.toml:22:30)
      hint: did you mean `orders`?
    there is no macro `ownr` (policies/shop.toml:22:58)
      hint: did you mean `owner`?
    there is no function `refnd` (policies/shop.toml:23:1)
      hint: did you mean `refund`?
    no definer owns `twice(integer)` (policies/shop.toml:24:2)
      hint: it writes with its caller's rights, which policies bind; name it under `owns` of a role of the kind "definer", or leave it out here
    "#);
}

#[test]
fn a_name_that_the_server_would_cut_is_an_error() {
    let long = "abcdefghij".repeat(7);
    let said = mistakes(&GOOD.replace("shop_clerk", &long));
    assert!(
        said.starts_with(&format!("the server cuts `{long}` off after 63 bytes")),
        "{said}"
    );
    assert_eq!(
        mistakes(&GOOD.replace("shop_clerk", &long[..63])),
        "no mistake"
    );
}

#[test]
fn a_wrong_shape_is_an_error_at_its_line() {
    let file = GOOD
        .replace("kind = \"group\"", "kind = \"grup\"\ncolour = 1")
        .replace("class = \"public\"", "class = \"open\"")
        .replace("select = \"owner\"", "select = 1, sellect = \"all\"");
    insta::assert_snapshot!(mistakes(&file));
}

#[test]
fn a_table_that_is_left_out_is_an_error() {
    let file = GOOD.replace("[tables.prices]\nclass = \"public\"\n", "");
    insta::assert_snapshot!(mistakes(&file), @r#"
        the table shop.prices is not in policies/shop.toml (policies/shop.toml:1:1)
          hint: add [tables.prices] with its class and matrix, as `workroom policy add prices` shows; without cells nobody may touch it
        "#);
}

#[test]
fn a_macro_that_shows_a_value_unquoted_is_an_error_in_its_line() {
    let file = GOOD.replace("{{ owner | ident }}", "{{ owner }}");
    insta::assert_snapshot!(mistakes(&file), @r#"
        a template in policies/shop.toml cannot be rendered (policies/shop.toml:10:7): a value would reach the SQL unquoted
          hint: show names with `| ident` and texts with `| literal`
        "#);
}

#[test]
fn a_project_may_bring_its_own_templates_and_their_mistakes_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path(), SQL, GOOD).unwrap();
    let template = folder.path().join("policies/templates/floor.sql.tera");
    std::fs::create_dir_all(template.parent().unwrap()).unwrap();
    let system = &project.systems["shop"];
    std::fs::write(
        &template,
        "\n{{ tenant | ident }} = {{ tenannt | ident }}\n",
    )
    .unwrap();
    let error = policy::load(&project, system, Dialect::Postgres).unwrap_err();
    insta::assert_snapshot!(told(&error), @r#"
        a template in policies/templates/floor.sql.tera cannot be rendered (policies/templates/floor.sql.tera:2:27): there is no such variable
          hint: correct the template; its variables are described in docs/policies.md
        "#);
    std::fs::write(&template, "{{ tenant | ident }} = 'mine'").unwrap();
    let text = policy::load(&project, system, Dialect::Postgres)
        .unwrap()
        .unwrap()
        .text();
    assert!(text.contains("using (tenant_id = 'mine')"), "{text}");
}

#[test]
fn names_cannot_break_out_of_their_quotes() {
    let sql = "create schema shop;\n\
        create table shop.\"ord\"\"ers; drop table x; --\" (\"te nant\" uuid not null, \"own'er\" uuid, \"$workroom$\" text);\n";
    let policies = "[policies]\ntenant_column = \"te nant\"\nprivate_schema = \"hidden\"\n\
        [context.tenant]\nsetting = \"app.ten'ant\"\nclaim = \"o'r.ten\\\\ant\"\n\
        [context.user]\nsql = \"null::uuid\"\n\
        [context.role]\nsetting = \"app.ro'le\"\n\
        [roles.\"cl'erk$workroom$\\\"; drop role x; --\"]\nkind = \"application\"\nname = \"cl'erk\"\ncomment = \"it's $workroom$\"\n\
        member_of = [{ role = \"no'body$workroom$\", optional = true }]\n\
        [roles.\"Sess ion\"]\nkind = \"shared\"\n\
        [macros.is]\nparameters = [\"column\", \"value\"]\nsql = \"{{ column | ident }} = {{ value | literal }}\"\n\
        oracle = \"row[column] == row[value]\"\nsays = \"where it's so\"\n\
        [tables.'ord\"ers; drop table x; --']\nowner = \"own'er\"\n\
        [tables.'ord\"ers; drop table x; --'.matrix]\n\
        \"cl'erk\" = { select = \"is(te, 'it''s; drop')\" }\n\
        [tables.'ord\"ers; drop table x; --'.confidential]\n\"own'er\" = []\n";
    let folder = tempfile::tempdir().unwrap();
    // A column that is no word cannot be an argument, so there is one more that is.
    let sql = sql.replace("uuid not null,", "uuid not null, te text,");
    let project = project(folder.path(), &sql, policies).unwrap();
    let rendered = policy::load(&project, &project.systems["shop"], Dialect::Postgres);
    let rendered = rendered
        .unwrap_or_else(|error| panic!("{}", told(&error)))
        .unwrap();
    let server = own_server(18);
    execute(&server.url(), "create database hostile");
    let url = server.connection().url_of("hostile");
    migrate(&url, &project.systems["shop"]);
    apply(&url, &project, "shop").unwrap_or_else(|error| panic!("{}", told(&error)));
    assert_eq!(apply(&url, &project, "shop").unwrap(), Vec::<String>::new());
    execute(&url, &rendered.text());
    assert_eq!(
        query(
            &url,
            "select count(*) from pg_roles where rolname like 'cl''erk%'"
        ),
        ["1"]
    );
    let policies = "select polname, pg_get_expr(polqual, polrelid) from pg_policy order by 1";
    insta::assert_snapshot!(query(&url, policies).join("\n"), @r#"
        ord"ers; drop table x; --_is_select|(( SELECT shop.has_role('cl''erk'::text) AS has_role) AND (te = 'it''s; drop'::text))
        ord"ers; drop table x; --_tenant_isolation|("te nant" = ( SELECT shop.current_tenant_id() AS current_tenant_id))
        "#);
}

#[test]
fn the_shipped_policies_have_the_groups_of_the_requirements() {
    let project = shipped();
    let rendered = policy::load(&project, &project.systems["agency"], Dialect::Postgres)
        .unwrap()
        .unwrap();
    let groups = rendered.groups();
    assert_eq!(groups["tenant"], 15);
    assert!(
        groups["role"] >= 10 && groups["owner"] >= 8 && groups["team"] >= 5,
        "{groups:?}"
    );
    let policies = Policies::read(&project.systems["agency"]).unwrap().unwrap();
    for table in &policies.tables {
        // A role that may change or delete a row without being able to read it could only do so blindly.
        for cell in &table.cells {
            let role = &policies.roles[cell.role];
            let writes = [policy::Command::Update, policy::Command::Delete].contains(&cell.command);
            let reads = table
                .cells
                .iter()
                .any(|other| other.role == cell.role && other.command == policy::Command::Select);
            assert!(!writes || reads, "{} on {}", role.name, table.title());
        }
    }
}

#[test]
fn policies_are_rendered_for_one_role() {
    let text = rendered(GOOD).unwrap().text_of_role("shop_clerk").unwrap();
    insta::assert_snapshot!(text);
    let error = rendered(GOOD).unwrap().text_of_role("clerk").unwrap_err();
    insta::assert_snapshot!(told(&error), @r#"
        there is no role `clerk` in policies/shop.toml
          hint: there are: shop_clerk
        "#);
}

#[test]
fn a_kept_rendering_is_compared_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path(), SQL, GOOD).unwrap();
    let rendered = policy::load(&project, &project.systems["shop"], Dialect::Postgres)
        .unwrap()
        .unwrap();
    assert!(
        rendered
            .check(&project.tree)
            .unwrap()
            .unwrap()
            .found
            .is_none()
    );
    let path = folder.path().join(policy::kept_path("shop"));
    workroom::files::write(&path, &rendered.text()).unwrap();
    assert!(rendered.check(&project.tree).unwrap().is_none());
    workroom::files::write(
        &path,
        &rendered.text().replace("to public", "to shop_clerk"),
    )
    .unwrap();
    let difference = rendered.check(&project.tree).unwrap().unwrap();
    assert_eq!(
        difference.expected.trim(),
        "as restrictive for all to public"
    );
    workroom::files::write(&path, &rendered.text().replace("\ncommit;\n", "")).unwrap();
    assert!(rendered.check(&project.tree).unwrap().is_some());
}

#[test]
fn a_table_is_found_by_a_macro_that_compares_the_owner_where_that_depends_on_the_role() {
    let roles = "[context.role]\nsetting = \"app.role\"\n[roles.shop_session]\nkind = \"shared\"\n\
         [roles.shop_boss]\nkind = \"application\"\n[roles.shop_hand]\nkind = \"application\"\n";
    let good = GOOD
        .replace("[policies]\n", "[policies]\nprivate_schema = \"hidden\"\n")
        .replace("context.user\"\n", "context.user\"\ncompares = \"uuid\"\n")
        .replace(
            "shop_clerk = { select = \"owner\" }\n",
            "shop_boss = { select = \"all\" }\nshop_hand = { select = \"owner\" }\n",
        )
        .replace(
            "owner = \"owner_id\"\n",
            "owner = \"owner_id\"\nfound_by = \"owner\"\n",
        )
        + roles;
    assert_eq!(mistakes(&good), "no mistake");
    let told = [
        good.replace("found_by = \"owner\"", "found_by = \"ownr\""),
        good.replace("compares = \"uuid\"\n", ""),
        good.replace("compares = \"uuid\"", "compares = \"text\""),
        good.replace(
            "{{ owner | ident }} = {{ user }}",
            "{{ user }} = {{ owner | ident }}",
        ),
        good.replace("select = \"all\"", "select = \"owner\""),
        good.replace("private_schema = \"hidden\"\n", ""),
    ]
    .map(|file| mistakes(&file));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_cell_may_let_only_some_columns_differ_where_a_look_up_can_tell() {
    let sql = SQL.replace(
        "shop.orders (id int,",
        "shop.orders (id int primary key, noted text, amount int,",
    );
    let good = GOOD.replace("[policies]\n", "[policies]\nprivate_schema = \"hidden\"\nkept_by_triggers = [\"noted\"]\n").replace(
        "shop_clerk = { select = \"owner\" }\n",
        "shop_clerk = { select = \"owner\", update = { using = \"owner\", check = \"all\", columns = [\"amount\"] } }\n\
         shop_definer = { select = \"all\" }\n",
    ) + "[roles.shop_definer]\nkind = \"definer\"\n";
    let folder = tempfile::tempdir().unwrap();
    let told_of = told;
    let told = |sql: &str, policies: &str| {
        let project = project(folder.path(), sql, policies).unwrap();
        match policy::load(&project, &project.systems["shop"], Dialect::Postgres) {
            Ok(rendered) => rendered
                .unwrap()
                .statements
                .iter()
                .filter(|one| one.what.contains("_keeps_"))
                .map(|one| one.sql.clone())
                .next()
                .unwrap_or_default(),
            Err(error) => told_of(&error),
        }
    };
    let all = [
        told(&sql, &good),
        told(SQL, &good.replace("[\"amount\"]", "[\"secret\"]")),
        told(
            &sql,
            &good.replace("[\"amount\"]", "[\"amuont\", \"noted\"]"),
        ),
        told(&sql, &good.replace("private_schema = \"hidden\"\n", "")),
        told(
            &sql,
            &good.replace("shop_definer = { select = \"all\" }\n", ""),
        ),
        told(
            &sql,
            &(good.clone() + "[tables.orders.confidential]\nsecret = [\"shop_clerk\"]\n"),
        ),
    ];
    insta::assert_snapshot!(all.join("\n\n"));
}
