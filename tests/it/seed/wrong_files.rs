//! Mistakes in a seed file: each drawn at its line with a suggestion, all in one pass, nothing sent.

use super::{SEEDS, TABLES, shop, shop_with};

/// What is replaced by what, and the mistake that it makes.
const MISTAKES: [(&str, &str, &str); 53] = [
    (
        "a line for a column that has one",
        "weekdays = \"mon-fri\" }",
        "weekdays = \"mon-fri\", also = \"credit\" }",
    ),
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
    ("a file that is not TOML", "[list]", "[list"),
    (
        "a table twice",
        "[table.\"shop.profiles\"]\n",
        "[table.\"shop.profiles\"]\nrows = 2\n[table.\"shop.profiles\"]\n",
    ),
    (
        "a list file that is missing",
        "tag = [\"red\", \"green\", \"blue\"]",
        "tag = { file = \"words/none.txt\" }",
    ),
    (
        "a list file outside of the folder",
        "tag = [\"red\", \"green\", \"blue\"]",
        "tag = { file = \"../secrets.txt\" }",
    ),
    (
        "a tenant column that is nowhere",
        "column = \"tenant_id\"",
        "column = \"tenant\"",
    ),
    (
        "a tenant's id that is none",
        "\"10000000-0000-4000-8000-000000000001\"",
        "\"the first\"",
    ),
    (
        "rows of an unknown tenant",
        "rows = 60",
        "rows = { first = 3, third = 2 }",
    ),
    (
        "a present day that is none",
        "as_of = 2026-03-31",
        "as_of = \"soon\"",
    ),
    (
        "a scale out of bounds",
        "seed = 7",
        "seed = 7\nscale = 5000",
    ),
    (
        "a literal that is too long",
        "name = { text = \"{given} {family}\", unique = true }",
        "name = \"Bartholomew Maximilian Alexander Ferdinand\"",
    ),
    (
        "a word that makes a text too long",
        "given = [",
        "given = [\"Bartholomew-Maximilian-Alexander-Ferdinand\", ",
    ),
    (
        "a text for a number",
        "rating = { number = [1, 5], null = 0.2 }",
        "rating = \"five\"",
    ),
    (
        "a number that its type does not hold",
        "rating = { number = [1, 5], null = 0.2 }",
        "rating = { number = [1, 50_000] }",
    ),
    (
        "a text for an array",
        "tags = { array = \"tag\", count = [0, 2] }",
        "tags = \"red\"",
    ),
    (
        "a reference to no table",
        "[table.\"shop.profiles\".set]",
        "[table.\"shop.profiles\".set]\ncustomer_id = { ref = \"shop.custommers\" }",
    ),
    (
        "a reference to another table than the key's",
        "[table.\"shop.profiles\".set]",
        "[table.\"shop.profiles\".set]\ncustomer_id = { ref = \"shop.products\" }",
    ),
    (
        "an unknown way to pick",
        "[table.\"shop.profiles\".set]",
        "[table.\"shop.profiles\".set]\ncustomer_id = { ref = \"shop.customers\", pick = \"zipff\" }",
    ),
    (
        "two shapes at once",
        "per = \"shop.orders\"",
        "per = \"shop.orders\"\nrows = 4",
    ),
    (
        "a number of rows that cannot be computed",
        "count = [1, 3]",
        "count = \"it.totl\"",
    ),
    (
        "keys that are alike",
        "number = { code = \"O-{00000}\" }",
        "number = \"O-1\"",
    ),
    (
        "weights that pick nothing",
        "state = { new = 2, \"in progress\" = 5, done = 3 }",
        "state = { new = 0, done = 0 }",
    ),
    ("a share that is none", "null = 0.2", "null = 2"),
    (
        "hours that are none",
        "at = \"09:00-18:00\" }\nstatus",
        "at = \"9 to 5\" }\nstatus",
    ),
    (
        "an unknown function",
        "\"placed_at > as_of - 7\"",
        "\"month(placed_at) > 3\"",
    ),
    (
        "a generator misspelt inside of JSON",
        "size = { number = [1, 9] }",
        "size = { nmber = 3 }",
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
    insta::assert_snapshot!(
        "all_mistakes_for_programs",
        project.run(["seed", "run", "-q", "--format", "json"])
    );
    insta::assert_snapshot!(project.run(["seed", "plan"]));
}

#[test]
fn a_table_without_rows_cannot_be_referred_to() {
    let (start, end) = ("[table.\"shop.products\"]", "[table.\"shop.orders\"]");
    let (start, end) = (SEEDS.find(start).unwrap(), SEEDS.find(end).unwrap());
    let project = shop_with(&[&SEEDS[..start], &SEEDS[end..]].concat());
    insta::assert_snapshot!(project.run(["seed", "run"]));
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
