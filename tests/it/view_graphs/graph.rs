//! Random graphs of views and functions over one table, as files before and after the table changes.

use std::fmt::Write as _;

use fastrand::Rng;

/// The longest way from a node to the table.
pub(super) const DEEPEST: usize = 8;

/// What a column holds, as far as expressions care.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Sort {
    Number,
    Text,
}

pub(super) type Columns = Vec<(String, Sort)>;

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Plain,
    Star,
    Sums,
    Join,
    Union,
    Lateral,
    SetOf,
    TableOf,
    TextBody,
}

/// A view or function: where it takes its columns from is settled when the graph is made.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) parents: Vec<usize>,
    pub(super) depth: usize,
    pub(super) picks: Vec<(usize, String, Sort)>,
    pub(super) salt: u8,
    pub(super) options: String,
    pub(super) comment: bool,
}

pub(super) struct Graph {
    pub(super) schema: String,
    pub(super) nodes: Vec<Node>,
    pub(super) change: Vec<&'static str>,
}

const ROOT: [(&str, Sort); 5] = [
    ("id", Sort::Number),
    ("a", Sort::Number),
    ("b", Sort::Text),
    ("c", Sort::Number),
    ("d", Sort::Text),
];

pub(super) fn graph(number: u64) -> Graph {
    let random = &mut Rng::with_seed(number);
    let schema = format!("g{number:03}");
    let mut nodes: Vec<Node> = Vec::new();
    let before = |nodes: &Vec<Node>| rendered(&schema, nodes, false).1;
    for at in 0..random.usize(3..13) {
        let columns = before(&nodes);
        let depth = |parent: usize| parent.checked_sub(1).map_or(0, |at| nodes[at].depth);
        let usable: Vec<usize> = (0..=nodes.len())
            .filter(|parent| depth(*parent) < DEEPEST && !columns[*parent].is_empty())
            .collect();
        // Later ones more often, so that graphs grow deep.
        let mut parent = || {
            usable[usable.len()
                - 1
                - random
                    .usize(0..usable.len())
                    .min(random.usize(0..usable.len()))]
        };
        let parents = vec![parent(), parent()];
        let kind = *random
            .choice(&[
                Kind::Plain,
                Kind::Plain,
                Kind::Star,
                Kind::Star,
                Kind::Sums,
                Kind::Join,
                Kind::Union,
                Kind::Lateral,
                Kind::SetOf,
                Kind::TableOf,
                Kind::TextBody,
            ])
            .unwrap();
        let mut picks = Vec::new();
        for _ in 0..random.usize(1..5) {
            let side = random.usize(0..2);
            let (name, sort) = random.choice(&columns[parents[side]]).unwrap();
            picks.push((side, name.clone(), *sort));
        }
        let mut options = Vec::new();
        if random.bool() {
            options.push(format!("security_invoker = {}", random.bool()));
        }
        if random.u8(0..3) == 0 {
            options.push("security_barrier".to_owned());
        }
        if matches!(kind, Kind::Plain) && parents[0] == 0 && random.bool() {
            options.push("check_option = local".to_owned());
        }
        let depth = parents.iter().map(|parent| depth(*parent)).max().unwrap() + 1;
        nodes.push(Node {
            name: format!("n{at:02}"),
            kind,
            depth,
            parents,
            picks,
            salt: random.u8(..),
            options: match options.is_empty() {
                true => String::new(),
                false => format!(" with ({})", options.join(", ")),
            },
            comment: random.bool(),
        });
    }
    let all = [
        "alter column a type bigint",
        "alter column b type text",
        "alter column c type numeric(12, 4)",
        "add column e text",
        "drop column d",
        "alter column id type bigint",
    ];
    let mut change: Vec<_> = all.into_iter().filter(|_| random.u8(0..3) == 0).collect();
    if change.is_empty() {
        change.push(all[0]);
    }
    Graph {
        schema,
        nodes,
        change,
    }
}

/// The files and the columns of the table and of every node, before or after the change.
pub(super) fn rendered(
    schema: &str,
    nodes: &[Node],
    dropped: bool,
) -> (Vec<(String, String)>, Vec<Columns>) {
    rendered_with(schema, nodes, dropped, false)
}

