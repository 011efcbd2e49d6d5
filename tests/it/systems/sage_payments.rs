//! Payments of the design studio: what they make of their project, and what the outbox hears of it.

use super::ALL;
use super::sage::{back_end, person, sage};

#[test]
fn a_payment_settles_its_project_in_the_same_transaction() {
    for major in ALL {
        let database = sage(major);
        let server = back_end(&database);
        server.rows(
            "insert into sage.projects (id, client_id, tier, name)
             values (id_of('pond'), id_of('carl client'), 2, 'Pond'), (id_of('lake'), id_of('cora client'), 4, 'Lake');
             delete from sage.notion_outbox",
        );
        let state = |project: &str| {
            server.value(&format!(
                "select payment_status from sage.projects where id = id_of('{project}')"
            ))
        };
        let pay = |name: &str, project: &str, status: &str| {
            server.rows(&format!(
                "insert into sage.payments (id, project_id, stripe_payment_intent_id, amount, tier, status)
                 values (id_of('{name}'), id_of('{project}'), '{name}', 100, 2, '{status}')"
            ));
        };
        let becomes = |name: &str, status: &str| {
            server.rows(&format!(
                "update sage.payments set status = '{status}' where id = id_of('{name}')"
            ));
        };
        pay("card", "pond", "failed");
        assert_eq!(state("pond"), "pending");
        server.rows("begin");
        pay("rolled back", "pond", "succeeded");
        assert_eq!(state("pond"), "paid");
        server.rows("rollback");
        assert_eq!(state("pond"), "pending");
        pay("first half", "pond", "pending");
        pay("second half", "pond", "pending");
        becomes("first half", "succeeded");
        assert_eq!(state("pond"), "pending", "half of it is open");
        becomes("second half", "succeeded");
        assert_eq!(state("pond"), "paid");
        becomes("second half", "refunded");
        assert_eq!(state("pond"), "paid", "one half went back");
        becomes("first half", "refunded");
        assert_eq!(state("pond"), "refunded");
        // A payment that was booked to the wrong project.
        pay("moved", "pond", "succeeded");
        server
            .rows("update sage.payments set project_id = id_of('lake') where id = id_of('moved')");
        assert_eq!([state("pond"), state("lake")], ["refunded", "paid"]);
        server.rows("delete from sage.payments where id = id_of('moved')");
        assert_eq!(state("lake"), "pending");

        let told = "select payload ->> 'payment_status' from sage.notion_outbox
            where resource_type = 'project' and resource_id = id_of('pond') order by created_at";
        assert_eq!(
            database.query(told),
            ["paid", "refunded", "paid", "refunded"]
        );
        // Nobody who may not write a payment settles anything.
        let carl = person(&database, "carl");
        assert_eq!(
            carl.count("update sage.payments set status = 'succeeded'"),
            0
        );
    }
}
