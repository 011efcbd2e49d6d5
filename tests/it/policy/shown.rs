//! What is shown before anything is sent: the matrix of intent and effect, and policies and grants in a plan.

use super::commands::{Broken, policy_file, shop};

/// A plan says what a deployment sends for policies and grants, how much of it opens something, and nothing where nothing
/// differs.
#[test]
fn a_plan_counts_what_is_sent_and_names_what_is_dangerous() {
    let shop = shop("pc6");
    let same = policy_file("pc6") + "# a comment\n";
    shop.write("policies/shop.toml", &same);
    let plan = shop.run(&["db", "plan"]).done();
    assert!(plan.contains("nothing to do"), "{plan}");
    let wider = policy_file("pc6").replace(
        "update = \"owner\"",
        "update = \"owner\", delete = \"owner\"",
    );
    shop.write("policies/shop.toml", &wider);
    let plan = shop.run(&["db", "plan"]).done();
    for part in [
        "sends 4 statements, 2 of them dangerous",
        "permissive policy added",
        "grant widened: DELETE to pc6_clerk",
    ] {
        assert!(plan.contains(part), "{part}\n{plan}");
    }
    let sql = shop.run(&["db", "plan", "--sql"]).done();
    assert!(
        sql.contains("create policy orders_owner_delete") && !sql.contains("orders_all_select"),
        "{sql}"
    );
    // What closes is none: a grant on all columns becomes one on some.
    let narrower = policy_file("pc6").replace(
        "[tables.orders.matrix]",
        "[tables.orders.confidential]\nnote = []\n[tables.orders.matrix]",
    );
    shop.write("policies/shop.toml", &narrower);
    let plan = shop.run(&["db", "plan"]).done();
    assert!(
        plan.contains("sends") && !plan.contains("dangerous"),
        "{plan}"
    );
    // A new table comes with its policies; nobody had anything there before.
    shop.write(
        "sql/shop/V002__create_notes.sql",
        "create table shop.notes (tenant_id uuid not null, id uuid not null, constraint notes_pkey primary key (tenant_id, id));\n",
    );
    let more = policy_file("pc6") + "[tables.notes.matrix]\nclerk = { select = \"all\" }\n";
    shop.write("policies/shop.toml", &more);
    let plan = shop.run(&["db", "plan"]).done();
    assert!(
        plan.contains("sends what differs after that") && !plan.contains("dangerous"),
        "{plan}"
    );
}

#[test]
fn the_matrix_shows_intent_and_effect_and_where_they_part() {
    let shop = shop("pm1");
    let said = shop.run(&["policy", "matrix"]).done();
    insta::assert_snapshot!(said, @r"
    shop: intent and effect
    object                role        command   intent                     effect                     agrees
    ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    shop.orders           pm1_clerk   select    all & tenant_isolation     all & tenant_isolation     yes
    shop.orders           pm1_clerk   insert    owner & tenant_isolation   owner & tenant_isolation   yes
    shop.orders           pm1_clerk   update    owner & tenant_isolation   owner & tenant_isolation   yes
    shop.open_orders      pm1_clerk   select    granted                    granted                    yes
    shop.count_orders()   pm1_clerk   execute   granted                    granted                    yes
    ");
    let markdown = shop
        .run(&[
            "policy",
            "matrix",
            "--format",
            "markdown",
            "--table",
            "shop.orders",
        ])
        .done();
    assert!(
        markdown.contains("| shop.orders | pm1\\_clerk | select |"),
        "{markdown}"
    );
    // The schema may be left out; what nobody is called is no empty matrix.
    let short = shop.run(&["policy", "matrix", "--table", "orders"]).done();
    assert!(short.contains("shop.orders"), "{short}");
    let function = shop.run(&["policy", "matrix", "--table", "count_orders"]);
    let function = function.done();
    assert!(function.contains("shop.count_orders()") && !function.contains("shop.orders"));
    for (option, name, hint) in [
        ("--role", "pm1_clerc", "did you mean `pm1_clerk`?"),
        ("--table", "shop.order", "did you mean `shop.orders`?"),
    ] {
        let said = shop.run(&["policy", "matrix", option, name]).refused();
        assert!(said.contains(hint), "{said}");
    }
    for (sql, cell) in [
        (
            "create policy stray on shop.orders for delete using (true)",
            "",
        ),
        (
            "create policy stray on shop.orders using (true)",
            "all or stray (unmanaged) & tenant_isolation",
        ),
        ("drop policy orders_owner_update on shop.orders", "denied"),
        ("revoke update on shop.orders from pm1_clerk", "denied"),
        (
            "alter table shop.orders disable row level security",
            "every row: no row-level security",
        ),
        (
            "alter policy orders_all_select on shop.orders using (false)",
            "all_select (altered)",
        ),
    ] {
        let broken = Broken::new(&shop, sql);
        let said = shop.run_at(&broken.url, &["policy", "matrix", "--differing"]);
        // A policy for a command that nobody may use lets nobody in.
        assert_eq!(
            said.status,
            u8::from(!cell.is_empty()),
            "{sql}\n{}",
            said.text
        );
        assert!(said.text.contains(cell), "{sql}: {cell}\n{}", said.text);
    }
    // Columns, views and functions, in documents as well.
    let narrow = policy_file("pm1").replace(
        "[tables.orders.matrix]",
        "[tables.orders.confidential]\nnote = []\n[tables.orders.matrix]",
    );
    shop.write("policies/shop.toml", &narrow);
    shop.migrate();
    let said = shop.run(&["policy", "matrix"]).done();
    let intent = "all & tenant_isolation, without (note)";
    assert_eq!(said.matches(intent).count(), 2, "{said}");
    for (sql, cell) in [
        (
            "grant select (note) on shop.orders to pm1_clerk",
            "| shop.orders | pm1\\_clerk | select | all & tenant\\_isolation, without (note) | all & tenant\\_isolation | NO |",
        ),
        (
            "revoke select (clerk) on shop.orders from pm1_clerk",
            "| all & tenant\\_isolation, without (clerk, note) | NO |",
        ),
        (
            "grant update on shop.open_orders to pm1_clerk",
            "| shop.open\\_orders | pm1\\_clerk | update | denied | granted | NO |",
        ),
        (
            "revoke select on shop.open_orders from pm1_clerk",
            "| shop.open\\_orders | pm1\\_clerk | select | granted | denied | NO |",
        ),
        (
            "create function shop.later() returns int language sql return 1",
            "| shop.later() | PUBLIC | execute | denied | granted | NO |",
        ),
        (
            "revoke execute on function shop.current_tenant_id() from pm1_clerk",
            "| shop.current\\_tenant\\_id() | pm1\\_clerk | execute | granted | denied | NO |",
        ),
    ] {
        let broken = Broken::new(&shop, sql);
        let markdown = ["policy", "matrix", "--differing", "--format", "markdown"];
        let said = shop.run_at(&broken.url, &markdown);
        assert_eq!(said.status, 1, "{sql}\n{}", said.text);
        let text = said
            .text
            .replace(r"\&", "&")
            .replace(r"\(", "(")
            .replace(r"\)", ")");
        assert!(text.contains(cell), "{sql}: {cell}\n{text}");
    }
    let broken = Broken::new(
        &shop,
        "grant delete on shop.orders to public; create policy stray on shop.orders for delete using (true)",
    );
    let said = shop.run_at(
        &broken.url,
        &["policy", "matrix", "--differing", "--format", "json"],
    );
    assert_eq!(said.status, 1);
    assert!(said.text.contains("\"role\": \"PUBLIC\""), "{}", said.text);
}
