-- What is deleted stays for a while: clients, campaigns and artifacts are marked and can be taken back, so that one
-- statement of one person does not take a campaign's versions and comments with it. The policies hide what is marked.
alter table agency.clients add column deleted_at timestamptz;
alter table agency.campaigns add column deleted_at timestamptz;
alter table agency.artifacts add column deleted_at timestamptz;

comment on column agency.clients.deleted_at is
  'When the client was deleted: hidden from everybody but leadership and admin, who can take it back; null while it is there.';
comment on column agency.campaigns.deleted_at is
  'When the campaign was deleted: hidden from everybody but leadership and admin, who can take it back; null while it is there.';
comment on column agency.artifacts.deleted_at is
  'When its owner deleted it: hidden from everybody but them, leadership and admin; null while it is there.';
