//! How a dataset goes into a database: for each table the way of loading and why, which triggers rest, what is taken
//! away for the time and put back.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Constraint, ConstraintKind, Index, Name, TriggerEnabled};
use crate::database::{Rows, Session};
use crate::error::{Error, Result};
use crate::seed::dataset::Dataset;
use crate::seed::pipeline::width;
use crate::sql::{identifier, literal};

/// Tables of at least so many rows are loaded without their secondary indexes and foreign keys.
const REBUILD_FROM: u64 = 4_000;

/// An index of these kinds costs so much for each row that it is built last even in small tables.
const COSTLY_FROM: u64 = 200;

/// What the loading role may do, and what there is already.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The role.
    pub role: String,
    /// Whether row-level security does not bind it.
    pub bypasses: bool,
    /// Tables (by label) that it owns.
    pub owned: BTreeSet<String>,
    /// Tables that it may insert into.
    pub insertable: BTreeSet<String>,
    /// Tables that have rows.
    pub filled: BTreeSet<String>,
    /// Rules of tables that it owns.
    pub rules: BTreeMap<String, Vec<(String, TriggerEnabled)>>,
    /// Tables of other systems that tables outside of the dataset refer to: others' rows in them stay.
    pub shared: BTreeSet<String>,
}

/// How a table is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// With everything in place.
    Checked,
    /// Without secondary indexes and foreign keys, which come back in the same transaction.
    Rebuild,
    /// Through a temporary table and `insert … select`, so that policies judge every row.
    Staged,
}

impl std::fmt::Display for Mode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Checked => "checked",
            Self::Rebuild => "rebuild",
            Self::Staged => "staged",
        })
    }
}

/// How one table is loaded.
#[derive(Clone, Debug)]
pub struct TablePlan {
    /// The table's position in the dataset.
    pub table: usize,
    /// Its rows.
    pub rows: u64,
    /// Bytes on the way, about.
    pub bytes: u64,
    /// How.
    pub mode: Mode,
    /// Why so.
    pub reason: String,
    /// Triggers that rest while it is loaded.
    pub triggers: Vec<(String, TriggerEnabled)>,
    /// Rules that rest meanwhile: rows that come by `insert … select` would follow them, and those that come by COPY do not.
    pub rules: Vec<(String, TriggerEnabled)>,
    /// Indexes that are dropped and built again.
    pub indexes: Vec<Index>,
    /// Foreign keys that are dropped and added again.
    pub foreign_keys: Vec<Constraint>,
    /// Whether its owner, whom it binds too, lifts `force row level security` for the time.
    pub lift_force: bool,
    /// Where others' rows stay: what follows the `insert` for rows that are there already.
    pub beside: Option<String>,
}

/// How all tables are loaded, in order.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The tables.
    pub tables: Vec<TablePlan>,
    /// What the role may do.
    pub facts: Facts,
}

