//! Two organisations, each behind its wall, and the resellers who brought them in.

use super::*;

const GREENFIELD: &str = "30000000-0000-4000-8000-000000000001";
const HARBOURLIGHT: &str = "40000000-0000-4000-8000-000000000002";

fn worktrackr(major: u32) -> TestDatabase {
    static TEMPLATES: Templates = [const { OnceLock::new() }; 3];
    seeded(&TEMPLATES, major, "worktrackr")
}

const CONTRADICTIONS: [(&str, &str); 17] = [
    (
        "an organisation that has too little of something",
        "select organisation.name, counted.* from worktrackr.organisations as organisation cross join lateral (values
           ('users', (select count(*) from worktrackr.users where organisation_id = organisation.id), 5),
           ('contacts', (select count(*) from worktrackr.contacts where organisation_id = organisation.id), 20),
           ('crm_events', (select count(*) from worktrackr.crm_events where organisation_id = organisation.id), 80),
           ('products', (select count(*) from worktrackr.products where organisation_id = organisation.id), 10),
           ('customer_services', (select count(*) from worktrackr.customer_services where organisation_id = organisation.id), 20),
           ('renewals', (select count(*) from worktrackr.customer_services where organisation_id = organisation.id and renewal_date is not null), 10),
           ('tickets', (select count(*) from worktrackr.tickets where organisation_id = organisation.id), 80),
           ('ticket_templates', (select count(*) from worktrackr.ticket_templates where organisation_id = organisation.id), 3),
           ('reseller_customers', (select count(*) from worktrackr.reseller_customers where organisation_id = organisation.id), 1)
         ) as counted (name, found, least) where found < least",
    ),
    (
        "a state that nothing is in",
        "(select 'ticket ' || unnest(array['Open', 'In Progress', 'On Hold', 'Resolved', 'Closed']) except select 'ticket ' || status from worktrackr.tickets)
         union all (select 'priority ' || unnest(array['Low', 'Medium', 'High', 'Urgent']) except select 'priority ' || priority from worktrackr.tickets)
         union all (select 'event ' || unnest(array['Planned', 'Done', 'Cancelled']) except select 'event ' || status from worktrackr.crm_events)
         union all (select 'kind ' || unnest(array['Call', 'Meeting', 'Email', 'Visit', 'Task']) except select 'kind ' || type from worktrackr.crm_events)
         union all (select 'contact ' || unnest(array['prospect', 'active', 'inactive']) except select 'contact ' || status from worktrackr.contacts)
         union all (select 'role ' || unnest(array['admin', 'manager', 'staff']) except select 'role ' || role from worktrackr.users)",
    ),
    (
        "a person of one organisation who signed a row of another",
        "select written.id from (
           select id, organisation_id, created_by from worktrackr.contacts union all select id, organisation_id, created_by from worktrackr.products
           union all select id, organisation_id, created_by from worktrackr.customer_services
           union all select id, organisation_id, created_by from worktrackr.crm_events
           union all select id, organisation_id, created_by from worktrackr.tickets
           union all select id, organisation_id, updated_by from worktrackr.tickets
           union all select id, organisation_id, created_by from worktrackr.ticket_templates) as written
         left join worktrackr.users as person on person.id = written.created_by and person.organisation_id = written.organisation_id
         where person.id is null",
    ),
    (
        "an appointment that is done in the future, or outside of working hours",
        "select id, start_at, end_at, status from worktrackr.crm_events
         where (status = 'Done' and start_at > now()) or start_at::time not between '08:00' and '17:00'
           or end_at - start_at not between '15 minutes' and '2 hours' or extract(isodow from start_at) > 5 or created_at > now()",
    ),
    (
        "something done with a contact before there was one",
        "select event.id from worktrackr.crm_events as event join worktrackr.contacts as contact on contact.id = contact_id
         where event.start_at < contact.created_at or contact.status = 'inactive'
         union all select ticket.id from worktrackr.tickets as ticket join worktrackr.contacts as contact on contact.id = contact_id
         where ticket.created_at < contact.created_at or contact.status = 'inactive'
         union all select service.id from worktrackr.customer_services as service join worktrackr.contacts as contact on contact.id = contact_id
         where service.created_at < contact.created_at or contact.status <> 'active'",
    ),
    (
        "a renewal of what does not renew, or none of what does",
        "select service.id from worktrackr.customer_services as service join worktrackr.products as product on product.id = product_id
         where (renewal_date is not null) <> (unit in ('month', 'year')) or not active or renewal_date < current_date - 30",
    ),
    (
        "a product sold at a loss",
        "select name from worktrackr.products where client_price <= our_cost or unit is null or category is null",
    ),
    (
        "a contact that has one thing twice",
        "select contact_id, product_id from worktrackr.customer_services group by 1, 2 having count(*) > 1",
    ),
    (
        "an old ticket that is still new, or one that changed before it was made",
        "select id, status from worktrackr.tickets
         where (status = 'Open' and created_at < now() - interval '30 days') or updated_at < created_at or updated_at > now()
           or scheduled_date < created_at::date - 7",
    ),
    (
        "an address or number of somebody",
        "select email from (select email from worktrackr.users union all select email from worktrackr.contacts) as written
         where email !~ '@(example\\.(com|org|net)|[a-z]+\\.test)$'
         union all select phone from worktrackr.contacts where phone !~ '^\\+44 20 7946 0\\d{3}$'",
    ),
    (
        "a password hash that a password could have",
        "select id from worktrackr.users where password_hash <> '!'",
    ),
    (
        "something entered by or given to somebody who was not there yet, or older than its organisation",
        "with written as (
           select id, created_by as person_id, created_at from worktrackr.contacts
           union all select id, created_by, created_at from worktrackr.products
           union all select id, created_by, created_at from worktrackr.customer_services
           union all select id, created_by, created_at from worktrackr.crm_events
           union all select id, created_by, created_at from worktrackr.tickets
           union all select id, assigned_user_id, created_at from worktrackr.tickets
           union all select id, created_by, created_at from worktrackr.ticket_templates)
         select written.id from written join worktrackr.users as person on person.id = person_id where person.created_at > written.created_at
         union all select person.id from worktrackr.users as person
         join worktrackr.organisations as organisation on organisation.id = organisation_id where person.created_at < organisation.created_at
         union all select organisation.id from worktrackr.reseller_customers as brought
         join worktrackr.organisations as organisation on organisation.id = organisation_id where brought.created_at < organisation.created_at",
    ),
    (
        "an appointment at Christmas or on New Year's Day",
        "select id from worktrackr.crm_events where to_char(start_at, 'MM-DD') in ('12-24', '12-25', '12-26', '12-31', '01-01')",
    ),
    (
        "an appointment that is over and still planned, or one that was done before it was over",
        "select id from worktrackr.crm_events
         where (status = 'Planned' and start_at < now() - interval '10 days') or (status = 'Done' and updated_at < end_at)",
    ),
    (
        "somebody at two appointments at once",
        "select one.id from worktrackr.crm_events as one join worktrackr.crm_events as other on other.assigned_user_id = one.assigned_user_id
         where one.id < other.id and tstzrange(one.start_at, one.end_at) && tstzrange(other.start_at, other.end_at)",
    ),
    (
        "two contacts of one name",
        "select name from worktrackr.contacts group by organisation_id, name having count(*) > 1",
    ),
    (
        "a ticket that was worked on at night or on a Sunday, or closed without anything happening",
        "select id from worktrackr.tickets where extract(isodow from updated_at) > 5 or updated_at::time not between '07:00' and '20:00'
           or (status in ('Resolved', 'Closed') and updated_at = created_at)",
    ),
];

