//! `workroom docs`: one page that asks for nothing else, the same bytes for the same files, and nothing of a project in it is
//! markup.

use std::collections::BTreeSet;

use crate::support::workspace::Workspace;

/// A shop whose names and comments are what a page could take for its own.
fn shop() -> Workspace {
    let shop = Workspace::new();
    shop.write(
        "sql/shop/V001__create_shop.sql",
        "create schema shop;\n\
         create table shop.\"We <b> & \"\"ird\"\"\" (tenant_id uuid not null, id uuid not null, constraint w_pkey primary key (tenant_id, id));\n\
         create table shop.orders (tenant_id uuid not null, id uuid not null, \"odd 'column\" uuid, status varchar(20) not null default 'new',\n\
           constraint orders_pkey primary key (tenant_id, id),\n\
           constraint orders_odd_fkey foreign key (tenant_id, \"odd 'column\") references shop.\"We <b> & \"\"ird\"\"\" (tenant_id, id));\n\
         create index orders_status_idx on shop.orders (status);\n\
         comment on table shop.orders is '</script><script>text</script> <b class=\"x\">& more';\n\
         comment on column shop.orders.status is 'a|b *c*';\n",
    );
    shop.write(
        "policies/shop.toml",
        r#"
[policies]
tenant_column = "tenant_id"
[roles.docs_clerk]
kind = "application"
name = "clerk"
[roles.docs_boss]
kind = "application"
name = "boss"
[context.tenant]
setting = "app.current_tenant"
[macros.new]
sql = "status = 'new'"
oracle = "row.status == 'new'"
group = "role"
[tables.orders.matrix]
clerk = { select = "new" }
boss = { select = "all", delete = "new" }
[tables.'We <b> & "ird"'.matrix]
boss = { select = "all" }
"#,
    );
    shop
}

fn read(shop: &Workspace, path: &str) -> String {
    std::fs::read_to_string(shop.folder.path().join(path)).unwrap()
}

/// What stands between two texts.
fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = page.split_once(start).unwrap();
    rest.split_once(end).unwrap().0
}

/// Tags as they come, with their attributes; the contents of style and script are left out.
fn tags(page: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some((_, found)) = rest.split_once('<') {
        let (tag, after) = found.split_once('>').unwrap();
        tags.push(tag);
        rest = match tag {
            "style" | "script" => &after[after.find("</").unwrap()..],
            _ => after,
        };
    }
    tags
}

#[test]
fn the_page_is_whole_asks_for_nothing_and_is_the_same_every_time() {
    let shop = shop();
    let said = shop.run(&["docs"]).done();
    assert!(said.starts_with("docs/shop.html: 2 tables, "), "{said}");
    let page = read(&shop, "docs/shop.html");
    let mut open: Vec<&str> = Vec::new();
    let mut ids = BTreeSet::new();
    let mut links = Vec::new();
    for tag in tags(&page) {
        let name = tag.split([' ', '\n']).next().unwrap();
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else if !tag.ends_with('/') && !["!doctype", "meta", "input", "br"].contains(&name) {
            open.push(name);
        }
        // Every other piece of a tag is an attribute's value.
        let attributes: Vec<&str> = tag.split('"').collect();
        for pair in attributes.chunks(2).filter(|pair| pair.len() == 2) {
            let attribute = pair[0].trim().trim_end_matches('=');
            let attribute = attribute.rsplit(' ').next().unwrap();
            assert!(
                !attribute.starts_with("on") && attribute != "style",
                "{tag}"
            );
            match attribute {
                "id" => assert!(ids.insert(pair[1]), "{} twice", pair[1]),
                "href" => links.push(pair[1].strip_prefix('#').expect(tag)),
                "src" => panic!("{tag}"),
                _ => {}
            }
        }
    }
    assert_eq!(open, Vec::<&str>::new());
    for link in &links {
        assert!(ids.contains(link), "#{link} leads nowhere");
    }
    let outside = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!outside.contains("://"), "the page names another place");
    let policy = between(
        &page,
        "http-equiv=\"Content-Security-Policy\" content=\"",
        "\"",
    );
    for (start, end, directive) in [
        ("<style>", "</style>", "style-src"),
        ("<script>", "</script>", "script-src"),
    ] {
        let hash = workroom::files::source_hash(between(&page, start, end));
        assert!(
            policy.contains(&format!("{directive} '{hash}'")),
            "{policy}"
        );
    }
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    // A line's end leads to the column, and the matrix has the condition.
    for part in [
        "<a class=\"end\" href=\"#c-shop-orders-odd~20~~27~column\"",
        "&lt;/script&gt;&lt;script&gt;text&lt;/script&gt; &lt;b class=&quot;x&quot;&gt;&amp; more",
        "<li>orders_new_select: ((status)::text = &#39;new&#39;::text)\nand orders_tenant_isolation: (",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    // Another build gives the same page; another file does not.
    shop.run(&["docs", "--check"]).done();
    let markdown = shop.run(&["docs", "--format", "markdown", "--output", "schema.md"]);
    markdown.done();
    let markdown = read(&shop, "schema.md");
    for part in [
        "```mermaid\nerDiagram\n  shop_We__b_____ird {\n    uuid tenant_id PK",
        "  shop_orders }o--|| shop_We__b_____ird : \"odd__column\"",
        "| status | character varying(20) |  | 'new'::character varying |  | a\\|b \\*c\\* |",
        "| shop.orders | s | sd |",
        "| shop | V001\\_\\_create\\_shop | creates",
    ] {
        assert!(markdown.contains(part), "{part}\n{markdown}");
    }
    shop.write(
        "sql/shop/V002__more.sql",
        "create index orders_id_idx on shop.orders (id);\n",
    );
    let stale = shop.run(&["docs", "--check"]);
    assert_eq!(stale.status, 1, "{}", stale.text);
    assert!(stale.text.contains("docs/shop.html"), "{}", stale.text);
    assert_eq!(read(&shop, "docs/shop.html"), page);
}
