//! Seed files thrown together at random, the same ones every time, for the tables of `mill.sql`.

use workroom::seed::value::random::mix;

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
    fn line(
        &mut self,
        column: &str,
        nullable: bool,
        options: &[&str],
        conditions: &[&str],
    ) -> String {
        let mut made = self.one_of(options).to_owned();
        if nullable && made.starts_with('{') && self.below(4) == 0 {
            made = format!("{}, null = 0.2 }}", made.strip_suffix(" }").unwrap());
        }
        if nullable && made.starts_with('{') && self.below(4) == 0 {
            let condition = self.one_of(conditions);
            made = format!(
                "{}, when = \"{condition}\" }}",
                made.strip_suffix(" }").unwrap()
            );
        }
        format!("{column} = {made}\n")
    }
}

const HEADER: &str = r#"[seed]
format = 1
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

/// The file of a number.
pub(super) fn file(number: u64) -> String {
    let mut dice = Dice(mix(number));
    let seed = dice.below(1_000_000);
    let mut text = HEADER.replace("as_of", &format!("seed = {seed}\nas_of"));
    people(&mut dice, &mut text);
    jobs(&mut dice, &mut text);
    days(&mut dice, &mut text);
    steps(&mut dice, &mut text);
    text
}

fn people(dice: &mut Dice, text: &mut String) {
    let conditions = [
        "order > 3",
        "tenant = 'first'",
        "started < as_of - 90",
        "grade in (1, 2, 3)",
        "not (grade is null)",
    ];
    let shape = dice.one_of(&[
        "rows = 40",
        "rows = { first = 21, second = 7 }",
        "rows = 24\nfixed = true",
    ]);
    text.push_str(&format!(
        "[table.\"mill.people\"]\n{shape}\n[table.\"mill.people\".set]\n"
    ));
    text.push_str(&dice.line(
        "name",
        false,
        &[
            "{ text = \"{word} {row}\" }",
            "{ text = \"{phrase}\" }",
            "{ list = \"word\" }",
            "{ code = \"P-{000}\" }",
            "\"Ada\"",
        ],
        &conditions,
    ));
    text.push_str(&dice.line(
        "started",
        true,
        &[
            "{ date = [\"-18 months\", \"-2 weeks\"] }",
            "{ date = [\"-90 days\", \"as_of\"], weekdays = \"mon-fri\" }",
            "2026-01-05",
            "{ date = [\"start\", \"as_of\"], weekdays = [\"tue\", \"sun\"] }",
            "{ date = [\"start\", \"as_of\"], weekdays = \"mon-thu\", season = [9, 0, 1, 9, 9, 9, 5, 2, 3, 4, 5, 6] }",
        ],
        &["order > 3", "tenant = 'first'"],
    ));
    text.push_str(&dice.line(
        "grade",
        true,
        &[
            "{ number = [1, 5] }",
            "{ 1 = 2, 2 = 1, 7 = 4 }",
            "{ order = 3 }",
            "3",
            "{ pick = [1, 2, 3] }",
        ],
        &["order > 3", "tenant = 'second'"],
    ));
    text.push_str(&dice.line(
        "left_on",
        true,
        &[
            "{ after = \"started\", days = [1, 90] }",
            "{ after = \"started\", weeks = [1, 4], weekdays = \"fri\" }",
            "{ copy = \"started\" }",
            "{ value = \"started + 7\" }",
            "{ value = \"workday(started + grade)\" }",
        ],
        &conditions,
    ));
    text.push_str(&dice.line(
        "seen",
        true,
        &[
            "{ after = \"started\", hours = [1, 90], at = \"09:00-17:30\" }",
            "{ date = [\"-9 days\", \"as_of\"], at = \"08:00-09:00\" }",
            "{ after = \"left_on\", minutes = [1, 600], first = \"started\" }",
            "{ after = \"started\", days = [0, 300], no_later = \"left_on\", at = \"10:00\" }",
        ],
        &conditions,
    ));
    text.push_str(&dice.line(
        "level",
        true,
        &[
            "{ value = \"grade * 1000 + order\" }",
            "{ number = [-900000, 900000], step = 7 }",
            "{ value = \"floor(grade / 2)\" }",
            "{ value = \"row\" }",
            "{ value = \"least(grade, 2)\" }",
        ],
        &conditions,
    ));
    text.push_str(&dice.line("pay", true, &["{ number = [10, 99999.99], step = 0.01 }", "{ number = [10, 5000], shape = \"lognormal\", step = 0.05 }", "{ value = \"round(grade * 92.5, 250)\" }", "{ number = [-5, 5], shape = \"normal\", step = 0.25 }", "{ case = [ { when = \"grade > 2\", is = { number = [1, 9] } }, { else = { value = \"grade + 1\" } } ] }"], &conditions));
    text.push_str(&dice.line(
        "rate",
        true,
        &[
            "{ number = [0, 1], step = 0.0001 }",
            "{ value = \"coalesce(pay, 3) / 7\" }",
            "1.5",
        ],
        &conditions,
    ));
    text.push_str(&dice.line("mood", true, &["{ calm = 3, \"very busy\" = 1 }", "\"off\"", "{ case = [ { when = \"grade >= 3\", is = \"off\" }, { when = \"started > as_of - 30\", is = { calm = 1, off = 1 } }, { else = \"calm\" } ] }", "{ nth = [\"off\", \"calm\", { calm = 1, off = 2 }] }", "{ pick = [\"off\", \"calm\"] }"], &conditions));
    text.push_str(&dice.line(
        "is_lead",
        true,
        &[
            "{ true = 1, false = 3 }",
            "{ value = \"grade > 2 and order < 20\" }",
            "{ value = \"started between as_of - 90 and as_of or name = 'Ada'\" }",
            "{ value = \"not (tenant = 'first')\" }",
        ],
        &conditions,
    ));
    text.push_str(&dice.line(
        "boss_id",
        true,
        &[
            "{ ref = \"mill.people\", pick = \"earlier\" }",
            "{ ref = \"mill.people\", pick = \"first\" }",
        ],
        &["order > 3", "tenant = 'first'", "grade is not null"],
    ));
    text.push_str(&dice.line(
        "before_id",
        true,
        &["{ ref = \"previous\" }", "{ copy = \"boss_id\" }"],
        &["order > 3", "tenant = 'first'"],
    ));
    text.push_str(&dice.line(
        "tags",
        true,
        &[
            "{ array = \"word\", count = [0, 3] }",
            "{ array = \"word\" }",
        ],
        &conditions,
    ));
    text.push_str(&dice.line("info", true, &["{ json = { a = { number = [1, 9] }, b = { list = \"word\" }, since = { copy = \"started\" } } }", "{ json_list = { w = { list = \"word\" }, n = { number = [0, 1], step = 0.5 } }, count = [0, 2] }"], &conditions));
    text.push_str(&dice.line(
        "nick",
        true,
        &[
            "{ text = \"{name|lower}\" }",
            "{ value = \"lower(name)\" }",
            "{ value = \"slug(name) || '-' || grade\" }",
            "{ copy = [\"name\", \"boss.name\"], weights = [2, 1] }",
            "{ list = \"word\" }",
            "{ email = \"name\", domain = \"example.com\" }",
        ],
        &conditions,
    ));
}