impl Facts {
    /// Asks the server, in one message.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn ask(session: &Session, data: &Dataset) -> Result<Self> {
        let tables: Vec<&crate::seed::dataset::Table> =
            data.filled().map(|at| &data.tables[at]).collect();
        let mut sql = String::from(
            "select r.rolname, r.rolsuper or r.rolbypassrls from pg_catalog.pg_roles as r where r.rolname = current_user;",
        );
        for table in &tables {
            sql.push_str(&format!(
                "select pg_catalog.pg_has_role(c.relowner, 'usage'), \
                 pg_catalog.has_schema_privilege(c.relnamespace, 'usage') \
                 and (pg_catalog.has_table_privilege(c.oid, 'insert') or pg_catalog.has_any_column_privilege(c.oid, 'insert')), \
                 pg_catalog.has_schema_privilege(c.relnamespace, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select'), \
                 (select pg_catalog.string_agg(r.ev_enabled::text || r.rulename::text, pg_catalog.chr(31) order by r.rulename) \
                  from pg_catalog.pg_rewrite as r where r.ev_class = c.oid and r.ev_type <> '1' and r.ev_enabled in ('O', 'A')) \
                 from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace \
                 where n.nspname = {} and c.relname = {};",
                literal(&table.name.schema),
                literal(&table.name.name)
            ));
        }
        let results = session.run("asking what this role may do", &sql).await?;
        let flag = |rows: &Rows, at: usize| {
            rows.first().and_then(|row| row.get(at)?.as_deref()) == Some("t")
        };
        let role = results[0].first().and_then(|row| row.first()?.clone());
        let mut facts = Self {
            role: role.unwrap_or_default(),
            bypasses: flag(&results[0], 1),
            ..Self::default()
        };
        let mut readable = Vec::new();
        for (table, rows) in tables.iter().zip(&results[1..]) {
            if flag(rows, 0) {
                facts.owned.insert(table.label.clone());
                let rules = rows.first().and_then(|row| row.get(3)?.as_deref());
                facts.rules.insert(table.label.clone(), rules_of(rules));
            }
            if flag(rows, 1) {
                facts.insertable.insert(table.label.clone());
            }
            if flag(rows, 2) {
                readable.push(table);
            }
        }
        let sql: String = readable
            .iter()
            .map(|table| format!("select exists (select from {});", table.alone()))
            .collect();
        if sql.is_empty() {
            return Ok(facts);
        }
        // Whom policies bind sees the rows of the tenant that the setting names: each is asked for.
        let mut contexts = vec![String::new()];
        if let (Some(setting), false) = (&data.tenant_setting, facts.bypasses) {
            contexts = data
                .tenants
                .iter()
                .filter_map(|tenant| {
                    let crate::seed::value::Value::Uuid(id) = tenant.id else {
                        return None;
                    };
                    let mut text = String::new();
                    crate::seed::value::uuid::write(&mut text, &id);
                    Some(format!(
                        "select pg_catalog.set_config({}, {}, true);",
                        literal(setting),
                        literal(&text)
                    ))
                })
                .collect();
        }
        for context in contexts {
            let results = session
                .run(
                    "looking whether the tables are empty",
                    &format!("{context}{sql}"),
                )
                .await?;
            for (table, rows) in readable
                .iter()
                .zip(&results[usize::from(!context.is_empty())..])
            {
                if flag(rows, 0) {
                    facts.filled.insert(table.label.clone());
                }
            }
        }
        Ok(facts)
    }
}

/// Rules, each with the letter of how it is enabled before its name.
fn rules_of(text: Option<&str>) -> Vec<(String, TriggerEnabled)> {
    let rules = text.into_iter().flat_map(|text| text.split('\u{1f}'));
    let rule = |text: &str| match text.strip_prefix('A') {
        Some(name) => (name.to_owned(), TriggerEnabled::Always),
        None => (text.chars().skip(1).collect(), TriggerEnabled::Origin),
    };
    rules.map(rule).collect()
}

