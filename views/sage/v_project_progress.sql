create or replace view sage.v_project_progress
with (security_invoker = true)
as
select
  project.id as project_id,
  project.name,
  project.client_id,
  project.tier,
  project.status,
  milestone.milestones,
  milestone.completed_milestones,
  milestone.next_milestone,
  milestone.next_due_date,
  deliverable.deliverables
from sage.projects as project
cross join lateral (
  select
    count(*) as milestones,
    count(*) filter (where step.status = 'completed') as completed_milestones,
    (array_agg(step.name order by step."order") filter (where step.status <> 'completed'))[1] as next_milestone,
    (array_agg(step.due_date order by step."order") filter (where step.status <> 'completed'))[1] as next_due_date
  from sage.milestones as step
  where step.project_id = project.id
) as milestone
cross join lateral (
  select count(*) as deliverables
  from sage.deliverables as file
  where file.project_id = project.id
) as deliverable;

comment on view sage.v_project_progress is
  'Each project that the reader may see, with how many of its milestones are done and which comes next.';
