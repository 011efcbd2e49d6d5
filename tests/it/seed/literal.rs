//! Rows that are given literally, in the file or in a CSV file beside it.

use super::{SEEDS, run, shop_with};

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
