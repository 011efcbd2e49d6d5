//! Before the first probe: who is who, which rows there are, and sessions that are ready.

use std::collections::BTreeSet;

use super::fixture::{self, Hints, Loaded};
use super::intent::Intent;
use super::new_session::Defaults;
use super::ordinary::Able;
use super::part::{Chosen, Part};
use super::persona::{Identities, Persona, Personas, Place, Stranger, personas, residents};
use super::place;
use super::probe::{Memory, ProbeContext};
use super::probe_session;
use super::sampling;
use super::signing_in::user_setting;
use super::strangers::strangers;
use super::world::World;
use crate::catalog::{Catalog, ConstraintKind};
use crate::database::Session;
use crate::error::Result;
use crate::policy::RenderedPolicies;
use crate::sql::{identifier, literal, text_array};

/// What the prover has to know besides the policy file.
#[derive(Clone, Copy, Debug)]
pub struct ProofOptions<'a> {
    /// Schemas of the system and of those that it requires.
    pub schemas: &'a [&'a str],
    /// Whether the database is disposable, so that rows may be committed.
    pub is_clone: bool,
    /// Whether a transaction is open already, which the caller rolls back.
    pub is_open: bool,
    /// Whether the policies are broken one at a time, too.
    pub mutates: bool,
    /// Whether writes are made with triggers at work as well.
    pub triggers: bool,
    /// What of the system is proven; all of it without.
    pub part: Option<&'a Part>,
}

/// Everything that probes are made of.
pub(super) struct Ready {
    pub(super) catalog: Catalog,
    pub(super) world: World,
    pub(super) chosen: Chosen,
    pub(super) able: Able,
    /// Whether tables had rows of the database's own.
    pub(super) has_own_rows: bool,
    pub(super) hints: Hints,
    /// Tables of the file that have no rows, and why none could be made.
    pub(super) unmade: Vec<(usize, String)>,
    pub(super) identities: Identities,
    pub(super) personas: Vec<Persona>,
    pub(super) superuser: Persona,
    pub(super) keys: Vec<String>,
    pub(super) horizon: u64,
    pub(super) is_inside: bool,
    pub(super) is_open: bool,
    pub(super) mutates: bool,
    pub(super) triggers: bool,
    pub(super) notes: Vec<String>,
}

/// The role that owns the tables of a clone: an ordinary one, as owners should be.
const OWNER: &str = "workroom_prover_owner";

/// Gives the tables of a disposable database to an ordinary owner, so that it is seen whether owners are bound.
/// Views and functions stay with the deployer, whom row security does not bind: that is the worst case for them. The
/// session is that of a superuser, and the deployer goes on acting as that owner.
///
/// # Errors
/// When the server refuses.
pub async fn prepare_clone(session: &Session, schemas: &[&str], deployer: &str) -> Result<()> {
    let names = text_array(schemas);
    let (role, deployer_name) = (identifier(deployer), literal(deployer));
    let sql = format!(
        "do $workroom$
        declare
          found record;
        begin
          if pg_catalog.to_regrole('{OWNER}') is null then
            create role {OWNER} nologin;
          end if;
          if {deployer_name} <> current_user then
            grant {OWNER} to {role};
          end if;
          for found in
            select relation.oid::regclass as name, schema.nspname
            from pg_catalog.pg_class as relation
            join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace
            where schema.nspname = any ({names}) and relation.relkind in ('r', 'p')
          loop
            execute pg_catalog.format('grant usage on schema %I to {OWNER}', found.nspname);
            execute pg_catalog.format('alter table %s owner to {OWNER}', found.name);
          end loop;
        end
        $workroom$"
    );
    session
        .run("giving the clone's tables to an ordinary owner", &sql)
        .await
        .map(drop)
}

