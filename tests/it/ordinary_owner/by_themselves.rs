//! Migrations of an owner that run statement by statement: each statement has force lifted for itself, and a run that is
//! cut off leaves nothing open.

use super::Owned;
use crate::support::command::eventually;

const V002: &str = "sql/shop/V002__change.sql";

/// Changes every row in a transaction of its own.
const BATCHES: &str = "--! no-transaction
update shop.notes set body = 'first';
do $$
declare
  note record;
begin
  for note in select id from shop.notes loop
    update shop.notes set body = body || ', then' where id = note.id;
    commit;
    perform pg_sleep(PAUSE);
  end loop;
end $$;
update shop.notes set body = body || ', last';
";

#[test]
fn statements_that_run_by_themselves_have_it_each_for_itself() {
    for major in [15, 18] {
        let owned = Owned::shop(major);
        owned.write(V002, &BATCHES.replace("PAUSE", "0"));
        owned.migrate();
        assert_eq!(
            owned.query("select distinct body from shop.notes"),
            ["first, then, last"]
        );
        assert_eq!(owned.lifted(), ["shop.notes"]);
        assert_eq!(owned.query("select count(*) from workroom.steps"), ["0"]);
        owned.is_settled();
    }
}

#[test]
fn a_run_that_is_killed_while_force_is_lifted_is_made_good_by_the_next() {
    let owned = Owned::shop(18);
    owned.write(V002, &BATCHES.replace("PAUSE", "20"));
    let mut running = owned.start(["db", "migrate"]);
    eventually("the block has committed a row", || {
        owned.query("select count(*) from shop.notes where body = 'first, then'") == ["1"]
    });
    // Open to the owner, and to nobody else.
    assert_eq!(owned.unforced(), ["shop.notes"]);
    running.kill();
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%pg_sleep(20)%' and pid <> pg_backend_pid()";
    assert_eq!(owned.query(end), ["t"]);
    let _ = running.finish();
    eventually("the backend is gone", || owned.query(end).is_empty());
    assert_eq!(owned.unforced(), ["shop.notes"]);

    // Whatever the next run does, force is back before anything else.
    owned.write(
        V002,
        &BATCHES.replace("PAUSE", "0").replace(
            "update shop.notes set body = 'first'",
            "update shop.notes set body = 'other'",
        ),
    );
    let output = owned.run(["db", "migrate"]);
    assert!(
        output.contains("was changed while it was half applied"),
        "{output}"
    );
    assert_eq!(owned.unforced(), [""; 0]);
    owned.write(V002, &BATCHES.replace("PAUSE", "0"));
    owned.migrate();
    assert_eq!(owned.lifted(), ["shop.notes"]);
    assert_eq!(
        owned.query("select count(*) from shop.notes where body like '%, last'"),
        ["2"]
    );
    owned.is_settled();
}
