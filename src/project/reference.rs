//! `docs/project.md` against the keys that `workroom.toml` may have.

use std::fmt::Debug;

use super::config::{Applied, Config, Expect, Lint, ProjectEntry, SystemEntry};
use super::environment::Environment;
use super::fleet::{Directory, Fleet, FleetTarget};

/// The keys that a table may have, by what is said of an unknown one.
fn keys<T: serde::de::DeserializeOwned + Debug>() -> Vec<String> {
    type Map<'a> = serde::de::value::MapDeserializer<
        'a,
        std::iter::Once<(&'a str, u8)>,
        serde::de::value::Error,
    >;
    let unknown = Map::new(std::iter::once(("unknown", 0)));
    let said = T::deserialize(unknown).unwrap_err().to_string();
    let (_, expected) = said.split_once("expected").unwrap();
    let names = expected.split('`').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

#[test]
fn every_key_stands_in_its_section_of_the_reference() {
    let page = include_str!("../../docs/project.md");
    for (section, keys) in [
        ("[project]", keys::<ProjectEntry>()),
        ("[systems.NAME]", keys::<SystemEntry>()),
        ("[systems.NAME.expect]", keys::<Expect>()),
        ("[lint]", keys::<Lint>()),
        ("[lint.applied.NAME]", keys::<Applied>()),
        ("[environments.NAME]", keys::<Environment>()),
        ("[fleet]", keys::<Fleet>()),
        ("[fleet.directory]", keys::<Directory>()),
        ("[[fleet.targets]]", keys::<FleetTarget>()),
    ] {
        let (_, rest) = page.split_once(&format!("## `{section}`\n")).unwrap();
        let rest = rest.split("\n## ").next().unwrap();
        let described: Vec<&str> = rest
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
            .collect();
        assert_eq!(described, keys, "{section}");
    }
    let mut sections = keys::<Config>();
    sections.sort();
    assert_eq!(
        sections,
        ["environments", "fleet", "lint", "project", "systems"]
    );
}
