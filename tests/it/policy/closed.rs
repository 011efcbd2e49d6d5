//! Nothing that a deployment makes stays open: not because of a mistake beside it, not because of default privileges.

use crate::support::server::{execute, try_query};
use crate::support::workspace::Workspace;

/// A system with one table under a tenant floor and one role, which an ordinary owner deploys.
pub(super) struct Mini {
    pub(super) workspace: Workspace,
    prefix: &'static str,
    /// The owner's URL.
    url: String,
}

impl Mini {
    pub(super) fn new(prefix: &'static str, major: u32) -> Self {
        let workspace = Workspace::on(major, &["shop"]);
        workspace.write(
            "workroom.toml",
            "[project]\nname = \"test\"\ndefault_system = \"shop\"\n[systems.shop]\ntitle = \"Shop\"\nschemas = [\"shop\"]\n\
             private_schemas = [\"shop_private\"]\n",
        );
        workspace.write(
            "sql/shop/V001__create_notes.sql",
            "create schema if not exists shop;\n\
             create table shop.notes (tenant_id uuid not null, id uuid not null default gen_random_uuid(), who text not null, \
               number serial, constraint notes_pkey primary key (tenant_id, id));\n",
        );
        workspace.database.execute(&format!(
            "create role {prefix}_owner login createrole; create role {prefix}_stranger login; \
             alter database {} owner to {prefix}_owner",
            workspace.database.name()
        ));
        let owner = format!("{prefix}_owner@");
        let url = workspace.database.url().replacen("postgres@", &owner, 1);
        let mini = Self {
            workspace,
            prefix,
            url,
        };
        mini.policies("{{ owner | ident }} = {{ user }}", "");
        mini
    }

