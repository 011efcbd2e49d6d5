-- The kinds of resources that the outbox knows, for the messages that were there before: read without a lock that anybody
-- waits for.
alter table sage.notion_outbox validate constraint notion_outbox_resource_type_check;
