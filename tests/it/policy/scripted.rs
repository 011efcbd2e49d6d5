//! The SQL of `policy render`, run by hand, closes what a deployment closes.

use super::closed::{Mini, READS};
use crate::support::server::execute;

#[test]
fn a_rendering_that_is_run_by_hand_takes_away_what_strangers_have() {
    for (prefix, major) in [("sc8", 18), ("sc6", 16), ("sc5", 15)] {
        let mini = Mini::new(prefix, major);
        mini.open_what_is_new();
        let migration = std::fs::read_to_string(
            mini.workspace
                .folder
                .path()
                .join("sql/shop/V001__create_notes.sql"),
        );
        execute(mini.url(), &migration.unwrap());
        execute(
            mini.url(),
            &format!(
                "alter default privileges in schema shop grant all on tables to {prefix}_stranger; \
                 grant select (who) on shop.notes to {prefix}_stranger; \
                 create function shop.one() returns int language sql immutable return 1"
            ),
        );
        let tried = [
            READS[0],
            "select who from shop.notes",
            "select shop.one()",
            "select nextval('shop.notes_number_seq')",
        ];
        assert_eq!(mini.stranger_can(&tried), tried, "{major}");
        let rendered = mini.run(&["policy", "render"]).done();
        for _ in 0..2 {
            execute(mini.url(), &rendered);
            assert_eq!(mini.stranger_can(&tried), Vec::<&str>::new(), "{major}");
            assert_eq!(mini.protection(), ["t|t|1"]);
        }
        let defaults = format!(
            "select count(*) from pg_default_acl where defaclnamespace <> 0 and defaclacl::text like '%{prefix}_stranger%'"
        );
        assert_eq!(mini.query(&defaults), ["0"], "{major}");
        let user = format!("select has_table_privilege('{prefix}_user', 'shop.notes', 'select')");
        assert_eq!(mini.query(&user), ["t"], "{major}");
    }
}
