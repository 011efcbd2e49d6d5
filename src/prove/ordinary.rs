//! What somebody who is no superuser can do for a proof of a database as it is: the owner of the tables, as managed servers
//! make one. Privileges that it lacks are named, each with the statement, and what stays unproven without.

use std::collections::BTreeSet;

use super::persona::Persona;
use super::world::World;
use crate::catalog::Catalog;
use crate::database::Session;
use crate::error::{Error, Result};
use crate::sql::{identifier, literal, text_array};

/// What whoever is connected may do.
#[derive(Clone, Debug)]
pub(super) struct Able {
    /// Who it is.
    pub(super) name: String,
    pub(super) is_superuser: bool,
    /// Whether a setting holds triggers and foreign keys still.
    pub(super) holds_still: bool,
    /// Whether it may have the server speak English, so that a missing privilege is told from a policy.
    sets_language: bool,
    /// Whether the server tells members who may become a role from those who inherit from it: since 16.
    has_options: bool,
}

impl Able {
    /// Asks the server.
    ///
    /// # Errors
    /// When it does not answer.
    pub(super) async fn of(session: &Session) -> Result<Self> {
        let sql = "select current_user, rolsuper, \
            rolsuper or pg_catalog.has_parameter_privilege(current_user, 'session_replication_role', 'set'), \
            pg_catalog.current_setting('server_version_num')::integer >= 160000, \
            rolsuper or pg_catalog.has_parameter_privilege(current_user, 'lc_messages', 'set'), \
            pg_catalog.current_setting('lc_messages') ~ '^(C|POSIX|en|$)' \
            from pg_catalog.pg_roles where rolname = current_user;";
        let rows = session.run("asking who this is", sql).await?;
        let row = rows.into_iter().flatten().next().unwrap_or_default();
        let is = |at: usize| row.get(at).is_some_and(|cell| cell.as_deref() == Some("t"));
        let name = row.first().cloned().flatten().unwrap_or_default();
        if !is(4) && !is(5) {
            let statement = format!(
                "grant set on parameter lc_messages to {}",
                identifier(&name)
            );
            return Err(Error::refused("what the server says is not understood")
                .because("only in English is a missing privilege told from a policy that refuses")
                .hint(format!(
                    "let it speak English, as a superuser: `{statement}`"
                ))
                .hint(
                    "or leave out --here: a disposable clone on an embedded server is proven then",
                ));
        }
        Ok(Self {
            sets_language: is(4),
            name,
            is_superuser: is(1),
            holds_still: is(2),
            has_options: is(3),
        })
    }

    /// What it may set, so that a session is ready.
    pub(super) fn settings(&self) -> String {
        let replica = "set session_replication_role = replica;";
        let language = "set lc_messages = 'C';";
        let all = [(self.holds_still, replica), (self.sets_language, language)];
        all.iter()
            .filter(|(may, _)| *may)
            .map(|(_, sql)| *sql)
            .collect()
    }

    /// Makes way in the transaction: the owner sees and writes every row, and where no setting does it, triggers are
    /// switched off and foreign keys taken away table by table.
    ///
    /// # Errors
    /// When the tables are somebody else's.
    pub(super) async fn make_way(
        &self,
        session: &Session,
        catalog: &Catalog,
        world: &World,
        notes: &mut Vec<String>,
    ) -> Result<()> {
        if self.is_superuser {
            return Ok(());
        }
        self.refuse_others_tables(session, world).await?;
        let mut sql = String::new();
        for table in &world.tables {
            sql.push_str(&format!(
                "alter table {} no force row level security;",
                table.name
            ));
            if !self.holds_still {
                sql.push_str(&format!("alter table {} disable trigger user;", table.name));
            }
        }
        if !self.holds_still {
            let keys = catalog.constraints.iter();
            for key in keys.filter(|one| one.references.is_some() && !one.inherited) {
                let is_known = world.position(&key.relation).is_some();
                if is_known {
                    let name = identifier(&key.name);
                    sql.push_str(&format!(
                        "alter table {} drop constraint {name};",
                        key.relation
                    ));
                }
            }
            notes.push(format!(
                "whether foreign keys tell what other tenants have is not proven: they are taken away meanwhile; \
                 a superuser lets {0} hold them still instead with `grant set on parameter session_replication_role to {0}`",
                identifier(&self.name)
            ));
        }
        notes.push(format!(
            "whether policies bind the owner of the tables is not proven: {} is, or acts for, the owner; a superuser proves it",
            identifier(&self.name)
        ));
        session
            .run("making way for the proof", &sql)
            .await
            .map(drop)
    }