fn jobs(dice: &mut Dice, text: &mut String) {
    let conditions = [
        "order > 1",
        "person.grade > 2",
        "starts < as_of - 40",
        "person.is_lead = true",
        "budget >= 100 or budget is null",
    ];
    let shape = dice.one_of(&[
        "rows = 80",
        "rows = { first = 50, second = 9 }",
        "per = \"mill.people\"\ncount = [0, 4]",
        "per = \"mill.people\"\ncount = [1, 2]\nwhere = \"it.grade > 1\"",
        "per = \"mill.people\"\ncount = \"order_of\"",
    ]);
    let shape = shape.replace("\"order_of\"", "\"coalesce(it.grade, 1)\"");
    let is_per = shape.starts_with("per");
    text.push_str(&format!(
        "[table.\"mill.jobs\"]\n{shape}\n[table.\"mill.jobs\".set]\n"
    ));
    let own = if is_per {
        dice.line(
            "person_id",
            false,
            &["{ ref = \"mill.people\", pick = \"parent\" }"],
            &[],
        )
    } else {
        dice.line(
            "person_id",
            false,
            &[
                "{ ref = \"mill.people\" }",
                "{ ref = \"mill.people\", pick = \"zipf\", s = 0.9 }",
                "{ ref = \"mill.people\", pick = \"turns\" }",
                "{ ref = \"mill.people\", weight = \"coalesce(it.grade, 1)\" }",
            ],
            &[],
        )
    };
    text.push_str(&own);
    text.push_str(&dice.line("helper_id", true, &["{ ref = \"mill.people\" }", "{ ref = \"mill.people\", pick = \"zipf\" }", "{ copy = \"person_id\" }", "{ copy = \"person.boss_id\" }", "{ ref = \"mill.people\", where = \"it.grade > 2\" }", "{ case = [ { when = \"person.grade > 3\", is = { ref = \"mill.people\" } }, { else = { copy = \"person_id\" } } ] }"], &["order > 1", "person.grade > 2"]));
    text.push_str(&dice.line(
        "code",
        false,
        &[
            "{ code = \"J-{0000}\" }",
            "{ text = \"{word}-{row}\" }",
            "{ value = \"'J' || row\" }",
        ],
        &conditions,
    ));
    text.push_str(&dice.line(
        "title",
        true,
        &[
            "{ text = \"{person.name}: {phrase}\" }",
            "{ copy = \"person.name\" }",
            "{ list = \"word\" }",
            "{ copy = \"person.boss.name\" }",
        ],
        &conditions,
    ));
    text.push_str(&dice.line(
        "starts",
        false,
        &[
            "{ date = [\"-12 months\", \"as_of\"] }",
            "2026-02-02",
            "{ value = \"coalesce(person.started, as_of) + 3\" }",
            "{ date = [\"-6 weeks\", \"+6 weeks\"], weekdays = \"mon\" }",
        ],
        &[],
    ));
    text.push_str(&dice.line(
        "ends",
        true,
        &[
            "{ after = \"starts\", days = [7, 90] }",
            "{ after = \"person.started\", weeks = [1, 30], weekdays = \"mon-fri\" }",
            "{ value = \"greatest(starts, coalesce(person.left_on, starts))\" }",
            "{ value = \"week(starts) + 13\" }",
        ],
        &conditions,
    ));
    text.push_str(&dice.line(
        "budget",
        true,
        &[
            "{ number = [1, 9000], step = 10 }",
            "{ value = \"person.pay * 2\" }",
            "{ value = \"if(person.grade > 2, 100, person.pay)\" }",
            "{ sum_of = \"mill.steps.hours\", by = \"job_id\" }",
        ],
        &["order > 1", "person.grade > 2"],
    ));
    text.push_str(&dice.line(
        "closed",
        true,
        &[
            "{ after = \"ends\", hours = [1, 30], at = \"09:00-12:00\" }",
            "{ after = \"ends\", days = [1, 3], no_later = \"starts\" }",
            "{ copy = \"person.seen\" }",
        ],
        &conditions,
    ));
    text.push_str(&dice.line("state", true, &["{ open = 2, done = 1 }", "{ case = [ { when = \"ends < as_of\", is = { done = 9, lost = 1 } }, { when = \"starts <= as_of and ends >= as_of\", is = \"live\" }, { else = \"planned\" } ] }", "{ copy = \"person.mood\" }", "{ value = \"if(budget > 100, 'large', 'small')\" }"], &conditions));
    text.push_str(&dice.line(
        "pay",
        true,
        &[
            "{ copy = \"person.pay\" }",
            "{ value = \"least(person.pay, budget) - 1\" }",
            "{ value = \"ends - starts\" }",
        ],
        &conditions,
    ));
    text.push_str(&dice.line(
        "grade",
        true,
        &[
            "{ copy = \"person.grade\" }",
            "{ value = \"coalesce(person.boss.grade, 0)\" }",
            "{ order = 1 }",
            "{ value = \"siblings\" }",
        ],
        &conditions,
    ));
}

