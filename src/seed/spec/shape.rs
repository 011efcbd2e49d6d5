//! How many rows a table has and how they come about: `rows`, `per`, `calendar`.

use super::draft::{Draft, text_of};
use super::fields::Fields;
use super::header::{self, Header};
use super::reader::Reader;
use crate::files::suggest;
use crate::files::toml::{Data, Node};
use crate::seed::dataset::{Calendar, Shape};
use crate::seed::value::date;

/// The most rows that one row of another table may have.
const MOST_CHILDREN: i64 = 100_000;

/// Reads the shape of a table.
pub(super) fn shape(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    draft: &Draft<'_>,
    node: &Node,
    header: &Header,
) -> Option<Shape> {
    let (rows, per, count, calendar) = (
        fields.take("rows"),
        fields.take("per"),
        fields.take("count"),
        fields.take("calendar"),
    );
    let condition = fields.take("where");
    let has_values = fields.has("values");
    match (per, calendar, rows) {
        (Some(per), None, None) => {
            let parent = reader.table(per)?;
            let outer = reader.scope;
            reader.scope.it = Some(parent);
            let number = count
                .filter(|node| matches!(node.data, Data::Text(_)))
                .map(|node| reader.expression(node));
            let condition = condition.map(|node| reader.expression(node));
            reader.scope = outer;
            let (least, most) = match count {
                None => (1, 1),
                Some(_) if number.is_some() => (0, MOST_CHILDREN),
                Some(node) => {
                    reader.bounds(node, |reader, node| reader.count(node, 0..=MOST_CHILDREN))?
                }
            };
            let part = |read: Option<Option<_>>| match read {
                None => Some(None),
                Some(read) => read.map(Some),
            };
            Some(Shape::Per {
                parent,
                least: least as u32,
                most: most as u32,
                number: part(number)?,
                condition: part(condition)?,
            })
        }
        (None, Some(calendar), Some(rows)) => {
            let rows = header::counts(reader, rows, header, draft.by_tenant);
            let mut calendar = self::calendar(reader, calendar)?;
            calendar.rows = Some(rows?);
            Some(Shape::Calendar(Box::new(calendar)))
        }
        (None, Some(calendar), None) => {
            Some(Shape::Calendar(Box::new(self::calendar(reader, calendar)?)))
        }
        (None, None, Some(rows)) => {
            if let Some(node) = condition {
                reader.mistake(node.span.clone(), "`where` belongs to `per`", None);
            }
            header::counts(reader, rows, header, draft.by_tenant).map(Shape::Rows)
        }
        (None, None, None) if has_values => Some(Shape::Rows(vec![
            0;
            if draft.by_tenant {
                header.tenants.len()
            } else {
                1
            }
        ])),
        (None, None, None) => {
            let is_tenants = text_of(header.tenant_table.as_ref()) == Some(&draft.label);
            if is_tenants {
                return Some(Shape::Rows(vec![1; header.tenants.len()]));
            }
            let span = draft.place.span.clone().unwrap_or(node.span.clone());
            reader.mistake(
                span,
                format!("{} does not say how many rows it has", draft.label),
                Some("add rows = 100, or per = \"schema.table\" with count = [1, 3]".to_owned()),
            );
            None
        }
        (Some(per), _, _) => {
            reader.mistake(
                per.span.clone(),
                "`per`, `rows` and `calendar` exclude each other",
                Some("a calendar has `rows`; `per` has `count`".to_owned()),
            );
            None
        }
    }
}

