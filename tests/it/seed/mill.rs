//! Seed files thrown together from the templates of `mill.txt`, the same ones every time, for the tables of `mill.sql`.

use workroom::seed::value::random::mix;

const HEADER: &str = r#"[seed]
format = 1
seed = SEED
as_of = 2026-03-31
[tenant]
column = "tenant_id"
[tenant.names]
first = { id = "10000000-0000-4000-8000-000000000001", share = 3 }
second = { id = "20000000-0000-4000-8000-000000000002", share = 1 }
[list]
word = ["alder", "birch", "très long", "d'ok", "elm"]
free = ["2026-01-01", "2026-01-06"]
[text]
phrase = ["{word} and {word}", "{word|upper} {row}", "{tenant}"]
"#;

/// Draws for one file.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        (mix(self.0) % count as u64) as usize
    }

    fn one_of<'a>(&mut self, options: &[&'a str]) -> &'a str {
        options[self.below(options.len())]
    }

    /// A line for a column, perhaps with nulls, perhaps under a condition.
    fn line(&mut self, column: &str, options: &[&str], conditions: &[&str]) -> String {
        let mut made = self.one_of(options).to_owned();
        let name = column.trim_end_matches('!');
        if name == column && made.starts_with('{') {
            made.truncate(made.len() - 2);
            if self.below(4) == 0 {
                made.push_str(", null = 0.2");
            }
            if self.below(4) == 0 {
                made.push_str(&format!(", when = \"{}\"", self.one_of(conditions)));
            }
            made.push_str(" }");
        }
        format!("{name} = {made}\n")
    }
}

/// What the lines that start so go on with.
fn starting<'a>(lines: &[&'a str], start: &str) -> Vec<&'a str> {
    let found = lines.iter().filter_map(|line| line.strip_prefix(start));
    found.collect()
}

/// The file of a number.
pub(super) fn file(number: u64) -> String {
    let mut dice = Dice(mix(number));
    let mut text = HEADER.replace("SEED", &dice.below(1_000_000).to_string());
    for table in include_str!("mill.txt").split("\n\n").skip(1) {
        let lines: Vec<&str> = table.lines().collect();
        let shape = dice.one_of(&starting(&lines, "= ")).replace('|', "\n");
        let is_per = shape.starts_with("per = \"mill.people\"");
        let name = lines[0].trim_matches(['[', ']']);
        text.push_str(&format!(
            "[table.\"{name}\"]\n{shape}\n[table.\"{name}\".set]\n"
        ));
        let is_column = |line: &str| !line.starts_with([' ', '=', '[']);
        for (at, column) in lines.iter().enumerate().filter(|(_, line)| is_column(line)) {
            let rest = &lines[at + 1..];
            let end = rest
                .iter()
                .position(|line| is_column(line))
                .unwrap_or(rest.len());
            let conditions = starting(&rest[..end], "  ? ");
            let mut options = starting(&rest[..end], "  ");
            options.retain(|option| !option.starts_with('?'));
            let line = dice.line(column, &options, &conditions);
            // The key to the parent leads to it.
            let of_parent = "person_id = { ref = \"mill.people\", pick = \"parent\" }\n";
            let is_parent = is_per && *column == "person_id!";
            text.push_str(if is_parent { of_parent } else { &line });
        }
    }
    text
}
