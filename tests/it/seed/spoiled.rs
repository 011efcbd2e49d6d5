//! That data can contradict itself at all in each way that is looked for: a statement which finds nothing whatever the
//! rows are would pass for ever. Columns are spoiled one after another, until every statement has found something.

use crate::support::server::TestDatabase;
use crate::systems::Session;

/// What would have refused rows that contradict one another, and would stand in the way here.
const UNBOUND: &str = "
do $$
declare
  item record;
begin
  for item in
    select format('alter table %s drop constraint if exists %I', conrelid::regclass, conname) as command
    from pg_constraint
    where contype in ('c', 'u', 'x') and connamespace::regnamespace::text = any (string_to_array('{schemas}', ','))
      and conrelid <> 0 and not exists (
        select from pg_constraint as other
        where other.contype = 'f' and other.confrelid = pg_constraint.conrelid and other.conindid = pg_constraint.conindid)
    union all
    select format('alter table %s alter column %I drop not null', attrelid::regclass, attname)
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where relkind = 'r' and relnamespace::regnamespace::text = any (string_to_array('{schemas}', ','))
      and attnum > 0 and attnotnull and not attisdropped and attidentity = ''
      and not exists (select from pg_index where indrelid = attrelid and indisprimary and attnum = any (indkey))
    union all
    select format('drop index %s', indexrelid::regclass)
    from pg_index join pg_class on pg_class.oid = indexrelid
    where indisunique and relnamespace::regnamespace::text = any (string_to_array('{schemas}', ','))
      and not exists (select from pg_constraint where conindid = indexrelid)
  loop
    execute item.command;
  end loop;
end
$$";

/// Statements that spoil a table, or one of its columns.
const SPOILED: &str = "
with columns as (
  select attrelid::regclass as spoiled, quote_ident(attname) as name, format_type(atttypid, null) as type
  from pg_attribute join pg_class on pg_class.oid = attrelid
  where relkind = 'r' and relnamespace::regnamespace::text = any (string_to_array('{schemas}', ','))
    and attnum > 0 and not attisdropped and attgenerated = ''
), kinds (type, value) as (
  values ('date', '{name} + 1000'), ('date', '{name} - 1000'), ('timestamp with time zone', '{name} + interval ''1000 days'''),
    ('timestamp with time zone', '{name} - interval ''1000 days'''), ('text', '{name} || ''x'''), ('boolean', 'not {name}'),
    ('numeric', '{name} * 100 + 13'), ('integer', '{name} * 100 + 13'), ('bigint', '{name} * 100 + 13')
)
select format('update %s set %s = %s', spoiled, name, replace(value, '{name}', name)) from columns join kinds using (type)
union all
select format(
  'with numbered as (select ctid as place, row_number() over (order by md5(ctid::text)) as number, %2$s as value from %1$s),
   moved as (select one.place, other.value from numbered as one join numbered as other on other.number = one.number %% (select count(*) from numbered) + 1)
   update %1$s as spoiled set %2$s = moved.value from moved where spoiled.ctid = moved.place', spoiled, name)
from columns
union all
select format('update %1$s set %2$s = (select %2$s from %1$s order by %2$s::text limit 1)', spoiled, name) from columns
union all
select format('update %s set %s = null', spoiled, name) from columns
union all
select distinct format('delete from %s', spoiled) from columns
union all
select distinct format('delete from %s where ctid::text < (select percentile_disc(0.5) within group (order by ctid::text) from %1$s)', spoiled) from columns";

/// Asserts that each statement, which finds nothing now, finds something once a column of these schemas is spoiled.
pub(crate) fn each_can_find_something(
    database: &TestDatabase,
    schemas: &[&str],
    statements: &[(&str, &str)],
) {
    let session = Session::new(database);
    let of_schemas = |sql: &str| sql.replace("{schemas}", &schemas.join(","));
    session.rows("set timezone = 'UTC'; set session_replication_role = replica; set statement_timeout = '20 s'");
    session.rows(&of_schemas(UNBOUND));
    let mut silent: Vec<&(&str, &str)> = statements.iter().collect();
    for spoil in session.rows(&of_schemas(SPOILED)) {
        session.rows("begin");
        // What a key or a type refuses is left alone.
        if session.run(&spoil).is_ok() {
            silent.retain(|(_, sql)| {
                session.rows("savepoint asked");
                let found = session.run(&format!("select from ({sql}) as found limit 1"));
                session.rows("rollback to asked");
                !found.is_ok_and(|(rows, _)| !rows.is_empty())
            });
        }
        session.rows("rollback");
        if silent.is_empty() {
            return;
        }
    }
    let silent: Vec<&str> = silent.iter().map(|(what, _)| *what).collect();
    assert_eq!(
        silent,
        Vec::<&str>::new(),
        "find nothing whatever the rows are"
    );
}
