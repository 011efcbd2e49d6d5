//! What the server made of an object's file, as one value: when it moves, somebody changed the object by hand.
//!
//! The value is of what the catalog stores, which costs little to read and holds numbers of the database. So it counts in
//! the database alone in which it was recorded: a restored one has another `workroom.objects`, an upgraded server another
//! version, and there nothing is known until the object is applied again; `db drift` compares texts and knows it there too.

use super::signature::SIGNATURE;
use crate::sql::literal;

/// Which database it is, of a row `o` of `workroom.objects`.
const HOME: &str = "pg_catalog.concat(pg_catalog.current_setting('server_version_num')::pg_catalog.int4 / 10000, '.', o.tableoid)";

/// The rule of a view that a row `o` of `workroom.objects` names.
const RULE: &str = "from pg_catalog.pg_class as c \
     join pg_catalog.pg_rewrite as r on r.ev_class = c.oid and r.rulename = '_RETURN' \
     join pg_catalog.pg_namespace as n on n.oid = c.relnamespace \
     where n.nspname = o.schema_name and c.relname = o.object_name";

/// The value as it is now, of a row `o` of `workroom.objects`, which an earlier workroom may have made without some of its
/// columns: the database in which it counts, a digest, and the version of a view's rule. Owner and grants are no part of it:
/// policies change those.
pub(super) fn made() -> String {
    let (digest, version) = (digest(), version());
    format!("select pg_catalog.concat_ws(' ', {HOME}, ({digest}), ({version}))")
}

/// The version of the row of a view's rule and the view's options.
fn version() -> String {
    format!(
        "select pg_catalog.hashtextextended(pg_catalog.concat(r.xmin, '|', c.reloptions), 0)::text {RULE} and o.kind = 'view'"
    )
}

/// A digest of what the catalog stores.
fn digest() -> String {
    format!(
        "select pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(of.text, 'UTF8')), 'hex'), 32) from (\
           select case o.kind when 'view' then (\
             select pg_catalog.concat(r.ev_action, '|', c.reloptions) {RULE}\
           ) else (\
             select pg_catalog.string_agg(pg_catalog.concat_ws('|', p.prosrc, p.prosqlbody, p.prosecdef, p.provolatile, \
               p.proparallel, p.proisstrict, p.proleakproof, p.proretset, p.prorettype, p.proargnames, p.proargdefaults, \
               p.procost, p.prorows, p.prolang, p.proconfig), '||' order by p.oid) \
             from pg_catalog.pg_proc as p join pg_catalog.pg_namespace as n on n.oid = p.pronamespace \
             where n.nspname = o.schema_name and p.proname = o.object_name \
             and (coalesce(pg_catalog.to_jsonb(o) -> 'signatures', 'null') = 'null' or pg_catalog.to_jsonb(o) -> 'signatures' ? {SIGNATURE})\
           ) end\
         ) as of (text)"
    )
}

/// SQL that is true of a row `o` of `workroom.objects` whose object was changed by hand. An earlier workroom recorded
/// nothing, and had no column for it.
///
/// A view's rule is large and compressed, so that its digest takes a millisecond or two: where the rule's row is the one
/// that was recorded, it is not read.
pub(super) fn is_by_hand() -> String {
    let (now, version) = (digest(), version());
    let part =
        |at: u8| format!("pg_catalog.split_part(pg_catalog.to_jsonb(o) ->> 'made', ' ', {at})");
    let (home, recorded, last) = (part(1), part(2), part(3));
    format!(
        "coalesce({home} = {HOME} and case when {last} = ({version}) then false else {recorded} is distinct from ({now}) end, false)"
    )
}

/// A statement that records the value of objects, by system and name, that were created again as they were.
pub(super) fn record<'a>(objects: impl Iterator<Item = &'a (String, String)>) -> Option<String> {
    let objects: Vec<String> = objects
        .map(|(system, name)| format!("({}, {})", literal(system), literal(name)))
        .collect();
    (!objects.is_empty()).then(|| {
        format!(
            "update workroom.objects as o set made = ({}) where (o.system, o.name) in ({})",
            made(),
            objects.join(", ")
        )
    })
}
