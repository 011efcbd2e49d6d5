//! `policy prove --here` as an ordinary owner: it acts for everybody whom it may become, and says what that leaves out.

use super::Owned;

/// What lets the owner hold foreign keys still, as output has it.
const SHOWN: &str = "grant set on parameter session_replication_role to [database]_owner";

fn prove(owned: &Owned) -> String {
    owned.run(["policy", "prove", "--here"])
}

#[test]
fn an_ordinary_owner_proves_its_database_and_says_what_is_left_out() {
    for major in [16, 18] {
        let owned = Owned::shop(major);
        let before = owned
            .project
            .database()
            .query("select id from shop.notes order by 1");
        let output = prove(&owned);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        let statement = format!(
            "grant set on parameter session_replication_role to {}",
            owned.role
        );
        assert!(output.contains(SHOWN), "{output}");
        assert!(
            output.contains("bind the owner of the tables is not proven"),
            "{output}"
        );
        // Everything is as it was.
        let database = owned.project.database();
        assert_eq!(
            database.query("select id from shop.notes order by 1"),
            before
        );
        let forced = "select relforcerowsecurity from pg_class where oid = 'shop.notes'::regclass";
        assert_eq!(database.query(forced), ["t"]);
        // The privilege that it names is enough.
        database.execute(&statement);
        let output = prove(&owned);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        assert!(!output.contains(SHOWN), "{output}");
        let name = database.query("select polname from pg_policy where polcmd = 'r' and polrelid = 'shop.notes'::regclass and polpermissive");
        database.execute(&format!(
            "alter policy {} on shop.notes using (false)",
            name[0]
        ));
        let output = prove(&owned);
        assert!(output.ends_with("exit status: 1\n"), "{output}");
    }
}

#[test]
fn roles_that_an_owner_may_not_become_are_named_with_the_statement() {
    let owned = Owned::shop(18);
    let database = owned.project.database();
    database.execute(&format!("revoke {0}_user from {0} cascade", owned.role));
    let output = prove(&owned);
    assert!(output.ends_with("exit status: 2\n"), "{output}");
    assert!(
        output.contains("grant [database]_owner_user to [database]_owner"),
        "{output}"
    );
}

#[test]
fn of_large_tables_some_rows_are_proven() {
    let owned = Owned::shop(18);
    let database = owned.project.database();
    database.execute(
        "insert into shop.notes (org_id, who) select md5((n % 3)::text)::uuid, 'user-' || n % 5 from generate_series(1, 5000) as n",
    );
    let output = prove(&owned);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    assert!(
        output.contains("some rows are proven of shop.notes"),
        "{output}"
    );
    assert_eq!(database.query("select count(*) from shop.notes"), ["5002"]);
}
