//! The outbox in a storm: many workers at once that fail, forget and are killed, while messages keep coming.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, Error, NoTls, SimpleQueryMessage};

use super::sage::sage;
use super::{ALL, Session};
use crate::support::server::{NEWEST, TestDatabase};

const WORKERS: u64 = 8;
const LEASE_MILLISECONDS: f64 = 700.0;
/// Far more than it takes, so that a failing test ends.
const PATIENCE: Duration = Duration::from_secs(180);

/// Watches every write of the outbox for two leases on one row or resource; what it finds it keeps.
const WATCH: &str = "
    create table violations (found text);
    grant insert on violations to public;
    create function watch() returns trigger language plpgsql security definer as $$
    begin
      if old.status = 'leased' and new.status = 'leased' and old.lease_id <> new.lease_id then
        insert into violations values ('row leased twice');
      end if;
      if old.status = 'leased' and new.status in ('pending', 'dead') and new.last_error like 'the lease%'
        and old.leased_until > clock_timestamp() then
        insert into violations values ('lease taken away early');
      end if;
      if old.status in ('delivered', 'dead') then
        insert into violations values ('finished row changed');
      end if;
      if new.status = 'leased' and exists (
        select from sage.notion_outbox as other
        where other.resource_type = new.resource_type and other.resource_id = new.resource_id
          and other.status = 'leased' and other.lease_id <> new.lease_id
      ) then
        insert into violations values ('resource leased twice');
      end if;
      return null;
    end $$;
    create trigger watch after update on sage.notion_outbox for each row execute function watch();";

/// A worker's connection, which may be killed at any time.
struct Connection {
    runtime: Runtime,
    client: Client,
}

impl Connection {
    fn of_a_worker(database: &TestDatabase) -> Result<Self, Error> {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&database.url(), NoTls).await?;
            tokio::spawn(connection);
            client
                .batch_execute("set application_name = 'worker'; set role service_role")
                .await?;
            Ok(client)
        })?;
        Ok(Self { runtime, client })
    }

    /// The rows of a statement, each as its columns.
    fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>, Error> {
        let messages = self.runtime.block_on(self.client.simple_query(sql))?;
        let row = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => Some(
                (0..row.len())
                    .map(|column| row.get(column).unwrap_or_default().to_owned())
                    .collect(),
            ),
            _ => None,
        };
        Ok(messages.iter().filter_map(row).collect())
    }
}

struct Storm<'a> {
    database: &'a TestDatabase,
    started: Instant,
    done: AtomicBool,
    killed: AtomicU64,
    /// Resource → when the lease that its holder believes in ends, in the server's milliseconds.
    held: Mutex<BTreeMap<String, f64>>,
    held_by_two: AtomicU64,
}

impl Storm<'_> {
    fn is_over(&self) -> bool {
        self.done.load(Ordering::Relaxed) || self.started.elapsed() > PATIENCE
    }

    /// Claims and finishes until all is done; connects again whenever it is killed.
    fn work(&self, number: u64) {
        let mut random = numbers(number);
        while !self.is_over() {
            // An error is the end of this connection, never of the worker.
            let _ = self.work_until_killed(number, &mut random);
        }
    }

    fn work_until_killed(
        &self,
        number: u64,
        random: &mut impl FnMut() -> u64,
    ) -> Result<(), Error> {
        let connection = Connection::of_a_worker(self.database)?;
        let claim = format!(
            "select id, lease_id, resource_id, payload ? 'poison', extract(epoch from leased_until) * 1000
             from sage.claim_outbox('worker {number}', 25, '{LEASE_MILLISECONDS} ms')"
        );
        while !self.is_over() {
            let messages = connection.rows(&claim)?;
            if messages.is_empty() {
                std::thread::sleep(Duration::from_millis(5));
            }
            for message in &messages {
                let [id, lease, resource, poison, until] = &message[..] else {
                    panic!("{message:?}");
                };
                self.hold(resource, until.parse().unwrap());
                let finish = match random() % 20 {
                    // Forgets it: the lease runs out.
                    0 => continue,
                    _ if poison == "t" => {
                        format!("select sage.fail_outbox('{id}', 'poison', lease_id => '{lease}')")
                    }
                    1..=3 => {
                        format!(
                            "select sage.fail_outbox('{id}', 'bad luck', lease_id => '{lease}')"
                        )
                    }
                    _ => format!("select sage.complete_outbox('{id}', null, '{lease}')"),
                };
                // From here on another worker may have it.
                self.held.lock().unwrap().remove(resource);
                connection.rows(&finish)?;
            }
        }
        Ok(())
    }

    /// Notes a lease, and whether another that somebody still believes in lies over it.
    fn hold(&self, resource: &str, until: f64) {
        let before = self.held.lock().unwrap().insert(resource.to_owned(), until);
        if before.is_some_and(|before| (before - until).abs() < LEASE_MILLISECONDS) {
            self.held_by_two.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Ends a worker's session every now and then, wherever it is, and lets time pass for what backs off.
    fn kill(&self) {
        let administrator = Session::new(self.database);
        while !self.is_over() {
            let killed = administrator.value(
                "select count(pg_terminate_backend(pid)) from (
                   select pid from pg_stat_activity
                   where datname = current_database() and application_name = 'worker'
                   order by random() limit 1) as worker",
            );
            self.killed
                .fetch_add(killed.parse().unwrap(), Ordering::Relaxed);
            administrator.rows(
                "update sage.notion_outbox set next_attempt_at = clock_timestamp()
                 where id in (
                   select id from sage.notion_outbox
                   where status = 'pending' and next_attempt_at > clock_timestamp() for update skip locked)",
            );
            std::thread::sleep(Duration::from_millis(60));
        }
    }

    /// Adds messages while the workers run, a few at a time.
    fn add(&self, first: u32, last: u32) {
        let session = Session::new(self.database);
        for batch in (first..last).step_by(20) {
            session.rows(&messages(batch, batch + 19));
        }
    }
}

