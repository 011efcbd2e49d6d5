--! level: error
--! after: P16, P53
--! why: a setting that the policy file does not name is nobody's context, and every session may set it
--! fix: take the condition away, or name the setting in the policy file
select asked.schema, asked.name, asked.object, format('it depends on the setting %s, which no file of the system reads', string_agg(distinct asked.setting, ', ')), ''
from given cross join lateral (
  select p.schema, p.relation as name, p.object, lower(m[1]) as setting
  from p cross join lateral regexp_matches(p.text, 'current_setting\(''([^'']+)''', 'g') as m
  union all
  select fn.schema, '', fn.title, lower(m[1]) from fn cross join lateral regexp_matches(fn.body, 'current_setting\(''([^'']+)''', 'g') as m
  where fn.oid in (select c.fn from policy_calls as c) or fn.name in ('current_tenant_id', 'current_user_role', 'has_role', 'has_any_role')
) as asked
where given.has_file and asked.setting <> all (given.settings) and asked.setting not in ('server_version_num', 'search_path')
group by asked.schema, asked.name, asked.object
