//! Many organisations in one database: "north" and "south" have the same of everything, so that a leak always shows.
//! Each has an admin, a manager and two of staff, "sam" and "sue"; one reseller brought north in, one south, one nobody.

use std::sync::OnceLock;

use super::person::{Templates, copy_of};
use super::{ALL, Session};
use crate::support::server::TestDatabase;

const FIXTURE: &str = "
    insert into worktrackr.organisations (id, name, plan)
    values (id_of('north'), 'North Ltd', 'pro'), (id_of('south'), 'South Ltd', 'starter');
    insert into worktrackr.users (id, organisation_id, email, password_hash, name, role)
    select id_of(place || ' ' || person), id_of(place), person || '@' || place || '.example', 'secret', person,
      case person when 'admin' then 'admin' when 'manager' then 'manager' else 'staff' end
    from unnest(array['north', 'south']) as place, unnest(array['admin', 'manager', 'sam', 'sue']) as person;
    insert into worktrackr.contacts (id, organisation_id, name, email)
    select id_of(place || ' contact'), id_of(place), 'Contact of ' || place, 'hello@' || place || '.example'
    from unnest(array['north', 'south']) as place;
    insert into worktrackr.crm_events (id, organisation_id, contact_id, title, start_at, end_at, assigned_user_id)
    select id_of(place || ' event ' || person), id_of(place), id_of(place || ' contact'), 'Call', '2026-05-04 09:00+00', '2026-05-04 10:00+00',
      case when person <> 'nobody' then id_of(place || ' ' || person) end
    from unnest(array['north', 'south']) as place, unnest(array['sam', 'sue', 'nobody']) as person;
    insert into worktrackr.products (id, organisation_id, name, our_cost, client_price)
    select id_of(place || ' product'), id_of(place), 'Hosting', 10, 25 from unnest(array['north', 'south']) as place;
    insert into worktrackr.customer_services (id, organisation_id, contact_id, product_id, renewal_date)
    select id_of(place || ' service'), id_of(place), id_of(place || ' contact'), id_of(place || ' product'), current_date + 10
    from unnest(array['north', 'south']) as place;
    insert into worktrackr.tickets (id, organisation_id, contact_id, title, assigned_user_id)
    select id_of(place || ' ticket ' || person), id_of(place), id_of(place || ' contact'), 'Ticket of ' || person,
      case when person <> 'nobody' then id_of(place || ' ' || person) end
    from unnest(array['north', 'south']) as place, unnest(array['sam', 'sue', 'nobody']) as person;
    insert into worktrackr.ticket_templates (id, organisation_id, name, fields)
    select id_of(place || ' template'), id_of(place), 'Fault', '[{\"name\": \"Device\"}]' from unnest(array['north', 'south']) as place;
    insert into worktrackr.resellers (id, name)
    values (id_of('north reseller'), 'Norman'), (id_of('south reseller'), 'Susan'), (id_of('idle reseller'), 'Ida');
    insert into worktrackr.reseller_customers (reseller_id, organisation_id)
    values (id_of('north reseller'), id_of('north')), (id_of('south reseller'), id_of('south'));";

pub(super) const TABLES: [&str; 7] = [
    "users",
    "contacts",
    "crm_events",
    "products",
    "customer_services",
    "tickets",
    "ticket_templates",
];

pub(super) const ROLES: [(&str, &str); 3] =
    [("admin", "admin"), ("manager", "manager"), ("staff", "sam")];

pub(super) fn worktrackr(major: u32) -> TestDatabase {
    static TEMPLATES: Templates = [const { OnceLock::new() }; 3];
    copy_of(&TEMPLATES, major, "worktrackr", FIXTURE)
}

/// Somebody of an organisation, under the role's own database role and under the shared one.
pub(super) fn both(
    database: &TestDatabase,
    organisation: &str,
    role: &str,
    name: &str,
) -> [Session; 2] {
    let sign_in = |database_role: &str, setting: &str| {
        let session = Session::new(database);
        session.rows(&format!(
            "select set_config('app.current_organisation', id_of('{organisation}')::text, false),
               set_config('app.current_role', '{setting}', false),
               set_config('request.jwt.claims', json_build_object('sub', id_of('{organisation} {name}'))::text, false);
             set role {database_role}"
        ));
        session
    };
    [
        sign_in(&format!("worktrackr_{role}"), ""),
        sign_in("worktrackr_session", role),
    ]
}