/// Reads the catalog, makes up rows, finds out who there is.
pub(super) async fn ready(
    session: &Session,
    intent: &Intent<'_>,
    proof_options: &ProofOptions<'_>,
) -> Result<Ready> {
    let policies = intent.policies;
    let able = Able::of(session).await?;
    if !proof_options.is_clone {
        place::refuse_undeployed(session, policies).await?;
    }
    probe_session::prepare(session, &able).await?;
    let is_inside = !proof_options.is_clone;
    let mut notes = Vec::new();
    if is_inside && !proof_options.is_open {
        session.run("opening a transaction", "begin;").await?;
    }
    if is_inside {
        place::take_turns(session).await?;
    }
    notes.extend(place::set_publications_aside(session, policies).await?);
    let user = user_setting(session, policies, is_inside).await?;
    if let (None, Some((sql, _))) = (&user, &policies.context.user) {
        notes.push(format!(
            "no setting was found that makes {sql} a user: nobody is signed in"
        ));
    }
    let nobody = place::make_nobody(session).await?;
    let catalog = Catalog::load(session.client(), proof_options.schemas).await?;
    let is_uuid = user.as_ref().is_none_or(|(_, is_uuid)| *is_uuid);
    let user = user.map(|(setting, _)| setting);
    let mut world = World::of(policies, &catalog);
    let defaults = Defaults::read(session).await?;
    let named = defaults.tenant(policies);
    let identities = fixture::identities(policies, &catalog, &world, is_uuid, named);
    if proof_options.is_clone {
        // What the proof of another system has left.
        let names: Vec<String> = world
            .tables
            .iter()
            .map(|table| table.name.to_string())
            .collect();
        session
            .run(
                "emptying the clone",
                &format!("truncate {} cascade;", names.join(", ")),
            )
            .await?;
    }
    if is_inside {
        able.make_way(session, &catalog, &world, &mut notes).await?;
        notes.extend(sampling::sample(session, &world, &catalog).await?);
    }
    world.read(session).await?;
    let has_own_rows = world.tables.iter().any(|table| !table.rows.is_empty());
    let Loaded { hints, unmade } =
        fixture::load(session, &catalog, intent, &mut world, &identities).await?;
    if proof_options.is_clone {
        session
            .run("taking checks away", &without_checks(&world, &catalog))
            .await?;
    }
    // Rows of other tables may have come by defaults and rules.
    world.read(session).await?;
    let horizon = horizon(session, is_inside).await?;
    let strangers = strangers(session, policies, &catalog, &nobody).await?;
    let mut everybody = personas(policies, &identities, user.as_ref(), &strangers);
    everybody.extend(residents(policies, &hints.residents, user.as_ref()));
    for persona in &mut everybody {
        if let Some((_, holds)) =
            memberships(&strangers).find(|(name, _)| **name == persona.database_role)
        {
            persona.holds.clone_from(holds);
            persona.acts_as.clone_from(holds);
        }
    }
    everybody.extend(defaults.personas(&everybody));
    if is_inside {
        let of_file = policies.roles.iter().map(|role| &role.database_role);
        able.become_members(session, &mut everybody, &of_file.collect(), &mut notes)
            .await?;
    }
    for (place, persona) in everybody.iter_mut().enumerate() {
        persona.place = Place(Some(place));
    }
    let keys: BTreeSet<String> = everybody
        .iter()
        .flat_map(|one| one.settings.iter().map(|(key, _)| key.clone()))
        .collect();
    if is_inside {
        let sequences = catalog.columns.iter().filter(|column| {
            column.identity.is_some()
                || column
                    .expression
                    .as_deref()
                    .is_some_and(|one| one.contains("nextval("))
        });
        let count = sequences.count();
        if count > 0 {
            notes.push(format!(
                "{count} sequence(s) may have moved on: a rollback does not take numbers back"
            ));
        }
    }
    Ok(Ready {
        able,
        chosen: Chosen::of(proof_options.part, policies, &catalog, &world),
        superuser: superuser(session).await?,
        catalog,
        world,
        has_own_rows,
        hints,
        unmade,
        identities,
        personas: everybody,
        keys: keys.into_iter().collect(),
        horizon,
        is_inside,
        is_open: proof_options.is_open,
        mutates: proof_options.mutates,
        triggers: proof_options.triggers,
        notes,
    })
}

