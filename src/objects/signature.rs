//! A function's arguments belong to its name: a file that changes them makes another function beside the first. Which
//! ones a file has made is recorded, so that the one before it is dropped.

use super::definition::{Definition, ObjectKind};
use crate::sql::literal;

/// The argument types of a row `p` of `pg_proc`, the same under any search path.
pub(super) const SIGNATURE: &str = "(select coalesce(pg_catalog.string_agg(pg_catalog.format('%I.%I', tn.nspname, t.typname), ',' order by i.position), '') \
     from pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) with ordinality as i (type, position) \
     join pg_catalog.pg_type as t on t.oid = i.type join pg_catalog.pg_namespace as tn on tn.oid = t.typnamespace)";

/// Whether the running transaction has made a row `p` of `pg_proc` what it is.
const IS_NEW: &str = "p.xmin::pg_catalog.text = (pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.numeric % 4294967296)::pg_catalog.text";

/// The SQLSTATE of [`check`]: one of our own, since the server uses none that begin with `WR`.
pub(super) const LEFT_BEHIND: &str = "WR001";

fn of(definition: &Definition<'_>) -> Option<String> {
    (definition.kind != ObjectKind::View).then(|| {
        format!(
            "from pg_catalog.pg_proc as p join pg_catalog.pg_namespace as n on n.oid = p.pronamespace \
             where n.nspname = {} and p.proname = {}",
            literal(&definition.schema),
            literal(&definition.name)
        )
    })
}

/// The functions that the object's file has made in this transaction, as an array; null for a view.
pub(super) fn made(definition: &Definition<'_>) -> String {
    of(definition).map_or_else(
        || "null".to_owned(),
        |of| format!("array(select {SIGNATURE} {of} and {IS_NEW})"),
    )
}

/// The function that exists by the object's name, if there is one only; null otherwise.
pub(super) fn found(definition: &Definition<'_>) -> String {
    of(definition).map_or_else(
        || "null".to_owned(),
        |of| {
            format!(
                "(select pg_catalog.array_agg({SIGNATURE}) {of} having pg_catalog.count(*) = 1)"
            )
        },
    )
}

/// A statement, to follow the object's file, that fails when a function that an earlier text of it made is still
/// there and not made by this one.
pub(super) fn check(system: &str, definition: &Definition<'_>) -> Option<String> {
    let of = of(definition)?;
    let body = format!(
        "declare old text; begin \
         select p.oid::pg_catalog.regprocedure {of} and not {IS_NEW} and {SIGNATURE} = any ((\
           select o.signatures from workroom.objects as o where o.system = {} and o.name = {})::pg_catalog.text[]) \
         limit 1 into old; \
         if old is not null then raise exception using errcode = '{LEFT_BEHIND}', message = old || ' would be left behind'; end if; end",
        literal(system),
        literal(&definition.qualified())
    );
    Some(format!("do {}", literal(&body)))
}

/// A statement that gives something back to a function, for the one that the object's file has made of it: its
/// arguments may be others.
pub(super) fn for_the_new(
    definition: &Definition<'_>,
    names: [&str; 2],
    statement: &str,
) -> String {
    let Some(of) = of(definition) else {
        return statement.to_owned();
    };
    let mut text = literal(statement);
    for name in names {
        text = format!("pg_catalog.replace({text}, {}, new)", literal(name));
    }
    let body = format!(
        "declare new text; begin \
         select pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, (\
           select pg_catalog.string_agg(pg_catalog.format_type(a.type, null), ', ' order by a.position) \
           from pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) with ordinality as a (type, position))) \
         {of} and {IS_NEW} limit 1 into new; \
         if new is not null then execute {text}; end if; end"
    );
    format!("do {}", literal(&body))
}
