//! Finding out what is to be done, without the lock and without changing anything.

use std::collections::BTreeSet;

use super::Deployment;
use super::state::{self, Answers, Depth, Purpose, State, Wanted};
use crate::database::Session;
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::migrate::Choice;
use crate::objects;
use crate::project::{Project, System};

impl<'project> Deployment<'project> {
    /// Finds out what is to be done without taking the lock and without creating anything.
    ///
    /// # Errors
    /// When files and history do not agree, when a policy file is wrong, or when the server lacks something.
    pub async fn look(
        session: &Session,
        project: &'project Project,
        systems: &[&'project System],
        choice: &Choice,
    ) -> Result<Self> {
        let wanted = Wanted::of(project, systems)?;
        let (answers, state) = Self::ask(session, systems).await?;
        let compared = state::compare(session, project, wanted, answers, state, choice);
        let mut deployment = compared.await?;
        deployment.look_at_grounds(session).await?;
        Ok(deployment)
    }

    /// The same, for who wants to know as much as can be known: what stands in the way of a deployment is beside it.
    ///
    /// # Errors
    /// When the server lacks something or does not answer.
    pub async fn look_at_what_can_be(
        session: &Session,
        project: &'project Project,
        systems: &[&'project System],
    ) -> Result<(Self, Vec<Error>)> {
        let (wanted, mut mistakes) = Wanted::what_can_be(project, systems)?;
        let (answers, state) = Self::ask(session, systems).await?;
        let choice = Choice::default();
        let compared =
            state::compare_what_can_be(session, project, wanted, answers, state, &choice);
        let (mut deployment, further) = compared.await?;
        deployment.look_at_grounds(session).await?;
        mistakes.extend(further);
        Ok((deployment, mistakes))
    }

    /// Asks a server without taking the lock.
    async fn ask(session: &Session, systems: &[&System]) -> Result<(Answers, State)> {
        let results = session
            .run(
                "asking the server",
                &state::questions(systems, Depth::Whole),
            )
            .await?;
        let purpose = Purpose::Looking;
        let answers = Answers::read(session, systems, &results, purpose, Depth::Whole).await?;
        let state = State::read(session, systems, &answers, "").await?;
        Ok((answers, state))
    }

    /// Adds the objects that stand on something that a migration has moved since they were looked at: the next deployment
    /// applies them. One that stopped at such an object is not done.
    async fn look_at_grounds(&mut self, session: &Session) -> Result<()> {
        for part in &mut self.parts {
            // An older layout may not have what was recorded of the ground.
            if self.with_objects
                && self.layout == Layout::Current
                && part.needs_recheck
                && part.migrations.complete
                && !part.objects.is_empty()
            {
                let moved =
                    objects::moved(session, &part.system.name, &part.objects, false).await?;
                let changed: BTreeSet<usize> = part.changed.iter().copied().chain(moved).collect();
                part.changed = changed.into_iter().collect();
            }
        }
        Ok(())
    }
}
