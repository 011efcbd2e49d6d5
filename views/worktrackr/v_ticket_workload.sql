create or replace view worktrackr.v_ticket_workload
with (security_invoker = true)
as
select
  ticket.organisation_id,
  ticket.assigned_user_id,
  person.name as assigned_user_name,
  count(*) as unfinished_tickets,
  count(*) filter (where ticket.priority in ('High', 'Urgent')) as pressing_tickets,
  count(*) filter (where ticket.scheduled_date < current_date) as overdue_tickets,
  min(ticket.created_at) as oldest_created_at
from worktrackr.tickets as ticket
left join worktrackr.users as person
  on person.organisation_id = ticket.organisation_id and person.id = ticket.assigned_user_id
where ticket.status not in ('Resolved', 'Closed')
group by ticket.organisation_id, ticket.assigned_user_id, person.name;

comment on view worktrackr.v_ticket_workload is
  'Unfinished tickets for each person, and those that are nobody''s yet, as far as the reader may see them.';
