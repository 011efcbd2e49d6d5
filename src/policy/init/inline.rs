//! Functions in SQL that conditions call, written out: `app.is_member(org_id)` becomes the query that it runs.
//!
//! What the query may see depends on whose rights it has; the words speak of all rows, and the proof shows whether that is
//! the same.

use super::condition;
use super::tree::{Query, Sql};
use crate::catalog::{Catalog, Function, FunctionKind};

/// Functions inside of functions are followed so far.
const DEPTH: usize = 4;

/// A condition with the functions that it calls written out, but for those that say who asks.
pub(super) fn inlined(
    sql: &Sql,
    table: &str,
    catalog: &Catalog,
    keep: &dyn Fn(&Sql) -> bool,
) -> Sql {
    let inliner = Inliner {
        catalog,
        keep,
        table,
    };
    inliner.of(sql, 0)
}

struct Inliner<'a> {
    catalog: &'a Catalog,
    keep: &'a dyn Fn(&Sql) -> bool,
    /// What the server calls the row at hand inside of a sub-select.
    table: &'a str,
}

impl Inliner<'_> {
    fn of(&self, sql: &Sql, depth: usize) -> Sql {
        let of = |one: &Sql| Box::new(self.of(one, depth));
        let all = |list: &[Sql]| list.iter().map(|one| self.of(one, depth)).collect();
        match sql {
            Sql::Call(name, arguments) if !(self.keep)(sql) => {
                let arguments: Vec<Sql> = all(arguments);
                match self.body(name, &arguments, depth) {
                    Some(query) => Sql::Query(Box::new(query)),
                    None => Sql::Call(name.clone(), arguments),
                }
            }
            Sql::Cast(inner, kind) => Sql::Cast(of(inner), kind.clone()),
            Sql::Between(left, sign, right) => Sql::Between(of(left), sign.clone(), of(right)),
            Sql::Not(inner) => Sql::Not(of(inner)),
            Sql::IsNull(inner) => Sql::IsNull(of(inner)),
            Sql::In(left, list) => Sql::In(of(left), all(list)),
            Sql::InQuery(left, query) => {
                let query = self.query(query, depth);
                // `in (select app.my_ids())`: the rows are those of the function's query.
                let query = match query.result {
                    Sql::Query(inner) if query.table.is_none() => *inner,
                    result => Query { result, ..query },
                };
                Sql::InQuery(of(left), Box::new(query))
            }
            Sql::Exists(query) => Sql::Exists(Box::new(self.query(query, depth))),
            Sql::Query(query) => Sql::Query(Box::new(self.query(query, depth))),
            other => other.clone(),
        }
    }

    fn query(&self, query: &Query, depth: usize) -> Query {
        Query {
            result: self.of(&query.result, depth),
            table: query.table.clone(),
            condition: query.condition.as_ref().map(|one| self.of(one, depth)),
            sees_all: query.sees_all,
        }
    }

    /// The query of a function of the system that is no more than one.
    fn body(&self, name: &str, arguments: &[Sql], depth: usize) -> Option<Query> {
        let (schema, short) = name.split_once('.')?;
        let is_it = |one: &&Function| one.name.schema == schema && one.name.name == short;
        let mut functions = self.catalog.functions.iter().filter(is_it);
        let (function, None) = (functions.next()?, functions.next()) else {
            return None;
        };
        if depth >= DEPTH || function.language != "sql" || function.kind != FunctionKind::Function {
            return None;
        }
        let mut query = condition::read_query(text_of(function.definition.as_deref()?)?).ok()?;
        if function.security_definer {
            let mut all = std::mem::replace(&mut query.result, Sql::Null);
            with_all_rights(&mut all);
            query.result = all;
            query.condition.iter_mut().for_each(with_all_rights);
            query.sees_all = true;
        }
        let names = parameters(&function.arguments);
        let given: Vec<Sql> = arguments.iter().map(|one| self.outside(one)).collect();
        let place = |column: &str| {
            let number = column
                .strip_prefix('$')
                .and_then(|text| text.parse::<usize>().ok());
            let at = number.map_or_else(
                || names.iter().position(|name| name == column),
                |number| number.checked_sub(1),
            );
            given.get(at?).cloned()
        };
        let settled = self.settled_query(&query, &place)?;
        Some(self.query(&settled, depth + 1))
    }

    /// An argument: its columns are those of the row at hand, whatever stands around it now.
    fn outside(&self, sql: &Sql) -> Sql {
        map(sql, &|one| match one {
            Sql::Column(None, column) => {
                Some(Sql::Column(Some(self.table.to_owned()), column.clone()))
            }
            _ => None,
        })
    }

    /// A function's query, whose names may lack their schema and their table.
    fn settled_query(&self, query: &Query, place: &dyn Fn(&str) -> Option<Sql>) -> Option<Query> {
        let table = match &query.table {
            None => None,
            Some((table, called)) => Some((self.full(table)?, called.clone())),
        };
        let settled = |sql: &Sql| self.settled(sql, table.as_ref(), place);
        Some(Query {
            result: settled(&query.result)?,
            condition: match &query.condition {
                None => None,
                Some(condition) => Some(settled(condition)?),
            },
            table,
            sees_all: query.sees_all,
        })
    }

    fn settled(
        &self,
        sql: &Sql,
        table: Option<&(String, String)>,
        place: &dyn Fn(&str) -> Option<Sql>,
    ) -> Option<Sql> {
        let of = |one: &Sql| self.settled(one, table, place).map(Box::new);
        let all = |list: &[Sql]| -> Option<Vec<Sql>> {
            list.iter()
                .map(|one| self.settled(one, table, place))
                .collect()
        };
        Some(match sql {
            Sql::Column(None, column) => {
                let of_table = table.filter(|(table, _)| self.has_column(table, column));
                match of_table {
                    // The server prefers the column.
                    Some((_, called)) => Sql::Column(Some(called.clone()), column.clone()),
                    None => place(column)?,
                }
            }
            // `is_member.org`: a parameter by the function's name.
            Sql::Column(Some(whose), column) if table.is_none_or(|(_, called)| called != whose) => {
                place(column)?
            }
            Sql::Cast(inner, kind) => Sql::Cast(of(inner)?, kind.clone()),
            Sql::Between(left, sign, right) => Sql::Between(of(left)?, sign.clone(), of(right)?),
            Sql::Not(inner) => Sql::Not(of(inner)?),
            Sql::IsNull(inner) => Sql::IsNull(of(inner)?),
            Sql::In(left, list) => Sql::In(of(left)?, all(list)?),
            Sql::Call(name, list) => Sql::Call(name.clone(), all(list)?),
            // One level of rows: what is named in a query inside of another one may be either's.
            Sql::Exists(query) if table.is_none() => {
                Sql::Exists(Box::new(self.settled_query(query, place)?))
            }
            Sql::Query(query) if table.is_none() || query.table.is_none() => {
                Sql::Query(Box::new(match query.table {
                    Some(_) => self.settled_query(query, place)?,
                    None => Query {
                        sees_all: query.sees_all,
                        ..Query::of(*of(&query.result)?)
                    },
                }))
            }
            Sql::InQuery(left, query) if table.is_none() => {
                Sql::InQuery(of(left)?, Box::new(self.settled_query(query, place)?))
            }
            Sql::Exists(_) | Sql::Query(_) | Sql::InQuery(..) => return None,
            other => other.clone(),
        })
    }

    /// A table's name with its schema; none where several schemas have one of that name.
    fn full(&self, table: &str) -> Option<String> {
        if table.contains('.') {
            return Some(table.to_owned());
        }
        let relations = self.catalog.relations.iter();
        let mut found = relations.filter(|one| one.name.name == table);
        let (only, None) = (found.next()?, found.next()) else {
            return None;
        };
        Some(format!("{}.{}", only.name.schema, only.name.name))
    }

    fn has_column(&self, table: &str, column: &str) -> bool {
        let mut columns = self.catalog.columns.iter();
        columns.any(|one| {
            one.name == column && format!("{}.{}", one.relation.schema, one.relation.name) == table
        })
    }
}