/// Messages of 4,000 resources, 40 of which Notion will never take.
fn messages(first: u32, last: u32) -> String {
    format!(
        "insert into sage.notion_outbox (resource_type, resource_id, event, payload)
         select 'project', id_of('resource ' || n % 4000), 'updated',
           jsonb_build_object('n', n) || case when n % 100 = 7 then '{{\"poison\": true}}' else '{{}}' end::jsonb
         from generate_series({first}, {last}) as n"
    )
}

/// Numbers without order, the same in each run.
fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> 11
    }
}

#[test]
fn ten_thousand_messages_all_end_delivered_or_dead() {
    for major in ALL {
        let database = sage(major);
        // The full number once; elsewhere enough to see that it works there too.
        let total = if major == NEWEST { 10_000 } else { 2_000 };
        database.execute(&messages(1, total / 2));
        database.execute("analyze sage.notion_outbox");
        database.execute(WATCH);
        let storm = Storm {
            database: &database,
            started: Instant::now(),
            done: AtomicBool::new(false),
            killed: AtomicU64::new(0),
            held: Mutex::default(),
            held_by_two: AtomicU64::new(0),
        };
        std::thread::scope(|scope| {
            for number in 1..=WORKERS {
                let storm = &storm;
                scope.spawn(move || storm.work(number));
            }
            scope.spawn(|| storm.kill());
            storm.add(total / 2 + 1, total);
            let observer = Session::new(&database);
            let waiting =
                "select count(*) from sage.notion_outbox where status in ('pending', 'leased')";
            while observer.value(waiting) != "0" && !storm.is_over() {
                std::thread::sleep(Duration::from_millis(50));
            }
            storm.done.store(true, Ordering::Relaxed);
        });
        let killed = storm.killed.load(Ordering::Relaxed);
        let ends = "select status, payload ? 'poison', count(*) from sage.notion_outbox group by 1, 2 order by 1, 2";
        let ends = database.query(ends);

        let mut counted = 0;
        for end in &ends {
            assert!(
                end.starts_with("delivered|f|") || end.starts_with("dead|"),
                "{ends:?}"
            );
            counted += end.rsplit('|').next().unwrap().parse::<u32>().unwrap();
        }
        assert_eq!(counted, total);
        assert!(killed > 3, "{killed}");
        assert_eq!(
            database.query("select distinct found from violations"),
            [""; 0]
        );
        assert_eq!(storm.held_by_two.load(Ordering::Relaxed), 0);
        // An older message was never delivered after a newer one of its resource.
        let overtaken = "select count(*) from sage.notion_outbox as older
            join sage.notion_outbox as newer using (resource_type, resource_id)
            where older.created_at < newer.created_at and older.delivered_at > newer.delivered_at
              and older.lease_id <> newer.lease_id";
        assert_eq!(database.query(overtaken), ["0"]);
    }
}
