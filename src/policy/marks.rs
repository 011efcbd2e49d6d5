//! The marks of a copy: what workroom made on one database and nobody changed there is marked as such on a copy of it.

use super::seal::FUNCTION_DEFINITION_HASH;
use super::seal::POLICY_DEFINITION_HASH;
use super::statement::Section;
use super::statements::RenderedPolicies;
use crate::sql::text_array;

/// SQL whose rows are statements for a copy: each takes the seal off what is intact here, so that [`RenderedPolicies::seal`]
/// puts on the copy's own.
#[must_use]
pub fn intact_marks_query(schemas: &[&str]) -> String {
    let schemas = text_array(schemas);
    let intact = |seal: &str| {
        format!(
            "schema.nspname = any ({schemas}) and note.description ~ '^workroom:[0-9a-f]{{64}}:' \
             and pg_catalog.substr(note.description, 74, 17) = ':' || {seal}"
        )
    };
    format!(
        "select pg_catalog.format('comment on policy %I on %I.%I is %L;', policy.polname, schema.nspname, \
         owner.relname, overlay(note.description placing '' from 74 for 17)) \
         from pg_catalog.pg_policy as policy \
         join pg_catalog.pg_class as owner on owner.oid = policy.polrelid \
         join pg_catalog.pg_namespace as schema on schema.oid = owner.relnamespace \
         join pg_catalog.pg_description as note on note.classoid = 'pg_catalog.pg_policy'::pg_catalog.regclass \
         and note.objoid = policy.oid and note.objsubid = 0 where {} \
         union all \
         select pg_catalog.format('comment on function %I.%I(%s) is %L;', schema.nspname, routine.proname, \
         pg_catalog.pg_get_function_identity_arguments(routine.oid), \
         overlay(note.description placing '' from 74 for 17)) \
         from pg_catalog.pg_proc as routine \
         join pg_catalog.pg_namespace as schema on schema.oid = routine.pronamespace \
         join pg_catalog.pg_description as note on note.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass \
         and note.objoid = routine.oid and note.objsubid = 0 where {};",
        intact(POLICY_DEFINITION_HASH),
        intact(FUNCTION_DEFINITION_HASH)
    )
}

impl RenderedPolicies {
    /// The statement that puts a seal on what has a mark and no seal.
    #[must_use]
    pub fn seal(&self) -> String {
        let statements = self.statements.iter();
        statements
            .filter(|statement| statement.section == Section::Seal)
            .map(|statement| statement.sql.as_str())
            .collect()
    }
}
