--! level: error
--! after: P33, P35
--! why: it sees every row of every tenant, whoever calls it
--! fix: give it to a role without login that policies bind: alter function {object} owner to …
select fn.schema, fn.name, fn.title,
  format('a security definer function of %I, whom policies do not bind, is run by %s', fn.owner_name, coalesce(string_agg(distinct callers.name, ', '), 'a trigger')), ''
from fn left join callers on callers.fn = fn.oid
where fn.is_definer and fn.owner_bypasses and (callers.fn is not null or fn.is_trigger and exists (select from pg_trigger as g where g.tgfoid = fn.oid))
group by fn.schema, fn.name, fn.title, fn.owner_name
