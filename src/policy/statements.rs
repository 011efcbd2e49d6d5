//! A rendering: the statements that make a database as its policy file says, in the order in which they run.

use std::collections::{BTreeMap, BTreeSet};

use super::dialect::Dialect;
use super::facts::{Facts, Key, Kind};
use super::model::{Policies, Span};
use super::render::Engine;
use super::writer::Writer;
use super::{grants, rules, timeouts};
use crate::error::{Error, Place, Result};
use crate::files::Tree;
use crate::project::{Project, System};

/// What a statement belongs to; statements run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Roles and memberships.
    Roles,
    /// Schemas that the policy file makes.
    Schemas,
    /// Nothing is open, row security is on.
    Base,
    /// Where a session's tenant and role come from.
    Context,
    /// Look-ups for policies.
    Lookups,
    /// Who owns `security definer` functions.
    Ownership,
    /// The tenant floor: restrictive, for everybody.
    Floor,
    /// Further conditions that hold for everybody.
    Restrictive,
    /// Ways to find by an index what permissive policies allow the shared role anyway.
    Path,
    /// What roles may do.
    Permissive,
    /// Privileges, derived from the matrix.
    Grants,
    /// What later objects are born with.
    Defaults,
    /// Who owns what no definer owns.
    Belongings,
    /// Fingerprints of what the server made of it all.
    Seal,
}

impl Section {
    /// The heading in a rendered file.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Roles => "Roles",
            Self::Schemas => "Schemas",
            Self::Base => "Nothing is open, row-level security is on",
            Self::Context => "Session context",
            Self::Lookups => "Look-ups for policies",
            Self::Ownership => "Owners of security definer functions",
            Self::Floor => "Tenant floor: restrictive, for every role and command",
            Self::Restrictive => "Further conditions for every role",
            Self::Path => {
                "Ways to the rows of the shared role, which permit nothing and refuse nothing"
            }
            Self::Permissive => "What roles may do inside their tenant",
            Self::Grants => "Grants, derived from the matrix",
            Self::Defaults => "Default privileges",
            Self::Belongings => "The owner of schemas and what lies in them",
            Self::Seal => "Seal: what the server made of each definition",
        }
    }
}

/// One thing that is established by one or a few statements.
#[derive(Clone, Debug)]
pub struct RenderedStatement {
    /// What it belongs to.
    pub section: Section,
    /// What it establishes, in words: "policy clients_tenant_isolation on agency.clients".
    pub what: String,
    /// The SQL, ending with a semicolon.
    pub sql: String,
    /// Where the policy file asks for it.
    pub span: Span,
    /// Database roles that it concerns.
    pub roles: BTreeSet<String>,
    /// What holds in the catalog afterwards; empty for what only closes doors.
    pub facts: Facts,
    /// For a policy: its group of the document, "tenant", "role", "owner", "team" …
    pub group: Option<String>,
}

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
    /// The schemas of all systems of the project: what lies in them is deployed with it.
    pub project_schemas: Vec<String>,
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
    let Some(policies) = Policies::read(system)? else {
        return Ok(None);
    };
    let mut rendered = render(&policies, &project.tree, dialect)?;
    rendered.project_schemas = project.schemas();
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
        project_schemas: policies.schemas.clone(),
    })
}
