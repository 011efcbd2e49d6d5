//! The statement that takes away what a database has and a policy file does not give.

use super::facts::{Key, Kind, PUBLIC};
use super::functions::function_target;
use crate::sql::{identifier, qualified};

/// `drop policy …`, `revoke …`; `None` for what is not taken away by one statement.
pub(super) fn revoke_or_drop(key: &Key) -> Option<String> {
    let grantee = || {
        if key.detail == PUBLIC {
            PUBLIC.to_owned()
        } else {
            identifier(&key.detail)
        }
    };
    Some(match key.kind {
        Kind::Policy => format!(
            "drop policy {} on {};",
            identifier(&key.detail),
            qualified(&key.schema, &key.name)
        ),
        Kind::Partition => format!(
            "alter table {0} enable row level security;alter table {0} force row level security;",
            key.detail
        ),
        Kind::Usage => format!(
            "revoke all on schema {} from {};",
            identifier(&key.schema),
            grantee()
        ),
        Kind::Grant => format!(
            "revoke all on {} from {};",
            qualified(&key.schema, &key.name),
            grantee()
        ),
        Kind::Execute => format!(
            "revoke all on routine {} from {};",
            function_target(&key.schema, &key.name),
            grantee()
        ),
        Kind::Function => format!("drop function {};", function_target(&key.schema, &key.name)),
        Kind::Default => {
            let (grantor, grantee) = key.detail.split_once(" to ")?;
            let grantee = if grantee == PUBLIC {
                PUBLIC.to_owned()
            } else {
                identifier(grantee)
            };
            let objects = match key.name.as_str() {
                "r" => "tables",
                "S" => "sequences",
                "f" => "routines",
                "T" => "types",
                _ => return None,
            };
            format!(
                "alter default privileges for role {} in schema {} revoke all on {objects} from {grantee};",
                identifier(grantor),
                identifier(&key.schema)
            )
        }
        _ => return None,
    })
}
