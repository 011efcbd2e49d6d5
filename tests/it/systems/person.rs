//! People of the systems that know a user by the id they sign in with, and the databases that they share.

use std::sync::OnceLock;

use super::{ALL, Session, deploy, say};
use crate::support::server::TestDatabase;

/// One template for each version in [`ALL`].
pub(crate) type Templates = [OnceLock<TestDatabase>; 3];

/// An id is the MD5 of a name, so that tests speak of rows by their names.
const ID_OF: &str = "
    create function id_of(name text) returns uuid language sql immutable strict parallel safe return md5(name)::uuid;
    grant usage on schema public to public;
    grant execute on function id_of(text) to public;";

/// A database with one system and a fixture, for one test that may change it.
pub(crate) fn copy_of(
    templates: &'static Templates,
    major: u32,
    system: &str,
    fixture: &str,
) -> TestDatabase {
    say(major);
    let position = ALL.iter().position(|version| *version == major).unwrap();
    let template = templates[position].get_or_init(|| {
        let database = TestDatabase::new(major);
        deploy(&database, &[system]);
        database.execute(ID_OF);
        database.execute(fixture);
        database
    });
    TestDatabase::from_template(major, template.name())
}

/// A session of a person under a database role.
pub(crate) fn session_of(database: &TestDatabase, role: &str, person: &str) -> Session {
    let session = Session::new(database);
    sign_in(&session, role, person);
    session
}

/// Becomes another person, or nobody with an empty name.
pub(crate) fn sign_in(session: &Session, role: &str, person: &str) {
    session.rows(&format!(
        "reset role;
         select set_config('request.jwt.claims', json_build_object('sub', id_of(nullif('{person}', '')))::text, false);
         set role {role}"
    ));
}
