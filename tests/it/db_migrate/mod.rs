//! `workroom db migrate`, `plan` and `status`: what is applied, in which order, and what is recorded.

mod files;
mod history;
mod order;
mod plan;
mod session;
mod without_transaction;

const PAID: (&str, &str) = (
    "sql/shop/V002__add_paid_at.sql",
    "alter table shop.orders add paid_at timestamptz;\n",
);

const UNPAID: (&str, &str) = (
    "views/shop/unpaid.sql",
    "create or replace view shop.unpaid with (security_invoker = true) as\n\
     select id from shop.orders where paid_at is null;\n",
);

/// What exists in a database, in words; equal texts mean that nothing was changed.
const EVERYTHING: &str = "\
    select 'relation ' || c.oid::regclass || ' ' || c.relkind::text || c.relfilenode from pg_class as c \
      where c.relnamespace <> 'pg_toast'::regnamespace \
    union all select 'schema ' || nspname || coalesce(nspacl::text, '') from pg_namespace \
    union all select 'function ' || p.oid || md5(p.prosrc) from pg_proc as p order by 1";