#[test]
fn each_contradiction_of_worktrackr_would_be_found() {
    let database = worktrackr(NEWEST);
    each_can_find_something(&database, &["worktrackr", "auth"], &CONTRADICTIONS);
}

#[test]
fn worktrackr_tells_of_two_organisations_without_contradiction() {
    for major in ALL {
        let database = worktrackr(major);
        find_nothing(&database, &CONTRADICTIONS);
        verify(&database, "worktrackr");
    }
}

#[test]
fn each_organisation_of_worktrackr_sees_its_own() {
    for major in ALL {
        let database = worktrackr(major);
        let session = Session::new(&database);
        for organisation in [GREENFIELD, HARBOURLIGHT] {
            for role in ["admin", "manager", "staff"] {
                session.rows("reset role");
                let id = session.value(&format!(
                    "select id from worktrackr.users where organisation_id = '{organisation}' and role = '{role}' order by id limit 1"
                ));
                session.rows(&format!(
                    "select set_config('app.current_organisation', '{organisation}', false)"
                ));
                sign_in(&session, &format!("worktrackr_{role}"), &id);
                for view in ["v_upcoming_renewals", "v_ticket_workload"] {
                    let seen = format!(
                        "select count(*) > 0, bool_and(organisation_id = '{organisation}') from worktrackr.{view}"
                    );
                    assert_eq!(session.value(&seen), "t|t", "{role} {view}");
                }
                let others = "select count(*) > 0 from worktrackr.tickets where assigned_user_id <> auth.uid()";
                let sees_others = if role == "staff" { "f" } else { "t" };
                assert_eq!(session.value(others), sees_others, "{role}");
            }
        }
    }
}

#[test]
fn a_reseller_of_worktrackr_sees_whom_it_brought_in() {
    for major in ALL {
        let database = worktrackr(major);
        let session = Session::new(&database);
        for (name, seen) in [
            ("Cobalt Partners", &["Greenfield IT Services|pro"][..]),
            ("Lantern Referrals", &["Harbour Light Facilities|starter"]),
            ("Third Coast Channel", &[]),
        ] {
            session.rows("reset role");
            let id = session.value(&format!(
                "select id from worktrackr.resellers where name = '{name}'"
            ));
            sign_in(&session, "worktrackr_reseller", &id);
            assert_eq!(
                session.rows("select name, plan from worktrackr.organisations"),
                seen
            );
            assert_eq!(
                session.rows("select name from worktrackr.resellers"),
                [name]
            );
        }
    }
}