fn calendar(reader: &mut Reader<'_>, node: &Node) -> Option<Calendar> {
    let mut fields = Fields::of(node);
    let Some(who) = fields.take("who") else {
        reader.mistake(
            node.span.clone(),
            "a calendar needs the table of those whose days it has",
            Some("add who = \"schema.people\"".to_owned()),
        );
        return None;
    };
    let who = reader.table(who);
    let mut made = Calendar {
        who: who.unwrap_or(0),
        rows: None,
        per_day: (1, 1),
        between: (reader.start, reader.as_of),
        weekly: false,
        weekdays: 0x1f,
        holidays: Vec::new(),
        yearly: false,
        absent: 0,
        weekend: 0,
        from: None,
        until: None,
    };
    if let Some(node) = fields.take("per_day")
        && let Some((low, high)) = reader.bounds(node, |reader, node| reader.count(node, 1..=1000))
    {
        made.per_day = (low as u32, high as u32);
    }
    if let Some(node) = fields.take("between")
        && let Some(bounds) = reader.bounds(node, Reader::day)
    {
        made.between = bounds;
    }
    if let Some(node) = fields.take("weekly") {
        made.weekly = reader.boolean(node).unwrap_or(false);
    }
    if let Some(node) = fields.take("weekdays") {
        made.weekdays = reader.weekdays(node).unwrap_or(0x1f);
    }
    if let Some(node) = fields.take("absent") {
        made.absent = reader.share(node).unwrap_or(0);
    }
    if let Some(node) = fields.take("weekend") {
        made.weekend = reader.share(node).unwrap_or(0);
    }
    if let Some(node) = fields.take("holidays") {
        (made.holidays, made.yearly) = holidays(reader, node, made.between);
    }
    for (name, bound) in [("from", &mut made.from), ("until", &mut made.until)] {
        let Some(node) = fields.take(name) else {
            continue;
        };
        let (Some(column), Some(who)) = (reader.text(node), who) else {
            continue;
        };
        *bound = reader.names.column(who, column);
        if bound.is_none() {
            let label = reader.names.tables[who].label.clone();
            let hint = suggest::hint(
                column,
                reader.names.tables[who]
                    .columns
                    .iter()
                    .map(|column| column.name.as_str()),
            );
            reader.mistake(
                node.span.clone(),
                format!("{label} has no column `{column}`"),
                hint,
            );
        }
    }
    reader.finish(fields, "a calendar");
    who.map(|_| made)
}

/// The days of a list between two days, and whether some of them come every year: `2026-05-14` is a day of the story
/// and moves with it, `12-25` is every Christmas, wherever the story is moved to.
fn holidays(reader: &mut Reader<'_>, node: &Node, between: (i32, i32)) -> (Vec<i32>, bool) {
    let Some(name) = reader.text(node) else {
        return (Vec::new(), false);
    };
    let Some(list) = reader.words.list(name) else {
        let hint = suggest::hint(
            name,
            reader.words.lists.iter().map(|list| list.name.as_str()),
        );
        reader.mistake(
            node.span.clone(),
            format!("there is no list `{name}`"),
            hint,
        );
        return (Vec::new(), false);
    };
    let texts: Vec<String> = reader.words.lists[list]
        .items
        .iter()
        .map(|word| reader.words.text(*word).to_owned())
        .collect();
    let shift = reader.shift;
    let year = |day: i32| date::to_civil(day + shift).0;
    let years = year(between.0)..=year(between.1);
    let (mut days, mut yearly, mut dated) = (Vec::new(), false, false);
    for text in texts {
        if let Some(day) = date::parse(text.get(..10).unwrap_or(&text)) {
            days.push(day);
            dated = true;
        } else if date::parse(&format!("2000-{text}")).is_some() {
            // The 29th of February is not there every year.
            let found = years
                .clone()
                .filter_map(|year| date::parse(&format!("{year:04}-{text}")));
            days.extend(found.map(|day| day - shift));
            yearly = true;
        } else {
            reader.mistake(
                node.span.clone(),
                format!("`{text}` in the list `{name}` is not a date"),
                Some("a day is written 2026-05-14, or 12-25 for every year".to_owned()),
            );
        }
    }
    if dated {
        reader.no_date(node);
    }
    days.sort_unstable();
    (days, yearly)
}
