//! Fifty kinds of mistakes in one file: all of them are named with file and line, the rows between them are not, and
//! nothing has changed.

use crate::support::workspace::Workspace;

const SQL: &str = "create schema shop;
create type shop.size as enum ('small', 'large');
create domain shop.percent as integer check (value between 0 and 100);
create domain shop.short as varchar(3);
create table shop.places (region integer, id integer, name text not null, primary key (region, id));
insert into shop.places values (1, 1, 'Hall'), (1, 2, 'Yard'), (1, 3, 'Yard');
create table shop.things (
  id integer primary key, code text unique, label varchar(5), letters char(2), count smallint, many bigint,
  price numeric(5, 2) check (price >= 0), rate real, weight double precision, active boolean, born date, opens time,
  opens_at timetz, made timestamp, seen timestamptz not null, lasts interval, size shop.size, share shop.percent,
  short shop.short, token uuid, raw bytea, data json, details jsonb, tags text[], numbers integer[], host inet, net cidr,
  mac macaddr, spot point, span int4range, flags bit(3), more varbit(4), query tsquery,
  mark \"char\", owner_region integer, owner_id integer, place_id integer, parent_id integer references shop.things,
  note text not null, starts_on date, ends_on date, slot int4range, kind text,
  constraint things_order_check check (ends_on >= starts_on),
  constraint things_owner_fkey foreign key (owner_region, owner_id) references shop.places (region, id),
  constraint things_place_fkey foreign key (owner_region, place_id) references shop.places (region, id),
  constraint things_slot_excl exclude using gist (slot with &&)
);
create function shop.refuse() returns trigger language plpgsql as $$
begin
  if new.kind = 'forbidden' then raise exception 'nobody wants this kind'; end if;
  return new;
end $$;
create trigger refuse before insert on shop.things for each row execute function shop.refuse();
insert into shop.things (id, code, seen, note, slot) values (1000, 'taken', now(), 'x', '[1,3)');";

/// Column, value, and a part of what is said.
const KINDS: [(&str, &str, &str); 50] = [
    ("label", "abcdef", "value too long"),
    ("letters", "abc", "value too long"),
    ("count", "99999", "out of range for type smallint"),
    ("count", "many", "invalid input syntax for type smallint"),
    (
        "many",
        "99999999999999999999",
        "out of range for type bigint",
    ),
    ("many", "1.5", "invalid input syntax for type bigint"),
    ("price", "1000", "numeric field overflow"),
    ("price", "1,5", "invalid input syntax for type numeric"),
    ("price", "-1", "things_price_check"),
    ("rate", "1e60", "out of range for type real"),
    (
        "weight",
        "heavy",
        "invalid input syntax for type double precision",
    ),
    ("active", "perhaps", "invalid input syntax for type boolean"),
    ("born", "2024-02-30", "date/time field value out of range"),
    ("born", "03/04/2024", "date/time field value out of range"),
    ("born", "soon", "invalid input syntax for type date"),
    ("opens", "25:00", "date/time field value out of range"),
    (
        "opens_at",
        "noonish",
        "invalid input syntax for type time with time zone",
    ),
    (
        "made",
        "2024-13-01 00:00",
        "date/time field value out of range",
    ),
    ("seen", "2024-01-01 00:00 Nowhere/Land", "time zone"),
    ("seen", "", "a value is missing"),
    ("lasts", "ages", "invalid input syntax for type interval"),
    ("size", "Large", "invalid input value for enum"),
    ("share", "101", "percent_check"),
    ("short", "long", "value too long"),
    ("token", "1234", "invalid input syntax for type uuid"),
    ("raw", "\\xZZ", "invalid hexadecimal"),
    ("data", "{a: 1}", "invalid input syntax for type json"),
    (
        "details",
        "{\"\"a\"\"",
        "invalid input syntax for type json",
    ),
    ("tags", "a, b", "malformed array literal"),
    ("numbers", "{1,x}", "invalid input syntax for type integer"),
    ("host", "10.0.0.256", "invalid input syntax for type inet"),
    ("net", "10.0.0.1/8", "invalid cidr value"),
    ("mac", "zz:00", "invalid input syntax for type macaddr"),
    ("spot", "(1;2)", "invalid input syntax for type point"),
    ("span", "[5,1)", "range lower bound must be less"),
    ("flags", "10101", "bit string length 5 does not match"),
    ("more", "10101", "bit string too long"),
    ("query", "a &", "no operand in tsquery"),
    ("owner_id", "9", "things_owner_fkey"),
    ("place_id", "Attic", "no row of shop.places has this `name`"),
    (
        "place_id",
        "Yard",
        "several rows of shop.places have this `name`",
    ),
    ("parent_id", "4711", "things_parent_id_fkey"),
    ("note", "", "a value is missing"),
    ("ends_on", "2023-12-31", "things_order_check"),
    ("code", "taken", "duplicate key"),
    ("id", "1000", "duplicate key"),
    ("slot", "[1,5)", "conflicting key value"),
    ("kind", "forbidden", "nobody wants this kind"),
    ("surplus", "", "cells where the first line has"),
    ("tail", "", "text follows a closing quote"),
];

