-- From version 19 on a row may be an exception from a publication of every table.
, published (nspname, object, publication, value) as (
  select relation.nspname, relation.title, listed.prpubid,
    case when pg_catalog.to_jsonb(listed) ->> 'prexcept' = 'true' then 'left out' else pg_catalog.concat_ws(
      ', ', 'yes',
      'columns ' || (
        select pg_catalog.string_agg(pg_catalog.quote_ident(field.attname), ', ' order by field.attnum)
        from pg_catalog.pg_attribute as field where field.attrelid = listed.prrelid and field.attnum = any (listed.prattrs)
      ),
      'where ' || pg_catalog.pg_get_expr(listed.prqual, listed.prrelid)
    ) end
  from relations as relation join pg_catalog.pg_publication_rel as listed on listed.prrelid = relation.oid
  union all
  select own.nspname, pg_catalog.concat('schema ', pg_catalog.quote_ident(own.nspname)), listed.pnpubid, 'all its tables'
  from own join pg_catalog.pg_publication_namespace as listed on listed.pnnspid = own.oid
  union all
  select own.nspname, pg_catalog.concat('schema ', pg_catalog.quote_ident(own.nspname)), everything.oid, 'with every table of the database'
  from own join pg_catalog.pg_publication as everything on everything.puballtables
)
select published.nspname as schema, published.object, null as part,
  pg_catalog.concat('published by ', pg_catalog.quote_ident(publication.pubname)) as property, published.value
from published join pg_catalog.pg_publication as publication on publication.oid = published.publication
union all
select distinct published.nspname, pg_catalog.concat('publication ', pg_catalog.quote_ident(publication.pubname)), null, property.name, property.value
from published
join pg_catalog.pg_publication as publication on publication.oid = published.publication
left join who on who.oid = publication.pubowner
left join pg_catalog.pg_description as note
  on note.objoid = publication.oid and note.classoid = 'pg_catalog.pg_publication'::pg_catalog.regclass and note.objsubid = 0
cross join lateral (values
  ('owner', who.name), ('comment', note.description),
  ('publishes', pg_catalog.concat_ws(
    ', ', case when publication.pubinsert then 'insert' end, case when publication.pubupdate then 'update' end,
    case when publication.pubdelete then 'delete' end, case when publication.pubtruncate then 'truncate' end,
    case when publication.pubviaroot then 'as the partitioned table' end
  ))
) as property (name, value)
