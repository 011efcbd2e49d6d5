//! Tokens of approvals: one of fifty uses counts, what is not good is refused alike, and only a hash is kept.

use std::sync::Barrier;

use super::ALL;
use super::approvals::*;
use super::person::sign_in;

#[test]
fn of_fifty_connections_that_execute_one_token_at_once_one_succeeds() {
    for major in ALL {
        let database = approvals(major);
        submit(&database, "alice", "alice week");
        let [approve, _] = request(&database, "alice week");
        let start = Barrier::new(50);

        let outcomes: Vec<String> = std::thread::scope(|scope| {
            let attempts: Vec<_> = (0..50)
                .map(|_| {
                    scope.spawn(|| {
                        let bob = person(&database, "bob");
                        start.wait();
                        bob.value(&execute(&approve))
                    })
                })
                .collect();
            attempts
                .into_iter()
                .map(|attempt| attempt.join().unwrap())
                .collect()
        });

        let approved = outcomes
            .iter()
            .filter(|outcome| outcome.starts_with("approved|"));
        assert_eq!(approved.count(), 1, "{outcomes:#?}");
        let refused = outcomes.iter().filter(|outcome| *outcome == REFUSED);
        assert_eq!(refused.count(), 49, "{outcomes:#?}");
        assert_eq!(last_reason(&database, "bob"), "used");
        let server = back_end(&database);
        assert_eq!(state(&server, "alice week"), "manager_approved|15.50");
        assert_eq!(
            server.value("select value ->> 'count' from approvals.kv_entries where key like 'approval_refusals:%'"),
            "49"
        );
    }
}

#[test]
fn a_token_that_is_not_good_is_refused_without_saying_why() {
    for major in ALL {
        let database = approvals(major);
        let bob = person(&database, "bob");
        let server = back_end(&database);
        submit(&database, "alice", "alice week");
        submit(&database, "dora", "dora week");
        let [old, _] = request(&database, "alice week");
        let [approve, reject] = request(&database, "alice week");
        let [eves, _] = request(&database, "dora week");
        let flipped = if approve.starts_with('0') { "1" } else { "0" };
        let tampered = format!("{flipped}{}", &approve[1..]);
        let age = |by: &str| {
            server.rows(&format!(
                "update approvals.kv_entries set expires_at = now() + interval '{by}' where key like 'approval_token:%'"
            ))
        };

        for (token, reason) in [
            (tampered.as_str(), "unknown"),
            (eves.as_str(), "of another approver"),
            (old.as_str(), "replaced by a newer one"),
            ("", "malformed"),
            ("' or true --", "malformed"),
            (&approve.to_uppercase(), "malformed"),
            (&approve[1..], "malformed"),
        ] {
            let attempt = format!(
                "select outcome, timesheet_period_id, period_status, next_approver_id from approvals.execute_approval($t${token}$t$)"
            );
            assert_eq!(bob.value(&attempt), REFUSED, "{reason}");
            assert_eq!(last_reason(&database, "bob"), reason);
        }
        age("-1 second");
        assert_eq!(bob.value(&execute(&approve)), REFUSED);
        assert_eq!(last_reason(&database, "bob"), "expired");
        age("1 day");
        assert_eq!(state(&server, "alice week"), "submitted|15.50");
        assert_eq!(state(&server, "dora week"), "submitted|4.00");

        // Nobody but the approver can use it, whatever they are signed in as.
        for name in ["alice", "charlie", "eve", ""] {
            sign_in(&bob, "authenticated", name);
            assert_eq!(bob.value(&execute(&approve)), REFUSED, "{name}");
        }
        sign_in(&bob, "anon", "bob");
        assert_eq!(bob.error(&execute(&approve)).code().code(), "42501");

        // After all that it still works, once.
        sign_in(&bob, "authenticated", "bob");
        assert!(bob.value(&execute(&approve)).starts_with("approved|"));
        assert_eq!(bob.value(&execute(&approve)), REFUSED);
        assert_eq!(last_reason(&database, "bob"), "used");
        assert_eq!(bob.value(&execute(&reject)), REFUSED);
        assert_eq!(last_reason(&database, "bob"), "not the approver's turn");
        assert_eq!(state(&server, "alice week"), "manager_approved|15.50");
    }
}

#[test]
fn a_token_is_256_random_bits_of_which_only_a_hash_is_kept() {
    for major in ALL {
        let database = approvals(major);
        submit(&database, "alice", "alice week");
        let server = back_end(&database);
        let mut tokens = Vec::new();
        for _ in 0..20 {
            tokens.extend(request(&database, "alice week"));
        }

        let distinct: std::collections::BTreeSet<&String> = tokens.iter().collect();
        assert_eq!(distinct.len(), 40);
        // Each of the 256 bits is both 0 and 1 somewhere: nothing of a UUID's fixed bits is left.
        let bits = "select string_agg(bit::text, '') from (
            select bool_or(get_bit(decode(token, 'hex'), position) = 1) and bool_or(get_bit(decode(token, 'hex'), position) = 0) as bit
            from unnest(string_to_array('{}', ',')) as token, generate_series(0, 255) as position
            group by position) as bits where not bit";
        assert_eq!(server.value(&bits.replace("{}", &tokens.join(","))), "");

        for token in &tokens {
            assert_eq!(token.len(), 64);
            let kept = "select
                (select count(*) from approvals.kv_entries as entry where entry::text like '%{}%'),
                (select count(*) from approvals.kv_entries where key = 'approval_token:' || encode(sha256(decode('{}', 'hex')), 'hex'))";
            assert_eq!(server.value(&kept.replace("{}", token)), "0|1");
        }
    }
}

#[test]
fn the_back_end_alone_asks_what_a_token_is_good_for() {
    for major in ALL {
        let database = approvals(major);
        submit(&database, "alice", "alice week");
        let server = back_end(&database);
        let says = |token: &str| {
            server.value(&format!(
                "select approvals.validate_approval_token('{token}')"
            ))
        };
        let before = request(&database, "alice week");
        assert_eq!(
            before.each_ref().map(|token| says(token)),
            ["valid", "valid"]
        );
        let [approve, reject] = request(&database, "alice week");
        assert_eq!(
            before.each_ref().map(|token| says(token)),
            ["expired", "expired"]
        );
        assert_eq!([says(&approve), says(&reject)], ["valid", "valid"]);
        for unknown in [
            "",
            "x",
            &"0".repeat(64),
            &approve.to_uppercase(),
            &approve[1..],
        ] {
            assert_eq!(says(unknown), "unknown", "{unknown}");
        }
        assert_eq!(
            server.value("select approvals.validate_approval_token(null)"),
            "unknown"
        );
        // Asking uses nothing up.
        assert_eq!(
            person(&database, "bob")
                .value(&execute(&reject))
                .split('|')
                .next(),
            Some("rejected")
        );
        assert_eq!([says(&reject), says(&approve)], ["used", "expired"]);

        submit(&database, "alice", "alice week");
        let [approve, _] = request(&database, "alice week");
        database.execute(
            "update approvals.kv_entries set expires_at = now() where key like 'approval_token:%'",
        );
        assert_eq!(says(&approve), "expired");
        assert_eq!(says(&reject), "used");
        for name in ["alice", "bob"] {
            let ask = format!("select approvals.validate_approval_token('{approve}')");
            assert_eq!(person(&database, name).refused(&ask), "42501 by grants");
        }
    }
}
