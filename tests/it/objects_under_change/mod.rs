//! Migrations that change what repeatable objects stand on.

mod files;
mod kept;
mod refused;
mod transactions;

use crate::support::server::NEWEST;
use crate::support::workspace::Workspace;

const TABLE: &str =
    "create schema shop; create table shop.orders (id integer, total integer, note varchar(20));";

/// Three views and two functions, each on another; with everything that a view can have.
fn deployed() -> Workspace {
    deployed_on(NEWEST)
}

fn deployed_on(major: u32) -> Workspace {
    let workspace = Workspace::on(major, &["shop"]);
    workspace.write("sql/shop/V001__create.sql", TABLE);
    workspace.write(
        "views/shop/big.sql",
        "create or replace view shop.big with (security_invoker = true, security_barrier = true) as\n\
         select id, total, note from shop.orders where total > 10 with local check option;\n\
         comment on view shop.big is 'Big ones';\ncomment on column shop.big.total is 'In cents';\n",
    );
    workspace.write(
        "views/shop/sums.sql",
        "create or replace view shop.sums as select note, sum(total) as total from shop.big group by note;\n",
    );
    workspace.write(
        "views/shop/biggest.sql",
        "create or replace function shop.biggest(at_least bigint) returns setof shop.big language sql stable\n\
         begin atomic select * from shop.big where total > at_least; end;\n",
    );
    workspace.migrate();
    workspace
}
