//! Where a proof takes place: whether it can, what has to stand aside, and that one waits for another.

use std::time::{Duration, Instant};

use crate::database::Session;
use crate::error::{Error, Result};
use crate::policy::Policies;
use crate::sql::{literal, qualified, text_array};

/// How long a proof waits for another of the same database.
const PATIENCE: Duration = Duration::from_secs(600);

/// Refuses a database that lacks what the file speaks of: there is nothing to prove before a deployment.
///
/// # Errors
/// When a table or a role is missing.
pub(super) async fn refuse_undeployed(session: &Session, policies: &Policies) -> Result<()> {
    // A partition may be dropped without a migration.
    let tables = policies.tables.iter().filter(|table| !table.is_part);
    let tables = text_array(tables.map(|table| qualified(&table.schema, &table.name)));
    let roles = text_array(policies.roles.iter().map(|role| &role.database_role));
    let sql = format!(
        "select 'table ' || name from pg_catalog.unnest({tables}) as name where pg_catalog.to_regclass(name) is null \
         union all select 'role ' || name from pg_catalog.unnest({roles}) as name \
         where not exists (select from pg_catalog.pg_roles where rolname = name);"
    );
    let rows = session.run("looking for what was deployed", &sql).await?;
    let missing: Vec<String> = rows.into_iter().flatten().flatten().flatten().collect();
    let Some(first) = missing.first() else {
        return Ok(());
    };
    let more = match missing.len() - 1 {
        0 => String::new(),
        more => format!(", nor {more} more"),
    };
    Err(
        Error::refused(format!("{} is not deployed here", policies.system))
            .because(format!("the database has no {first}{more}"))
            .hint("deploy it: `workroom db migrate`")
            .hint("or leave out --here: a disposable clone is deployed and proven then"),
    )
}

/// Waits until no other proof of this database is under way: both would make up the same rows.
///
/// # Errors
/// When the other one takes too long.
pub(super) async fn take_turns(session: &Session) -> Result<()> {
    let started = Instant::now();
    loop {
        let sql = "select pg_catalog.pg_try_advisory_xact_lock(2003530349, 2);";
        let rows = session.run("waiting for another proof", sql).await?;
        let answer = rows.into_iter().flatten().flatten().flatten().next();
        if answer.as_deref() == Some("t") {
            return Ok(());
        }
        if started.elapsed() > PATIENCE {
            return Err(
                Error::refused("another proof of this database is under way")
                    .because(format!("waited {} s for it", PATIENCE.as_secs()))
                    .hint("wait for it to finish and run the command again"),
            );
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Takes tables out of publications that filter rows or columns, as long as the transaction or the clone lasts: the server
/// refuses changes there for reasons that have nothing to do with policies.
pub(super) async fn set_publications_aside(
    session: &Session,
    policies: &Policies,
) -> Result<Option<String>> {
    let schemas = text_array(&policies.schemas);
    let sql = format!(
        "select pg_catalog.format('alter publication %I drop table only %I.%I;', publication.pubname, schema.nspname, \
         relation.relname) from pg_catalog.pg_publication_rel as part \
         join pg_catalog.pg_publication as publication on publication.oid = part.prpubid \
         join pg_catalog.pg_class as relation on relation.oid = part.prrelid \
         join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace \
         where schema.nspname = any ({schemas}) and (part.prqual is not null or part.prattrs is not null) order by 1;"
    );
    let rows = session.run("reading publications", &sql).await?;
    let statements: Vec<String> = rows.into_iter().flatten().flatten().flatten().collect();
    if statements.is_empty() {
        return Ok(None);
    }
    session
        .run("setting publications aside", &statements.concat())
        .await?;
    Ok(Some(format!(
        "{} table(s) are published in part: writes that only a publication refuses are not looked at",
        statements.len()
    )))
}

/// Makes a role that holds nothing, which notices what everybody was given. Roles are the server's: another proof on it
/// has one of its own.
pub(super) async fn make_nobody(session: &Session) -> Result<String> {
    let rows = session
        .run("asking who this is", "select pg_catalog.pg_backend_pid();")
        .await?;
    let process = rows.into_iter().flatten().flatten().flatten().next();
    let name = format!("workroom_prover_nobody_{}", process.unwrap_or_default());
    let sql = format!(
        "do $workroom$ begin if pg_catalog.to_regrole({}) is null then create role {name} nologin; end if; end $workroom$;",
        literal(&name)
    );
    session.run("making a role without rights", &sql).await?;
    Ok(name)
}