/// Marks every query inside as one whose rights are the owner's.
fn with_all_rights(sql: &mut Sql) {
    let of_query = |query: &mut Query| {
        query.sees_all = true;
        with_all_rights(&mut query.result);
        query.condition.iter_mut().for_each(with_all_rights);
    };
    match sql {
        Sql::Call(_, parts) => parts.iter_mut().for_each(with_all_rights),
        Sql::Cast(inner, _) | Sql::Not(inner) | Sql::IsNull(inner) => with_all_rights(inner),
        Sql::Between(left, _, right) => {
            with_all_rights(left);
            with_all_rights(right);
        }
        Sql::In(left, list) => {
            with_all_rights(left);
            list.iter_mut().for_each(with_all_rights);
        }
        Sql::InQuery(left, query) => {
            of_query(query);
            with_all_rights(left);
        }
        Sql::Exists(query) | Sql::Query(query) => of_query(query),
        Sql::Column(..) | Sql::Text(_) | Sql::Number(_) | Sql::Flag(_) | Sql::Null => {}
    }
}

/// What a function in SQL runs.
fn text_of(definition: &str) -> Option<&str> {
    if let Some((_, rest)) = definition.split_once("AS $function$") {
        return rest.split_once("$function$").map(|(body, _)| body);
    }
    let at = definition.find("\nRETURN ")?;
    Some(&definition[at + "\nRETURN ".len()..])
}

/// The names of a function's arguments; a type where one has no name.
fn parameters(arguments: &str) -> Vec<String> {
    let names = arguments
        .split(',')
        .map(|one| one.split_whitespace().next());
    names
        .map(|name| name.unwrap_or_default().to_owned())
        .collect()
}

/// The same with some of it put in another way; what stands in queries is left alone.
fn map(sql: &Sql, change: &dyn Fn(&Sql) -> Option<Sql>) -> Sql {
    if let Some(changed) = change(sql) {
        return changed;
    }
    let of = |one: &Sql| Box::new(map(one, change));
    match sql {
        Sql::Cast(inner, kind) => Sql::Cast(of(inner), kind.clone()),
        Sql::Between(left, sign, right) => Sql::Between(of(left), sign.clone(), of(right)),
        Sql::Call(name, list) => Sql::Call(
            name.clone(),
            list.iter().map(|one| map(one, change)).collect(),
        ),
        other => other.clone(),
    }
}
