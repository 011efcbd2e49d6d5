//! All shipped systems and a project that grew, by every kind of deployer on every version: deployed, verified, proven,
//! nothing left to do, and the same whoever deployed.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::command::{Workroom, workroom};
use crate::support::project::TestProject;
use crate::support::server::{execute, offer_pgcrypto, own_server, query};
use workroom::server::Temporary;

/// Later migrations of the project that `workroom init` writes: a backfill, keys, a look-up, a view that holds rows.
const GROWN: [(&str, &str); 3] = [
    (
        "sql/app/V002__add_topics.sql",
        "create table app.topics (
  id uuid not null default gen_random_uuid(),
  title text not null,
  constraint topics_pkey primary key (id)
);
comment on table app.topics is 'What notes are about.';
insert into app.topics (title) values ('everything');
",
    ),
    (
        "sql/app/V003__fill_topics.sql",
        "alter table app.notes add column topic_id uuid;
update app.notes set topic_id = (select id from app.topics limit 1);
alter table app.notes alter column topic_id set not null;
alter table app.notes add constraint notes_topic_id_fkey foreign key (topic_id) references app.topics (id);
create index notes_topic_id_idx on app.notes (topic_id);
create materialized view app.topic_sizes as select topic_id, count(*) as notes from app.notes group by topic_id;
",
    ),
    (
        "views/app/topic_of.sql",
        "create or replace function app.topic_of(note uuid) returns text language sql stable
begin atomic
  select t.title from app.notes as n join app.topics as t on t.id = n.topic_id where n.id = note;
end;
",
    ),
];

/// What these add to its policy file.
const MORE: &str = "
[roles.notes_definer]
kind = \"definer\"
login = false

