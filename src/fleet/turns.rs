//! Whose turn it is: the next database whose server is not busy enough.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use super::Skip;
use super::inventory::Member;

/// The databases that wait, and how many are under way on each server.
pub(super) struct Turns<'m> {
    members: &'m [Member],
    per_server: usize,
    state: RefCell<State<'m>>,
}

#[derive(Default)]
struct State<'m> {
    waiting: VecDeque<usize>,
    running: BTreeMap<&'m str, usize>,
    stopped: Option<Skip>,
}

impl<'m> Turns<'m> {
    pub(super) fn new(
        members: &'m [Member],
        positions: impl Iterator<Item = usize>,
        per_server: usize,
    ) -> Self {
        Self {
            members,
            per_server,
            state: RefCell::new(State {
                waiting: positions.collect(),
                ..State::default()
            }),
        }
    }

    /// The next one. None when nothing waits but for servers that are busy: whoever frees one of those goes on with it.
    pub(super) fn next(&self) -> Option<usize> {
        let mut state = self.state.borrow_mut();
        if state.stopped.is_some() {
            return None;
        }
        let busy = |server: &str| {
            state
                .running
                .get(server)
                .is_some_and(|count| *count >= self.per_server)
        };
        let place = state
            .waiting
            .iter()
            .position(|at| !busy(&self.members[*at].server))?;
        let at = state.waiting.remove(place)?;
        *state.running.entry(&self.members[at].server).or_default() += 1;
        Some(at)
    }

    /// One is done with.
    pub(super) fn done(&self, at: usize) {
        if let Some(count) = self
            .state
            .borrow_mut()
            .running
            .get_mut(self.members[at].server.as_str())
        {
            *count -= 1;
        }
    }

    /// Begins no further ones; the first reason stands.
    pub(super) fn stop(&self, reason: Skip) {
        self.state.borrow_mut().stopped.get_or_insert(reason);
    }

    /// Why no further ones were begun.
    pub(super) fn stopped(&self) -> Option<Skip> {
        self.state.borrow().stopped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Target;

    fn member(server: &str) -> Member {
        Member {
            name: server.to_owned(),
            target: Target::parse("postgres://a@h/d").unwrap(),
            server: server.to_owned(),
            is_canary: false,
        }
    }

    #[test]
    fn a_busy_server_is_left_for_another() {
        let members = ["a", "a", "a", "b"].map(member);
        let turns = Turns::new(&members, 0..4, 2);
        assert_eq!(
            [turns.next(), turns.next(), turns.next()],
            [Some(0), Some(1), Some(3)]
        );
        assert_eq!(turns.next(), None);
        turns.done(1);
        assert_eq!(turns.next(), Some(2));
    }

    #[test]
    fn after_a_stop_nothing_begins() {
        let members = ["a", "b"].map(member);
        let turns = Turns::new(&members, 0..2, 1);
        turns.stop(Skip::Budget);
        turns.stop(Skip::Interrupted);
        assert_eq!((turns.next(), turns.stopped()), (None, Some(Skip::Budget)));
    }
}