pub(super) fn of_north(database: &TestDatabase, role: &str) -> [Session; 2] {
    let name = ROLES.iter().find(|(known, _)| *known == role).unwrap().1;
    both(database, "north", role, name)
}

/// Who signs in with these claims alone, as through PostgREST.
pub(super) fn reseller(database: &TestDatabase, name: &str) -> Session {
    let session = Session::new(database);
    session.rows(&format!(
        "select set_config('request.jwt.claims', json_build_object('sub', id_of('{name} reseller'))::text, false);
         set role worktrackr_reseller"
    ));
    session
}

/// How a statement ends: its error, or how many rows it wrote.
pub(super) fn end_of(session: &Session, sql: &str) -> String {
    session.rows("begin");
    let end = match session.run(sql) {
        Ok((_, count)) => format!("{count} rows"),
        Err(error) => {
            format!(
                "{} {} {:?} {:?} {:?}",
                error.code().code(),
                error.message(),
                error.detail(),
                error.hint(),
                error.constraint()
            )
        }
    };
    session.rows("rollback");
    end
}

#[test]
fn an_organisation_sees_its_own_rows_only() {
    for major in ALL {
        let database = worktrackr(major);
        for (role, _) in ROLES {
            for session in of_north(&database, role) {
                for table in TABLES {
                    let counts = format!(
                        "select count(id) > 0, count(id) filter (where organisation_id <> id_of('north')) from worktrackr.{table}"
                    );
                    assert_eq!(session.value(&counts), "t|0", "{role} {table}");
                }
                assert_eq!(
                    session.rows("select name, plan from worktrackr.organisations"),
                    ["North Ltd|pro"]
                );
                assert_eq!(
                    session
                        .rows("select contact_name, days_left from worktrackr.v_upcoming_renewals"),
                    ["Contact of north|10"]
                );
                assert_eq!(
                    session.value("select bool_and(organisation_id = id_of('north')), count(*) > 0 from worktrackr.v_ticket_workload"),
                    "t|t"
                );
                for sql in [
                    "select count(*) from worktrackr.resellers",
                    "select count(*) from worktrackr.reseller_customers",
                    "select password_hash from worktrackr.users",
                    "select * from worktrackr.users",
                    "select worktrackr_private.my_customer_ids()",
                ] {
                    assert!(session.refused(sql).starts_with("42501"), "{role} {sql}");
                }
            }
        }
    }
}

#[test]
fn an_organisation_cannot_write_into_another() {
    for major in ALL {
        let database = worktrackr(major);
        let before = rows_of_south(&database);
        for (role, _) in ROLES {
            for session in of_north(&database, role) {
                for table in TABLES {
                    for sql in [
                        format!("update worktrackr.{table} set organisation_id = id_of('south')"),
                        format!(
                            "update worktrackr.{table} set updated_by = updated_by where organisation_id = id_of('south')"
                        ),
                        format!(
                            "delete from worktrackr.{table} where organisation_id = id_of('south')"
                        ),
                        format!("truncate worktrackr.{table}"),
                    ] {
                        match session.run(&sql) {
                            Ok((_, count)) => assert_eq!(count, 0, "{role}: {sql}"),
                            Err(error) => assert_eq!(error.code().code(), "42501", "{role}: {sql}"),
                        }
                    }
                }
                for sql in [
                    "insert into worktrackr.contacts (organisation_id, name) values (id_of('south'), 'Spy')",
                    "insert into worktrackr.tickets (organisation_id, title, assigned_user_id) values (id_of('south'), 'Spy', id_of('north sam'))",
                    "insert into worktrackr.organisations (name) values ('Mine')",
                    "update worktrackr.organisations set plan = 'enterprise'",
                ] {
                    assert!(session.refused(sql).starts_with("42501"), "{role}: {sql}");
                }
                // Without a condition a statement asks no select policy: it must not reach further for that.
                session.rows("begin");
                let _ = session.run("update worktrackr.tickets set title = 'Blind'");
                session.rows("rollback; begin");
                let _ = session.run("delete from worktrackr.customer_services");
                session.rows("commit");
            }
        }
        assert_eq!(rows_of_south(&database), before);
    }
}