[lookups.topics_in_use]
returns = \"setof uuid\"
reads = [\"notes\"]
sql = \"select note.topic_id from app.notes as note\"

[macros.in_use]
says = \"that a note is about\"
sql = \"id = any (array(select app_private.topics_in_use()))\"
oracle = \"exists notes as note where note.topic_id == row.id\"

[tables.topics]
class = \"global\"
[tables.topics.matrix]
notes_reader = { select = \"in_use\" }
notes_writer = { select = \"all\" }

[functions]
topic_of = [\"notes_writer\"]
";

/// Who deploys, and to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deployer {
    Superuser,
    BypassingOwner,
    OrdinaryOwner,
    OwnerOfSchemas,
    OnAPlatform,
}

const DEPLOYERS: [Deployer; 5] = [
    Deployer::OrdinaryOwner,
    Deployer::OwnerOfSchemas,
    Deployer::OnAPlatform,
    Deployer::BypassingOwner,
    Deployer::Superuser,
];

impl Deployer {
    fn role(self) -> &'static str {
        match self {
            Self::Superuser => "postgres",
            Self::BypassingOwner => "bypassing",
            Self::OrdinaryOwner | Self::OnAPlatform => "ordinary",
            Self::OwnerOfSchemas => "guest",
        }
    }
}

/// A platform's roles, schemas, default privileges and event triggers, as hosted back ends have them.
const PLATFORM: &str = "
create schema auth authorization supabase_admin;
create schema storage authorization supabase_admin;
set role supabase_admin;
create table auth.users (id uuid primary key, email text, raw_app_meta_data jsonb);
create function auth.uid() returns uuid language sql stable as $$ select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
create function auth.role() returns text language sql stable as $$ select nullif(current_setting('request.jwt.claim.role', true), '') $$;
create function auth.jwt() returns jsonb language sql stable as $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
create table storage.objects (id uuid primary key, name text, owner uuid references auth.users (id));
alter table auth.users enable row level security;
alter table storage.objects enable row level security;
reset role;
grant usage on schema auth, storage, public to anon, authenticated, service_role;
grant usage on schema auth to ordinary with grant option;
grant references on auth.users to ordinary;
grant select on auth.users to ordinary with grant option;
grant execute on all functions in schema auth to ordinary with grant option;
alter default privileges for role ordinary in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges for role supabase_admin in schema public grant all on tables to anon, authenticated, service_role;
create function public.tell_watchers() returns event_trigger language plpgsql as $$ begin notify pgrst, 'reload schema'; end $$;
create event trigger pgrst_ddl_watch on ddl_command_end execute function public.tell_watchers();
create event trigger pgrst_drop_watch on sql_drop execute function public.tell_watchers();
";

/// One server with its roles, and the projects that are deployed to it.
struct Field {
    major: u32,
    server: Temporary,
    grown: TestProject,
}

impl Field {
    fn new(major: u32) -> Self {
        if major != 15 {
            offer_pgcrypto(major);
        }
        let server = own_server(major);
        execute(
            &server.url(),
            "create role ordinary login createrole; create role guest login createrole; \
             create role bypassing login createrole bypassrls; create role supabase_admin superuser; \
             create role authenticator login noinherit",
        );
        let grown = TestProject::new(&[]);
        grown.remove("workroom.toml");
        let output = grown.run(["init", "."]);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        Self {
            major,
            server,
            grown,
        }
    }

    /// The shipped systems that this version can have: the wheel's servers have pgvector, Debian's 15 has not.
    fn systems(&self) -> &'static [&'static str] {
        if self.major == 15 {
            &["neighbours", "approvals", "sage", "worktrackr"]
        } else {
            &["agency", "approvals", "sage", "worktrackr", "needthisdone"]
        }
    }

    fn database(&self, deployer: Deployer, what: &str) -> String {
        let name = format!("{deployer:?}_{what}").to_lowercase();
        let role = deployer.role();
        let owner = match deployer {
            Deployer::OwnerOfSchemas => "postgres",
            _ => role,
        };
        execute(
            &self.server.url(),
            &format!("create database {name} owner {owner}"),
        );
        let admin = self.server.connection().url_of(&name);
        if deployer == Deployer::OnAPlatform && what == "shipped" {
            execute(&admin, PLATFORM);
        }
        if self.major != 15 && what == "shipped" && deployer == Deployer::OwnerOfSchemas {
            execute(&admin, "create extension vector; create extension pgcrypto");
        }
        admin
    }

    fn command(&self, folder: &Path, url: &str, arguments: &[&str], systems: &[&str]) -> Workroom {
        let systems = systems.iter().flat_map(|system| ["--system", system]);
        workroom(systems.chain(arguments.iter().copied()))
            .within(folder)
            .on(url)
    }

    /// Deploys; what an administrator is asked for is done, once, and is enough.
    fn deploy(&self, deployer: Deployer, folder: &Path, admin: &str, systems: &[&str]) {
        let url = admin.replacen("postgres@", &format!("{}@", deployer.role()), 1);
        let run = |arguments: &[&str]| self.command(folder, &url, arguments, systems).run();
        let mut output = run(&["db", "migrate"]);
        // What schemas take is asked for first, then what roles take.
        for _ in 0..2 {
            if output.ends_with("exit status: 0\n") {
                break;
            }
            // Systems ask for the same extension.
            let asked: BTreeSet<&str> = output
                .lines()
                .filter_map(|line| line.split_once(", once: ").map(|(_, statement)| statement))
                .collect();
            assert!(
                !asked.is_empty(),
                "{deployer:?} on {}: {output}",
                self.major
            );
            for statement in asked {
                execute(admin, statement);
            }
            output = run(&["db", "migrate"]);
        }
        assert!(
            output.ends_with("exit status: 0\n"),
            "{deployer:?} on {}: {output}",
            self.major
        );
        let output = run(&["db", "migrate"]);
        assert!(
            output.starts_with("nothing to do"),
            "{deployer:?} on {}: {output}",
            self.major
        );
        let output = run(&["db", "verify"]);
        assert!(
            output.ends_with("exit status: 0\n"),
            "{deployer:?} on {}: {output}",
            self.major
        );
    }

    /// Deploys the shipped systems, and the project in two steps, with rows in between.
    fn deploy_all(&self, deployer: Deployer) -> [Vec<String>; 2] {
        let shipped = self.database(deployer, "shipped");
        self.deploy(
            deployer,
            Path::new(env!("CARGO_MANIFEST_DIR")),
            &shipped,
            self.systems(),
        );

        let grown = self.database(deployer, "grown");
        let folder = self.grown.folder();
        self.deploy(deployer, folder, &grown, &["app"]);
        execute(
            &grown,
            "insert into app.notes (author, body) values ('ann', 'one'), ('bob', 'two')",
        );
        self.grow();
        self.deploy(deployer, folder, &grown, &["app"]);
        assert_eq!(
            query(&grown, "select notes from app.topic_sizes"),
            ["2"],
            "{deployer:?}"
        );
        assert_eq!(
            query(
                &grown,
                "select count(*) from app.notes where topic_id is null"
            ),
            ["0"]
        );
        if deployer == Deployer::OrdinaryOwner {
            // By whoever may act as everybody, before others have a part in these roles.
            let prove = &["policy", "prove", "--here"];
            let own = Path::new(env!("CARGO_MANIFEST_DIR"));
            for proof in [
                self.command(folder, &grown, prove, &["app"]),
                self.command(own, &shipped, prove, &["approvals"]),
            ] {
                let output = proof.run();
                assert!(
                    output.ends_with("exit status: 0\n"),
                    "{}: {output}",
                    self.major
                );
            }
        }
        self.shrink();
        [shipped, grown].map(|url| self.made(deployer, &url))
    }

    fn grow(&self) {
        for (path, text) in GROWN {
            self.grown.write(path, text);
        }
        let file = std::fs::read_to_string(self.grown.folder().join("policies/app.toml")).unwrap();
        let file = file.replace(
            "[tables.notes.matrix]\n",
            "[tables.notes.matrix]\nnotes_definer = { select = \"all\" }\n",
        );
        self.grown.write(
            "policies/app.toml",
            format!("[policies]\nprivate_schema = \"app_private\"\n{file}{MORE}"),
        );
        let toml = std::fs::read_to_string(self.grown.folder().join("workroom.toml")).unwrap();
        let toml = toml.replace(
            "schemas = [\"app\"]",
            "schemas = [\"app\"]\nprivate_schemas = [\"app_private\"]",
        );
        self.grown.write("workroom.toml", toml);
    }

    fn shrink(&self) {
        for path in ["workroom.toml", "policies", "sql", "views", "seeds"] {
            if self.grown.folder().join(path).exists() {
                self.grown.remove(path);
            }
        }
        let output = self.grown.run(["init", "."]);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
    }

    /// Everything that was made in the systems' schemas: owners, grants, policies, row security, with the deployer's
    /// name taken out.
    fn made(&self, deployer: Deployer, url: &str) -> Vec<String> {
        let role = deployer.role();
        let sql = format!(
            "with own as (select oid, nspname, nspowner, nspacl from pg_namespace \
               where nspname ~ '^(agency|approvals|sage|worktrackr|needthisdone|procure|finance_ppm|te|gear|app)(_private)?$|^neighbours_private$'), \
             acl (what, owner, acl) as ( \
               select format('schema %s', nspname), nspowner, nspacl from own \
               union all select format('relation %s.%s %s %s', nspname, relname, relrowsecurity, relforcerowsecurity), relowner, relacl \
                 from own join pg_class on relnamespace = own.oid and relkind in ('r', 'p', 'v', 'm', 'S') \
               union all select format('column %s.%s.%s', nspname, relname, attname), relowner, attacl \
                 from own join pg_class as c on relnamespace = own.oid join pg_attribute on attrelid = c.oid and attacl is not null \
               union all select format('function %s.%s(%s) %s %s', nspname, proname, pg_get_function_identity_arguments(p.oid), prosecdef, proconfig), proowner, proacl \
                 from own join pg_proc as p on pronamespace = own.oid \
               union all select format('type %s.%s', nspname, typname), typowner, typacl \
                 from own join pg_type on typnamespace = own.oid and typtype in ('d', 'e', 'r')) \
             select format('%s of %s: %s', what, replace(owner::regrole::text, '{role}', 'DEPLOYER'), \
               (select string_agg(concat(case when g.grantee = 0 then 'public' when g.grantee = owner then 'OWNER' else g.grantee::regrole::text end, ' ', \
                 privilege_type, is_grantable), ', ' order by g.grantee::regrole::text, privilege_type) \
                from aclexplode(acl) as g where g.grantee <> owner)) from acl \
             union all select format('policy %s.%s %s %s %s %s %s %s', schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check) \
               from pg_policies join own on nspname = schemaname \
             order by 1"
        );
        query(url, &sql)
    }
}

/// What one has and the other has not.
fn differences(one: &[String], other: &[String]) -> Vec<String> {
    let one: BTreeSet<&String> = one.iter().collect();
    let other: BTreeSet<&String> = other.iter().collect();
    one.symmetric_difference(&other)
        .map(ToString::to_string)
        .collect()
}

fn every_deployer_on(major: u32) {
    let field = Field::new(major);
    let mut first: Option<[Vec<String>; 2]> = None;
    for deployer in DEPLOYERS {
        let made = field.deploy_all(deployer);
        let Some(first) = &first else {
            assert!(made[0].len() > 100, "{:?}", made[0]);
            first = Some(made);
            continue;
        };
        for (made, first) in made.iter().zip(first) {
            assert_eq!(differences(made, first), [""; 0], "{deployer:?} on {major}");
        }
    }
}

#[test]
fn every_kind_of_deployer_comes_to_the_same_on_18() {
    every_deployer_on(18);
}

#[test]
fn every_kind_of_deployer_comes_to_the_same_on_16() {
    every_deployer_on(16);
}

#[test]
fn every_kind_of_deployer_comes_to_the_same_on_15() {
    every_deployer_on(15);
}
