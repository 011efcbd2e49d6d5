//! Probes: one statement each, with what the oracle says must come of it.

mod blind;
mod channels;
mod columns;
mod conflict;
mod delete;
mod insert;
mod moves;
mod outcome;
mod rights;
mod select;
mod side_channels;
mod update;
mod varied;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use super::fixture::Hints;
use super::intent::{Intent, State};
use super::part::Chosen;
use super::persona::Persona;
use super::world::{Row, World};
use crate::catalog::Catalog;
use crate::policy::Key;
use crate::policy::{Command, Span};

pub(super) use channels::{Channel, channels};
pub(super) use insert::values;
pub(super) use outcome::{BY_GRANT, Expected, Measured, Outcome, Wanted};
pub(super) use rights::is_accepted;
pub(super) use rights::{UNBOUND, definer_functions, lent, may_call, rights_outside_tables};
pub(super) use side_channels::{pair_tests, taken};
pub(super) use varied::{marked, varied, written};

/// What sort of probe it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Select,
    Insert,
    CrossInsert,
    Update,
    Move,
    Delete,
    Blind,
    Conflict,
    SideChannel,
    Escalation,
    Columns,
    Invariant,
    Trigger,
}

impl Kind {
    /// All of them, in the order of the report.
    pub(super) const ALL: [Self; 13] = [
        Self::Select,
        Self::Insert,
        Self::CrossInsert,
        Self::Update,
        Self::Move,
        Self::Delete,
        Self::Blind,
        Self::Conflict,
        Self::SideChannel,
        Self::Escalation,
        Self::Columns,
        Self::Invariant,
        Self::Trigger,
    ];

    /// Whether its answer depends on which rows policies let through.
    pub(super) fn asks_for_rows(self) -> bool {
        matches!(
            self,
            Self::Select
                | Self::Insert
                | Self::CrossInsert
                | Self::Update
                | Self::Move
                | Self::Delete
                | Self::Blind
                | Self::Conflict
        )
    }

    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Insert => "insert",
            Self::CrossInsert => "cross-insert",
            Self::Update => "update",
            Self::Move => "move",
            Self::Delete => "delete",
            Self::Blind => "blind",
            Self::Conflict => "conflict",
            Self::SideChannel => "side-channel",
            Self::Escalation => "escalation",
            Self::Columns => "columns",
            Self::Invariant => "invariant",
            Self::Trigger => "trigger",
        }
    }
}

/// A statement and what must come of it.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    pub(super) kind: Kind,
    /// An index into the world's tables.
    pub(super) table: usize,
    pub(super) command: Command,
    pub(super) sql: String,
    /// Run without rights of one's own afterwards; `?` for a query whose one value counts.
    pub(super) after: String,
    pub(super) expected: Expected,
    /// The row that it is about.
    pub(super) row: Option<String>,
    /// Where the file asks for this.
    pub(super) span: Span,
}

impl Probe {
    /// What its outcome must be for it to be as expected, for somebody.
    pub(super) fn wanted(&self, persona: &Persona) -> Wanted<'_> {
        let mut wanted = Wanted::of(&self.expected);
        wanted.errors.extend(self.hidden_by());
        // Nonsense in the session may end in an error instead of in nothing.
        if persona.is_garbled {
            wanted.errors.push("22%");
        }
        wanted
    }

    /// Whether a constraint hides what policies do with it.
    pub(super) fn is_hidden(&self, outcome: &Outcome) -> bool {
        let hidden_by = self.hidden_by();
        hidden_by.is_some_and(|state| outcome.state.starts_with(state.trim_end_matches('%')))
    }

    /// The errors of constraints that say nothing of policies.
    fn hidden_by(&self) -> Option<&'static str> {
        let touches_nothing = match &self.expected {
            Expected::Touches(count) => *count == 0,
            Expected::Rows(rows) => self.command == Command::Update && rows.is_empty(),
            _ => false,
        };
        match self.kind {
            // Where no row may be touched, none comes as far as a constraint.
            Kind::Blind if touches_nothing => None,
            // Without `where`, one row that breaks a constraint hides what becomes of the others; moves tell.
            Kind::Blind => Some("23%"),
            // A row that meets another leaves out what the server gives, which a check may not go with; a clone has no
            // checks.
            Kind::Conflict => Some("23514"),
            _ => None,
        }
    }
}

/// Rows that are locked must be such as may be changed.
const LOCKS: &str = " for no key update";

/// A persona's place, a table and a command.
type Act = (usize, usize, Command);

/// Answers about personas that have a place.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Whether policies allow it, by state and row.
    allowed: RefCell<HashMap<(Act, State, usize), bool>>,
    /// Whether a column may be used for it, by column.
    usable: RefCell<HashMap<Act, Vec<bool>>>,
}

/// What all makers of probes have at hand.
#[derive(Clone, Copy)]
pub(super) struct ProbeContext<'a> {
    pub(super) intent: &'a Intent<'a>,
    pub(super) world: &'a World,
    /// Whether row security can be lifted from a role, and not only from tables.
    pub(super) lifts: bool,
    /// What of the system is proven.
    pub(super) chosen: &'a Chosen,
    pub(super) hints: &'a Hints,
    pub(super) catalog: &'a Catalog,
    /// Functions that other systems may call, with their roles.
    pub(super) tolerated: &'a BTreeSet<Key>,
    /// What was computed before, for rows of the world.
    pub(super) memory: &'a Memory,
    /// Rows with a transaction id beyond this were written by the probe itself.
    pub(super) horizon: u64,
    /// Where outcomes are kept, if they are to be compared with those of another time.
    pub(super) record: Option<&'a RefCell<Vec<Measured>>>,
}

