//! Mistakes in a seed file: each drawn at its line with a suggestion, all in one pass, nothing sent.

use super::{SEEDS, TABLES, shop, shop_with};

/// What is replaced by what, and the mistake that it makes.
const MISTAKES: [(&str, &str, &str); 27] = [
    ("a misspelt label", "done = 3", "dnoe = 3"),
    ("a label that a check refuses", "paid = 9", "payed = 9"),
    (
        "an unknown table",
        "[table.\"shop.likes\"]",
        "[table.\"shop.like\"]",
    ),
    (
        "a table without its schema",
        "[table.\"shop.likes\"]",
        "[table.\"likes\"]",
    ),
    ("an unknown column", "rating = {", "ratting = {"),
    ("a generated column", "rating = {", "length = 3\nrating = {"),
    (
        "an unknown generator",
        "{ array = \"tag\"",
        "{ arrey = \"tag\"",
    ),
    (
        "an unknown key of a generator",
        "count = [0, 2] }",
        "cuont = [0, 2] }",
    ),
    (
        "a column that is not null without a line",
        "code = { code = \"P-{000}\" }\n",
        "",
    ),
    (
        "null where it is refused",
        "credit = { number = [0, 999.99], step = 0.01 }",
        "credit = { number = [0, 9], null = 0.1 }",
    ),
    ("a number that does not fit", "[0, 999.99]", "[0, 1000]"),
    (
        "a number that is too precise",
        "step = 0.01",
        "step = 0.00001",
    ),
    (
        "a generator of another type",
        "joined = { date = [\"-18 months\", \"-1 days\"], weekdays = \"mon-fri\" }",
        "joined = { number = [1, 2] }",
    ),
    (
        "bounds the wrong way round",
        "number = [1, 5]",
        "number = [5, 1]",
    ),
    (
        "a distance that is none",
        "\"-18 months\"",
        "\"18 moons ago\"",
    ),
    (
        "an unknown list",
        "{ list = \"tag\" }",
        "{ list = \"tags\" }",
    ),
    ("an unknown place in a phrase", "{family}", "{familly}"),
    ("a brace that is not closed", "and {tag}.", "and {tag."),
    (
        "an unknown name in a condition",
        "placed_at > as_of - 7",
        "placed > as_of - 7",
    ),
    (
        "a condition that is not finished",
        "placed_at > as_of - 7",
        "placed_at > as_of -",
    ),
    (
        "a reference that leads nowhere",
        "\"customer.joined\"",
        "\"costumer.joined\"",
    ),
    (
        "a case without an end",
        "  { else = { paid = 9, void = 1 } },\n",
        "",
    ),
    ("mail that might reach somebody", "example.com", "gmail.com"),
    (
        "more texts than the lists make",
        "rows = 60",
        "rows = 6_000",
    ),
    ("no number of rows", "rows = 2_000\n", ""),
    ("another format", "format = 1", "format = 2"),
    (
        "columns that depend on each other",
        "rating = { number = [1, 5], null = 0.2 }",
        "rating = { value = \"credit\" }\nnote = { text = \"{rating}\" }\ncredit2 = 1",
    ),
];

#[test]
fn every_mistake_is_drawn_at_its_line_with_the_way_out() {
    let project = shop();
    let mut all = String::new();
    for (name, from, to) in MISTAKES {
        assert!(SEEDS.contains(from), "{name}: {from}");
        project.write("seeds/shop.toml", SEEDS.replacen(from, to, 1));
        let output = project.run(["seed", "run", "-q"]);
        assert!(output.ends_with("exit status: 2\n"), "{name}: {output}");
        all.push_str(&format!("=== {name}\n{output}\n"));
    }
    insta::assert_snapshot!(all);
    for table in TABLES {
        assert_eq!(
            project.query(&format!("select count(*) from {table}")),
            ["0"]
        );
    }
}

#[test]
fn all_mistakes_of_a_file_come_in_one_pass() {
    let wrong = SEEDS
        .replace("done = 3", "dnoe = 3")
        .replace("{ array = \"tag\"", "{ array = \"tags\"")
        .replace("as_of - 7", "as_off - 7")
        .replace("example.com", "example.de");
    let project = shop_with(&wrong);
    let output = project.run(["seed", "run", "-q", "--format", "json"]);
    assert_eq!(output.matches("\"message\"").count(), 4, "{output}");
    insta::assert_snapshot!(project.run(["seed", "plan"]));
}

#[test]
fn a_column_that_depends_on_itself_is_shown_with_the_way_round() {
    let project = shop_with(
        &SEEDS
            .replace(
                "rating = { number = [1, 5], null = 0.2 }",
                "rating = { value = \"credit\" }",
            )
            .replace(
                "credit = { number = [0, 999.99], step = 0.01 }",
                "credit = { value = \"rating + 1\" }",
            ),
    );
    insta::assert_snapshot!(project.run(["seed", "run"]));
}
