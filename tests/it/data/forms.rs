//! CSV, JSON lines and JSON of one content give the same rows; so do the two ways in which rows reach their tables.

use crate::support::workspace::Workspace;

const SQL: &str = "create schema shop;
create table shop.people (id integer primary key, email text not null unique, name text);
create table shop.orders (
  id integer primary key, buyer_id integer references shop.people (id), parent_id integer references shop.orders (id),
  placed_at timestamptz not null default '2024-01-01 00:00+00', total numeric(8, 2), code varchar(6), tags text[],
  note text, details jsonb
);
comment on schema shop is 'x';
comment on table shop.people is 'x';
comment on table shop.orders is 'x';";

const MAPPING: &str = "[tables.people]\nfrom = 'people.csv'\n[tables.people.columns]\nid = 'id'\nemail = 'email'\n\
    name = { field = 'name', values = { R = 'Ruth' } }\n";

const ORDERS: &str = "[tables.orders]\nfrom = 'orders'\n[tables.orders.columns]\nid = 'id'\nparent_id = 'parent'\n\
    placed_at = 'placed'\ntotal = 'total'\ncode = 'code'\ntags = 'tags'\nnote = 'note'\ndetails = 'details'\n";

fn shop(major: u32, orders: &str, buyer: &str) -> Workspace {
    let workspace = Workspace::on(major, &["shop"]);
    workspace.write("sql/shop/V001__create.sql", SQL);
    workspace.migrate();
    workspace.write(
        "in/people.csv",
        "id;email;name\n1;ruth@x.example;R\n2;bo@x.example;\n",
    );
    let ending = orders.rsplit('.').next().unwrap();
    let text = match ending {
        "csv" => {
            "id,buyer,parent,placed,total,code,tags,note,details\r\n\
             2,bo@x.example,1,,3.999,,\"{a,\"\"b c\"\"}\",\"\",\r\n\
             1,ruth@x.example,,2024-03-04T10:15:00+01:00,12345.10,ABC,,\"two\nlines \"\"and\"\" \\N\",\"{\"\"a\"\": 1.50}\"\r\n"
        }
        "jsonl" => {
            "{\"id\": 2, \"buyer\": \"bo@x.example\", \"parent\": 1, \"total\": 3.999, \"tags\": [\"a\", \"b c\"], \"note\": \"\"}\n\n\
             {\"id\": 1, \"buyer\": \"ruth@x.example\", \"placed\": \"2024-03-04T10:15:00+01:00\", \"total\": 12345.10, \"code\": \"ABC\", \
             \"note\": \"two\\nlines \\\"and\\\" \\\\N\", \"details\": {\"a\": 1.50}}"
        }
        _ => {
            "[{\"id\": 2, \"buyer\": \"bo@x.example\", \"parent\": 1, \"total\": \"3.999\", \"tags\": [\"a\", \"b c\"], \"note\": \"\"},\n\
             {\"id\": 1, \"buyer\": \"ruth@x.example\", \"parent\": null, \"placed\": \"2024-03-04T10:15:00+01:00\", \"total\": 12345.10, \
             \"code\": \"ABC\", \"note\": \"two\\nlines \\\"and\\\" \\\\N\", \"details\": {\"a\": 1.50}}]\n"
        }
    };
    workspace.write(&format!("in/{orders}"), text);
    let mapping = format!(
        "{}{buyer}\n{MAPPING}",
        ORDERS.replace("'orders'", &format!("'{orders}'"))
    );
    workspace.write("in/import.toml", &mapping);
    workspace
}

#[test]
fn every_form_of_file_gives_the_same_rows() {
    let expected = [
        "1|1||2024-03-04 09:15:00+00|12345.10|ABC||two\nlines \"and\" \\N|{\"a\": 1.50}",
        "2|2|1|2024-01-01 00:00:00+00|4.00||{a,\"b c\"}||",
    ];
    for major in [18, 16, 15] {
        for orders in ["orders.csv", "orders.jsonl", "orders.json"] {
            let workspace = shop(
                major,
                orders,
                "buyer_id = { field = 'buyer', by = 'email' }",
            );
            workspace.run(&["data", "import", "in"]).done();
            let rows = workspace
                .database
                .query("set timezone = 'UTC'; select * from shop.orders order by id");
            assert_eq!(rows, expected, "{orders} on {major}");
            let names = workspace
                .database
                .query("select name from shop.people order by id");
            assert_eq!(names, ["Ruth", ""]);
            // An empty cell without quotes is null, an empty text is one.
            assert_eq!(
                workspace
                    .database
                    .query("select note = '' from shop.orders where id = 2"),
                ["t"]
            );
        }
    }
}

#[test]
fn what_does_not_fit_the_catalog_is_named_before_anything_is_sent() {
    let workspace = shop(18, "orders.csv", "");
    let mapping = "ignore = ['orders.cvs']\n[tables.order]\nfrom = 'orders.csv'\n[tables.people]\nfrom = 'people.csv'\n\
        [tables.people.columns]\nid = 'idd'\nnam = 'name'\nname = { field = 'name', by = 'x' }\n";
    workspace.write("in/import.toml", mapping);
    workspace.write("in/colours.json", "{\"red\": [{\"a\": 1}]}");
    insta::assert_snapshot!(workspace.run(&["data", "import", "in"]).refused());
    assert_eq!(
        workspace.database.query("select count(*) from shop.people"),
        ["0"]
    );
    let nowhere = workspace.run(&["data", "import", "nowhere"]).refused();
    assert!(nowhere.contains("there is no folder nowhere"), "{nowhere}");
    let tenant = workspace
        .run(&["data", "import", "in", "--tenant", "x"])
        .refused();
    assert!(tenant.contains("know no tenant"), "{tenant}");
}

#[test]
fn files_of_json_that_are_no_rows_are_told_with_their_lines() {
    let workspace = shop(
        18,
        "orders.json",
        "buyer_id = { field = 'buyer', by = 'email' }",
    );
    workspace.write(
        "in/orders.json",
        "[\n{\"id\": 1, \"colour\": 1,},\n7,\n{\"id\": 2,\n \"tags\": {\"a\": 1}, \"extra\": true}\n{\"id\": 3}]",
    );
    insta::assert_snapshot!(workspace.run(&["data", "import", "in"]).refused());
    assert_eq!(
        workspace.database.query("select count(*) from shop.people"),
        ["0"]
    );
}
