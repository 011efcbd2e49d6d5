//! A rendering: the statements that make a database as its policy file says, in the order in which they run.

use std::collections::{BTreeMap, BTreeSet};

use super::dialect::Dialect;
use super::facts::{Facts, Key, Kind};
use super::model::Policies;
use super::patterns::{self, Seen};
use super::render::Engine;
use super::statement::{RenderedStatement, Section};
use super::writer::Writer;
use super::{grants, rules, timeouts};
use crate::database::Session;
use crate::error::{Error, Place, Result};
use crate::files::Tree;
use crate::project::{Makes, Project, System};

/// A policy file as SQL.
#[derive(Clone, Debug)]
pub struct RenderedPolicies {
    /// The intent that it renders.
    pub policies: Policies,
    /// In order.
    pub statements: Vec<RenderedStatement>,
    /// What other systems of the project grant in this one's schemas, as facts of the kind `External`: a
    /// function without its arguments, or no name for the use of the schema.
    pub tolerated: BTreeSet<Key>,
    /// What the systems of the project make: what lies in it is deployed with it.
    pub project: Makes,
}

impl RenderedPolicies {
    /// Everything that holds in the catalog afterwards.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let facts = self
            .statements
            .iter()
            .flat_map(|statement| &statement.facts);
        facts
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// Where the policy file asks for a statement.
    #[must_use]
    pub fn place(&self, statement: &RenderedStatement) -> Place {
        self.policies.place(&statement.span)
    }

    /// The statement that puts a seal on what has a mark and no seal.
    pub(super) fn seal(&self) -> String {
        let statements = self.statements.iter();
        statements
            .filter(|statement| statement.section == Section::Seal)
            .map(|statement| statement.sql.as_str())
            .collect()
    }

    /// Number of policies by group.
    #[must_use]
    pub fn groups(&self) -> BTreeMap<String, usize> {
        let mut groups = BTreeMap::new();
        for group in self.statements.iter().filter_map(|one| one.group.as_ref()) {
            *groups.entry(group.clone()).or_default() += 1;
        }
        groups
    }
}

/// Reads and renders a system's policy file; `None` without one.
///
/// # Errors
/// With all mistakes of the file, or when it cannot be rendered.
pub fn load(
    project: &Project,
    system: &System,
    dialect: Dialect,
) -> Result<Option<RenderedPolicies>> {
    load_seeing(project, system, dialect, None)
}

/// The same, with the tables of a database that the file's patterns fit.
///
/// # Errors
/// As [`load`], and when the server does not answer.
pub async fn load_live(
    session: &Session,
    project: &Project,
    system: &System,
    dialect: Dialect,
) -> Result<Option<RenderedPolicies>> {
    let rendered = load(project, system, dialect)?;
    match &rendered {
        Some(rendered) if !rendered.policies.patterns.is_empty() => {
            let seen = patterns::see(session, &rendered.policies).await?;
            load_seeing(project, system, dialect, Some(seen))
        }
        _ => Ok(rendered),
    }
}

fn load_seeing(
    project: &Project,
    system: &System,
    dialect: Dialect,
    seen: Option<Seen>,
) -> Result<Option<RenderedPolicies>> {
    let Some(policies) = Policies::read_seeing(system, seen)? else {
        return Ok(None);
    };
    let mut rendered = render(&policies, &project.tree, dialect)?;
    rendered.project = project.makes();
    let own = rendered.facts();
    for other in project
        .systems
        .values()
        .filter(|other| other.name != system.name)
    {
        let Some(other) = Policies::read(other)? else {
            continue;
        };
        Error::all(timeouts::quarrels(&policies, &other))?;
        for function in other
            .external
            .iter()
            .filter(|one| policies.schemas.contains(&one.schema))
        {
            let (name, _) = function
                .name
                .split_once('(')
                .unwrap_or((&function.name, ""));
            for role in &function.roles {
                let role = &other.roles[*role].database_role;
                if !own.contains_key(&Key::new(Kind::Execute, &function.schema, name, role)) {
                    let key = Key::new(Kind::External, &function.schema, name, role);
                    rendered.tolerated.insert(key);
                }
                if !own.contains_key(&Key::new(Kind::Usage, &function.schema, "", role)) {
                    let key = Key::new(Kind::External, &function.schema, "", role);
                    rendered.tolerated.insert(key);
                }
            }
        }
    }
    Ok(Some(rendered))
}

/// Renders a policy file.
///
/// # Errors
/// When a template cannot be rendered, or two things would have one name.
pub fn render(policies: &Policies, tree: &Tree, dialect: Dialect) -> Result<RenderedPolicies> {
    let mut writer = Writer {
        engine: Engine::new(tree, dialect)?,
        policies,
        statements: Vec::new(),
    };
    writer.roles()?;
    writer.schemas()?;
    writer.base()?;
    writer.context()?;
    writer.lookups()?;
    writer.ownership()?;
    rules::write(&mut writer)?;
    grants::write(&mut writer)?;
    writer.belongings()?;
    writer.defaults_and_seal()?;
    let mut statements = writer.statements;
    statements.sort_by_key(|statement| statement.section);
    Ok(RenderedPolicies {
        policies: policies.clone(),
        statements,
        tolerated: BTreeSet::new(),
        project: Makes {
            schemas: policies.schemas.clone(),
            extensions: Vec::new(),
        },
    })
}