    async fn refuse_others_tables(&self, session: &Session, world: &World) -> Result<()> {
        let names = text_array(world.tables.iter().map(|table| table.name.to_string()));
        let sql = format!(
            "select distinct pg_catalog.quote_ident(owner.rolname) from pg_catalog.unnest({names}) as name \
             join pg_catalog.pg_class as relation on relation.oid = pg_catalog.to_regclass(name) \
             join pg_catalog.pg_roles as owner on owner.oid = relation.relowner \
             where not pg_catalog.pg_has_role(owner.oid, 'usage');"
        );
        let rows = session.run("asking whose the tables are", &sql).await?;
        let owners: Vec<String> = rows.into_iter().flatten().flatten().flatten().collect();
        let Some(first) = owners.first() else {
            return Ok(());
        };
        let name = identifier(&self.name);
        Err(
            Error::refused(format!("{name} may not act as everybody on tables of {}", owners.join(", ")))
                .because("rows are made up, and policies added and taken back, which takes the owner of the tables")
                .hint(format!("let it act for the owner: `grant {first} to {name}`"))
                .hint("or leave out --here: a disposable clone on an embedded server is proven then"),
        )
    }

    /// Becomes a member of everybody whom it is to act as, and leaves out whom it may not become.
    ///
    /// # Errors
    /// When that is everybody whom the file names.
    pub(super) async fn become_members(
        &self,
        session: &Session,
        everybody: &mut Vec<Persona>,
        of_file: &BTreeSet<&String>,
        notes: &mut Vec<String>,
    ) -> Result<()> {
        if self.is_superuser {
            return Ok(());
        }
        let roles: BTreeSet<String> = everybody
            .iter()
            .map(|persona| persona.database_role.clone())
            .collect();
        let me = identifier(&self.name);
        let (kind, with) = if self.has_options {
            ("set", " with set true, inherit false")
        } else {
            ("member", "")
        };
        let mut missing: BTreeSet<String> = BTreeSet::new();
        for role in roles {
            let asked = format!(
                "select pg_catalog.pg_has_role(oid, '{kind}') from pg_catalog.pg_roles where rolname = {};",
                literal(&role)
            );
            let rows = session.run("asking for a membership", &asked).await?;
            match rows.into_iter().flatten().flatten().flatten().next() {
                Some(answer) if answer == "t" => continue,
                Some(_) => {}
                None => {
                    // Somebody has dropped it meanwhile.
                    everybody.retain(|persona| persona.database_role != role);
                    continue;
                }
            }
            let name = identifier(&role);
            let grant = format!(
                "savepoint workroom_member; grant {name} to {me}{with}; release savepoint workroom_member;"
            );
            if session.batch(&grant).await.is_err() {
                let back =
                    "rollback to savepoint workroom_member; release savepoint workroom_member;";
                session.run("going on", back).await?;
                missing.insert(role);
            }
        }
        let told = |role: &String| {
            format!(
                "nobody acts as {0}: who may pass it on lets {me} with `grant {0} to {me}`",
                identifier(role)
            )
        };
        everybody.retain(|persona| !missing.contains(&persona.database_role));
        let mut left = everybody.iter();
        if !left.any(|persona| of_file.contains(&persona.database_role)) {
            let lacking = missing.iter().filter(|role| of_file.contains(role));
            let error = Error::refused(format!(
                "{me} may become none of the roles of the policy file"
            ));
            return Err(lacking
                .fold(error, |error, role| error.because(told(role)))
                .hint(
                    "or leave out --here: a disposable clone on an embedded server is proven then",
                ));
        }
        notes.extend(missing.iter().map(told));
        Ok(())
    }
}