fn days(dice: &mut Dice, text: &mut String) {
    let conditions = [
        "order > 1",
        "day < as_of - 40",
        "person.grade >= 2",
        "job.state = 'open'",
        "hours between 1 and 4",
    ];
    let calendar = dice.one_of(&[
        "per_day = [1, 3]",
        "per_day = [1, 2], absent = 0.1, weekend = 0.05",
        "weekly = true, per_day = [1, 2]",
        "weekdays = \"mon-thu\", holidays = \"free\", from = \"started\"",
        "between = [\"-60 days\", \"as_of\"], per_day = [2, 4]",
    ]);
    let rows = dice.one_of(&["rows = 400\n", "rows = { first = 120, second = 31 }\n"]);
    text.push_str(&format!("[table.\"mill.days\"]\n{rows}calendar = {{ who = \"mill.people\", {calendar} }}\n[table.\"mill.days\".set]\nperson_id = {{ ref = \"mill.people\", pick = \"parent\" }}\n"));
    text.push_str(&dice.line(
        "on_day",
        true,
        &[
            "{ calendar = \"day\" }",
            "{ calendar = \"week\" }",
            "{ value = \"day + 1\" }",
        ],
        &["order > 1", "person.grade >= 2"],
    ));
    text.push_str(&dice.line(
        "job_id",
        true,
        &[
            "{ ref = \"mill.jobs\" }",
            "{ ref = \"mill.jobs\", where = \"it.starts <= day\" }",
            "{ ref = \"mill.jobs\", pick = \"zipf\" }",
            "{ ref = \"mill.jobs\", weight = \"coalesce(it.grade, 1)\" }",
        ],
        &["order > 1", "person.grade >= 2"],
    ));
    text.push_str(&dice.line(
        "hours",
        true,
        &[
            "{ share_of_day = [6.5, 9], step = 0.25 }",
            "{ number = [0.25, 9], step = 0.25 }",
            "{ share_of_day = [4, 4] }",
        ],
        &["order > 1", "person.grade >= 2"],
    ));
    text.push_str(&dice.line(
        "noted",
        true,
        &[
            "{ after = \"day\", days = [1, 3], at = \"09:00-12:00\" }",
            "{ after = \"day\", hours = [8, 30], weekdays = \"mon-tue\" }",
            "{ date = [\"-9 days\", \"as_of\"] }",
        ],
        &conditions,
    ));
    text.push_str(&dice.line(
        "note",
        true,
        &[
            "{ text = \"{job.title} {word}\" }",
            "{ list = \"word\" }",
            "{ copy = [\"job.title\", \"person.name\"], weights = [3, 1] }",
            "{ copy = \"job.person.boss.name\" }",
        ],
        &conditions,
    ));
    text.push_str(&dice.line("state", true, &["{ case = [ { when = \"day > as_of - 3\", is = \"draft\" }, { when = \"day > as_of - 10\", is = \"submitted\" }, { else = { approved = 96, rejected = 3, submitted = 1 } } ] }", "{ copy = \"job.state\" }", "{ nth = [\"a\", { b = 1, c = 1 }] }"], &conditions));
    text.push_str(&dice.line(
        "share",
        true,
        &[
            "{ value = \"hours / 8\" }",
            "{ value = \"coalesce(job.budget, 1) - hours\" }",
        ],
        &conditions,
    ));
    text.push_str(&dice.line(
        "mood",
        true,
        &["{ copy = \"person.mood\" }", "{ calm = 1, off = 1 }"],
        &conditions,
    ));
    text.push_str(&dice.line("is_late", true, &["{ value = \"job.ends < day\" }", "{ value = \"noted > day + 2\" }", "{ true = 1, false = 9 }", "{ case = [ { when = \"job.state = 'live'\", is = false }, { else = { true = 93, false = 7 } } ] }"], &conditions));
    text.push_str(&dice.line(
        "boss_id",
        true,
        &[
            "{ copy = \"person.boss_id\" }",
            "{ copy = \"job.person_id\" }",
            "{ copy = \"job.helper_id\" }",
        ],
        &conditions,
    ));
}

