//! In which order systems are deployed: what a system requires comes before it.

use super::config::Config;
use super::{Project, System};
use crate::error::Error;
use crate::files::TextFile;

/// Requirements that name no system, and circles of requirements.
pub(super) fn mistakes(config: &Config, file: &TextFile) -> Vec<Error> {
    let mut mistakes = Vec::new();
    for (name, entry) in &config.systems {
        for required in &entry.requires {
            if !config
                .systems
                .keys()
                .any(|known| known.get_ref() == required.get_ref())
            {
                mistakes.push(
                    Error::project(format!(
                        "system `{}` requires `{}`, which is not a system",
                        name.get_ref(),
                        required.get_ref()
                    ))
                    .at(file.place(required.span()))
                    .hint(format!("name one of: {}", config.names())),
                );
            }
        }
    }
    if let Some(circle) = find_circle(config) {
        let (first, second) = (circle[0], circle[1 % circle.len()]);
        let place = config
            .systems
            .iter()
            .find(|(name, _)| name.get_ref() == first)
            .and_then(|(_, entry)| {
                entry
                    .requires
                    .iter()
                    .find(|required| required.get_ref() == second)
            });
        let mut shown = circle.clone();
        shown.push(first);
        let mut error = Error::project("systems require one another in a circle")
            .because(shown.join(" → "))
            .hint(format!(
                "take one of these out of its `requires` in {}",
                file.path
            ));
        if let Some(required) = place {
            error = error.at(file.place(required.span()));
        }
        mistakes.push(error);
    }
    mistakes
}

/// The systems of one circle, in the order of their requirements.
fn find_circle(config: &Config) -> Option<Vec<&str>> {
    config.systems.keys().find_map(|start| {
        let start = start.get_ref().as_str();
        let mut paths = vec![vec![start]];
        while let Some(path) = paths.pop() {
            for next in requirements(config, path[path.len() - 1]) {
                if next == start {
                    return Some(path);
                }
                if !path.contains(&next) {
                    paths.push([path.as_slice(), &[next]].concat());
                }
            }
        }
        None
    })
}

fn requirements<'config>(
    config: &'config Config,
    name: &'config str,
) -> impl Iterator<Item = &'config str> {
    config
        .systems
        .iter()
        .filter(move |(known, _)| known.get_ref() == name)
        .flat_map(|(_, entry)| {
            entry
                .requires
                .iter()
                .map(|required| required.get_ref().as_str())
        })
}

/// The wanted systems and what they require, each once, requirements first.
pub(super) fn with_requirements<'project>(
    project: &'project Project,
    wanted: &[&str],
) -> Vec<&'project System> {
    fn visit<'project>(project: &'project Project, name: &str, found: &mut Vec<&'project System>) {
        let Some(system) = project.systems.get(name) else {
            return;
        };
        if found.iter().any(|known| known.name == name) {
            return;
        }
        for required in &system.requires {
            visit(project, required, found);
        }
        found.push(system);
    }
    let mut found = Vec::new();
    for name in wanted {
        visit(project, name, &mut found);
    }
    found
}
