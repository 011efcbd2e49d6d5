//! Every schema of the system exists.

use super::Scope;
use crate::report::Check;
use crate::sql;

pub(super) fn check(scope: &Scope<'_>) -> Check {
    let wanted: Vec<&String> = scope.system.all_schemas().collect();
    let missing: Vec<String> = wanted
        .iter()
        .filter(|name| {
            !scope
                .catalog
                .schemas
                .iter()
                .any(|schema| schema.name == ***name)
        })
        .map(|name| format!("missing: schema {}", sql::identifier(name)))
        .collect();
    let found = format!("{}/{}", wanted.len() - missing.len(), wanted.len());
    let mut check = scope.passed("schemas/exist", "schemas", "every schema", found);
    if !missing.is_empty() || wanted.is_empty() {
        check.passed = false;
        check.details = missing;
        check.hint = Some(scope.migrate());
    }
    check
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Sample, deployed};

    #[test]
    fn a_schema_that_is_missing_is_named() {
        let mut sample: Sample = deployed();
        sample.passes("schemas/exist");
        sample
            .catalog
            .schemas
            .retain(|schema| schema.name != "shop_private");
        let check = sample.fails("schemas/exist");
        assert_eq!(check.found, "1/2");
        assert_eq!(check.details, ["missing: schema shop_private"]);
    }
}
