-- Views by page and day. A materialized view obeys no policies and can be no `security_invoker`: it holds all rows, nobody
-- may read it, and an administrator asks a function.
create function needthisdone.count_page_views() returns table (page_id uuid, view_date date, view_count bigint, unique_visitors bigint)
language sql stable
security definer
set search_path = pg_catalog, pg_temp
begin atomic
  -- The day is one of UTC, whoever counts wherever.
  select seen.page_id, (seen.viewed_at at time zone 'UTC')::date, count(*), count(distinct seen.user_id)
  from needthisdone.page_views as seen
  group by 1, 2;
end;
comment on function needthisdone.count_page_views() is
  'All views by page and day. Security definer, so that the owner of the materialized view sees all rows although policies '
  'bind owners, too.';

create materialized view needthisdone.page_view_stats as
select counted.page_id, counted.view_date, counted.view_count, counted.unique_visitors
from needthisdone.count_page_views() as counted;
create unique index page_view_stats_page_id_view_date_key on needthisdone.page_view_stats (page_id, view_date);
comment on materialized view needthisdone.page_view_stats is
  'Views by page and day, as of the last refresh_page_view_stats(). Granted to nobody: ask page_view_report().';

create function needthisdone.refresh_page_view_stats() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  refresh materialized view concurrently needthisdone.page_view_stats;
end
$$;
comment on function needthisdone.refresh_page_view_stats() is
  'Brings page_view_stats up to date beside its readers. For a job of the owner: nobody else can refresh it.';

create function needthisdone.page_view_report(first_day date, last_day date)
returns table (page_id uuid, view_date date, view_count bigint, unique_visitors bigint)
language sql stable
security definer
set search_path = pg_catalog, pg_temp
begin atomic
  select stats.page_id, stats.view_date, stats.view_count, stats.unique_visitors
  from needthisdone.page_view_stats as stats
  where needthisdone.is_admin() and stats.view_date between first_day and last_day;
end;
comment on function needthisdone.page_view_report(date, date) is
  'Views by page and day for administrators; no rows for anybody else. Security definer, because the materialized view is '
  'granted to nobody.';