#[test]
fn fifty_kinds_of_mistakes_change_nothing_and_are_all_named() {
    for major in [18, 16, 15] {
        let workspace = Workspace::on(major, &["shop"]);
        workspace.write("sql/shop/V001__create.sql", SQL);
        workspace.migrate();
        let columns: Vec<String> = workspace.database.query(
            "select column_name from information_schema.columns where table_schema = 'shop' and table_name = 'things' \
             order by ordinal_position",
        );
        let mut text = format!("{}\n", columns.join(","));
        let mut lines = Vec::new();
        for (at, (wrong, value, said)) in KINDS.iter().enumerate() {
            // A right row before each wrong one.
            for (id, wrong, value) in [(2 * at, "", ""), (2 * at + 1, *wrong, *value)] {
                let cell = |column: &String| match column.as_str() {
                    same if same == wrong => format!("\"{value}\""),
                    "id" => id.to_string(),
                    "seen" => "2024-03-04T10:00:00Z".to_owned(),
                    "owner_region" | "owner_id" => "1".to_owned(),
                    "place_id" => "Hall".to_owned(),
                    // The next row, which does not exist yet: all rows of a statement are there when keys are looked at.
                    "parent_id" if wrong.is_empty() && at + 1 < KINDS.len() => {
                        (2 * at + 2).to_string()
                    }
                    "note" => "fine, \"\"really\"\"".replace("\"\"", ""),
                    "starts_on" => "2024-01-01".to_owned(),
                    _ => String::new(),
                };
                let quoted = |cell: String| match cell.strip_prefix("fine") {
                    Some(_) => format!("\"{cell}\""),
                    None => cell,
                };
                let cells: Vec<String> =
                    columns.iter().map(|column| quoted(cell(column))).collect();
                let mut row = cells.join(",").replace("\"\",", ",");
                match wrong {
                    "surplus" => row.push_str(",x"),
                    "tail" => row.push_str("\"a\"b"),
                    _ => {}
                }
                if !wrong.is_empty() {
                    lines.push((text.matches('\n').count() + 1, *said));
                }
                text.push_str(&row);
                text.push('\n');
            }
        }
        workspace.write("in/things.csv", &text);
        let mapped: Vec<String> = columns
            .iter()
            .map(|column| match column.as_str() {
                "place_id" => "place_id = { field = \"place_id\", by = \"name\" }\n".to_owned(),
                column => format!("{column} = \"{column}\"\n"),
            })
            .collect();
        workspace.write(
            "in/import.toml",
            &format!(
                "[tables.things]\nfrom = \"things.csv\"\n[tables.things.columns]\n{}",
                mapped.concat()
            ),
        );
        let said = workspace.run(&["data", "import", "in"]).refused();
        let told: Vec<&str> = said.split("\nerror: ").collect();
        for (line, expected) in &lines {
            let place = format!("in/things.csv:{line}:");
            let found: Vec<&&str> = told.iter().filter(|one| one.contains(&place)).collect();
            assert!(
                found.len() == 1 && found[0].contains(expected),
                "line {line}, {expected} on {major}: {found:#?}\n{said}"
            );
        }
        assert!(said.ends_with("50 mistakes found\n"), "{major}: {said}");
        let count = workspace.database.query("select count(*) from shop.things");
        assert_eq!(count, ["1"], "{major}");
    }
}
