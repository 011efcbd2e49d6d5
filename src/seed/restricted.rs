//! Rows are judged without the rights of a superuser. Checks, domains, defaults and generated columns run what they call
//! with the rights of whoever asks; commands that write nothing which stays let them reach no programs or files either.
//!
//! In a transaction that is rolled back, a superuser makes a role that is none, and a function that it owns runs whatever
//! evaluates expressions: inside of a security definer function the server refuses every way back to the session's own
//! role. What runs there may change the role's objects and the session's settings, so that nothing of it is relied on:
//! settings are put back and the function is made anew before each statement.

use crate::database::{BatchFailure, Rows, Session};
use crate::error::{Error, Result};
use crate::sql::{identifier, literal, search_path};

/// Settings by which statements are read.
const SETTINGS: &str = "reset client_encoding; set local search_path = pg_catalog, pg_temp; \
     set local standard_conforming_strings = on; set local timezone = 'UTC';";

/// Who evaluates expressions: a role made for the moment, or the one that connects when that is no superuser.
pub(crate) struct Restricted {
    role: Option<Role>,
}

struct Role {
    name: String,
    /// The search path of the session as SQL, which functions without one of their own have.
    path: String,
}

impl Restricted {
    /// Makes the role, if one is needed, in a transaction that is open and will be rolled back.
    ///
    /// # Errors
    /// When the server refuses.
    pub(crate) async fn begin(session: &Session) -> Result<Self> {
        let what = "making a role without superuser";
        let sql = "select pg_catalog.current_setting('search_path'), pg_catalog.pg_backend_pid() \
             from pg_catalog.pg_roles where rolname = current_user and rolsuper;";
        let results = session.run("asking who this is", sql).await?;
        let Some([Some(path), Some(process)]) = results
            .first()
            .and_then(|rows| rows.first())
            .map(Vec::as_slice)
        else {
            return Ok(Self { role: None });
        };
        let path = search_path::setting(path);
        let name = format!("workroom_rehearsal_{process}");
        session.run(what, SETTINGS).await?;
        let sql = include_str!("restricted.sql")
            .replace("{{role}}", &identifier(&name))
            .replace("{{name}}", &literal(&name));
        session.run(what, &sql).await?;
        // What nobody has had a hand in yet is read as the session reads it.
        let back = format!("set local search_path = {path};");
        session.run(what, &back).await?;
        let role = Some(Role { name, path });
        Ok(Self { role })
    }

    /// Whether rows have to go through a table without expressions, since COPY evaluates them as the session's role.
    pub(crate) fn is_another(&self) -> bool {
        self.role.is_some()
    }

    /// The statement that hands over a temporary table whose expressions are to be evaluated; nothing when the role that
    /// connects does so itself.
    pub(crate) fn hand_over(&self, table: &str) -> String {
        self.role.as_ref().map_or_else(String::new, |role| {
            format!("alter table {table} owner to {};", identifier(&role.name))
        })
    }

    /// Lets the role write where rows belong, for a load that is taken back.
    ///
    /// # Errors
    /// As the server's.
    pub(crate) async fn may_write(&self, session: &Session) -> Result<(), BatchFailure> {
        let Some(role) = &self.role else {
            return Ok(());
        };
        let sql = format!("grant pg_write_all_data to {}", identifier(&role.name));
        session.batch(&sql).await.map(drop)
    }

    /// Runs statements that may evaluate expressions.
    ///
    /// # Errors
    /// As the server's.
    pub(crate) async fn run(&self, session: &Session, sql: &str) -> Result<(), BatchFailure> {
        let Some(role) = &self.role else {
            return session.batch(sql).await.map(drop);
        };
        session.batch(SETTINGS).await?;
        let act = role.act("begin execute statement; return null; end", sql);
        session.batch(&act).await.map(drop)
    }

    /// Runs a query of one value that may evaluate expressions.
    ///
    /// # Errors
    /// As the server's.
    pub(crate) async fn ask(
        &self,
        session: &Session,
        sql: &str,
    ) -> Result<Option<String>, BatchFailure> {
        let results = match &self.role {
            None => session.batch(sql).await?,
            Some(role) => {
                session.batch(SETTINGS).await?;
                let body =
                    "declare answer text; begin execute statement into answer; return answer; end";
                session.batch(&role.act(body, sql)).await?
            }
        };
        let answer = results
            .last()
            .and_then(|rows: &Rows| rows.first()?.first()?.clone());
        Ok(answer)
    }
}

/// Leaves out of an error how a statement was run here; what the project's own functions did stays.
pub(crate) fn without_own_context(mut error: Error) -> Error {
    let is_own = |cause: &String| {
        cause.contains(".workroom_act(")
            || cause.starts_with("context: SQL statement \"insert into pg_temp.")
    };
    error.causes.retain(|cause| !is_own(cause));
    error
}

impl Role {
    fn act(&self, body: &str, sql: &str) -> String {
        format!(
            "create or replace function pg_temp.workroom_act(statement pg_catalog.text) returns pg_catalog.text \
             language plpgsql security definer set search_path = {} as {};\
             alter function pg_temp.workroom_act(pg_catalog.text) owner to {};\
             select pg_temp.workroom_act({}::pg_catalog.text);",
            self.path,
            literal(body),
            identifier(&self.name),
            literal(sql.trim_end_matches(';'))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_stays_a_literal() {
        let role = Role {
            name: "a\"b".to_owned(),
            path: "'$user', 'public'".to_owned(),
        };
        let act = role.act("begin end", "select 'it''s', e'\\''");
        assert!(act.contains("set search_path = '$user', 'public' as 'begin end'"));
        assert!(act.contains("owner to \"a\"\"b\""));
        assert!(act.contains("workroom_act(e'select ''it''''s'', e''\\\\'''''::pg_catalog.text)"));
    }
}
