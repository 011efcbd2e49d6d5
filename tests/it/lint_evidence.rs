//! What the pages of `docs/lint/` and `docs/security.md` say that the server does, done by the server.

use crate::support::server::{TestDatabase, try_query};

const MAJORS: [u32; 3] = [15, 16, 18];

/// The SQLSTATE and the message of a statement that fails.
fn failure(database: &TestDatabase, sql: &str) -> String {
    let error = try_query(&database.url(), sql).expect_err("the server refuses it");
    let server = error.as_db_error().expect("the server said why");
    format!("{} {}", server.code().code(), server.message())
}

#[test]
fn an_empty_search_path_of_a_definer_is_hijacked_by_a_temporary_domain_and_a_pinned_one_is_not() {
    for major in MAJORS {
        let database = TestDatabase::new(major);
        let function = |path: &str| {
            format!(
                "create or replace function public.close_order() returns text language plpgsql security definer \
                 set search_path = {path} as $$ begin return 'closed'::text; end $$;"
            )
        };
        // The caller's check runs inside the function, with its owner's rights, and can do anything there.
        let call = "create domain pg_temp.text as pg_catalog.text check (value <> 'closed'); select public.close_order()";
        database.execute(&function("''"));
        let said = failure(&database, call);
        assert!(said.contains("value for domain"), "{major}: {said}");
        database.execute(&function("pg_catalog, pg_temp"));
        assert_eq!(database.query(call), ["closed"], "{major}");
    }
}

#[test]
fn a_cascade_runs_a_trigger_as_the_owner_of_its_table_on_the_path_of_the_function() {
    for major in MAJORS {
        let database = TestDatabase::new(major);
        let (owner, caller) = (
            format!("evidence_owner_{}", database.name()),
            format!("evidence_caller_{}", database.name()),
        );
        database.execute(&format!(
            "create role {owner}; create role {caller}; grant create, usage on schema public to {owner};
             set role {owner};
             create table public.parent (id int primary key);
             create table public.child (id int references public.parent on delete cascade);
             create table public.seen (who name);
             create function public.keep() returns trigger language plpgsql as $$ begin return old; end $$;
             create trigger keep before delete on public.child for each row execute function public.keep();
             grant select, delete on public.parent to {caller};
             reset role; grant usage on schema public to {caller};
             insert into public.parent values (1), (2); insert into public.child values (1), (2);"
        ));
        let function = |path: &str| {
            format!(
                "set role {owner}; create or replace function public.keep() returns trigger language plpgsql \
                 set search_path = {path} as $$ begin \
                 insert into public.seen values (current_user); perform 'closed'::text; return old; end $$;"
            )
        };
        let delete = |id: u32| {
            format!(
                "set role {caller}; create domain pg_temp.text as pg_catalog.text check (value <> 'closed'); \
                 delete from public.parent where id = {id}"
            )
        };
        database.execute(&function("''"));
        let said = failure(&database, &delete(1));
        assert!(said.contains("value for domain"), "{major}: {said}");
        database.execute(&function("pg_catalog, pg_temp"));
        database.execute(&delete(1));
        let seen = database.query("select who::text from public.seen");
        assert_eq!(seen, [owner.as_str()], "{major}");
        database.execute(&format!(
            "drop owned by {owner}, {caller}; drop role {owner}, {caller}"
        ));
    }
}

#[test]
fn a_new_enum_value_cannot_be_used_before_it_is_committed() {
    for major in MAJORS {
        let database = TestDatabase::new(major);
        database.execute("create type status as enum ('open'); create table t (s status);");
        let said = failure(
            &database,
            "begin; alter type status add value 'held'; insert into t values ('held')",
        );
        assert!(
            said.starts_with("55P04 unsafe use of new value"),
            "{major}: {said}"
        );
    }
}

