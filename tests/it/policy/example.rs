//! The README's policy file for three tables does what the README says of it, followed to the letter.

use crate::support::server::try_query;
use crate::support::workspace::Workspace;

/// The files of the section: a line that begins with a path in backticks, then the next fenced block.
fn files() -> Vec<(String, String)> {
    let readme = include_str!("../../../README.md");
    let section = readme.split("## Write a policy file\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut files = Vec::new();
    let mut path = None;
    let mut text: Option<String> = None;
    for line in section.lines() {
        match (&mut text, line.starts_with("```")) {
            (None, true) => text = Some(String::new()),
            (Some(_), true) => {
                let text = text.take().unwrap();
                if let Some(path) = path.take() {
                    files.push((path, text));
                }
            }
            (Some(text), false) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, false) => {
                if let Some(rest) = line.strip_prefix('`') {
                    path = rest.split('`').next().map(str::to_owned);
                }
            }
        }
    }
    files
}

#[test]
fn the_policy_file_of_the_readme_deploys_lints_clean_and_holds() {
    let desk = Workspace::new();
    let files = files();
    assert_eq!(
        files
            .iter()
            .map(|(path, _)| path.as_str())
            .collect::<Vec<_>>(),
        [
            "workroom.toml",
            "sql/desk/V001__create_desk.sql",
            "policies/desk.toml"
        ]
    );
    for (path, text) in &files {
        desk.write(path, text);
    }
    for command in [
        ["db", "migrate"],
        ["policy", "matrix"],
        ["policy", "lint"],
        ["policy", "drift"],
        ["policy", "diff"],
        ["policy", "prove"],
    ] {
        desk.run(&command).done();
    }
    let broken = desk.run(&["policy", "prove", "--mutate"]).done();
    assert!(broken.contains("mutants: "), "{broken}");
    assert!(broken.contains(" 0 survived"), "{broken}");
    const ONE: &str = "11111111-1111-1111-1111-111111111111";
    const TWO: &str = "22222222-2222-2222-2222-222222222222";
    for tenant in [ONE, TWO] {
        desk.database.execute(&format!(
            "insert into desk.customers (tenant_id, name, credit_limit) values ('{tenant}', 'Customer', 5); \
             insert into desk.tickets (tenant_id, customer_id, agent, subject) \
             select '{tenant}', id, agent, agent from desk.customers, unnest(array['ann', 'bob']) as agent where tenant_id = '{tenant}'"
        ));
    }
    let ask = |role: &str, tenant: &str, sql: &str| {
        let batch = format!(
            "begin; set local role {role}; set local app.current_tenant = '{tenant}'; set local \"app\".\"user\" = 'ann'; {sql}; rollback"
        );
        try_query(&desk.database.url(), &batch)
            .map_err(|error| error.as_db_error().unwrap().code().code().to_owned())
    };
    let rows = |texts: &[&str]| {
        Ok(texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>())
    };
    let denied = || Err("42501".to_owned());
    assert_eq!(
        ask("desk_agent", ONE, "select count(*) from desk.tickets"),
        rows(&["2"])
    );
    assert_eq!(
        ask("desk_agent", "", "select count(*) from desk.tickets"),
        rows(&["0"])
    );
    assert_eq!(
        ask(
            "desk_agent",
            ONE,
            "update desk.tickets set subject = 'x' returning agent"
        ),
        rows(&["ann"])
    );
    assert_eq!(
        ask(
            "desk_lead",
            ONE,
            "update desk.tickets set subject = 'x' returning agent"
        ),
        rows(&["ann", "bob"])
    );
    assert_eq!(
        ask("desk_agent", ONE, "select credit_limit from desk.customers"),
        denied()
    );
    assert_eq!(
        ask("desk_lead", ONE, "select credit_limit from desk.customers"),
        rows(&["5"])
    );
    assert_eq!(ask("desk_agent", ONE, "delete from desk.tickets"), denied());
    let forged = format!(
        "insert into desk.tickets (tenant_id, customer_id, agent, subject) values ('{TWO}', gen_random_uuid(), 'ann', 'x')"
    );
    assert_eq!(ask("desk_agent", ONE, &forged), denied());
}

#[test]
fn the_policy_file_of_the_readme_holds_with_a_table_that_numbers_its_rows() {
    let desk = Workspace::new();
    for (path, text) in &files() {
        desk.write(path, text);
    }
    desk.write(
        "sql/desk/V002__create_notes.sql",
        "create table desk.notes (tenant_id uuid not null, id bigint generated always as identity, who text not null, \
         body text, primary key (tenant_id, id));\n\
         create table desk.hints (id bigint generated always as identity primary key, who text not null);\n",
    );
    let (_, policies) = files().pop().unwrap();
    desk.write(
        "policies/desk.toml",
        &format!(
            "{policies}\n[tables.notes]\nowner = \"who\"\n[tables.notes.matrix]\n\
             \"*\" = {{ select = \"all\", insert = \"mine\", update = \"mine\", delete = \"mine\" }}\n\
             [tables.hints]\nclass = \"global\"\nowner = \"who\"\n[tables.hints.matrix]\n\
             \"*\" = {{ select = \"all\", insert = \"mine\" }}\n"
        ),
    );
    desk.migrate();
    desk.run(&["policy", "prove", "--here"]).done();
}
