//! A lead becomes a client, a client's project goes through its milestones, and all of it leaves messages for Notion.

use super::*;

fn sage(major: u32) -> TestDatabase {
    static TEMPLATES: Templates = [const { OnceLock::new() }; 3];
    seeded(&TEMPLATES, major, "sage")
}

const CONTRADICTIONS: [(&str, &str); 23] = [
    (
        "a tier, status or kind that does not occur",
        "(select 'tier ' || id from sage.tiers except select 'tier ' || tier from sage.projects)
         union all (select 'project ' || unnest(enum_range(null::sage.project_status)) except select 'project ' || status from sage.projects)
         union all (select 'milestone ' || unnest(enum_range(null::sage.milestone_status)) except select 'milestone ' || status from sage.milestones)
         union all (select 'client ' || unnest(enum_range(null::sage.client_status)) except select 'client ' || status from sage.clients)
         union all (select 'lead ' || unnest(enum_range(null::sage.lead_status)) except select 'lead ' || status from sage.leads)
         union all (select 'user ' || unnest(enum_range(null::sage.user_type)) except select 'user ' || user_type from sage.users)
         union all (select 'payment ' || unnest(enum_range(null::sage.payment_status)) except select 'payment ' || status from sage.payments)
         union all (select 'message ' || unnest(array['delivered', 'pending', 'dead']) except select 'message ' || status from sage.notion_outbox)",
    ),
    (
        "a client who is none, or of another tier than their user or project",
        "select client.id from sage.clients as client join sage.users as person on person.id = user_id
         left join sage.projects as project on project.client_id = client.id
         where person.user_type not in ('kaa_client', 'sage_client') or client.tier is distinct from person.tier
           or project.id is null or project.tier <> client.tier or (client.tier = 4) <> (person.user_type = 'kaa_client')",
    ),
    (
        "a client whose state is not that of the latest project",
        "select client.id, client.status, latest.status from sage.clients as client
         cross join lateral (select status from sage.projects where client_id = client.id order by created_at desc limit 1) as latest
         where client.status::text <> case latest.status when 'onboarding' then 'onboarding' when 'delivered' then 'completed'
           when 'closed' then 'closed' else 'active' end",
    ),
    (
        "a project from somebody else's lead",
        "select project.id from sage.projects as project join sage.leads as lead on lead.id = lead_id
         join sage.clients as client on client.id = client_id join sage.users as person on person.id = user_id
         where lead.email <> coalesce(person.email, lead.email) or lead.project_address <> client.project_address
           or lead.recommended_tier <> project.tier or lead.created_at >= project.created_at or lead.status <> 'closed'",
    ),
    (
        "something before what it follows from, or in the future",
        "select 'client ' || client.id from sage.clients as client join sage.users as person on person.id = user_id where client.created_at < person.created_at
         union all select 'project ' || project.id from sage.projects as project join sage.clients as client on client.id = client_id
         where project.created_at < client.created_at or project.created_at > now() or project.updated_at < project.created_at
         union all select 'payment ' || payment.id from sage.payments as payment join sage.projects as project on project.id = project_id
         where payment.created_at < project.created_at or payment.created_at > now()
         union all select 'file ' || file.id from sage.deliverables as file join sage.projects as project on project.id = project_id
         where file.created_at < project.created_at or file.created_at > now()
         union all select 'milestone ' || step.id from sage.milestones as step where completed_at not between created_at and now()",
    ),
    (
        "a delivered project with work left, or an earlier one without",
        "select project.id, project.status from sage.projects as project join sage.milestones as step on step.project_id = project.id
         group by project.id having bool_and(step.status = 'completed') <> (project.status in ('delivered', 'closed'))",
    ),
    (
        "milestones out of turn",
        "select project_id from sage.milestones group by project_id
         having count(*) filter (where status = 'in_progress') > 1 or count(*) <> max(\"order\") or min(\"order\") <> 1
           or max(\"order\") filter (where status = 'completed') > min(\"order\") filter (where status <> 'completed')
           or max(\"order\") filter (where status = 'in_progress') > min(\"order\") filter (where status = 'pending')
           or count(*) <> min(tier) + 3",
    ),
    (
        "a project whose payments do not come to what it says",
        "select project.id, project.payment_status, sum(amount) filter (where payment.status = 'succeeded')
         from sage.projects as project join sage.payments as payment on payment.project_id = project.id
         group by project.id
         having (project.payment_status = 'paid') <> (coalesce(sum(amount) filter (where payment.status = 'succeeded'), 0)
             = case project.tier when 1 then 149900 when 2 then 449900 when 3 then 1200000 else 4800000 end)
           or (project.payment_status = 'pending') <> bool_or(payment.status = 'pending')
           or (project.payment_status = 'refunded') <> bool_or(payment.status = 'refunded')
           or bool_or(payment.tier <> project.tier)",
    ),
    (
        "a payment that failed and was not made again",
        "select failed.id from sage.payments as failed where status = 'failed' and not exists (
           select from sage.payments as again where again.project_id = failed.project_id and again.amount = failed.amount
             and again.status <> 'failed' and again.created_at > failed.created_at)",
    ),
    (
        "a file that was not uploaded by the team",
        "select file.id from sage.deliverables as file join sage.users as person on person.id = uploaded_by where user_type <> 'team'",
    ),
    (
        "an upload without its record, or a record without its upload",
        "select file.id, log.id from sage.deliverables as file full join sage.audit_log as log
           on log.resource_id = file.id and log.user_id = uploaded_by and log.created_at = file.created_at
             and log.details -> 'after' = jsonb_build_object('name', name, 'file_path', file_path)
         where file.id is null or log.id is null",
    ),
    (
        "something that Notion should hear of and no message, or the other way round",
        "select wanted.*, message.id from (
           select 'project' as kind, id, created_at as moment from sage.projects
           union all select 'payment', id, created_at from sage.payments where status in ('succeeded', 'refunded')
           union all select 'milestone', id, completed_at from sage.milestones where status = 'completed'
           union all select 'deliverable', id, created_at from sage.deliverables) as wanted
         full join sage.notion_outbox as message on message.resource_type = kind and message.resource_id = wanted.id and message.created_at = moment
         where wanted.id is null or message.id is null",
    ),
    (
        "a payload that the trigger would not have written",
        "select message.id, message.payload, sage.notion_payload(resource_type, resource_id) from sage.notion_outbox as message
         where case resource_type
           when 'project' then payload - '{status,payment_status,notion_page_id}'::text[]
             is distinct from sage.notion_payload(resource_type, resource_id) - '{status,payment_status,notion_page_id}'::text[]
           else payload - 'notion_page_id' is distinct from sage.notion_payload(resource_type, resource_id) - 'notion_page_id' end
         or (select array_agg(field order by field) from jsonb_object_keys(payload) as field)
           <> (select array_agg(field order by field) from jsonb_object_keys(sage.notion_payload(resource_type, resource_id)) as field)",
    ),
    (
        "a page that nobody delivered, or a delivery without its page",
        "select resource.* from (
           select 'project' as kind, id, notion_page_id from sage.projects
           union all select 'deliverable', id, notion_page_id from sage.deliverables) as resource
         join sage.notion_outbox as message on message.resource_type = kind and message.resource_id = resource.id
         where (message.status = 'delivered') <> (notion_page_id is not null)",
    ),
    (
        "a message in a state that its attempts contradict",
        "select id, status, attempts, last_error from sage.notion_outbox
         where case status
           when 'delivered' then attempts < 1 or last_error is not null or lease_id is null or delivered_at < created_at
           when 'dead' then attempts < max_attempts or last_error is null
           else attempts >= max_attempts or (attempts > 0) <> (last_error is not null) or created_at < now() - interval '10 days' end",
    ),
    (
        "a lead whose tier and reason do not agree",
        "select min(id::text), recommended_tier from sage.leads group by recommended_tier having count(distinct routing_reason) <> 1",
    ),
    (
        "an address of somebody",
        "select email from (select email from sage.users union all select email from sage.leads) as written
         where email !~ '@(example\\.(com|org|net)|[a-z]+\\.test)$'",
    ),
    (
        "a team that works on a weekend",
        "select id from sage.milestones where extract(isodow from due_date) > 5 or extract(isodow from completed_at) > 5
         union all select id from sage.deliverables where extract(isodow from created_at) > 5",
    ),
    (
        "several of a kind that were written, changed or seen at the very same moment",
        "select kind, moment from (
           select 'client' as kind, updated_at as moment from sage.clients union all select 'lead', updated_at from sage.leads
           union all select 'project', updated_at from sage.projects union all select 'payment', created_at from sage.payments
           union all select 'sign-in', last_login from sage.users where last_login is not null) as done
         group by kind, moment having count(*) > 1",
    ),
    (
        "a project that nobody touched when its last step was done, or a client whose project changed later",
        "select project.id from sage.projects as project join sage.milestones as step on step.project_id = project.id
         where step.completed_at > project.updated_at
         union all select client.id from sage.clients as client join sage.projects as project on project.client_id = client.id
         group by client.id having client.updated_at <> max(project.updated_at)",
    ),
    (
        "a new lead that somebody has worked on, another that nobody has, or one that was worked on at night",
        "select id from sage.leads where (status = 'new') <> (updated_at = created_at)
           or (status <> 'new' and updated_at::time not between '09:00' and '18:00')",
    ),
    (
        "a name that comes twice where a reader looks",
        "select name from sage.projects group by name having count(*) > 1 union all select name from sage.leads group by name having count(*) > 1
         union all select name from sage.deliverables group by project_id, name having count(*) > 1",
    ),
    (
        "a file that was uploaded by somebody who was not there yet",
        "select file.id from sage.deliverables as file join sage.users as person on person.id = uploaded_by
         where person.created_at > file.created_at",
    ),
];

