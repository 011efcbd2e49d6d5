//! What belongs to a database and is not in it: owner, grants, settings, comment, limits and locale. Who drops a database to
//! make it anew gives it back.

use super::Session;
use crate::error::Result;
use crate::sql::{identifier, literal, search_path};

/// Settings that are lists of names, each of which is quoted by itself.
///
/// Source: `src/backend/utils/misc/guc_parameters.dat` of Postgres, `GUC_LIST_QUOTE`.
const LISTS: [&str; 5] = [
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
];

/// What a database has besides its contents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// What `create database` says: from an empty template, and from a copy of the database itself.
    options: String,
    locale: String,
    /// Statements that give the rest back, each by itself.
    statements: Vec<String>,
}

impl Kept {
    /// Reads it; nothing where there is no such database.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn read(admin: &Session, database: &str) -> Result<Self> {
        let sql = include_str!("kept.sql").replace("{{database}}", &literal(database));
        let results = admin
            .run("reading what belongs to the database", &sql)
            .await?;
        let rows = results.into_iter().next().unwrap_or_default();
        let mut kept = Self::default();
        for row in &rows {
            let cell = |at: usize| row.get(at).cloned().flatten();
            if let (Some(kind), cells) = (cell(0), [cell(1), cell(2), cell(3)]) {
                kept.take(&identifier(database), &kind, cells);
            }
        }
        Ok(kept)
    }

    fn take(&mut self, database: &str, kind: &str, [one, two, three]: [Option<String>; 3]) {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let role = |role: &Option<String>| role.as_deref().map(identifier);
        match kind {
            "owner" => {
                self.options = format!(
                    " owner {} connection limit {}",
                    identifier(&text(&one)),
                    text(&two)
                );
                // To name even the usual one takes the right to create there.
                if let Some(tablespace) = three.filter(|name| name != "pg_default") {
                    let tablespace = identifier(&tablespace);
                    self.options.push_str(&format!(" tablespace {tablespace}"));
                }
            }
            "encoding" => {
                self.locale = format!(
                    " encoding {} lc_collate {} lc_ctype {}",
                    literal(&text(&one)),
                    literal(&text(&two)),
                    literal(&text(&three))
                );
            }
            "provider" => {
                let provider = text(&one);
                self.locale
                    .push_str(&format!(" locale_provider {provider}"));
                if let Some(locale) = two {
                    let locale = literal(&locale);
                    self.locale
                        .push_str(&format!(" {provider}_locale {locale}"));
                }
                if let Some(rules) = three {
                    self.locale
                        .push_str(&format!(" icu_rules {}", literal(&rules)));
                }
            }
            "comment" => {
                let comment = one.map(|comment| literal(&comment));
                let comment = comment.map(|it| format!("comment on database {database} is {it}"));
                self.statements.extend(comment);
            }
            "acl" => {
                self.statements
                    .push(format!("revoke all on database {database} from public"));
            }
            "grant" => {
                let passes = if three.as_deref() == Some("true") {
                    " with grant option"
                } else {
                    ""
                };
                self.statements.push(format!(
                    "grant {} on database {database} to {}{passes}",
                    text(&two),
                    role(&one).unwrap_or_else(|| "public".to_owned())
                ));
            }
            _ => {
                let whose = match role(&one) {
                    Some(role) => format!("role {role} in database {database}"),
                    None => format!("database {database}"),
                };
                let (name, value) = (text(&two), text(&three));
                let value = if LISTS.contains(&name.as_str()) {
                    search_path::setting(&value)
                } else {
                    literal(&value)
                };
                // A setting of an extension has a dot between two names.
                let name: Vec<String> = name.split('.').map(identifier).collect();
                self.statements
                    .push(format!("alter {whose} set {} = {value}", name.join(".")));
            }
        }
    }

    /// The statement that makes the database from a template; `is_own` says that this is a copy of the database itself.
    #[must_use]
    pub fn create(&self, database: &str, template: &str, is_own: bool) -> String {
        let locale = if is_own { "" } else { &self.locale };
        format!(
            "create database {} template {} strategy file_copy{}{locale}",
            identifier(database),
            identifier(template),
            self.options
        )
    }

    /// Gives back what the database had; returns what this role may not, as statements for somebody who may.
    pub async fn give_back(&self, admin: &Session) -> Vec<String> {
        let mut left = Vec::new();
        for statement in &self.statements {
            if admin.batch(statement).await.is_err() {
                left.push(format!("{statement};"));
            }
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_quoted() {
        let mut kept = Kept::default();
        let cells = |cells: [&str; 3]| cells.map(|cell| (cell != "-").then(|| cell.to_owned()));
        for (kind, row) in [
            ("owner", ["Own", "-1", "pg_default"]),
            ("encoding", ["UTF8", "C", "C"]),
            ("provider", ["icu", "de", "-"]),
            ("comment", ["it's", "-", "-"]),
            ("acl", ["given", "-", "-"]),
            ("grant", ["-", "connect", "false"]),
            ("grant", ["a b", "create", "true"]),
            ("setting", ["-", "search_path", "\"$user\", public"]),
            ("setting", ["a b", "app.current_tenant", "x'y"]),
        ] {
            kept.take("\"D\"", kind, cells(row));
        }
        assert_eq!(
            kept.create("D", "template0", false),
            "create database \"D\" template template0 strategy file_copy owner \"Own\" connection limit -1 \
             encoding 'UTF8' lc_collate 'C' lc_ctype 'C' locale_provider icu icu_locale 'de'"
        );
        assert_eq!(
            kept.statements,
            [
                "comment on database \"D\" is 'it''s'",
                "revoke all on database \"D\" from public",
                "grant connect on database \"D\" to public",
                "grant create on database \"D\" to \"a b\" with grant option",
                "alter database \"D\" set search_path = '$user', 'public'",
                "alter role \"a b\" in database \"D\" set app.current_tenant = 'x''y'",
            ]
        );
    }
}
