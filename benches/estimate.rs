//! `cargo bench --bench estimate`: how long statements really run on tables of two sizes, against what the measured plan
//! estimates from the sizes alone; on the same server, one after the other.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and one that cannot run should stop"
)]

use std::time::Instant;

use workroom::database::{Session, Target};
use workroom::event::Silent;
use workroom::files::TextFile;
use workroom::measure::{Ending, Run, Stats, Work, calibrate, under_lock};
use workroom::server::{Options, Temporary};
use workroom::sql;

/// Rows of the tables.
const SIZES: [u32; 3] = [100_000, 500_000, 2_000_000];

const STATEMENTS: [(&str, &str); 9] = [
    (
        "not null scan",
        "alter table shop.orders alter column note set not null",
    ),
    (
        "check",
        "alter table shop.orders add constraint total_check check (total >= 0)",
    ),
    (
        "foreign key",
        "alter table shop.orders add constraint customer_fkey foreign key (customer_id) references shop.customers",
    ),
    (
        "index on a number",
        "create index orders_customer_idx on shop.orders (customer_id)",
    ),
    (
        "index on a text",
        "create index orders_note_idx on shop.orders (note)",
    ),
    (
        "unique constraint",
        "alter table shop.orders add constraint orders_number_key unique (number)",
    ),
    (
        "rewrite with its indexes",
        "alter table shop.orders alter column amount type bigint",
    ),
    (
        "every row changed under a lock",
        "alter table shop.orders add column paid int; update shop.orders set paid = 0",
    ),
    ("every index built anew", "reindex table shop.orders"),
];

const SCHEMA: &str = "create schema shop; create table shop.customers (id int primary key, name text);\
    create table shop.orders (id bigint primary key, number int not null, customer_id int not null, amount int, \
    total numeric(12, 2), note text, created_at timestamptz);";

fn main() {
    let server = Temporary::start(&Options::default(), &Silent).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let session = connect(&server.url()).await;
        for name in ["real", "copy"] {
            session.batch(&format!("create database {name}")).await.unwrap();
        }
        let copy = connect(&server.connection().url_of("copy")).await;
        copy.batch(SCHEMA).await.unwrap();
        copy.batch("insert into shop.customers values (1); \
             insert into shop.orders select g, g, 1, 1, 1, g::text, now() from generate_series(1, 5) as g")
            .await
            .unwrap();
        let mut worst: f64 = 1.0;
        for rows in SIZES {
            let real = connect(&server.connection().url_of("real")).await;
            real.batch("drop schema if exists shop cascade").await.unwrap();
            real.batch(SCHEMA).await.unwrap();
            real.batch(&format!(
                "insert into shop.customers select g, md5(g::text) from generate_series(1, {rows} / 20) as g;\
                 insert into shop.orders select g, (g * 7919::bigint % 1000000007)::int, 1 + g % ({rows} / 20), g % 1000, g % 500, \
                 md5(g::text) || md5((g + 1)::text), now() from generate_series(1, {rows}) as g;"
            ))
            .await
            .unwrap();
            real.batch("vacuum analyze").await.unwrap();
            println!("{rows} rows, load {}", load());
            for (what, statement) in STATEMENTS {
                // The sizes as they are now: earlier statements have made indexes.
                real.batch("analyze").await.unwrap();
                let stats = Stats::of(&real).await.unwrap();
                let rates = calibrate(&copy).await.unwrap();
                let estimated = estimate(&server, statement, &stats, rates).await;
                let started = Instant::now();
                real.batch(statement).await.unwrap();
                let took = started.elapsed().as_secs_f64();
                let ratio = estimated.0 / took;
                worst = worst.max(ratio).max(1.0 / ratio);
                println!(
                    "  {what:<26} took {:>8.1} ms, estimated {:>8.1} to {:>8.1} ms: {ratio:.2}",
                    took * 1000.0,
                    estimated.0 * 1000.0,
                    estimated.1 * 1000.0
                );
            }
        }
        println!("off by at most {worst:.2}×");
    });
}

/// What the plan says, from the sizes and a run on a table of one row.
async fn estimate(
    server: &Temporary,
    statement: &str,
    stats: &Stats,
    rates: workroom::measure::Rates,
) -> (f64, f64) {
    let copy = connect(&server.connection().url_of("copy")).await;
    let file = TextFile::new("bench.sql", statement);
    let statements = sql::split(&file).unwrap();
    let work = Work {
        label: "bench",
        file: &file,
        statements: &statements,
        no_transaction: false,
    };
    let mut run = Run::begin(copy, Ending::Rollback, Vec::new())
        .await
        .unwrap();
    let measured = run.measure(0, work).await.unwrap();
    let under = under_lock(&measured, Some((stats, rates)));
    let orders = under
        .iter()
        .find(|under| under.relation.name == "shop.orders");
    orders.and_then(|under| under.seconds).unwrap()
}

async fn connect(url: &str) -> Session {
    Session::connect(&Target::parse(url).unwrap())
        .await
        .unwrap()
}

fn load() -> String {
    std::fs::read_to_string("/proc/loadavg")
        .unwrap_or_default()
        .split(' ')
        .next()
        .unwrap_or("?")
        .to_owned()
}