#[test]
fn each_contradiction_of_sage_would_be_found() {
    let database = sage(NEWEST);
    each_can_find_something(&database, &["sage", "auth"], &CONTRADICTIONS);
}

#[test]
fn sage_tells_of_leads_clients_and_projects_without_contradiction() {
    for major in ALL {
        let database = sage(major);
        find_nothing(&database, &CONTRADICTIONS);
        verify(&database, "sage");
    }
}

#[test]
fn everybody_of_sage_sees_their_own() {
    for major in ALL {
        let database = sage(major);
        let session = Session::new(&database);
        let projects = session.value("select count(*) from sage.projects");
        let id_of = |kind: &str| {
            format!("select id from sage.users where user_type = '{kind}' order by id limit 1")
        };
        for kind in ["team", "admin"] {
            let id = session.value(&id_of(kind));
            sign_in(&session, "authenticated", &id);
            assert_eq!(
                session.value("select count(*) from sage.v_project_progress"),
                projects
            );
            session.rows("reset role");
        }
        for kind in ["sage_client", "kaa_client"] {
            let id = session.value(&id_of(kind));
            sign_in(&session, "authenticated", &id);
            let own = "select count(distinct client_id), count(*) > 0, min(milestones) >= 4 from sage.v_project_progress";
            assert_eq!(session.value(own), "1|t|t", "{kind}");
            assert_eq!(
                session.value("select count(*) > 0 from sage.payments"),
                "t",
                "{kind}"
            );
            session.rows("reset role");
        }
        sign_in(&session, "service_role", "");
        assert_eq!(
            session.value("select count(*) >= 6 from sage.v_outbox_status"),
            "t"
        );
    }
}

#[test]
fn workers_take_up_the_messages_of_sage() {
    for major in ALL {
        let database = sage(major);
        let session = Session::new(&database);
        sign_in(&session, "service_role", "");
        let due = "select count(*) from sage.notion_outbox where status = 'pending' and next_attempt_at <= now()";
        let due = session.value(due);
        assert_ne!(due, "0");
        let claimed = session.value("select sum(merged) from sage.claim_outbox('test', 1000)");
        assert_eq!(claimed, due);
        session.rows("select sage.complete_outbox(id, 'page', lease_id) from sage.notion_outbox where status = 'leased'");
        assert_eq!(
            session.value(
                "select count(*) from sage.notion_outbox where status in ('leased', 'pending')"
            ),
            "0"
        );
    }
}
