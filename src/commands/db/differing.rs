//! Policies and grants in a plan: what would be sent, and which of it opens something.

use crate::catalog::Catalog;
use crate::database::Session;
use crate::deployment::Part;
use crate::error::Result;
use crate::policy::{self, Diff, Verdict};
use crate::report::{Report, Table};

/// What would be sent for the policies and grants of one system.
pub(super) struct Differing {
    system: String,
    diff: Diff,
    /// Whether migrations and objects come before, which bring more to close and to open.
    is_first_part: bool,
}

impl Differing {
    /// Compares with the database as it is; `None` where there is nothing to compare, or nothing differs.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    pub(super) async fn look(session: &Session, part: &Part<'_>) -> Result<Option<Self>> {
        let Some(pending) = &part.policies else {
            return Ok(None);
        };
        let rendered = &pending.rendered;
        let live = policy::read_live(session, rendered).await?;
        let schemas = rendered.policies.schemas.iter().map(String::as_str);
        let schemas: Vec<&str> = schemas.collect();
        let before = Catalog::load(session.client(), &schemas).await?;
        if live.verdict == Verdict::LeftAlone {
            return Ok(None);
        }
        let is_first_part = !part.migrations.pending.is_empty() || !part.changed.is_empty();
        let mut diff = policy::compare(rendered, &live, &before);
        if is_first_part {
            // What somebody has to decide may be what the migrations are for.
            diff.mistakes.clear();
        }
        Ok((is_first_part || !diff.is_empty()).then(|| Self {
            system: part.system.name.clone(),
            diff,
            is_first_part,
        }))
    }

    /// In one line.
    pub(super) fn does(&self) -> String {
        let dangerous = |change: &&policy::Change| !change.dangers.is_empty();
        let count = self.diff.changes.len();
        let dangerous = match self.diff.changes.iter().filter(dangerous).count() {
            0 => String::new(),
            some => format!(", {some} of them dangerous"),
        };
        let statements = if count == 1 {
            "statement"
        } else {
            "statements"
        };
        match (self.is_first_part, count) {
            (true, 0) => "sends what differs after that".to_owned(),
            (true, _) => {
                format!("sends what differs after that; now {count} {statements}{dangerous}")
            }
            (false, _) => format!("sends {count} {statements}{dangerous}"),
        }
    }

    /// The statements with their transaction.
    pub(super) fn sql(&self) -> String {
        let mut text = format!("-- policies and grants of {}", self.system);
        if self.is_first_part {
            text.push_str(": what differs now; after what stands above there may be more");
        }
        if self.diff.changes.is_empty() {
            return text + "\n\n";
        }
        format!("{text}\nbegin;\n{}\ncommit;\n\n", self.diff.sql())
    }

    /// Tells what is dangerous, what a deployment will not do, and what else there is to know.
    pub(super) fn tell(&self, report: &mut Report) {
        let title = format!("{}: dangerous changes of policies and grants", self.system);
        let mut table = Table::new(title, &["change", "danger"]);
        for change in &self.diff.changes {
            if !change.dangers.is_empty() {
                table.row([change.what.clone(), change.dangers.join("; ")]);
            }
        }
        if !table.rows.is_empty() {
            report.push_table(table);
        }
        for mistake in &self.diff.mistakes {
            report.push_text(format!(
                "{}: the deployment will end with an error: {}",
                self.system, mistake.message
            ));
        }
        for note in &self.diff.notes {
            report.push_text(note.clone());
        }
    }
}
