//! Rows that are as before but for one column, and for those that keep it company.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::candidates::Candidate;
use crate::error::Result;
use crate::prove::probe::ProbeContext;
use crate::prove::probe_session::ProbeSession;
use crate::prove::world::{At, Row, World, value_sql};
use crate::sql::{identifier, text_array};

/// Rows that are not those of the fixture.
pub(super) struct OtherRows {
    pub(super) at: At,
    /// What makes them.
    pub(super) before: String,
    /// The rows of each table that is another.
    pub(super) tables: Tables,
    /// The value, when no other column is another and somebody may write it.
    pub(super) written: Option<Option<String>>,
    pub(super) readers: BTreeSet<usize>,
}

/// One candidate as statements: in all rows, or in the first of its table alone.
struct Update {
    candidate: Candidate,
    readers: BTreeSet<usize>,
    /// Column and value, table by table.
    sets: BTreeMap<usize, Vec<(usize, String)>>,
}

impl Update {
    fn new((candidate, readers): (Candidate, BTreeSet<usize>)) -> Self {
        let mut sets: BTreeMap<usize, Vec<(usize, String)>> = BTreeMap::new();
        let own = (candidate.at, candidate.value.clone());
        for (at, value) in std::iter::once(own).chain(candidate.company.clone()) {
            sets.entry(at.0).or_default().push((at.1, value));
        }
        Self {
            candidate,
            readers,
            sets,
        }
    }

    fn sql(&self, world: &World, is_all: bool) -> String {
        let updates = self.sets.iter().map(|(at, sets)| {
            let is_own = *at == self.candidate.at.0;
            update(world, *at, sets, is_all || !is_own)
        });
        updates.collect::<Vec<_>>().join("; ")
    }
}

fn update(world: &World, at: usize, sets: &[(usize, String)], is_all: bool) -> String {
    let table = &world.tables[at];
    let sets = sets.iter().map(|(column, value)| {
        let column = identifier(&table.columns[*column].name);
        format!("{column} = {value}")
    });
    let sets = sets.collect::<Vec<_>>().join(", ");
    let first = table.rows.first().map(|row| table.is_row(row));
    let first = first.unwrap_or_else(|| "false".to_owned());
    let only = if is_all {
        String::new()
    } else {
        format!(" where {first}")
    };
    format!("update {} set {sets}{only}", table.name)
}

/// Tables with their rows.
type Tables = Vec<(usize, Vec<Row>)>;

/// Rows that are other ones, and the values that columns took alone.
type Taken = (Vec<OtherRows>, BTreeSet<(At, String)>);

/// Asks the server which values columns take, in all rows or in the first, and what the rows are then.
pub(super) async fn other_rows(
    session: &ProbeSession<'_>,
    context: &ProbeContext<'_>,
    candidates: Vec<(Candidate, BTreeSet<usize>)>,
) -> Result<Taken> {
    let world = context.world;
    let updates: Vec<Update> = candidates.into_iter().map(Update::new).collect();
    let statements: Vec<[String; 2]> = updates
        .iter()
        .map(|one| [one.sql(world, true), one.sql(world, false)])
        .collect();
    let sql = format!(
        "select pg_temp.workroom_takes({});",
        text_array(statements.iter().flatten())
    );
    let answer = session
        .inner
        .run("asking which values columns take", &sql)
        .await?;
    let answer = answer.into_iter().flatten().flatten().flatten().next();
    let answer = answer.unwrap_or_default();
    let taken: Vec<bool> = answer.chars().map(|letter| letter == 't').collect();
    let (open, close) = session.brackets();
    let mut chosen = Vec::new();
    let mut sql = open.to_owned();
    for ((one, statements), taken) in updates.into_iter().zip(&statements).zip(taken.chunks(2)) {
        let Some(place) = taken.iter().position(|is_taken| *is_taken) else {
            continue;
        };
        let readings = one.sets.keys().map(|at| world.tables[*at].reading());
        sql.push_str(&format!(
            "savepoint workroom_part; {}; {} rollback to savepoint workroom_part;",
            statements[place],
            readings.collect::<String>()
        ));
        chosen.push((one, place == 0));
    }
    if chosen.is_empty() {
        return Ok(Taken::default());
    }
    sql.push_str(close);
    let results = session
        .inner
        .run("reading rows with other values", &sql)
        .await?;
    let mut results = results.into_iter().skip(1);
    let mut others: Vec<OtherRows> = Vec::new();
    let mut alone = BTreeSet::new();
    let mut known: HashMap<(At, Tables), usize> = HashMap::new();
    for (one, is_all) in chosen {
        // Each has a savepoint, changes, what was read, and the way back.
        let count = one.sets.len();
        let read = results.by_ref().skip(1 + count).take(count);
        let read: Vec<Vec<Row>> = read.collect();
        results.next();
        let tables: Tables = one.sets.keys().copied().zip(read).collect();
        let is_same = |(at, rows): &(usize, Vec<Row>)| world.tables[*at].rows == *rows;
        let is_as_before = tables.iter().all(is_same);
        // A trigger may have put the old value in its place: a value counts where a row is another for it, or has it.
        let is_in_a_row = || has_value(&tables, one.candidate.at, &one.candidate.value);
        if one.candidate.company.is_empty() && (!is_as_before || is_in_a_row()) {
            alone.insert((one.candidate.at, one.candidate.value.clone()));
        }
        if is_as_before {
            continue;
        }
        match known.entry((one.candidate.at, tables.clone())) {
            Entry::Occupied(place) => others[*place.get()].readers.extend(one.readers),
            Entry::Vacant(place) => {
                place.insert(others.len());
                others.push(as_read(context, one, is_all, tables));
            }
        }
    }
    Ok((others, alone))
}

fn has_value(tables: &Tables, (at, column): At, value: &str) -> bool {
    let mut rows = tables.iter().filter(|(of, _)| *of == at);
    rows.any(|(_, rows)| {
        rows.iter()
            .any(|row| value_sql(row[column].as_deref()) == value)
    })
}

/// The change with the values that the server made of it, which are the same whenever it is made.
fn as_read(context: &ProbeContext<'_>, one: Update, is_all: bool, tables: Tables) -> OtherRows {
    let at = one.candidate.at;
    let value = |table: usize, column: usize| {
        let found = tables.iter().find(|(of, _)| *of == table);
        let row = found.and_then(|(_, rows)| {
            rows.iter()
                .zip(&context.world.tables[table].rows)
                .find(|(new, old)| new != old)
                .map(|(new, _)| new)
                .or(rows.first())
        });
        row.and_then(|row| row[column].clone())
    };
    let sets = one.sets.iter().map(|(table, sets)| {
        let sets = sets.iter().map(|(column, _)| {
            let value = value(*table, *column);
            (*column, value_sql(value.as_deref()))
        });
        (*table, sets.collect())
    });
    let is_alone = one.candidate.company.is_empty();
    let is_of_file = at.0 < context.intent.policies.tables.len();
    let written = (is_alone && is_of_file).then(|| value(at.0, at.1));
    let as_read = Update {
        sets: sets.collect(),
        candidate: one.candidate,
        readers: one.readers,
    };
    OtherRows {
        at,
        before: as_read.sql(context.world, is_all),
        tables,
        written,
        readers: as_read.readers,
    }
}