impl Ready {
    /// What probes are made of and judged by.
    pub(super) fn context<'a>(
        &'a self,
        intent: &'a Intent<'a>,
        rendered: &'a RenderedPolicies,
        memory: &'a Memory,
    ) -> ProbeContext<'a> {
        ProbeContext {
            intent,
            world: &self.world,
            chosen: &self.chosen,
            lifts: self.able.is_superuser || !self.is_inside,
            hints: &self.hints,
            catalog: &self.catalog,
            tolerated: &rendered.tolerated,
            memory,
            horizon: self.horizon,
            record: None,
        }
    }

    /// Who acts, and how.
    pub(super) fn everybody(&self) -> Personas<'_> {
        Personas {
            all: &self.personas,
            keys: &self.keys,
        }
    }

    /// Whether all rows of a table with tenants are of the same one.
    pub(super) fn has_one_tenant(&self, at: usize) -> bool {
        let mut tenants = self.hints.tenants.iter();
        tenants
            .find(|(of, _)| *of == at)
            .is_some_and(|(_, column)| {
                let rows = &self.world.tables[at].rows;
                rows.windows(2)
                    .all(|pair| pair[0][*column] == pair[1][*column])
            })
    }
}

fn memberships(
    strangers: &[(Stranger, Vec<usize>)],
) -> impl Iterator<Item = (&String, &Vec<usize>)> {
    strangers
        .iter()
        .map(|(stranger, holds)| (&stranger.name, holds))
}

/// Checks would hide what policies do; on a clone they have done their work when the rows are there.
fn without_checks(world: &World, catalog: &Catalog) -> String {
    let checks = catalog.constraints.iter().filter(|one| {
        one.kind == ConstraintKind::Check
            && !one.on_domain
            && !one.inherited
            && world.position(&one.relation).is_some()
    });
    checks
        .map(|one| {
            format!(
                "alter table {} drop constraint {};",
                one.relation,
                identifier(&one.name)
            )
        })
        .collect()
}

/// Takes back what was made up.
pub(super) async fn undo(session: &Session, ready: &Ready) -> Result<()> {
    if ready.is_inside && !ready.is_open {
        session.run("undoing everything", "rollback;").await?;
    }
    Ok(())
}

async fn superuser(session: &Session) -> Result<Persona> {
    let rows = session
        .run("asking who this is", "select current_user;")
        .await?;
    let name = rows
        .first()
        .and_then(|rows| rows.first()?.first()?.clone())
        .unwrap_or_default();
    Ok(Persona {
        name: "anybody".to_owned(),
        database_role: name,
        settings: Vec::new(),
        context: [None, None, None],
        claims: Vec::new(),
        acts_as: Vec::new(),
        holds: Vec::new(),
        is_shared: false,
        bypasses: true,
        owns: true,
        is_garbled: false,
        leads: false,
        is_ordinary: false,
        tries_all: false,
        place: Place::default(),
    })
}

/// Rows written from now on have a transaction id beyond this one.
async fn horizon(session: &Session, is_inside: bool) -> Result<u64> {
    // The rows were made in transactions inside this one, which have numbers of their own, and so must this.
    let (open, close) = if is_inside {
        (
            "savepoint workroom_horizon;",
            "release savepoint workroom_horizon;",
        )
    } else {
        ("begin;", "commit;")
    };
    let sql = format!(
        "{open} create temporary table workroom_horizon as select 1 as one; \
         select xmin::text from workroom_horizon; drop table workroom_horizon; {close}"
    );
    let rows = session
        .run("reading the transaction's number", &sql)
        .await?;
    let text = rows.get(2).and_then(|rows| rows.first()?.first()?.clone());
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or_default())
}
