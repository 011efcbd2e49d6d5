//! What the policy file wants: for a persona, a table, a command and a row, yes or no.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::oracle::{self, Coverage, Given, Truth, Variant};
use super::persona::Persona;
use super::world::{Row, World};
use crate::policy::{
    Argument, Class, Command, Expression, Policies, Predicate, RoleIndex, RoleKind, Span, Table,
};

/// The matrix, with its conditions ready to be evaluated.
pub(super) struct Intent<'a> {
    pub(super) policies: &'a Policies,
    pub(super) macros: BTreeMap<&'a str, &'a Expression>,
    pub(super) coverage: RefCell<BTreeMap<String, Coverage>>,
    /// Words that say something else, and whether some row was judged otherwise by them.
    pub(super) variants: BTreeMap<&'a str, Vec<(Variant, Cell<bool>)>>,
}

/// Which of a row's two states is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    /// As it is found.
    Before,
    /// As it is left.
    After,
}

impl<'a> Intent<'a> {
    /// The oracle form of every macro.
    pub(super) fn new(policies: &'a Policies, mutates: bool) -> Self {
        let macros = policies.macros.iter();
        let macros = macros.filter_map(|(name, one)| Some((name.as_str(), one.words.as_ref()?)));
        let macros: BTreeMap<&str, &Expression> = macros.collect();
        let variants = macros.iter().filter(|_| mutates).map(|(name, words)| {
            let variants = oracle::variants(words).into_iter();
            (*name, variants.map(|one| (one, Cell::new(false))).collect())
        });
        Self {
            policies,
            variants: variants.collect(),
            macros,
            coverage: RefCell::default(),
        }
    }

    /// The oracle form of a macro.
    pub(super) fn oracle_of(&self, name: &str) -> Option<&Expression> {
        self.macros.get(name).copied()
    }

    /// What `row[name]` stands for in a term.
    pub(super) fn names(&self, table: &Table, term: &crate::policy::Term) -> Vec<(String, String)> {
        let mut names: Vec<(String, String)> = [
            ("tenant", &table.tenant),
            ("owner", &table.owner),
            ("team", &table.team),
        ]
        .into_iter()
        .filter_map(|(key, column)| Some((key.to_owned(), column.clone()?)))
        .collect();
        let parameters = self
            .policies
            .macros
            .get(&term.name)
            .map(|one| &one.parameters);
        for (parameter, argument) in parameters.into_iter().flatten().zip(&term.arguments) {
            let (Argument::Column(text) | Argument::Literal(text)) = argument;
            names.push((parameter.clone(), text.clone()));
        }
        names
    }

