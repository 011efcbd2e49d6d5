//! The tables of all schemas as one picture: a band a schema, a box a table, a line from each referring column to the column
//! that it refers to. It has classes and no styles, so that the page's colours and its policy hold inside of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::Source;
use super::escape::{slug, text};
use super::layout::{Layout, Point, Size, layout};
use super::links::{Link, column_id, is_key, links, table_id};
use crate::catalog::{Column, Name};

/// Pixels; a letter is that wide at most in the monospaced fonts that the page asks for.
const LETTER: i32 = 8;
const ROW: i32 = 20;
const HEAD: i32 = 30;
const PADDING: i32 = 10;
/// Letters of a type that are shown.
const TYPE_LETTERS: usize = 22;

struct Box<'a> {
    name: &'a Name,
    columns: Vec<(&'a Column, String)>,
    size: Size,
}

/// The picture, as SVG inside HTML.
pub(super) fn diagram(source: &Source<'_>) -> String {
    let schemas = source.schemas_with_tables();
    let boxes: Vec<Box<'_>> = schemas
        .iter()
        .enumerate()
        .flat_map(|(band, schema)| {
            let tables = source.tables(schema).into_iter();
            tables.map(move |table| new_box(source, &table.name, band))
        })
        .collect();
    let position: BTreeMap<&Name, usize> = boxes
        .iter()
        .enumerate()
        .map(|(at, one)| (one.name, at))
        .collect();
    let links = links(source.catalog);
    let drawn: Vec<(&Link<'_>, usize, usize)> = links
        .iter()
        .filter_map(|link| {
            let (from, to) = (position.get(link.from)?, position.get(link.to)?);
            Some((link, *from, *to))
        })
        .collect();
    let sizes: Vec<Size> = boxes.iter().map(|one| one.size).collect();
    let edges: Vec<(usize, usize)> = drawn.iter().map(|(_, from, to)| (*from, *to)).collect();
    let placed = layout(&sizes, &edges);
    let mut svg = format!(
        "<svg id=\"er\" xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" \
         role=\"img\" aria-label=\"Tables and foreign keys\">\n",
        placed.width, placed.height
    );
    for (band, schema) in schemas.iter().enumerate() {
        let (corner, width, height) = placed.bands.get(band).copied().unwrap_or_default();
        let _ = writeln!(
            svg,
            "<g class=\"band band{}\"><rect x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{height}\"/>\
             <text x=\"{}\" y=\"{}\">{}</text></g>",
            band % 6,
            corner.x,
            corner.y,
            corner.x + 12,
            corner.y + 22,
            text(schema)
        );
    }
    for (link, from, to) in &drawn {
        edge(
            &mut svg,
            link,
            (&boxes[*from], placed.boxes[*from]),
            (&boxes[*to], placed.boxes[*to]),
        );
    }
    for (at, one) in boxes.iter().enumerate() {
        let near = near(at, &edges, &boxes);
        draw(&mut svg, source, one, placed.boxes[at], &near);
    }
    for (link, from, to) in &drawn {
        ends(
            &mut svg,
            link,
            (&boxes[*from], *from),
            (&boxes[*to], *to),
            &placed,
        );
    }
    svg + "</svg>\n"
}

fn new_box<'a>(source: &Source<'a>, name: &'a Name, band: usize) -> Box<'a> {
    let columns: Vec<(&Column, String)> = source
        .catalog
        .columns_of(name)
        .map(|column| (column, short(&column.data_type)))
        .collect();
    let widest = columns
        .iter()
        .map(|(column, kind)| column.name.chars().count() + kind.chars().count() + 4)
        .chain([name.name.chars().count() + 5])
        .max()
        .unwrap_or(0);
    let rows = i32::try_from(columns.len()).unwrap_or(i32::MAX / 100);
    let letters = i32::try_from(widest).unwrap_or(400).min(400);
    Box {
        name,
        columns,
        size: Size {
            width: letters * LETTER + 2 * PADDING,
            height: HEAD + rows * ROW + PADDING,
            band,
        },
    }
}

fn short(kind: &str) -> String {
    if kind.chars().count() <= TYPE_LETTERS {
        return kind.to_owned();
    }
    let cut: String = kind.chars().take(TYPE_LETTERS - 1).collect();
    cut + "…"
}

/// The tables that one refers to or that refer to it, as identifiers.
fn near(at: usize, edges: &[(usize, usize)], boxes: &[Box<'_>]) -> String {
    let others: BTreeSet<usize> = edges
        .iter()
        .filter(|(from, to)| *from == at || *to == at)
        .flat_map(|(from, to)| [*from, *to])
        .filter(|other| *other != at)
        .collect();
    let ids: Vec<String> = others
        .iter()
        .map(|other| table_id(boxes[*other].name))
        .collect();
    ids.join(" ")
}

fn draw(svg: &mut String, source: &Source<'_>, one: &Box<'_>, at: Point, near: &str) {
    let id = table_id(one.name);
    let Size { width, height, .. } = one.size;
    let _ = write!(
        svg,
        "<g class=\"box\" id=\"d-{id}\" data-near=\"{near}\"><rect x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>\
         <a href=\"#t-{id}\"><text class=\"name\" x=\"{}\" y=\"{}\">{}</text></a>\
         <g class=\"near\" role=\"button\" tabindex=\"0\" aria-label=\"Only what is near {}\"><circle cx=\"{}\" cy=\"{}\" r=\"7\"/></g>",
        at.x,
        at.y,
        at.x + PADDING,
        at.y + 20,
        text(&one.name.name),
        text(&one.name.name),
        at.x + width - 16,
        at.y + 15,
    );
    for (row, (column, kind)) in one.columns.iter().enumerate() {
        let y = middle(at, row) + 4;
        let mark = match (
            is_key(source.catalog, one.name, &column.name),
            column.not_null,
        ) {
            (true, _) => "key",
            (false, true) => "must",
            (false, false) => "may",
        };
        let _ = write!(
            svg,
            "<a href=\"#{}\"><text class=\"{mark}\" x=\"{}\" y=\"{y}\">{}</text>\
             <text class=\"type\" x=\"{}\" y=\"{y}\">{}</text></a>",
            column_id(one.name, &column.name),
            at.x + PADDING,
            text(&column.name),
            at.x + width - PADDING,
            text(kind),
        );
    }
    svg.push_str("</g>\n");
}

/// The middle of a column's row.
fn middle(at: Point, row: usize) -> i32 {
    at.y + HEAD + i32::try_from(row).unwrap_or(0) * ROW + ROW / 2
}

/// Where a line leaves the box of what refers and where it meets the other, and which way it goes at each end.
fn route(link: &Link<'_>, from: (&Box<'_>, Point), to: (&Box<'_>, Point)) -> [(Point, i32); 2] {
    let row = |one: &Box<'_>, name: &str| {
        let mut columns = one.columns.iter();
        columns
            .position(|(column, _)| column.name == name)
            .unwrap_or(0)
    };
    let y = (
        middle(from.1, row(from.0, link.column)),
        middle(to.1, row(to.0, link.key)),
    );
    let (right_of_from, right_of_to) = (from.1.x + from.0.size.width, to.1.x + to.0.size.width);
    let point = |x, y| Point { x, y };
    if right_of_to < from.1.x {
        [(point(from.1.x, y.0), -1), (point(right_of_to, y.1), 1)]
    } else if right_of_from < to.1.x {
        [(point(right_of_from, y.0), 1), (point(to.1.x, y.1), -1)]
    } else {
        [(point(right_of_from, y.0), 1), (point(right_of_to, y.1), 1)]
    }
}

fn edge(svg: &mut String, link: &Link<'_>, from: (&Box<'_>, Point), to: (&Box<'_>, Point)) {
    let [(start, out), (end, back)] = route(link, from, to);
    let bend = ((start.x - end.x).abs() / 2).clamp(32, 160);
    let _ = writeln!(
        svg,
        "<path class=\"edge\" data-from=\"{}\" data-to=\"{}\" d=\"M{} {}C{} {} {} {} {} {}\"><title>{}.{} → {}.{}</title></path>",
        table_id(link.from),
        table_id(link.to),
        start.x,
        start.y,
        start.x + out * bend,
        start.y,
        end.x + back * bend,
        end.y,
        end.x,
        end.y,
        text(&link.from.name),
        text(link.column),
        text(&link.to.name),
        text(link.key),
    );
}

/// Both ends of a line as links to the columns that are there.
fn ends(
    svg: &mut String,
    link: &Link<'_>,
    (from, at_from): (&Box<'_>, usize),
    (to, at_to): (&Box<'_>, usize),
    placed: &Layout,
) {
    let points = route(
        link,
        (from, placed.boxes[at_from]),
        (to, placed.boxes[at_to]),
    );
    let columns = [(link.from, link.column), (link.to, link.key)];
    for ((point, _), (table, column)) in points.into_iter().zip(columns) {
        let _ = writeln!(
            svg,
            "<a class=\"end\" href=\"#{}\" data-of=\"{}-{}\"><circle cx=\"{}\" cy=\"{}\" r=\"4\"/></a>",
            column_id(table, column),
            table_id(table),
            slug(link.constraint),
            point.x,
            point.y
        );
    }
}
