//! What people give to views and functions outside of their files.

use fastrand::Rng;

use super::graph::{Columns, Graph, Sort, is_function, rendered};

/// Grants, comments, owners, defaults, rules and triggers given by hand, on what is there before and after.
pub(super) fn by_hand(number: u64, graph: &Graph, after: &[Columns]) -> String {
    let random = &mut Rng::with_seed(number ^ 0x5eed);
    let schema = &graph.schema;
    let before = rendered(schema, &graph.nodes, false).1;
    let mut sql = format!("grant usage on schema {schema} to graph_a, graph_b;");
    for (at, node) in graph.nodes.iter().enumerate() {
        let name = format!("{schema}.{}", node.name);
        if is_function(node.kind) {
            sql += &to_a_function(random, &format!("{name}()"));
            if !node.comment && random.bool() {
                sql += &format!("comment on function {name}() is 'Hand''s {at}';");
            }
            continue;
        }
        let kept: Vec<&(String, Sort)> = before[at + 1]
            .iter()
            .filter(|column| after[at + 1].contains(column))
            .collect();
        sql += &to_a_view(random, schema, &name);
        if let Some((column, sort)) = random.choice(&kept) {
            sql += &to_a_column(random, &name, column, *sort);
        }
        if !node.comment && random.bool() {
            sql += &format!("comment on view {name} is e'Hand\\\\s \\n{at}';");
        }
    }
    sql
}

fn to_a_function(random: &mut Rng, name: &str) -> String {
    match random.u8(0..4) {
        0 => format!(
            "revoke execute on function {name} from public; grant execute on function {name} to graph_a with grant option;"
        ),
        1 => format!("grant execute on function {name} to graph_b;"),
        2 => format!("alter function {name} owner to graph_owner;"),
        _ => String::new(),
    }
}

fn to_a_view(random: &mut Rng, schema: &str, name: &str) -> String {
    let grants = match random.u8(0..5) {
        0 => format!(
            "grant select, update on {name} to graph_a with grant option; set role graph_a; grant select on {name} to graph_b; reset role;"
        ),
        1 => format!(
            "grant select on {name} to public, graph_b; revoke delete on {name} from current_user;"
        ),
        2 => format!("alter view {name} owner to graph_owner; grant insert on {name} to graph_b;"),
        _ => String::new(),
    };
    let more = match random.u8(0..5) {
        0 => format!(
            "create trigger stop instead of insert on {name} for each row execute function {schema}.refuse(); comment on trigger stop on {name} is 'Stop';"
        ),
        1 => format!(
            "create rule hush as on delete to {name} do instead nothing; comment on rule hush on {name} is 'Hush';"
        ),
        _ => String::new(),
    };
    grants + &more
}

fn to_a_column(random: &mut Rng, name: &str, column: &str, sort: Sort) -> String {
    match random.u8(0..4) {
        0 => format!(
            "grant select ({column}), insert ({column}) on {name} to graph_a; grant update ({column}) on {name} to graph_b with grant option;"
        ),
        1 => format!(
            "comment on column {name}.{column} is 'Column''s %s {at}';",
            at = column.len()
        ),
        2 if sort == Sort::Number => {
            format!("alter view {name} alter column {column} set default 7;")
        }
        _ => String::new(),
    }
}