    /// Whether a predicate holds for a persona and a row; `None` is SQL's null.
    pub(super) fn holds(
        &self,
        world: &World,
        persona: &Persona,
        at: usize,
        predicate: &Predicate,
        row: &Row,
    ) -> Truth {
        let table = &self.policies.tables[at];
        if !self.variants.is_empty() {
            self.try_variants(world, persona, at, predicate, row);
        }
        let mut result = Some(true);
        for term in &predicate.terms {
            let names = self.names(table, term);
            let expression = *self.macros.get(term.name.as_str())?;
            let context = persona.context.each_ref().map(Option::as_deref);
            let mut given = Given {
                world,
                table: at,
                row,
                names: &names,
                context,
                claims: &persona.claims,
                bound: Vec::new(),
            };
            self.observe(&term.name, expression, &mut given);
            match oracle::evaluate(expression, &mut given) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => result = None,
            }
        }
        result
    }

    /// Whether a condition has a macro without words, so that nobody but the server says what it comes to.
    pub(super) fn is_wordless(&self, predicate: &Predicate) -> bool {
        let mut terms = predicate.terms.iter();
        terms.any(|term| !self.macros.contains_key(term.name.as_str()))
    }

    /// Notices variants of the words that judge a row otherwise, while the other macros hold.
    fn try_variants(
        &self,
        world: &World,
        persona: &Persona,
        at: usize,
        predicate: &Predicate,
        row: &Row,
    ) {
        let lets_in = |words: &Expression, term: &crate::policy::Term| {
            let names = self.names(&self.policies.tables[at], term);
            let mut given = Given {
                world,
                table: at,
                row,
                names: &names,
                context: persona.context.each_ref().map(Option::as_deref),
                claims: &persona.claims,
                bound: Vec::new(),
            };
            oracle::evaluate(words, &mut given) == Some(true)
        };
        let truths: Vec<bool> = predicate
            .terms
            .iter()
            .map(|term| {
                self.oracle_of(&term.name)
                    .is_some_and(|words| lets_in(words, term))
            })
            .collect();
        for (place, term) in predicate.terms.iter().enumerate() {
            let mut others = truths
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != place);
            if !others.all(|(_, holds)| *holds) {
                continue;
            }
            for (variant, is_noticed) in self.variants.get(term.name.as_str()).into_iter().flatten()
            {
                if !is_noticed.get() && lets_in(&variant.words, term) != truths[place] {
                    is_noticed.set(true);
                }
            }
        }
    }

    fn observe<'e>(&self, name: &str, expression: &'e Expression, given: &mut Given<'e>) {
        let mut coverage = self.coverage.borrow_mut();
        if let Some(known) = coverage.get_mut(name) {
            known.observe(expression, given);
        } else {
            let known = coverage.entry(name.to_owned());
            let known = known.or_insert_with(|| Coverage::of(expression));
            known.observe(expression, given);
        }
    }

    /// Whether a macro without words has a say in what a persona may do.
    pub(super) fn is_open(&self, persona: &Persona, at: usize, command: Command) -> bool {
        let restrict = self.policies.tables[at].restrict.iter();
        let mut restrict = restrict.filter(|one| one.commands.contains(&command));
        let sides = |cell: &crate::policy::Cell| {
            let mut sides = [&cell.using, &cell.check].into_iter().flatten();
            sides.any(|one| self.is_wordless(one))
        };
        !persona.bypasses
            && (restrict.any(|one| self.is_wordless(&one.using))
                || self.cells(persona, at, command).any(sides))
    }

    /// Cells of a persona for a command.
    pub(super) fn cells(
        &self,
        persona: &Persona,
        at: usize,
        command: Command,
    ) -> impl Iterator<Item = &crate::policy::Cell> {
        let table = &self.policies.tables[at];
        table.cells.iter().filter(move |cell| {
            cell.command == command
                && persona.acts_as.contains(&cell.role)
                && (!persona.is_shared
                    || self.policies.roles[cell.role].kind != RoleKind::Application
                    || table.is_open_to_shared(self.policies, command, cell.role))
        })
    }

    /// Whether policies let a persona do something to a row in one of its states.
    pub(super) fn allows(
        &self,
        world: &World,
        persona: &Persona,
        at: usize,
        command: Command,
        state: State,
        row: &Row,
    ) -> bool {
        let table = &self.policies.tables[at];
        if persona.bypasses || table.class == Class::Exempt {
            return true;
        }
        if let Some(tenant) = &table.tenant {
            let column = world.tables[at].column(tenant);
            let of_row = column.and_then(|column| row[column].as_ref());
            if of_row.is_none() || of_row != persona.context[0].as_ref() {
                return false;
            }
        }
        let restricted = table
            .restrict
            .iter()
            .filter(|one| one.commands.contains(&command))
            .any(|one| self.holds(world, persona, at, &one.using, row) != Some(true));
        !restricted
            && self.cells(persona, at, command).any(|cell| {
                let predicate = match state {
                    State::Before => cell.using.as_ref(),
                    State::After => cell.check.as_ref(),
                };
                predicate.is_some_and(|one| self.holds(world, persona, at, one, row) == Some(true))
                    && (state == State::Before || self.keeps(world, at, cell, row))
            })
    }

    /// Whether a persona sees a row.
    pub(super) fn sees(&self, world: &World, persona: &Persona, at: usize, row: &Row) -> bool {
        self.is_granted(persona, at, Command::Select)
            && self.allows(world, persona, at, Command::Select, State::Before, row)
    }

    /// Whether a row as it is left differs from itself as it was in nothing but what a cell lets differ.
    fn keeps(&self, world: &World, at: usize, cell: &crate::policy::Cell, row: &Row) -> bool {
        let Some(changing) = &cell.columns else {
            return true;
        };
        let contents = &world.tables[at];
        let kept = self.policies.tables[at].kept(self.policies.definer(), changing);
        let kept = kept.iter().filter_map(|name| contents.column(name));
        let same: Vec<usize> = contents.key.iter().copied().chain(kept).collect();
        contents
            .rows
            .iter()
            .any(|before| same.iter().all(|column| before[*column] == row[*column]))
    }

    /// Whether a persona holds the privilege for a command at all.
    pub(super) fn is_granted(&self, persona: &Persona, at: usize, command: Command) -> bool {
        persona.owns || self.granting(persona, at, command).next().is_some()
    }

    /// The roles through whose cells a persona holds a privilege.
    fn granting(
        &self,
        persona: &Persona,
        at: usize,
        command: Command,
    ) -> impl Iterator<Item = RoleIndex> {
        let table = &self.policies.tables[at];
        let shared = self.policies.shared();
        table
            .cells
            .iter()
            .filter(move |cell| cell.command == command)
            .filter_map(move |cell| {
                if persona.holds.contains(&cell.role) {
                    return Some(cell.role);
                }
                shared.filter(|shared| {
                    persona.holds.contains(shared)
                        && self.policies.roles[cell.role].kind == RoleKind::Application
                        && table.is_open_to_shared(self.policies, command, cell.role)
                })
            })
    }

    /// Whether a persona may use a column for a command.
    pub(super) fn may_use(
        &self,
        world: &World,
        persona: &Persona,
        at: usize,
        command: Command,
        column: usize,
    ) -> bool {
        if persona.owns {
            return true;
        }
        let table = &self.policies.tables[at];
        let name = &world.tables[at].columns[column].name;
        let is_writing = matches!(command, Command::Insert | Command::Update);
        let roles: Vec<RoleIndex> = self.granting(persona, at, command).collect();
        roles.into_iter().any(|role| {
            let is_open = table
                .confidential
                .get(name)
                .is_none_or(|readers| readers.contains(&role));
            let lender = table.cells.iter().find(|cell| {
                cell.command == command
                    && (cell.role == role
                        || (self.policies.shared() == Some(role)
                            && self.policies.roles[cell.role].kind == RoleKind::Application))
            });
            let list = lender.and_then(|cell| table.column_list(command, cell.role));
            is_open
                && match list {
                    Some(list) => list.contains(name),
                    None => !is_writing || !table.read_only.contains(name),
                }
                && (!is_writing || world.tables[at].columns[column].generated.is_none())
        })
    }

    /// Where a cell or its table is declared.
    pub(super) fn span_of(&self, persona: &Persona, at: usize, command: Command) -> Span {
        let table = &self.policies.tables[at];
        let cell = self.cells(persona, at, command).next();
        cell.map_or(&table.span, |cell| &cell.span).clone()
    }
}
