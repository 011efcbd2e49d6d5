//! What a database has that a project is made for: whose schemas, which extensions, what of it nobody manages.

use super::detect::Detected;
use crate::database::Session;
use crate::error::{Error, Result};
use crate::import::Tool;
use crate::sql::literal;

/// The schemas that become the project's, and what is in them.
pub(super) struct Ground {
    pub(super) schemas: Vec<String>,
    /// Schemas of others.
    pub(super) others: Vec<String>,
    pub(super) extensions: Vec<String>,
    /// Tables with row security, and policies on them.
    secured: (usize, usize),
}

impl Ground {
    /// Reads it. A schema is the project's when it holds something of who owns the tool's history, or of who is connected.
    ///
    /// # Errors
    /// When there is no such schema, or one that is named does not exist.
    pub(super) async fn read(
        session: &Session,
        detected: Option<&Detected>,
        named: &[String],
    ) -> Result<Self> {
        let table = detected.and_then(|detected| Some(&detected.history.as_ref()?.table));
        let owner = table.map_or_else(
            || "null::oid".to_owned(),
            |table| {
                format!(
                    "(select relowner from pg_catalog.pg_class where oid = {}::regclass)",
                    literal(table)
                )
            },
        );
        let query = format!(
            "with made (class, oid, schema, name, owner) as (\
               select 'pg_catalog.pg_class'::regclass, oid, relnamespace, relname::text, relowner from pg_catalog.pg_class where relkind in ('r', 'p', 'v', 'm', 'f', 'S') \
               union all select 'pg_catalog.pg_proc'::regclass, oid, pronamespace, '', proowner from pg_catalog.pg_proc \
               union all select 'pg_catalog.pg_type'::regclass, oid, typnamespace, '', typowner from pg_catalog.pg_type where typtype in ('e', 'd', 'r')) \
             select n.nspname, coalesce(made.name, ''), \
               (made.owner in ({owner}, (select oid from pg_catalog.pg_roles where rolname = current_user)))::text, \
               coalesce((select relrowsecurity from pg_catalog.pg_class where oid = made.oid and made.class = 'pg_catalog.pg_class'::regclass), false)::text, \
               (select pg_catalog.count(*) from pg_catalog.pg_policy where polrelid = made.oid)::text \
             from pg_catalog.pg_namespace as n join made on made.schema = n.oid \
             where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'workroom') \
               and not exists (select from pg_catalog.pg_depend as d where d.classid = made.class and d.objid = made.oid and d.deptype = 'e') \
             order by 1, 2; \
             select extname from pg_catalog.pg_extension where extname <> 'plpgsql' order by 1;"
        );
        let mut results = session
            .run("looking at the schemas", &query)
            .await?
            .into_iter();
        let rows = results.next().unwrap_or_default();
        let extensions = results.next().unwrap_or_default();
        let mut ground = Self {
            schemas: Vec::new(),
            others: Vec::new(),
            extensions: extensions.into_iter().flatten().flatten().collect(),
            secured: (0, 0),
        };
        for row in &rows {
            let [Some(schema), Some(name), own, secured, policies] = row.as_slice() else {
                continue;
            };
            let qualified = format!("{schema}.{name}");
            if Tool::ALL.iter().any(|tool| tool.has_made(&qualified)) {
                continue;
            }
            let is_own = match named {
                [] => own.as_deref() == Some("true"),
                named => named.contains(schema),
            };
            let list = if is_own {
                if secured.as_deref() == Some("true") {
                    ground.secured.0 += 1;
                }
                let policies = policies
                    .as_deref()
                    .and_then(|count| count.parse::<usize>().ok());
                ground.secured.1 += policies.unwrap_or(0);
                &mut ground.schemas
            } else {
                &mut ground.others
            };
            if list.last() != Some(schema) {
                list.push(schema.clone());
            }
        }
        // Some objects of a schema may be another's.
        let own = &ground.schemas;
        ground.others.retain(|schema| !own.contains(schema));
        ground.schemas.dedup();
        ground.others.dedup();
        let missing: Vec<Error> = named
            .iter()
            .filter(|schema| !ground.schemas.contains(schema))
            .map(|schema| Error::refused(format!("the schema {schema} is not there, or empty")))
            .collect();
        Error::all(missing)?;
        if ground.schemas.is_empty() {
            return Err(Error::refused("the database has nothing that a project could be made of")
                .because("no schema holds anything of the role that is connected")
                .hint("name the database that the migrations were applied to, or its schemas with `--schema NAME`")
                .hint("`workroom init` starts a project from the beginning"));
        }
        Ok(ground)
    }

    /// What nobody manages yet.
    pub(super) fn unmanaged(&self) -> String {
        match self.secured {
            (0, 0) => "policies: none, and none are managed".to_owned(),
            (tables, policies) => format!(
                "policies: {policies} on {tables} tables with row security stay as they are, unmanaged; `workroom policy init` writes a first policy file"
            ),
        }
    }
}