/// Decides how each table is loaded.
///
/// # Errors
/// When the role may not load a table at all, or a row cannot be made.
pub fn plan(data: &Dataset, catalog: &Catalog, facts: Facts, top_up: bool) -> Result<Plan> {
    let mut tables = Vec::new();
    let mut before: Vec<usize> = Vec::new();
    let labels = data.filled().map(|at| data.tables[at].label.as_str());
    let closed: Vec<&str> = labels
        .filter(|label| !facts.insertable.contains(*label))
        .collect();
    if !closed.is_empty() {
        return Err(Error::refused(format!(
            "{} may not insert into {} of the {} tables",
            facts.role,
            closed.len(),
            data.filled().count()
        ))
        .because(format!("no right to insert: {}", closed.join(", ")))
        .hint("connect as their owner, or grant usage on the schema and insert on them"));
    }
    let mut mistakes = Vec::new();
    for table in data.filled() {
        before.push(table);
        match table_plan(data, catalog, &facts, table, &before, top_up) {
            Ok(planned) => tables.push(planned),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    Error::all(mistakes)?;
    Ok(Plan { tables, facts })
}

/// Triggers of a table that would fire, with how they come back.
pub(crate) fn resting_triggers(catalog: &Catalog, table: &Name) -> Vec<(String, TriggerEnabled)> {
    let own = catalog
        .triggers
        .iter()
        .filter(|trigger| trigger.relation == *table && !trigger.inherited);
    let fires = |enabled| matches!(enabled, TriggerEnabled::Origin | TriggerEnabled::Always);
    own.filter(|trigger| fires(trigger.enabled))
        .map(|trigger| (trigger.name.clone(), trigger.enabled))
        .collect()
}

fn table_plan(
    data: &Dataset,
    catalog: &Catalog,
    facts: &Facts,
    at: usize,
    before: &[usize],
    top_up: bool,
) -> Result<TablePlan> {
    let table = &data.tables[at];
    let rows = data.rows(at);
    let relation = catalog.relation(&table.name);
    let owns = facts.owned.contains(&table.label);
    let protected = relation.is_some_and(|relation| relation.row_security);
    let forced = relation.is_some_and(|relation| relation.force_row_security);
    let binds = protected && !facts.bypasses && (!owns || forced);
    let foreign_keys: Vec<&Constraint> = catalog
        .constraints
        .iter()
        .filter(|constraint| {
            constraint.relation == table.name
                && constraint.kind == ConstraintKind::ForeignKey
                && !constraint.inherited
        })
        .collect();
    let later = foreign_keys.iter().any(|constraint| {
        constraint.references.as_ref().is_some_and(|reference| {
            data.filled().any(|other| {
                data.tables[other].name == reference.relation && !before.contains(&other)
            })
        })
    });
    let secondary: Vec<&Index> = catalog
        .indexes
        .iter()
        .filter(|index| {
            index.relation == table.name
                && index.constraint.is_none()
                && !index.is_partition
                && index.valid
                && !index.has_marks()
        })
        .collect();
    let costly = |index: &&&Index| {
        matches!(index.method.as_str(), "hnsw" | "ivfflat") && rows >= COSTLY_FROM
    };
    let mut made = TablePlan {
        table: at,
        rows,
        bytes: width(data, at, 64)? * rows,
        mode: Mode::Checked,
        reason: String::new(),
        triggers: Vec::new(),
        rules: facts.rules.get(&table.label).cloned().unwrap_or_default(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        lift_force: binds && owns,
        beside: facts
            .shared
            .contains(&table.label)
            .then(|| on_conflict(data, catalog, at)),
    };
    if owns {
        made.triggers = resting_triggers(catalog, &table.name);
    }
    if binds && !owns {
        made.mode = Mode::Staged;
        made.reason = format!(
            "row-level security binds {}, and COPY is refused to whom it binds",
            facts.role
        );
        return Ok(made);
    }
    if made.beside.is_some() {
        made.mode = Mode::Staged;
        "others refer to it: their rows stay, these are added or renewed"
            .clone_into(&mut made.reason);
        return Ok(made);
    }
    // Indexes and keys of partitions belong to those of the whole, and do not come back by their own names.
    let wants_rebuild = later || rows >= REBUILD_FROM && !table.partitioned;
    if wants_rebuild && owns && !top_up {
        made.mode = Mode::Rebuild;
        made.reason = if later {
            "it refers to a table that comes later".to_owned()
        } else {
            format!(
                "{} indexes and {} foreign keys cost less at once than row by row",
                secondary.len(),
                foreign_keys.len()
            )
        };
        if !table.partitioned {
            made.indexes = secondary.into_iter().cloned().collect();
        }
        made.foreign_keys = foreign_keys.into_iter().cloned().collect();
        return Ok(made);
    }
    if owns && !top_up && !table.partitioned {
        made.indexes = secondary
            .iter()
            .filter(costly)
            .map(|index| (*index).clone())
            .collect();
    }
    made.reason = match (wants_rebuild, owns, top_up, made.indexes.is_empty()) {
        (true, false, ..) => format!(
            "only its owner can drop its indexes, and {} is not",
            facts.role
        ),
        (_, _, true, _) => "rows are added to others".to_owned(),
        _ if rows >= REBUILD_FROM => "its rows are in partitions, whose indexes stay".to_owned(),
        (.., false) => "fewer than 4,000 rows; its vector index is built last".to_owned(),
        _ => "fewer than 4,000 rows".to_owned(),
    };
    Ok(made)
}

/// The clause that renews rows of the same key.
fn on_conflict(data: &Dataset, catalog: &Catalog, at: usize) -> String {
    let table = &data.tables[at];
    let key = catalog.constraints.iter().find(|constraint| {
        constraint.relation == table.name && constraint.kind == ConstraintKind::PrimaryKey
    });
    let Some(key) = key else {
        return String::new();
    };
    let names: Vec<String> = key.columns.iter().map(|name| identifier(name)).collect();
    let renewed: Vec<String> = table
        .stored
        .iter()
        .map(|at| &table.columns[*at].name)
        .filter(|name| !key.columns.contains(name))
        .map(|name| format!("{0} = excluded.{0}", identifier(name)))
        .collect();
    let action = if renewed.is_empty() {
        "nothing".to_owned()
    } else {
        format!("update set {}", renewed.join(", "))
    };
    format!(" on conflict ({}) do {action}", names.join(", "))
}
