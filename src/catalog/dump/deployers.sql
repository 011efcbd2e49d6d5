-- What belongs to whoever asks is made by whoever loads.
deployers (role) as (
  select role.oid from pg_catalog.pg_roles as role where role.rolname = current_user
),
