//! How a session says who is signed in, found out by trying.

use super::persona::UserSetting;
use crate::database::Session;
use crate::error::Result;
use crate::policy::Policies;
use crate::sql::literal;

/// Finds out by trying how a session says who is signed in; the flag tells whether users are UUIDs. Inside of a
/// transaction nothing but a savepoint is taken back.
pub(super) async fn user_setting(
    session: &Session,
    policies: &Policies,
    is_inside: bool,
) -> Result<Option<(UserSetting, bool)>> {
    let Some((sql, _)) = &policies.context.user else {
        return Ok(None);
    };
    // Settings that the expression or any function that it may call reads.
    let query = format!(
        "select distinct found[1] from (select {} as text union all \
         select coalesce(prosrc, '') || coalesce(pg_catalog.pg_get_function_sqlbody(oid), '') from pg_catalog.pg_proc \
         where pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)) as source, \
         pg_catalog.regexp_matches(source.text, 'current_setting\\(''([^'']+)''', 'g') as found;",
        literal(sql)
    );
    let rows = session.run("reading how users sign in", &query).await?;
    let mut settings: Vec<String> = rows
        .into_iter()
        .flatten()
        .filter_map(|row| row.into_iter().next()?)
        .collect();
    for usual in [
        "request.jwt.claims",
        "app.current_user",
        "app.user_id",
        "app.current_user_id",
    ] {
        if !settings.iter().any(|one| one == usual) {
            settings.push(usual.to_owned());
        }
    }
    // Claims last: a setting of its own is the plainer way.
    settings.sort_by_key(|one| one.ends_with("claims"));
    let users = [
        ("eeeeeeee-0000-4000-8000-000000000001", true),
        ("user-1", false),
        ("900001", false),
    ];
    for (user, is_uuid) in users {
        for setting in &settings {
            for pattern in ["{}", "{\"sub\": \"{}\"}", "{\"user_id\": \"{}\"}"] {
                let value = pattern.replace("{}", user);
                let attempt = format!(
                    "savepoint workroom_user; select set_config({}, {}, true); select ({sql})::text; rollback to savepoint workroom_user;",
                    literal(setting),
                    literal(&value)
                );
                let (open, close) = if is_inside {
                    (
                        "savepoint workroom_signing_in;",
                        "rollback to savepoint workroom_signing_in;",
                    )
                } else {
                    ("begin;", "rollback;")
                };
                let attempt = format!("{open} {attempt} {close}");
                let results = session.batch(&attempt).await;
                let Ok(results) = results else {
                    session.run("going on", close).await?;
                    continue;
                };
                let is_it = results
                    .iter()
                    .flatten()
                    .flatten()
                    .any(|cell| cell.as_deref() == Some(user));
                let answers = results
                    .get(3)
                    .and_then(|rows| rows.first()?.first()?.clone());
                if is_it && answers.as_deref() == Some(user) {
                    let setting = UserSetting {
                        setting: setting.clone(),
                        pattern: pattern.to_owned(),
                    };
                    return Ok(Some((setting, is_uuid)));
                }
            }
        }
    }
    Ok(None)
}
