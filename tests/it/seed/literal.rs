//! Rows that are given literally, in the file or in a CSV file beside it.

use super::{SEEDS, run, shop_of, shop_with};

const IN_A_FILE: &str =
    "[table.\"shop.products\"]\nvalues = { file = \"rows/products.csv\" }\nrows = 25";

#[test]
fn rows_of_a_csv_file_come_first() {
    let project = shop_with(&SEEDS.replace("[table.\"shop.products\"]\nrows = 25", IN_A_FILE));
    project.write(
        "seeds/rows/products.csv",
        "code,price\nTEAPOT,12.50\n\"CUP, \"\"small\"\"\",3\r\nSAUCER,\n",
    );
    run(&project, &[]);
    assert_eq!(
        project.query("select code, id <= 3, price = 12.5, price = 3 from shop.products where code !~ '^P-' order by id"),
        ["TEAPOT|t|t|f", "CUP, \"small\"|t|f|t", "SAUCER|t|f|f"]
    );
    assert_eq!(project.query("select count(*) from shop.products"), ["25"]);
    // The file belongs to what makes the data the same: another one cannot be added to.
    project.write("seeds/rows/products.csv", "code\nTEAPOT\n");
    let output = project.run(["seed", "run", "-q", "--top-up", "--scale", "2"]);
    assert!(output.contains("made from another file"), "{output}");
}

#[test]
fn mistakes_of_a_csv_file_are_shown_in_it() {
    let project = shop_with(&SEEDS.replace("[table.\"shop.products\"]\nrows = 25", IN_A_FILE));
    let mut all = String::new();
    for text in [
        "code,prise\nTEAPOT,12.50\n",
        "code,price\nTEAPOT,twelve\nCUP,1234567.5\n",
        "code,price\nTEAPOT\n",
        "code,price\n\"TEAPOT,1\n",
    ] {
        project.write("seeds/rows/products.csv", text);
        all.push_str(&project.run(["seed", "run", "-q"]));
    }
    insta::assert_snapshot!(all);
    assert_eq!(project.query("select count(*) from shop.products"), ["0"]);
}

const KINDS: &str = r#"[seed]
format = 1
as_of = 2026-03-31
[table."shop.kinds"]
fixed = true
values = [
  { id = 1, name = "small", since = 2026-03-02T09:30:00Z, rank = 1 },
  { id = 2, name = "large", since = 2026-03-30T18:00:00Z, rank = 2 },
]
"#;

#[test]
fn a_column_that_every_row_of_a_fixed_table_gives_needs_no_line() {
    let schema = "create schema shop; create table shop.kinds \
        (id int primary key, name text not null, since timestamptz not null, rank int not null);";
    let project = shop_of(schema, KINDS);
    let rows = "select id, name, since at time zone 'UTC', rank from shop.kinds order by id";
    for scale in ["0.5", "1", "3"] {
        run(&project, &["--reset", "--scale", scale]);
        assert_eq!(
            project.query(rows),
            [
                "1|small|2026-03-02 09:30:00|1",
                "2|large|2026-03-30 18:00:00|2"
            ]
        );
    }
    run(&project, &["--slide", "--as-of", "2026-04-07"]);
    assert_eq!(
        project.query(rows)[0],
        "1|small|2026-03-09 09:30:00|1",
        "a moment of the story moves with it"
    );
    // A row that leaves it out, and rows beside the given ones, need the line.
    for (from, to) in [
        (", rank = 2", ""),
        ("fixed = true", ""),
        ("fixed = true", "fixed = true\nrows = 4"),
    ] {
        project.write("seeds/shop.toml", KINDS.replacen(from, to, 1));
        let output = project.run(["seed", "run", "--reset"]);
        assert!(
            output.contains("shop.kinds.rank is not null and has no line"),
            "{output}"
        );
    }
}
