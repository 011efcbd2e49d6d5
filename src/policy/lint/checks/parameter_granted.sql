--! level: error
--! after: P05
--! why: whoever may set it can switch off triggers and keys, or change how the server answers everybody
--! fix: revoke set on parameter {object} from the roles named
select '', '', s.parname::text, format('%s may set the parameter', string_agg(distinct role_names.name, ', ')), ''
from pg_parameter_acl as s cross join lateral aclexplode(s.paracl) as a join role_names on role_names.oid = a.grantee
where a.grantee = 0 or exists (select from clients join reach on reach.role = clients.oid where reach.reached = a.grantee)
group by s.parname
