//! Deploying as the role that Postgres' documentation would make for it: LOGIN, CREATEROLE, owner of the database,
//! neither superuser nor BYPASSRLS. Policies bind it in its own tables, which are under `force row level security`.

mod by_themselves;
mod lifted;
mod matrix;
mod proving;
mod rights;
mod servers;

use std::ffi::OsStr;

use crate::support::command::{Running, Workroom};
use crate::support::project::TestProject;
use crate::support::server::{query, try_query};

/// One system with tenants, one table under policies, one application role.
pub(crate) const TOML: &str = "\
[project]
name = \"shop\"
default_system = \"shop\"
[systems.shop]
title = \"Shop\"
schemas = [\"shop\"]
tenant = \"org_id\"
";

const NOTES: (&str, &str) = (
    "sql/shop/V001__create_notes.sql",
    "create schema shop;
create table shop.notes (
  org_id uuid not null,
  id uuid not null default gen_random_uuid(),
  who text not null,
  body text,
  primary key (org_id, id)
);
",
);

pub(crate) const POLICIES: &str = "\
[policies]
tenant_column = \"org_id\"
[roles.ROLE_user]
kind = \"application\"
name = \"user\"
[context.tenant]
setting = \"app.current_tenant\"
[context.user]
sql = \"nullif(current_setting('app.user', true), '')\"
[macros.mine]
sql = \"{{ owner | ident }} = {{ user }}\"
oracle = \"row[owner] == context.user\"
[tables.notes]
owner = \"who\"
[tables.notes.matrix]
user = { select = \"all\", insert = \"mine\" }
";

/// A project whose database belongs to an ordinary role.
pub(crate) struct Owned {
    pub(crate) project: TestProject,
    pub(crate) role: String,
    pub(crate) url: String,
}

impl Owned {
    /// One that is not deployed. `ROLE` in the policy file stands for the owner's name.
    pub(crate) fn new(major: u32, files: &[(&str, &str)]) -> Self {
        let project = TestProject::on_major(major, &[]);
        let database = project.database();
        let role = format!("{}_owner", database.name());
        database.execute(&format!(
            "create role {role} login createrole; alter database {} owner to {role}",
            database.name()
        ));
        let url = database.url().replacen("postgres@", &format!("{role}@"), 1);
        let owned = Self { project, role, url };
        for (path, text) in files {
            owned.write(path, text);
        }
        owned
    }

    /// The shop with its policies, deployed, with one row for each of two tenants.
    pub(crate) fn shop(major: u32) -> Self {
        let files = [
            ("workroom.toml", TOML),
            NOTES,
            ("policies/shop.toml", POLICIES),
        ];
        let owned = Self::new(major, &files);
        owned.migrate();
        owned.project.database().execute(
            "insert into shop.notes (org_id, who) select gen_random_uuid(), 'ann' from generate_series(1, 2)",
        );
        owned
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        self.project.write(path, text.replace("ROLE", &self.role));
    }

    fn workroom(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Workroom {
        self.project.workroom(arguments).on(&self.url)
    }

    #[must_use = "compare the output, which ends with the exit status"]
    pub(crate) fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
        self.workroom(arguments).run()
    }

    fn start(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Running {
        self.workroom(arguments).start()
    }

    /// Runs `db migrate`, which must succeed; what it said.
    #[track_caller]
    pub(crate) fn migrate(&self) -> String {
        let output = self.run(["db", "migrate"]);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        output
    }

    /// Deploys once more, which must find nothing to do, and have found every described table as it should be.
    #[track_caller]
    pub(crate) fn is_settled(&self) {
        let output = self.run(["db", "migrate"]);
        assert!(output.starts_with("nothing to do"), "{output}");
        assert_eq!(self.unforced(), [""; 0]);
    }

    /// The rows of a query of a superuser.
    pub(crate) fn query(&self, sql: &str) -> Vec<String> {
        self.project.query(sql)
    }

    /// Tables under row security that does not bind their owner.
    pub(crate) fn unforced(&self) -> Vec<String> {
        self.query(
            "select oid::regclass from pg_class where relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema') \
             and relrowsecurity and not relforcerowsecurity order by 1",
        )
    }

    /// The tables from which force was lifted while the latest migration ran.
    fn lifted(&self) -> Vec<String> {
        self.query(
            "select unnest(unforced) from workroom.history_shop where version = (select max(version) from workroom.history_shop) order by 1",
        )
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // Roles belong to the server; the database, which goes later, must not be theirs any more.
        let url = self.project.database().url();
        let roles = query(
            &url,
            &format!(
                "select rolname from pg_roles where rolname like '{}%' order by length(rolname) desc",
                self.role
            ),
        );
        let sql: String = roles
            .iter()
            .map(|role| format!("reassign owned by {role} to postgres; drop owned by {role} cascade; drop role {role};"))
            .collect();
        // A failing test shall show its own failure, not this one.
        let _ = try_query(&url, &sql);
    }
}