/// All that south has, as text.
fn rows_of_south(database: &TestDatabase) -> Vec<String> {
    let tables = TABLES.map(|table| {
        format!("select row.*::text from worktrackr.{table} as row where organisation_id = id_of('south')")
    });
    let mut rows = database.query(&tables.join(" union all "));
    rows.extend(database.query(
        "select row.*::text from worktrackr.organisations as row where id = id_of('south')",
    ));
    rows.sort();
    rows
}

#[test]
fn what_another_organisation_has_and_what_nobody_has_cannot_be_told_apart() {
    let attempts = [
        // References.
        "insert into worktrackr.tickets (organisation_id, title, contact_id) values (id_of('north'), 'x', id_of('{} contact'))",
        "insert into worktrackr.tickets (organisation_id, title, assigned_user_id) values (id_of('north'), 'x', id_of('{} admin'))",
        "insert into worktrackr.crm_events (organisation_id, title, start_at, end_at, contact_id) values (id_of('north'), 'x', now(), now(), id_of('{} contact'))",
        "insert into worktrackr.customer_services (organisation_id, contact_id, product_id) values (id_of('north'), id_of('north contact'), id_of('{} product'))",
        "update worktrackr.tickets set contact_id = id_of('{} contact') where id = id_of('north ticket sam')",
        "update worktrackr.customer_services set product_id = id_of('{} product')",
        // Keys.
        "insert into worktrackr.contacts (id, organisation_id, name) values (id_of('{} contact'), id_of('north'), 'x')",
        "insert into worktrackr.contacts (id, organisation_id, name) values (id_of('{} contact'), id_of('north'), 'x') on conflict do nothing",
        "insert into worktrackr.contacts (id, organisation_id, name) values (id_of('{} contact'), id_of('north'), 'x') on conflict (id) do update set name = 'y'",
        "insert into worktrackr.contacts (organisation_id, name) values (id_of('{}'), 'x')",
        "insert into worktrackr.contacts (organisation_id, name) values (id_of('{}'), 'x') on conflict do nothing",
        "insert into worktrackr.products (organisation_id, name) values (id_of('{}'), 'Hosting')",
        "update worktrackr.contacts set id = id_of('{} contact')",
        "update worktrackr.contacts set organisation_id = id_of('{}')",
        "insert into worktrackr.users (organisation_id, email, password_hash) values (id_of('north'), 'admin@{}.example', 'x')",
        "update worktrackr.users set email = 'admin@{}.example'",
        // Rows.
        "update worktrackr.tickets set title = 'x' where id = id_of('{} ticket sam')",
        "delete from worktrackr.contacts where id = id_of('{} contact')",
        "delete from worktrackr.users where id = id_of('{} sam')",
        "select * from worktrackr.contacts where id = id_of('{} contact') for update",
        "select worktrackr.has_role('{}')",
        "select count(*) from worktrackr.v_upcoming_renewals where organisation_id = id_of('{}')",
        "merge into worktrackr.contacts as contact using (values (id_of('{} contact'))) as found (id) on contact.id = found.id
           when matched then update set name = 'x' when not matched then do nothing",
    ];
    for major in ALL {
        let database = worktrackr(major);
        let ids: Vec<String> = ["", " contact", " product", " admin", " sam", " ticket sam"]
            .iter()
            .flat_map(|what| ["south", "nowhere"].map(|place| format!("{place}{what}")))
            .map(|name| database.query(&format!("select id_of('{name}')")).remove(0))
            .collect();
        for (role, _) in ROLES {
            for session in of_north(&database, role) {
                for attempt in attempts {
                    let [theirs, nobodys] = ["south", "nowhere"].map(|place| {
                        let mut end = end_of(&session, &attempt.replace("{}", place));
                        for id in &ids {
                            end = end.replace(id, "…");
                        }
                        end.replace(place, "…")
                    });
                    assert_eq!(theirs, nobodys, "{role}: {attempt}");
                }
            }
        }
        // The same name inside one organisation does collide: the attempts above were worth making.
        let [manager, _] = of_north(&database, "manager");
        assert_eq!(
            manager.refused("insert into worktrackr.products (organisation_id, name) values (id_of('north'), 'Hosting')"),
            "23505 products_organisation_id_name_key"
        );
        assert_eq!(
            manager.refused("insert into worktrackr.tickets (organisation_id, title, contact_id) values (id_of('north'), 'x', id_of('nowhere'))"),
            "23503 tickets_contact_id_fkey"
        );
    }
}
