//! A deployment of twenty steps of every kind, and what must be true of it afterwards however it got there.

use std::path::Path;

use workroom::catalog::Catalog;
use workroom::database::{Session, Target};

use crate::support::project::TestProject;
use crate::support::server::query;

/// Twenty steps, each of which commits by itself: five transactional migrations and two that run statement by
/// statement. Whatever can run in a transaction leaves a mark, so that a second run of it would show.
const FILES: &[(&str, &str)] = &[
    (
        "sql/shop/V001__marks.sql",
        "create table shop.marks (step int);\ninsert into shop.marks values (1);\n",
    ),
    (
        "sql/shop/V002__state.sql",
        "alter table shop.orders add column state text;\ninsert into shop.marks values (2);\n",
    ),
    (
        "sql/shop/V003__indexes.sql",
        "--! no-transaction\n\
         set maintenance_work_mem = '64MB';\n\
         insert into shop.marks values (3);\n\
         create index concurrently orders_customer_idx on shop.orders (customer);\n\
         create index concurrently orders_total_idx on shop.orders (total);\n\
         create unique index concurrently orders_number_key on shop.orders (number);\n\
         insert into shop.marks values (7);\n\
         alter table shop.orders add constraint orders_number_key unique using index orders_number_key;\n",
    ),
    (
        "sql/shop/V004__mood.sql",
        "create type shop.mood as enum ('old');\n\
         create table shop.moods (mood shop.mood);\ninsert into shop.marks values (9);\n",
    ),
    (
        "sql/shop/V005__mixed.sql",
        "--! no-transaction\n\
         alter type shop.mood add value 'new';\n\
         insert into shop.moods values ('new');\n\
         do $$ begin insert into shop.marks values (12); end $$;\n\
         do $$ begin\n\
           for i in 0..3 loop\n\
             update shop.orders set state = 'done' where id % 200 = i and state is null;\n\
             commit;\n\
           end loop;\n\
         end $$;\n\
         reindex index concurrently shop.orders_customer_idx;\n\
         drop index concurrently shop.orders_total_idx;\n\
         vacuum shop.orders;\n\
         alter table shop.orders add constraint total_is_positive check (total >= 0) not valid;\n\
         alter table shop.orders validate constraint total_is_positive;\n",
    ),
    (
        "sql/shop/V006__function.sql",
        "create function shop.one() returns int language sql return 1;\ninsert into shop.marks values (19);\n",
    ),
    (
        "sql/shop/V007__view.sql",
        "create view shop.done as select id from shop.orders where state = 'done';\ninsert into shop.marks values (20);\n",
    ),
];

/// The project; its database is the test's business.
pub(super) fn project() -> TestProject {
    TestProject::new(FILES)
}

/// SQL of what is there before: a table of so many rows.
pub(super) fn before(rows: u32) -> String {
    format!(
        "create schema shop;\
         create table shop.orders as select id, id % 1000 as customer, id as number, (id % 97)::numeric as total \
         from generate_series(1, {rows}) as id;"
    )
}

/// Everything that a deployment leaves and that can be compared.
#[derive(Debug, PartialEq)]
pub(super) struct After {
    catalog: Catalog,
    facts: Vec<String>,
}

impl After {
    pub(super) fn of(url: &str) -> Self {
        let mut facts = query(
            url,
            "select 'marks', string_agg(step::text, ' ' order by step) from shop.marks \
             union all select 'moods', count(*)::text from shop.moods \
             union all select 'orders', count(*)::text from shop.orders \
             union all select 'done', count(*)::text from shop.done \
             union all select 'history', string_agg(version::text, ' ' order by version) from workroom.history_shop \
             union all select 'steps', count(*)::text from workroom.steps \
             union all select 'invalid', count(*)::text from pg_index where not indisvalid \
             union all select 'locks', count(*)::text from pg_locks where locktype = 'advisory' \
               and database = (select oid from pg_database where datname = current_database())",
        );
        // The parts of a union come in any order.
        facts.sort();
        let target = Target::parse(url).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let catalog = runtime.block_on(async {
            let session = Session::connect(&target).await.unwrap();
            Catalog::load(session.client(), &["shop"]).await.unwrap()
        });
        Self { catalog, facts }
    }

    pub(super) fn facts(&self) -> &[String] {
        &self.facts
    }
}

/// The socket of a server by its folder.
pub(super) fn socket(folder: &str) -> std::path::PathBuf {
    Path::new(folder).join(".s.PGSQL.5432")
}