    pub(super) fn policies(&self, mine: &str, more: &str) {
        let prefix = self.prefix;
        let policies = format!(
            "[policies]\nprivate_schema = \"shop_private\"\ntenant_column = \"tenant_id\"\n\
             [roles.{prefix}_user]\nkind = \"application\"\nname = \"user\"\n\
             [context.tenant]\nsetting = \"app.current_tenant\"\nclaim = \"tenant\"\n\
             [context.user]\nsql = \"nullif(current_setting('app.user', true), '')\"\n\
             [macros.mine]\nsql = \"{mine}\"\noracle = \"row[owner] == context.user\"\n\
             [tables.notes]\nowner = \"who\"\n[tables.notes.matrix]\nuser = {{ select = \"all\", insert = \"mine\" }}\n{more}"
        );
        self.workspace.write("policies/shop.toml", &policies);
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn run(&self, arguments: &[&str]) -> crate::support::workspace::Said {
        self.workspace.run_at(&self.url, arguments)
    }

    pub(super) fn query(&self, sql: &str) -> Vec<String> {
        self.workspace.database.query(sql)
    }

    /// What the owner's new tables and schemas give to everybody who asks.
    pub(super) fn open_what_is_new(&self) {
        let (owner, stranger) = (
            format!("{}_owner", self.prefix),
            format!("{}_stranger", self.prefix),
        );
        for objects in ["tables", "sequences", "routines", "schemas"] {
            self.workspace.database.execute(&format!(
                "alter default privileges for role {owner} grant all on {objects} to {stranger}"
            ));
        }
    }

    /// What the stranger can do of some statements, tried in a session of the stranger's own.
    pub(super) fn stranger_can(&self, statements: &[&'static str]) -> Vec<&'static str> {
        let stranger = format!("{}_stranger@", self.prefix);
        let url = self.workspace.database.url();
        let url = url.replacen("postgres@", &stranger, 1);
        let works = |sql: &&&str| try_query(&url, sql).is_ok();
        statements.iter().filter(works).copied().collect()
    }

    /// Row security of the notes, and how many floors they have.
    pub(super) fn protection(&self) -> Vec<String> {
        self.query(
            "select relrowsecurity, relforcerowsecurity, \
               (select count(*) from pg_policy where polrelid = c.oid and not polpermissive) \
             from pg_class as c where oid = 'shop.notes'::regclass",
        )
    }
}

pub(super) const READS: [&str; 2] = [
    "select tenant_id from shop.notes",
    "insert into shop.notes (tenant_id, who) values (gen_random_uuid(), 'x')",
];

#[test]
fn a_table_that_nobody_described_keeps_no_described_one_open() {
    for (prefix, major) in [("cn8", 18), ("cn6", 16), ("cn5", 15)] {
        let mini = Mini::new(prefix, major);
        mini.open_what_is_new();
        mini.workspace.write(
            "sql/shop/V002__more.sql",
            "do $$ begin execute format('create table shop.%I (id int)', 'more_2026'); end $$;\n",
        );
        for _ in 0..2 {
            let refused = mini.run(&["db", "migrate"]).refused();
            assert!(
                refused.contains(
                    "the table shop.more_2026 is in the database and not in policies/shop.toml"
                ),
                "{refused}"
            );
            assert_eq!(mini.protection(), ["t|t|1"]);
            let tried = [READS[0], READS[1], "select 1 from shop.more_2026"];
            assert_eq!(mini.stranger_can(&tried), Vec::<&str>::new(), "{major}");
            // What the file describes is there as a whole; only the record is not.
            let user = format!(
                "select has_table_privilege('{prefix}_user', 'shop.notes', 'select'), \
                (select count(*) from pg_policy where polrelid = 'shop.notes'::regclass), (select count(*) from workroom.policies)"
            );
            assert_eq!(mini.query(&user), ["t|3|0"]);
        }
        mini.workspace
            .write("sql/shop/V003__less.sql", "drop table shop.more_2026;\n");
        mini.run(&["db", "migrate"]).done();
        assert_eq!(
            mini.run(&["db", "migrate"]).done(),
            "nothing to do: shop up to date\n"
        );
    }
}

#[test]
fn a_mistake_in_one_entry_leaves_everything_described_closed() {
    let mini = Mini::new("cm8", 18);
    mini.open_what_is_new();
    mini.policies("no_such_function({{ owner | ident }})", "");
    let refused = mini.run(&["db", "migrate"]).refused();
    assert!(refused.contains("no_such_function"), "{refused}");
    assert!(
        refused.contains("the described tables are protected all the same"),
        "{refused}"
    );
    assert_eq!(mini.protection(), ["t|t|1"]);
    let tried = [
        READS[0],
        READS[1],
        "select shop.current_tenant_id()",
        "select shop_private.request_claims()",
    ];
    assert_eq!(mini.stranger_can(&tried), Vec::<&str>::new());
    mini.policies("{{ owner | ident }} = {{ user }}", "");
    mini.run(&["db", "migrate"]).done();
}

#[test]
fn a_described_table_that_is_gone_is_named_and_the_others_are_deployed() {
    let mini = Mini::new("cg8", 18);
    mini.workspace.write(
        "sql/shop/V002__more.sql",
        "create table shop.more (tenant_id uuid not null, id bigserial, constraint more_pkey primary key (tenant_id, id));\n",
    );
    mini.policies(
        "{{ owner | ident }} = {{ user }}",
        "[tables.more.matrix]\nuser = { insert = \"all\" }\n",
    );
    mini.run(&["db", "migrate"]).done();
    mini.workspace
        .database
        .execute("drop table shop.more; alter table shop.notes disable row level security");
    let refused = mini.run(&["db", "migrate"]).refused();
    assert!(
        refused.contains("the table shop.more is in policies/shop.toml and not in the database"),
        "{refused}"
    );
    assert_eq!(mini.protection(), ["t|t|1"]);
}

#[test]
fn nothing_new_is_granted_beside_a_policy_of_somebody_else() {
    let mini = Mini::new("cs8", 18);
    mini.workspace.write(
        "sql/shop/V002__stray.sql",
        "create policy stray on shop.notes using (true);\n",
    );
    let refused = mini.run(&["db", "migrate"]).refused();
    assert!(refused.contains("did not make: stray"), "{refused}");
    assert_eq!(mini.protection(), ["t|t|1"]);
    let granted = "select has_table_privilege('cs8_user', 'shop.notes', 'select')";
    assert_eq!(mini.query(granted), ["f"]);
    mini.workspace.write(
        "sql/shop/V003__none.sql",
        "drop policy stray on shop.notes;\n",
    );
    mini.run(&["db", "migrate"]).done();
    assert_eq!(mini.query(granted), ["t"]);
}

#[test]
fn what_a_migration_made_is_closed_when_the_next_one_fails_or_is_left_for_later() {
    for (prefix, arguments, later) in [
        ("cf8", &["db", "migrate"][..], "select 1 / 0;\n"),
        ("ct8", &["db", "migrate", "--to", "1"], "select 1;\n"),
    ] {
        let mini = Mini::new(prefix, 18);
        mini.open_what_is_new();
        mini.workspace.write("sql/shop/V002__later.sql", later);
        mini.run(arguments);
        let history = mini.query("select count(*) from workroom.history_shop");
        assert_eq!(history, ["1"]);
        let tried = [
            READS[0],
            READS[1],
            "select nextval('shop.notes_number_seq')",
        ];
        assert_eq!(mini.stranger_can(&tried), Vec::<&str>::new(), "{prefix}");
        // The owner's migrations still have to fill it.
        assert_eq!(mini.protection(), ["t|f|0"]);
        mini.workspace.write(
            "sql/shop/V002__later.sql",
            "insert into shop.notes (tenant_id, who) values (gen_random_uuid(), 'x');\n",
        );
        mini.run(&["db", "migrate"]).done();
        assert_eq!(mini.protection(), ["t|t|1"]);
    }
}

#[test]
fn default_privileges_of_a_platform_stay_on_nothing_that_the_first_run_makes() {
    for (prefix, major) in [("cd8", 18), ("cd6", 16), ("cd5", 15)] {
        let mini = Mini::new(prefix, major);
        mini.open_what_is_new();
        for objects in ["tables", "sequences", "routines"] {
            mini.workspace.database.execute(&format!(
                "create schema if not exists shop authorization {prefix}_owner; \
                 alter default privileges for role {prefix}_owner in schema shop grant all on {objects} to {prefix}_stranger with grant option"
            ));
        }
        mini.workspace.write(
            "sql/shop/V002__kinds.sql",
            "create materialized view shop.totals as select count(*) as n from shop.notes;\n\
             create function shop.one() returns int language sql immutable return 1;\n\
             create procedure shop.two() language sql begin atomic select 1; end;\n",
        );
        mini.workspace.write(
            "views/shop/recent.sql",
            "create or replace view shop.recent with (security_invoker = true) as select id from shop.notes;\n",
        );
        let folder = mini.workspace.folder.path();
        let output = crate::support::command::workroom(["db", "migrate"])
            .within(folder)
            .on(&mini.url)
            .run();
        assert!(output.ends_with("exit status: 0\n"), "{major}\n{output}");
        let told = format!(
            "the right of {prefix}_stranger to call shop.current_tenant_id is taken away: policies/shop.toml does not ask for it"
        );
        assert!(output.contains(&told), "{major}\n{output}");
        let tried = [
            READS[0],
            READS[1],
            "select * from shop.totals",
            "select * from shop.recent",
            "select shop.one()",
            "call shop.two()",
            "select shop.current_tenant_id()",
            "select shop_private.request_claims()",
            "select nextval('shop.notes_number_seq')",
            "create table shop.mine ()",
            "create table shop_private.mine ()",
            "select version from workroom.history_shop",
            "select step from workroom.steps",
            "select name from workroom.objects",
            "select system from workroom.policies",
            "create table workroom.mine ()",
        ];
        assert_eq!(mini.stranger_can(&tried), Vec::<&str>::new(), "{major}");
        let left = format!(
            "select s.nspname, p.acl::text from pg_namespace as s cross join lateral ( \
               select relacl from pg_class where relnamespace = s.oid union all select proacl from pg_proc where pronamespace = s.oid \
               union all select s.nspacl) as p (acl) \
             where s.nspname in ('shop', 'shop_private', 'workroom') and p.acl::text like '%{prefix}_stranger%'"
        );
        assert_eq!(mini.query(&left), Vec::<String>::new(), "{major}");
        assert_eq!(
            mini.run(&["db", "migrate"]).done(),
            "nothing to do: shop up to date\n"
        );
        mini.run(&["policy", "diff"]).done();
    }
}

#[test]
fn what_diff_shows_is_sent_by_apply_and_by_migrate() {
    let mini = Mini::new("cq8", 18);
    mini.run(&["db", "migrate"]).done();
    let fingerprint = "select substr(description, 10, 64) from pg_description \
        where classoid = 'pg_policy'::regclass and description like 'workroom:%' order by 1 limit 1";
    let fingerprint = mini.query(fingerprint).remove(0);
    for sql in [
        "comment on policy notes_all_select on shop.notes is null",
        "comment on function shop.current_tenant_id() is null",
        "grant select on shop.notes to cq8_stranger",
        "alter default privileges for role cq8_owner in schema shop grant select on tables to cq8_stranger",
    ] {
        for arguments in [["policy", "apply"], ["db", "migrate"]] {
            execute(&mini.workspace.database.url(), sql);
            let diff = mini.run(&["policy", "diff"]);
            assert_eq!(diff.status, 1, "{sql}\n{}", diff.text);
            let sent = mini.run(&arguments).done();
            assert!(sent.contains("policies and grants"), "{sql}\n{sent}");
            mini.run(&["policy", "diff"]).done();
        }
    }
    // A seal of another database, as in a copy, on a policy that is what the file says: nothing differs.
    let of_a_copy = format!(
        "comment on policy notes_all_select on shop.notes is 'workroom:{fingerprint}:0123456789abcdef x'"
    );
    execute(&mini.workspace.database.url(), &of_a_copy);
    mini.run(&["policy", "diff"]).done();
    mini.run(&["policy", "apply"]).done();
    mini.run(&["policy", "diff"]).done();
}

#[test]
fn a_run_that_ends_in_a_difference_is_not_recorded_as_done() {
    let mini = Mini::new("cr8", 18);
    // Whatever is revoked comes back.
    mini.workspace.database.execute(
        "create function public.reopen() returns event_trigger language plpgsql security definer as $$ begin \
           if to_regprocedure('shop.current_tenant_id()') is not null then \
             grant execute on function shop.current_tenant_id() to cr8_stranger; end if; end $$; \
         create event trigger cr8_reopen on ddl_command_end when tag in ('REVOKE', 'COMMENT') execute function public.reopen()",
    );
    for _ in 0..2 {
        let refused = mini.run(&["db", "migrate"]).refused();
        assert!(
            refused.contains("differ again after they were applied"),
            "{refused}"
        );
        assert_eq!(mini.query("select count(*) from workroom.policies"), ["0"]);
        assert_eq!(mini.protection(), ["t|t|1"]);
    }
    mini.workspace
        .database
        .execute("drop event trigger cr8_reopen");
    mini.run(&["db", "migrate"]).done();
}
