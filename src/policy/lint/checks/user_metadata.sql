--! level: error
--! after: P18, splinter 0015
--! why: users write their own user_metadata
--! fix: read app_metadata, which only the back end writes
select p.schema, p.relation, p.object, 'the policy trusts user_metadata', p.text from p where p.text ~* 'user_?metadata'
