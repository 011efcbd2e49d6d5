//! Checks of a comparison with what the files make: one for each kind of object, which names what differs.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::{Change, Difference, kind_of};
use crate::catalog::Objects;
use crate::files::toml;
use crate::project::System;
use crate::report::Check;

/// What is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// The manifest in the repository, by its path.
    Manifest(&'a str),
    /// Another database, which the files have just been deployed to.
    CleanBuild,
}

impl Source<'_> {
    fn key(self) -> &'static str {
        match self {
            Self::Manifest(_) => "manifest",
            Self::CleanBuild => "clean-build",
        }
    }
}

/// One check for each kind that is expected or differs. `expected` is what the files make, `differences` what the database
/// has otherwise; what workroom.toml accepts is counted and not named.
#[must_use]
pub fn described(
    system: &System,
    source: Source<'_>,
    expected: &Objects,
    differences: &[Difference],
) -> Vec<Check> {
    let mut kinds: BTreeSet<&str> = expected.keys().map(|name| kind_of(name)).collect();
    let parts = expected.values().flat_map(|object| object.parts.keys());
    kinds.extend(parts.map(|name| kind_of(name)));
    let mut by_kind: BTreeMap<&str, Vec<&Difference>> = BTreeMap::new();
    for difference in differences {
        by_kind
            .entry(difference.kind())
            .or_default()
            .push(difference);
    }
    kinds.extend(by_kind.keys());
    let checks = kinds.into_iter().map(|kind| {
        let differing = by_kind.remove(kind).unwrap_or_default();
        check(system, source, kind, &differing)
    });
    checks.collect()
}

fn check(system: &System, source: Source<'_>, kind: &str, differing: &[&Difference]) -> Check {
    let (accepted, told): (Vec<&Difference>, Vec<&Difference>) = differing
        .iter()
        .partition(|one| system.accepts(|name| one.is_of(name)));
    let mut found = match told.len() {
        0 => "as expected".to_owned(),
        1 => "1 difference".to_owned(),
        count => format!("{count} differences"),
    };
    if !accepted.is_empty() {
        found.push_str(&format!(", {} accepted", accepted.len()));
    }
    Check {
        key: format!("{}/{}", source.key(), plural(kind).replace(' ', "-")),
        system: system.name.clone(),
        name: plural(kind),
        passed: told.is_empty(),
        expected: match source {
            Source::Manifest(path) => format!("as in {path}"),
            Source::CleanBuild => "as the files make them".to_owned(),
        },
        found,
        details: told.iter().map(ToString::to_string).collect(),
        hint: told.first().map(|first| hint(system, source, &told, first)),
        place: None,
    }
}

fn hint(system: &System, source: Source<'_>, told: &[&Difference], first: &Difference) -> String {
    let is_missing = told.iter().any(|one| one.change == Change::Missing);
    let by_hand = if is_missing {
        "what no migration is pending for was dropped by hand: bring it back in a new one"
    } else {
        "what a migration or a policy file does not bring back is for a new migration"
    };
    let renew = match source {
        Source::Manifest(path) => {
            format!("; where the files are right, `workroom db manifest` writes {path} anew")
        }
        Source::CleanBuild => String::new(),
    };
    format!(
        "run `workroom db migrate --system {}`; {by_hand}{renew}; what may stay is accepted by \
         `{} = \"<reason>\"` under [systems.{}.accept] of workroom.toml",
        system.name,
        toml::quoted(&first.label()),
        system.name
    )
}

fn plural(kind: &str) -> String {
    match kind {
        "default privileges" | "statistics" => kind.to_owned(),
        _ if kind.ends_with('y') => format!("{}ies", &kind[..kind.len() - 1]),
        _ if kind.ends_with(['x', 's']) => format!("{kind}es"),
        _ => format!("{kind}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::difference::{Versions, differences};
    use super::super::sample::deployed;
    use super::*;
    use crate::catalog::Object;

    fn table(owner: &str) -> Objects {
        let object = Object {
            properties: [("owner".to_owned(), owner.to_owned())].into(),
            parts: [("index \"by day\"".to_owned(), [].into())].into(),
        };
        [("table shop.orders".to_owned(), object)].into()
    }

    #[test]
    fn kinds_are_checked_one_by_one() {
        let sample = deployed();
        let (expected, mut found) = (table("ann"), table("bob"));
        let source = Source::Manifest("manifests/shop.json");
        let checks = |found: &Objects, system: &System| {
            let differing = differences(&expected, found, Versions::Same);
            described(system, source, &expected, &differing)
        };
        let all = checks(&found, &sample.system);
        let shown: Vec<_> = all
            .iter()
            .map(|one| (one.key.as_str(), one.passed))
            .collect();
        assert_eq!(
            shown,
            [("manifest/indexes", true), ("manifest/tables", false)]
        );
        assert_eq!(
            all[1].details,
            ["table shop.orders, owner: expected ann, found bob"]
        );
        assert!(
            all[1]
                .hint
                .as_ref()
                .unwrap()
                .contains("\"table shop.orders, owner\" = \"<reason>\"")
        );
        found.get_mut("table shop.orders").unwrap().parts.clear();
        let all = checks(&found, &sample.system);
        assert_eq!(
            all[0].details,
            ["missing: table shop.orders, index \"by day\""]
        );
        assert!(
            all[0]
                .hint
                .as_ref()
                .unwrap()
                .contains(r#""table shop.orders, index \"by day\"" ="#)
        );
    }

    #[test]
    fn plurals_are_words() {
        for (one, many) in [
            ("policy", "policies"),
            ("index", "indexes"),
            ("operator class", "operator classes"),
            ("view", "views"),
        ] {
            assert_eq!(plural(one), many);
        }
    }
}
