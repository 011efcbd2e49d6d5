//! sqitch, with a change that was reworked and a history that another project shares.

use super::{BODIES, NAMES, Tool, ends_equal_from_everywhere};

#[test]
fn changes_come_in_the_order_of_the_plan() {
    // `double` is reworked into `later`'s body.
    let mut plan = "%syntax-version=1.0.0\n%project=shop\n\n".to_owned();
    let mut files = Vec::new();
    for (at, body) in BODIES.iter().enumerate() {
        let who = format!("2024-05-04T09:02:4{at}Z Ann <ann@example.com>");
        let (change, script) = match at {
            3 => ("double", "double@v1"),
            4 => ("double", "double"),
            _ => (NAMES[at], NAMES[at]),
        };
        if at == 4 {
            plan.push_str(&format!("@v1 {who} # A release.\n\n"));
        }
        plan.push_str(&format!("{change} [create_orders] {who} # {at}\n"));
        let is_alone = at == 1 || at == 2;
        let text = match is_alone {
            true => (*body).to_owned(),
            false => format!("-- Deploy shop:{change} to pg\n\nBEGIN;\n\n{body}\nCOMMIT;\n"),
        };
        files.push((format!("deploy/{script}.sql"), text));
        files.push((format!("revert/{script}.sql"), "select 1 / 0;\n".to_owned()));
    }
    files.push(("sqitch.plan".to_owned(), plan));
    ends_equal_from_everywhere(&Tool {
        name: "sqitch",
        files,
        history: |count| {
            let names = [
                "create_orders",
                "nothing",
                "index_orders",
                "double",
                "double",
            ];
            let rows = names[..count].iter().enumerate().map(|(at, name)| {
                format!("('{at}', '{name}', 'shop', 'Ann', '2024-05-04T09:02:4{at}Z')")
            });
            format!(
                "create schema sqitch; create table sqitch.changes (change_id text primary key, change text not null, project text not null, \
                 committer_name text not null, planned_at timestamptz not null, committed_at timestamptz not null default clock_timestamp()); \
                 insert into sqitch.changes values ('x', 'other', 'shop_of_others', 'Bob', now()); \
                 insert into sqitch.changes values {};",
                rows.collect::<Vec<_>>().join(", ")
            )
        },
    });
}