impl<'a> ProbeContext<'a> {
    /// All probes of one persona on one table of the policy file.
    pub(super) fn probes(&self, persona: &Persona, at: usize) -> Vec<Probe> {
        let mut probes = Vec::new();
        select::add(self, persona, at, &mut probes);
        insert::add(self, persona, at, &mut probes);
        update::add(self, persona, at, &mut probes);
        delete::add(self, persona, at, &mut probes);
        blind::add(self, persona, at, &mut probes);
        moves::add(self, persona, at, &mut probes);
        conflict::add(self, persona, at, &mut probes);
        columns::add(self, persona, at, &mut probes);
        side_channels::add(self, persona, at, &mut probes);
        rights::add(self, persona, at, &mut probes);
        probes
    }

    fn rows(&self, at: usize) -> &'a [Row] {
        &self.world.tables[at].rows
    }

    /// The rows that a persona tries one by one: all of them, or some for those who have no business there.
    fn tried(&self, persona: &Persona, at: usize) -> impl Iterator<Item = &'a Row> + use<'a> {
        let rows = self.rows(at);
        let step = if persona.is_ordinary || persona.tries_all {
            1
        } else {
            (rows.len() / 3).max(1)
        };
        rows.iter().step_by(step)
    }

    fn sees(&self, persona: &Persona, at: usize, row: &Row) -> bool {
        self.before(persona, at, Command::Select, row)
    }

    /// Whether a persona may read what a `where` on the key needs.
    pub(super) fn may_find(&self, persona: &Persona, at: usize) -> bool {
        self.intent.is_granted(persona, at, Command::Select)
            && self.world.tables[at]
                .key
                .iter()
                .all(|column| self.may_use(persona, at, Command::Select, *column))
    }

    pub(super) fn before(&self, persona: &Persona, at: usize, command: Command, row: &Row) -> bool {
        self.allows(persona, at, command, State::Before, row)
    }

    fn after(&self, persona: &Persona, at: usize, command: Command, row: &Row) -> bool {
        self.allows(persona, at, command, State::After, row)
    }

    fn allows(
        &self,
        persona: &Persona,
        at: usize,
        command: Command,
        state: State,
        row: &Row,
    ) -> bool {
        let ask = || {
            self.intent
                .allows(self.world, persona, at, command, state, row)
        };
        let rows = self.rows(at);
        // A row that is made up for a question, and a copy of somebody, have no place under which to keep an answer.
        let is_known = rows.as_ptr_range().contains(&std::ptr::from_ref(row));
        let (true, Some(place)) = (is_known, persona.place.0) else {
            return ask();
        };
        let distance = std::ptr::from_ref(row).addr() - rows.as_ptr().addr();
        let key = ((place, at, command), state, distance / size_of::<Row>());
        if let Some(known) = self.memory.allowed.borrow().get(&key) {
            return *known;
        }
        let answer = ask();
        self.memory.allowed.borrow_mut().insert(key, answer);
        answer
    }

    /// Whether a persona may use a column for a command.
    pub(super) fn may_use(
        &self,
        persona: &Persona,
        at: usize,
        command: Command,
        column: usize,
    ) -> bool {
        let ask = |column| {
            self.intent
                .may_use(self.world, persona, at, command, column)
        };
        let Some(place) = persona.place.0 else {
            return ask(column);
        };
        let mut usable = self.memory.usable.borrow_mut();
        let usable = usable.entry((place, at, command)).or_insert_with(|| {
            let columns = 0..self.world.tables[at].columns.len();
            columns.map(ask).collect()
        });
        usable[column]
    }

    /// A probe of a statement.
    fn probe(
        &self,
        kind: Kind,
        persona: &Persona,
        at: usize,
        command: Command,
        sql: String,
        expected: Expected,
    ) -> Probe {
        let expected = if expected != Expected::RefusedByGrant
            && kind.asks_for_rows()
            && self.is_open(persona, at, kind, command, &sql)
        {
            Expected::Anything
        } else {
            expected
        };
        Probe {
            kind,
            table: at,
            command,
            sql,
            after: String::new(),
            expected,
            row: None,
            span: self.intent.span_of(persona, at, command),
        }
    }

    /// Whether what must come of a statement rests on a macro without words.
    fn is_open(
        &self,
        persona: &Persona,
        at: usize,
        kind: Kind,
        command: Command,
        sql: &str,
    ) -> bool {
        let is_open = |command| self.intent.is_open(persona, at, command);
        let reads = command != Command::Insert || sql.contains(" returning ");
        is_open(command)
            || sql.contains(LOCKS) && is_open(Command::Update)
            || reads && is_open(Command::Select)
            || kind == Kind::Conflict && Command::ALL.into_iter().any(is_open)
    }

    /// A column whose change changes nothing that matters, among those that a persona may write; otherwise any
    /// that it may write.
    fn benign(&self, persona: &Persona, at: usize) -> Option<usize> {
        let table = &self.world.tables[at];
        let usable = |column: &usize| {
            table.is_writable(*column) && self.may_use(persona, at, Command::Update, *column)
        };
        let mut columns: Vec<usize> = (0..table.columns.len()).filter(usable).collect();
        columns.sort_by_key(|column| {
            (
                self.hints.tenants.contains(&(at, *column)) || table.key.contains(column),
                self.hints.read.contains(&(at, *column)),
                table.bound.contains(column),
                table.columns[*column].not_null,
            )
        });
        columns.first().copied()
    }
}
