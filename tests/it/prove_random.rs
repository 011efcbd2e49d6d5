//! `policy prove` on tables and conditions that a generator makes up, SQL and words from one source: nothing is reported
//! where both say the same, and each table is named whose SQL or words were changed in one place.
//!
//! `WORKROOM_RANDOM_TABLES=400` makes more of them than a run of all tests has time for, `WORKROOM_RANDOM_SEED=8` others.

use std::fmt::Write;

use crate::support::proof::failed;
use crate::support::workspace::Workspace;

/// Tables in one database.
const TOGETHER: usize = 10;

/// Numbers that are the same on each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).unwrap()
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.roll(all.len())]
    }
}

/// One comparison, which can be written in both forms.
#[derive(Clone, Debug, PartialEq)]
enum Atom {
    /// A column of texts or labels, and those that it may be.
    Label(&'static str, Vec<String>),
    /// The same in either case.
    Folded(&'static str, String),
    Number(&'static str, &'static str, i64),
    Day(&'static str, u32),
    Flag(bool),
    Missing(bool),
    StandIn(String),
    Owner,
    /// Whether the user has one of these ranks, by a look-up.
    Member(Vec<String>),
}

/// Atoms, all of which or one of which must hold; the last may stand alone beside the others.
#[derive(Clone, Debug)]
struct Condition {
    atoms: Vec<Atom>,
    is_any: bool,
    has_last_apart: bool,
}

fn quoted(list: &[String]) -> String {
    let list: Vec<String> = list.iter().map(|one| format!("'{one}'")).collect();
    list.join(", ")
}

impl Atom {
    fn sql(&self, at: usize) -> String {
        match self {
            Self::Label(column, list) if list.len() == 1 => format!("{column} = '{}'", list[0]),
            Self::Label(column, list) => format!("{column} in ({})", quoted(list)),
            Self::Folded(column, text) => format!("lower({column}) = '{text}'"),
            Self::Number(column, sign, number) => format!("{column} {sign} {number}"),
            Self::Day(sign, day) => format!("day {sign} '2024-05-{day:02}'"),
            Self::Flag(true) => "is_open".to_owned(),
            Self::Flag(false) => "not is_open".to_owned(),
            Self::Missing(true) => "note is null".to_owned(),
            Self::Missing(false) => "note is not null".to_owned(),
            Self::StandIn(text) => format!("coalesce(note, '') = '{text}'"),
            Self::Owner => "owner = {{ user }}".to_owned(),
            Self::Member(_) => format!("(select shop_private.is_member_{at}())"),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Label(column, list) if list.len() == 1 => {
                format!("row.{column} == '{}'", list[0])
            }
            Self::Label(column, list) => format!("row.{column} in [{}]", quoted(list)),
            Self::Folded(column, text) => format!("lower(row.{column}) == '{text}'"),
            Self::Number(column, "=", number) => format!("row.{column} == {number}"),
            Self::Number(column, sign, number) => format!("row.{column} {sign} {number}"),
            Self::Day(sign, day) => format!("row.day {sign} '2024-05-{day:02}'"),
            Self::Flag(true) => "row.is_open".to_owned(),
            Self::Flag(false) => "not row.is_open".to_owned(),
            Self::Missing(true) => "row.note is null".to_owned(),
            Self::Missing(false) => "row.note is not null".to_owned(),
            Self::StandIn(text) => format!("coalesce(row.note, '') == '{text}'"),
            Self::Owner => "row.owner == context.user".to_owned(),
            Self::Member(ranks) => format!(
                "exists people as one where one.id == context.user and one.rank in [{}]",
                quoted(ranks)
            ),
        }
    }

    fn made_up(dice: &mut Dice, column: usize) -> Self {
        let labels = |dice: &mut Dice, all: &[&str]| {
            let first = dice.roll(all.len());
            let count = 1 + dice.roll(2);
            let list = (0..count).map(|step| all[(first + step) % all.len()].to_owned());
            list.collect()
        };
        match column {
            0 if dice.roll(3) == 0 => Self::Folded("kind", "plain".to_owned()),
            0 => Self::Label("kind", labels(dice, &["plain", "fancy", "gold", "old"])),
            1 => Self::Label("state", labels(dice, &["draft", "sent", "paid", "gone"])),
            2 => {
                let sign = dice.pick(&["<", "<=", ">", ">=", "="]);
                Self::Number("level", sign, 10 + i64::try_from(dice.roll(80)).unwrap())
            }
            3 => {
                let sign = dice.pick(&["<", ">=", ">"]);
                Self::Day(sign, 10 + u32::try_from(dice.roll(10)).unwrap())
            }
            4 => Self::Flag(dice.roll(2) == 0),
            5 if dice.roll(2) == 0 => Self::Missing(dice.roll(2) == 0),
            5 => Self::StandIn(dice.pick(&["", "seen"]).to_owned()),
            6 => Self::Owner,
            _ => Self::Member(labels(dice, &["chief", "clerk", "guest"])),
        }
    }

    /// The same but for one place.
    fn changed(&self, dice: &mut Dice) -> Self {
        let list = |dice: &mut Dice, list: &[String], more: &str| {
            let mut list = list.to_vec();
            if list.len() > 1 && dice.roll(2) == 0 {
                list.remove(dice.roll(list.len()));
            } else {
                list.push(more.to_owned());
            }
            list
        };
        match self {
            Self::Label("state", labels) => {
                let all = ["draft", "sent", "paid", "gone"];
                let other = all
                    .iter()
                    .find(|one| !labels.iter().any(|known| known == *one));
                Self::Label("state", list(dice, labels, other.unwrap()))
            }
            Self::Label(column, labels) if dice.roll(3) == 0 => {
                let mut labels = labels.clone();
                labels[0] = labels[0].to_uppercase();
                Self::Label(column, labels)
            }
            Self::Label(column, labels) => Self::Label(column, list(dice, labels, "rosebud")),
            Self::Folded(column, text) => Self::Label(column, vec![text.clone()]),
            Self::Number(column, sign, number) if dice.roll(2) == 0 => {
                Self::Number(column, sign, number + 1)
            }
            Self::Number(column, sign, number) => {
                let other = match *sign {
                    "<" => "<=",
                    "<=" => "<",
                    ">" => ">=",
                    ">=" => ">",
                    _ => "<=",
                };
                Self::Number(column, other, *number)
            }
            Self::Day(sign, day) => Self::Day(sign, day + 1),
            Self::Flag(is_set) => Self::Flag(!is_set),
            Self::Missing(is_missing) => Self::Missing(!is_missing),
            Self::StandIn(text) => Self::StandIn(format!("{text}x")),
            Self::Owner => Self::Missing(true),
            Self::Member(ranks) => Self::Member(list(dice, ranks, "boss")),
        }
    }
}

impl Condition {
    fn made_up(dice: &mut Dice) -> Self {
        let mut atoms: Vec<Atom> = Vec::new();
        let count = 2 + dice.roll(3);
        let mut column = dice.roll(8);
        for _ in 0..count {
            atoms.push(Atom::made_up(dice, column));
            column = (column + 1 + dice.roll(2)) % 8;
        }
        Self {
            atoms,
            is_any: dice.roll(3) == 0,
            has_last_apart: dice.roll(3) == 0,
        }
    }

    fn written(&self, atom: impl Fn(&Atom) -> String) -> String {
        let (own, other) = if self.is_any {
            (" or ", " and ")
        } else {
            (" and ", " or ")
        };
        let mut atoms: Vec<String> = self
            .atoms
            .iter()
            .map(|one| format!("({})", atom(one)))
            .collect();
        if self.has_last_apart && atoms.len() > 2 {
            let last = atoms.pop().unwrap();
            return format!("({}){other}{last}", atoms.join(own));
        }
        atoms.join(own)
    }

    fn ranks(&self) -> Option<&[String]> {
        self.atoms.iter().find_map(|one| match one {
            Atom::Member(ranks) => Some(ranks.as_slice()),
            _ => None,
        })
    }

    fn changed(&self, dice: &mut Dice) -> Self {
        let mut other = self.clone();
        let at = dice.roll(other.atoms.len());
        other.atoms[at] = other.atoms[at].changed(dice);
        other
    }
}

fn tables(first: usize, count: usize) -> String {
    let mut sql =
        "create schema shop;\ncreate type shop.state as enum ('draft', 'sent', 'paid', 'gone');\n\
        create domain shop.kind as text check (length(value) < 40);\n\
        create table shop.people (id text primary key, rank text not null);\n"
            .to_owned();
    for at in first..first + count {
        let key = match at % 4 {
            0 => "id int generated always as identity primary key",
            1 => "id uuid primary key default gen_random_uuid()",
            2 => "id int not null, part int not null, primary key (id, part)",
            _ => "id bigint not null, primary key (id, part), part int not null",
        };
        let partitioned = if at % 4 == 3 {
            " partition by range (part)"
        } else {
            ""
        };
        let kind = if at % 3 == 0 { "shop.kind" } else { "text" };
        writeln!(
            sql,
            "create table shop.t{at} ({key}, kind {kind} not null, state shop.state not null, level int not null, \
             day date not null, is_open boolean not null, note text, owner text){partitioned};"
        )
        .unwrap();
        if at % 4 == 3 {
            writeln!(sql, "create table shop.t{at}_low partition of shop.t{at} for values from (minvalue) to (1000);").unwrap();
            writeln!(sql, "create table shop.t{at}_high partition of shop.t{at} for values from (1000) to (maxvalue);").unwrap();
        }
    }
    sql
}

/// The policy file of some tables: their SQL from one set of conditions, their words from another.
fn policies(name: &str, first: usize, sql: &[Condition], words: &[Condition]) -> String {
    let mut file = format!(
        "[policies]\nprivate_schema = \"shop_private\"\n[roles.{name}_user]\nkind = \"application\"\nname = \"user\"\n\
         [roles.{name}_definer]\nkind = \"definer\"\nlogin = false\n\
         [context.user]\nsql = \"nullif(current_setting('app.user', true), '')\"\n\
         [tables.people]\nclass = \"global\"\nmatrix = {{ {name}_definer = {{ select = \"all\" }} }}\n"
    );
    for (place, (sql, words)) in sql.iter().zip(words).enumerate() {
        let at = first + place;
        if let Some(ranks) = sql.ranks() {
            writeln!(
                file,
                "[lookups.is_member_{at}]\nreturns = \"boolean\"\nreads = [\"people\"]\n\
                 sql = \"select exists (select from shop.people as one where one.id = {{{{ user }}}} and one.rank in ({}))\"",
                quoted(ranks)
            )
            .unwrap();
        }
        writeln!(
            file,
            "[macros.condition_{at}]\nsql = \"{}\"\noracle = \"{}\"\n[tables.t{at}]\nclass = \"global\"\n\
             matrix = {{ user = {{ select = \"condition_{at}\", insert = \"condition_{at}\" }} }}",
            sql.written(|atom| atom.sql(at)),
            words.written(Atom::words)
        )
        .unwrap();
    }
    file
}

#[test]
fn what_is_made_from_one_source_holds_and_what_is_changed_on_one_side_is_found() {
    let wanted = std::env::var("WORKROOM_RANDOM_TABLES").ok();
    let wanted = wanted
        .and_then(|count| count.parse().ok())
        .unwrap_or(TOGETHER);
    let seed = std::env::var("WORKROOM_RANDOM_SEED").ok();
    let mut dice = Dice(seed.and_then(|seed| seed.parse().ok()).unwrap_or(7));
    let (mut missed, mut alarms) = (Vec::new(), Vec::new());
    for first in (0..wanted).step_by(TOGETHER) {
        let name = format!("random{first}");
        let conditions: Vec<Condition> = (0..TOGETHER)
            .map(|_| Condition::made_up(&mut dice))
            .collect();
        let changed: Vec<Condition> = conditions
            .iter()
            .map(|one| one.changed(&mut dice))
            .collect();
        let workspace = Workspace::new();
        let project = "[project]\nname = \"test\"\n[systems.shop]\ntitle = \"shop\"\nschemas = [\"shop\"]\n\
            private_schemas = [\"shop_private\"]\n";
        workspace.write("workroom.toml", project);
        workspace.write("sql/shop/V001__create.sql", &tables(first, TOGETHER));
        let file = policies(&name, first, &conditions, &conditions);
        workspace.write("policies/shop.toml", &file);
        workspace.migrate();
        let said = workspace.run(&["policy", "prove", "--here"]);
        if said.status != 0 {
            alarms.push(format!("{file}\n{}", said.text));
        }
        // Words and SQL are changed in turn.
        let is_sql = (first / TOGETHER).is_multiple_of(2);
        let (sql, words) = if is_sql {
            (&changed, &conditions)
        } else {
            (&conditions, &changed)
        };
        let file = policies(&name, first, sql, words);
        workspace.write("policies/shop.toml", &file);
        workspace.migrate();
        let said = workspace.run(&["policy", "prove", "--here"]);
        let failed = failed(&said.text);
        for (place, (sql, words)) in sql.iter().zip(words).enumerate() {
            let at = first + place;
            if !failed.contains(&format!("shop.t{at}")) {
                missed.push(format!(
                    "{at}: {} against {}",
                    sql.written(|atom| match atom {
                        Atom::Member(ranks) => format!("member of {ranks:?}"),
                        atom => atom.sql(at),
                    }),
                    words.written(Atom::words)
                ));
            }
        }
    }
    assert!(
        alarms.is_empty(),
        "{} false alarms:\n{}",
        alarms.len(),
        alarms.join("\n")
    );
    assert!(
        missed.is_empty(),
        "{} not found:\n{}",
        missed.len(),
        missed.join("\n")
    );
}
