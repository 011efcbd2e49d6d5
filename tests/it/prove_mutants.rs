//! `workroom policy prove --mutate`: what lives is told apart, with the reason, and a lost lock is never a success.

use regex::Regex;

use crate::prove::{POLICIES, PROJECT, TABLES};
use crate::support::project::TestProject;

fn shop(name: &str, tables: &str, policies: &str) -> TestProject {
    TestProject::new(&[
        ("workroom.toml", PROJECT),
        ("sql/shop/V001__create_orders.sql", tables),
        ("policies/shop.toml", &policies.replace("NAME", name)),
    ])
}

fn mutate(shop: &TestProject) -> String {
    shop.run(["policy", "prove", "--mutate", "-q"])
}

/// A trigger refuses whatever refers to something, before the foreign key is asked: no insert can tell what it finds.
#[test]
fn a_mutant_that_the_rows_cannot_tell_survives_until_it_is_accepted_and_while_policies_stay() {
    let tables = format!(
        "{TABLES}
        create table shop.returns (
          tenant_id uuid not null,
          id uuid not null default gen_random_uuid(),
          order_id uuid check (order_id is null),
          constraint returns_pkey primary key (tenant_id, id),
          constraint returns_order_id_fkey foreign key (tenant_id, order_id) references shop.orders (tenant_id, id)
        );
        create function shop.refuse_return() returns trigger language plpgsql set search_path = '' as $$
        begin
          if new.order_id is not null then
            raise exception 'nothing is ever returned';
          end if;
          return new;
        end $$;
        create trigger returns_refuse before insert on shop.returns for each row execute function shop.refuse_return();"
    );
    let policies = format!(
        "{POLICIES}\n[tables.returns.matrix]\nboss = {{ select = \"all\", insert = \"all\" }}\n"
    );
    let what = "FK_SINGLE key returns_order_id_fkey of shop.returns";
    let output = mutate(&shop("lives", &tables, &policies));
    assert!(output.ends_with("exit status: 1\n"), "{output}");
    assert!(
        output.contains(&format!("survived: {what}: no probe noticed")),
        "{output}"
    );
    assert!(output.contains(" 1 survived, 0 accepted"), "{output}");
    let fingerprint = Regex::new("fingerprint = \"(\\w+)\"").unwrap();
    let fingerprint = fingerprint.captures(&output).expect("how to accept it")[1].to_owned();

    let accept = |id: &str, fingerprint: &str| {
        format!(
            "{policies}\n[[accept]]\nid = \"mutant:{id}\"\nreason = \"nothing is ever returned\"\nfingerprint = \"{fingerprint}\"\n"
        )
    };
    let output = mutate(&shop("lives", &tables, &accept(what, &fingerprint)));
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    assert!(output.contains("nothing is ever returned"), "{output}");
    let output = mutate(&shop("lives", &tables, &accept(what, "0123456789abcdef")));
    assert!(output.ends_with("exit status: 1\n"), "{output}");
    assert!(output.contains("they have changed since"), "{output}");
    let output = mutate(&shop(
        "lives",
        &tables,
        &accept("DROP nothing", &fingerprint),
    ));
    assert!(output.ends_with("exit status: 1\n"), "{output}");
    assert!(
        output.contains("mutant:DROP nothing is accepted and did not survive"),
        "{output}"
    );
}

/// The condition says the same twice: to take one of them away changes nothing, and that is said with its bounds.
#[test]
fn a_mutant_that_says_the_same_is_equivalent_with_its_evidence() {
    let twice = "sql = \"status in ('open', 'sent') and status <> 'paid'\"";
    let policies = POLICIES.replace("sql = \"status in ('open', 'sent')\"", twice);
    assert_ne!(policies, POLICIES);
    let output = mutate(&shop("same", TABLES, &policies));
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    let line = output.lines().find(|line| {
        line.starts_with("E2 equivalent")
            && line.contains("DROP_CONJUNCT policy orders_owner_open_update")
    });
    let line = line.unwrap_or_else(|| panic!("{output}"));
    assert!(line.contains("comes to the same for"), "{line}");
}

/// A deadlock, a lock that is not given, a cancelled statement: none says anything of a policy.
#[test]
fn a_deadlock_is_neither_a_failure_nor_a_success() {
    let tables = format!(
        "{TABLES}
        create function shop.is_calm() returns boolean language plpgsql as $$
        begin
          raise exception 'deadlock detected' using errcode = '40P01';
        end $$;"
    );
    let policies = POLICIES
        .replace("= {{ user }}\"", "= {{ user }} and shop.is_calm()\"")
        .replace("[views]\n", "[functions]\nis_calm = [\"*\"]\n[views]\n");
    let output = mutate(&shop("calm", &tables, &policies));
    assert!(output.ends_with("exit status: 1\n"), "{output}");
    assert!(output.contains("probes that got an answer"), "{output}");
    assert!(output.contains("deadlock detected (40P01)"), "{output}");
    // Nothing else is said to have failed, and nothing is broken on top of it.
    assert_eq!(output.matches("\nFAILED shop ").count(), 1, "{output}");
    assert!(!output.contains("mutants that were noticed"), "{output}");
}

/// Keys without the tenant, functions with a path of their caller's, and parts of conditions are among what is broken.
#[test]
fn every_operator_that_applies_is_tried() {
    let tables = format!(
        "{TABLES}
        alter table shop.orders alter column note set not null;
        alter table shop.orders add constraint orders_note_key unique (tenant_id, note);
        create function shop.count_orders() returns bigint language plpgsql stable
        security definer set search_path = '' as $$ begin return (select count(*) from shop.orders); end $$;"
    );
    let policies = format!(
        "{POLICIES}\n[functions]\ncount_orders = [\"boss\"]\n[roles.NAME_definer]\nkind = \"definer\"\nowns = [\"count_orders\"]\n"
    )
    .replace("clerk = { select", "NAME_definer = { select = \"all\" }\nclerk = { select");
    let output = mutate(&shop("tried", &tables, &policies));
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    for operator in [
        "ADD",
        "ADD_CONJUNCT",
        "ADD_DISJUNCT",
        "ADD_ROLE",
        "AND_OR",
        "BYPASSRLS",
        "CHECK_TRUE",
        "CMD_WIDEN",
        "DISABLE",
        "DROP",
        "DROP_CONJUNCT",
        "FAIL_OPEN",
        "FK_SINGLE",
        "FLIP",
        "FUNCTION_OWNER",
        "GRANT_COMMAND",
        "GRANT_TRUNCATE",
        "HELPER_DEFAULT",
        "HELPER_FAIL_OPEN",
        "HELPER_NULLIF",
        "MEMBER",
        "NO_FORCE",
        "OWNER",
        "REVOKE_COMMAND",
        "ROLE_PUBLIC",
        "SEARCH_PATH",
        "SWAP_ROLE",
        "UNIQUE_GLOBAL",
        "USING_NEG",
        "VIEW_INVOKER",
        "WRONG_COL",
    ] {
        assert!(
            output.contains(&format!("\n{operator} ")),
            "{operator}: {output}"
        );
    }
}