#[test]
fn a_required_column_without_a_default_fails_as_soon_as_there_is_a_row() {
    for major in MAJORS {
        let database = TestDatabase::new(major);
        database.execute("create table t (id int); alter table t add column a int not null;");
        database.execute("insert into t values (1, 1)");
        let said = failure(&database, "alter table t add column b int not null");
        assert!(said.starts_with("23502 "), "{major}: {said}");
    }
}

#[test]
fn if_not_exists_takes_an_invalid_index_for_a_good_one() {
    for major in MAJORS {
        let database = TestDatabase::new(major);
        database.execute("create table t (a int); insert into t values (1), (1)");
        let build = "create unique index concurrently if not exists t_a_key on t (a)";
        assert!(failure(&database, build).starts_with("23505 "));
        // Succeeds, and nothing has changed.
        database.execute(build);
        let valid = "select indisvalid from pg_index where indexrelid = 't_a_key'::regclass";
        assert_eq!(database.query(valid), ["f"], "{major}");
    }
}

#[test]
fn a_view_without_security_invoker_bypasses_row_security() {
    for major in MAJORS {
        let database = TestDatabase::new(major);
        let role = format!("evidence_reader_{}", database.name());
        database.execute(&format!(
            "create role {role}; create table t (a int); insert into t values (1); \
             alter table t enable row level security; grant select on t to {role}; \
             create view v as select * from t; create view w with (security_invoker = true) as select * from t; \
             grant select on v, w to {role}"
        ));
        let seen =
            |view: &str| database.query(&format!("set role {role}; select count(*) from {view}"));
        let (owner, invoker) = (seen("v"), seen("w"));
        database.execute(&format!("drop owned by {role}; drop role {role}"));
        assert_eq!(
            (owner, invoker),
            (vec!["1".to_owned()], vec!["0".to_owned()]),
            "{major}"
        );
    }
}

#[test]
fn a_foreign_key_is_checked_without_regard_to_row_security() {
    for major in MAJORS {
        let database = TestDatabase::new(major);
        let role = format!("evidence_writer_{}", database.name());
        database.execute(&format!(
            "create role {role}; create table p (id int primary key); insert into p values (7); \
             alter table p enable row level security; create table c (p_id int references p); \
             grant select on p to {role}; grant insert on c to {role}"
        ));
        let seen = database.query(&format!("set role {role}; select count(*) from p"));
        // Nobody else's row can be seen, and it can be referred to.
        let written = try_query(
            &database.url(),
            &format!("set role {role}; insert into c values (7)"),
        );
        database.execute(&format!("drop owned by {role}; drop role {role}"));
        assert_eq!(seen, ["0"], "{major}");
        assert!(written.is_ok(), "{major}");
    }
}

#[test]
fn before_postgres_16_no_role_but_a_superuser_could_prove_policies() {
    for major in MAJORS {
        let database = TestDatabase::new(major);
        let name = database.name();
        let (maker, other) = (format!("maker_{name}"), format!("other_{name}"));
        let as_maker = |sql: &str| {
            let sql =
                format!("begin; set local role {maker}; create role {other}; {sql}; rollback");
            match try_query(&database.url(), &sql) {
                Ok(_) => String::new(),
                Err(error) => error.as_db_error().unwrap().message().to_owned(),
            }
        };
        database.execute(&format!("create role {maker} createrole bypassrls"));
        // A proof lifts row security from a role and puts it back.
        let lifted = as_maker(&format!("alter role {other} bypassrls"));
        // Who may make roles must not be able to run programs of the server.
        let climbed = as_maker(&format!("grant pg_execute_server_program to {other}"));
        if major == 15 {
            assert_eq!(lifted, "must be superuser to change bypassrls attribute");
            assert_eq!(climbed, "");
        } else {
            assert_eq!(lifted, "", "{major}");
            assert!(
                climbed.starts_with("permission denied to grant role"),
                "{major}: {climbed}"
            );
        }
        database.execute(&format!("drop role {maker}"));
    }
}
