//! What the seal of a definition is made of: what the server has, which a change by hand changes.

/// What a policy is on the server, for its seal. `policy` is the row of `pg_policy`.
pub(super) const POLICY_DEFINITION_HASH: &str = "pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(\
     pg_catalog.concat(policy.polcmd, policy.polpermissive, '|', policy.polroles, '|', policy.polqual, '|', \
     policy.polwithcheck), 'UTF8')), 'hex'), 16)";

/// What a function is on the server, for its seal. `routine` is the row of `pg_proc`.
pub(super) const FUNCTION_DEFINITION_HASH: &str = "pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(\
     pg_catalog.concat(routine.prosrc, '|', routine.prosqlbody, '|', routine.prosecdef, routine.provolatile, \
     routine.proparallel, routine.proretset, '|', routine.prorettype, '|', routine.proowner, '|', routine.proconfig), \
     'UTF8')), 'hex'), 16)";