fn steps(dice: &mut Dice, text: &mut String) {
    let conditions = [
        "order > 1",
        "job.grade > 2",
        "previous.state = 'a'",
        "order = siblings",
        "job.starts < as_of",
    ];
    let shape = dice.one_of(&[
        "count = [0, 5]",
        "count = [1, 3]\nwhere = \"it.starts <= as_of\"",
        "count = [2, 2]",
    ]);
    text.push_str(&format!("[table.\"mill.steps\"]\nper = \"mill.jobs\"\n{shape}\n[table.\"mill.steps\".set]\nplace = {{ order = 1 }}\n"));
    text.push_str(&dice.line(
        "title",
        true,
        &[
            "{ text = \"{job.title} {order}\" }",
            "{ text = \"{phrase}\", edits_previous = [1, 2] }",
            "{ list = \"word\" }",
            "{ copy = \"job.person.name\" }",
        ],
        &["order > 1", "job.grade > 2"],
    ));
    text.push_str(&dice.line("done_on", true, &["{ after = \"previous.done_on\", days = [1, 9], first = \"job.starts\" }", "{ after = \"job.starts\", weeks = [0, 2], weekdays = \"mon-fri\", no_later = \"job.ends\" }", "{ value = \"job.starts + order * 2\" }"], &["order > 1", "job.grade > 2"]));
    text.push_str(&dice.line("due", true, &["{ after = \"previous.due\", first = \"job.starts\", hours = [4, 96], at = \"09:00-19:00\" }", "{ after = \"done_on\", days = [1, 4] }"], &["order > 1", "job.grade > 2"]));
    text.push_str(&dice.line(
        "hours",
        true,
        &[
            "{ number = [1, 90], step = 0.5 }",
            "{ value = \"coalesce(previous.hours, 1) + 2\" }",
            "{ value = \"coalesce(job.budget, 5) / siblings\" }",
        ],
        &["order > 1", "job.grade > 2"],
    ));
    text.push_str(&dice.line("state", true, &["{ a = 1, b = 1 }", "{ nth = [\"a\", \"b\", \"c\"] }", "{ case = [ { when = \"order = siblings\", is = \"last\" }, { else = { a = 1, b = 4 } } ] }"], &["order > 1"]));
    text.push_str(&dice.line(
        "prior",
        true,
        &[
            "{ copy = \"previous.title\" }",
            "{ copy = \"previous.state\" }",
            "{ value = \"coalesce(previous.state, 'none')\" }",
        ],
        &conditions,
    ));
    text.push_str(&dice.line(
        "person_id",
        true,
        &[
            "{ copy = \"job.person_id\" }",
            "{ ref = \"mill.people\", pick = \"turns\" }",
            "{ copy = \"job.helper_id\" }",
        ],
        &conditions,
    ));
    text.push_str(&dice.line(
        "is_last",
        true,
        &[
            "{ value = \"order = siblings\" }",
            "{ value = \"previous.is_last is null\" }",
        ],
        &conditions,
    ));
}
