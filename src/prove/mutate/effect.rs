//! What a mutant comes to: for whom, for which command and row, and what is said of it in the end.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::catalog::Policy;
use crate::policy::Command;
use crate::prove::persona::Persona;
use crate::prove::probe::Kind;

/// Somebody as whom conditions are evaluated.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) persona: Persona,
    /// The index of the persona; none for a role that lends its rights to functions.
    pub(super) position: Option<usize>,
    /// The roles whose policies bind it.
    pub(super) roles: BTreeSet<String>,
}

/// For each row of a domain: `t`, `f`, or `n` for null; or the error that ended it.
pub(super) type Bits = Result<String, String>;

/// A condition's two sides: for rows as they are found, and as they are left.
pub(super) type Sides = [Rc<Bits>; 2];

/// Policies with what their conditions come to for somebody.
pub(super) type Evaluated<'p> = Vec<(&'p Policy, Sides)>;

/// Where an effect shows: who, which state of which command, which row of the domain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) subject: usize,
    pub(super) slot: usize,
    pub(super) row: usize,
}

/// What a broken policy comes to.
pub(super) enum Effect {
    /// The condition itself comes to the same for everybody.
    Same,
    /// The condition does not, but all policies together do; why.
    Masked(Vec<String>),
    /// It shows nowhere now, and would if somebody else were let in by another policy.
    Latent,
    /// It makes a difference here.
    Differs(Vec<Spot>),
    /// A condition could not be evaluated, by an error that is no answer.
    Unknown(String),
}

/// The five decisions that policies take.
pub(super) const SLOTS: [(Command, &str); 5] = [
    (Command::Select, "select"),
    (Command::Insert, "insert"),
    (Command::Update, "update (rows found)"),
    (Command::Update, "update (rows left)"),
    (Command::Delete, "delete"),
];

/// Whether a difference can be brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It can.
    Yes,
    /// There is no privilege for the command.
    Ungranted,
    /// There is none for the columns.
    Unwritable,
}

/// What came of a mutant.
pub(super) enum Verdict {
    /// The server refused it.
    Invalid(String),
    /// A probe of this kind noticed.
    Killed(Kind),
    /// Nobody did, and what it comes to where that can be computed.
    Lives(Option<Effect>),
    /// Nobody did, because something else holds it.
    Held(String),
    /// There was no answer, tried twice.
    Inconclusive(String),
}