pub(super) fn rendered_with(
    schema: &str,
    nodes: &[Node],
    dropped: bool,
    added: bool,
) -> (Vec<(String, String)>, Vec<Columns>) {
    let mut root: Columns = ROOT
        .iter()
        .map(|(name, sort)| ((*name).to_owned(), *sort))
        .collect();
    if dropped {
        root.retain(|(name, _)| name != "d");
    }
    if added {
        root.push(("e".to_owned(), Sort::Text));
    }
    let mut columns = vec![root];
    let mut files = Vec::new();
    for node in nodes {
        let full = format!("{schema}.{}", node.name);
        let from = |side: usize, alias: &str| {
            let parent = node.parents[side];
            match parent.checked_sub(1).map(|at| &nodes[at]) {
                None => format!("{schema}.t as {alias}"),
                Some(other) if is_function(other.kind) => {
                    format!("{schema}.{}() as {alias}", other.name)
                }
                Some(other) => format!("{schema}.{} as {alias}", other.name),
            }
        };
        let of = |side: usize| &columns[node.parents[side]];
        let has = |side: usize, name: &str| of(side).iter().any(|(other, _)| other == name);
        let mut mine: Columns = Vec::new();
        let mut list = Vec::new();
        let two = matches!(node.kind, Kind::Join | Kind::Lateral);
        for (number, (side, name, sort)) in node.picks.iter().enumerate() {
            let side = if two { *side } else { 0 };
            if !has(side, name) || (side == 0 && node.picks[number].0 == 1 && !two && !has(0, name))
            {
                continue;
            }
            let alias = if side == 0 { "p" } else { "q" };
            let column = format!("{}{number}", node.name);
            let expression = match (sort, node.salt.wrapping_add(number as u8) % 4) {
                (Sort::Number, 0) => format!("{alias}.{name} + 1"),
                (Sort::Text, 0) => format!("coalesce({alias}.{name}, 'it''s none')"),
                (Sort::Text, 1) => format!("upper({alias}.{name})"),
                _ => format!("{alias}.{name}"),
            };
            list.push(format!("{expression} as {column}"));
            mine.push((column, *sort));
        }
        let first = |side: usize, sort: Sort| {
            of(side)
                .iter()
                .find(|(_, other)| *other == sort)
                .map(|(name, _)| name.clone())
        };
        let number = |side: usize, alias: &str| {
            first(side, Sort::Number).map_or("1".to_owned(), |name| format!("{alias}.{name}"))
        };
        let text = |side: usize, alias: &str| {
            first(side, Sort::Text).map_or("'x'::text".to_owned(), |name| format!("{alias}.{name}"))
        };
        let (p, q) = (from(0, "p"), from(1, "q"));
        let one = format!("{}one", node.name);
        let view = |query: &str| {
            format!(
                "create or replace view {full}{} as\n  {query};\n",
                node.options
            )
        };
        let mut file = match node.kind {
            Kind::Plain | Kind::Join | Kind::Lateral => {
                if list.is_empty() || node.salt % 3 == 0 || node.options.contains("check") {
                    list.push(format!("{} as {one}", number(0, "p")));
                    mine.push((one, Sort::Number));
                }
                let list = list.join(", ");
                match node.kind {
                    Kind::Plain => view(&format!(
                        "select {list} from {p} where {} is not null",
                        number(0, "p")
                    )),
                    Kind::Join => view(&format!(
                        "select {list} from {p} join {q} on {} = {}",
                        number(0, "p"),
                        number(1, "q")
                    )),
                    _ => view(&format!(
                        "select {list} from {p} cross join lateral (select * from {q} where {} > 3) as q",
                        number(1, "q")
                    )),
                }
            }
            Kind::Star => {
                mine = of(0).clone();
                mine.push((one.clone(), Sort::Number));
                view(&format!("select p.*, 1 as {one} from {p}"))
            }
            Kind::Sums => {
                mine = vec![(one.clone(), Sort::Number), (format!("{one}s"), Sort::Text)];
                view(&format!(
                    "select sum({}) as {one}, {} as {one}s from {p} group by {2}",
                    number(0, "p"),
                    text(0, "p"),
                    2
                ))
            }
            Kind::Union => {
                mine = vec![(one.clone(), Sort::Number), (format!("{one}s"), Sort::Text)];
                view(&format!(
                    "select {} as {one}, {} as {one}s from {p} union all select {}, {} from {q}",
                    number(0, "p"),
                    text(0, "p"),
                    number(1, "q"),
                    text(1, "q")
                ))
            }
            Kind::SetOf => {
                // The row type of what it reads, unless that is a function.
                mine = of(0).clone();
                let parent = node.parents[0].checked_sub(1).map(|at| &nodes[at]);
                let row = match parent {
                    None => "t".to_owned(),
                    Some(other) if is_function(other.kind) => {
                        mine = vec![(one.clone(), Sort::Number)];
                        String::new()
                    }
                    Some(other) => other.name.clone(),
                };
                let (result, query) = if row.is_empty() {
                    (
                        format!("table ({one} numeric)"),
                        format!("select {}::numeric from {p}", number(0, "p")),
                    )
                } else {
                    (
                        format!("setof {schema}.{row}"),
                        format!("select * from {p}"),
                    )
                };
                format!(
                    "create or replace function {full}() returns {result} language sql stable\n  begin atomic {query}; end;\n"
                )
            }
            Kind::TableOf => {
                mine = vec![(one.clone(), Sort::Number), (format!("{one}s"), Sort::Text)];
                format!(
                    "create or replace function {full}() returns table ({one} numeric, {one}s text) language sql stable security definer set search_path = ''\n  begin atomic select {}, {} from {p}; end;\n",
                    number(0, "p"),
                    text(0, "p")
                )
            }
            Kind::TextBody => {
                mine = vec![(one.clone(), Sort::Number)];
                format!(
                    "create or replace function {full}() returns table ({one} bigint) language sql stable as $$ select count(*) from {p} $$;\n"
                )
            }
        };
        if node.comment {
            let kind = if is_function(node.kind) {
                format!("function {full}()")
            } else {
                format!("view {full}")
            };
            let _ = writeln!(file, "comment on {kind} is 'It''s {}';", node.name);
        }
        files.push((node.name.clone(), file));
        columns.push(mine);
    }
    (files, columns)
}

pub(super) fn is_function(kind: Kind) -> bool {
    matches!(kind, Kind::SetOf | Kind::TableOf | Kind::TextBody)
}
