//! Every extension that the system asks for is installed, at a version that will do.

use super::Scope;
use crate::report::Check;
use crate::sql;

pub(super) fn checks(scope: &Scope<'_>) -> Vec<Check> {
    let extensions = scope.system.extensions.iter();
    extensions
        .map(|wanted| {
            let live = scope.catalog.extension(&wanted.name);
            let installed = live.and_then(|extension| extension.installed.as_deref());
            let available = live.and_then(|extension| extension.available.as_deref());
            let mut check = scope.passed(
                &format!("extensions/{}", wanted.name),
                &format!("extension {}", wanted.name),
                &match &wanted.at_least {
                    Some(version) => format!("≥{version}"),
                    None => "installed".to_owned(),
                },
                installed.unwrap_or("not installed").to_owned(),
            );
            check.passed = installed.is_some_and(|version| wanted.accepts(version));
            if check.passed {
                return check;
            }
            let name = sql::identifier(&wanted.name);
            let will_do = available.is_some_and(|version| wanted.accepts(version));
            check.hint = Some(match (installed, will_do) {
                (Some(_), true) => format!("run `alter extension {name} update` as its owner"),
                (None, true) => format!(
                    "{}, or have an administrator run `create extension {name}`",
                    scope.migrate()
                ),
                (_, false) => format!(
                    "install a package with {} on the server, then {}",
                    match &wanted.at_least {
                        Some(version) => format!("{} {version} or later", wanted.name),
                        None => wanted.name.clone(),
                    },
                    scope.migrate()
                ),
            });
            if let Some(available) = available {
                check
                    .details
                    .push(format!("the server has version {available} to install"));
            }
            check
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::deployed;

    #[test]
    fn an_extension_must_be_installed_and_new_enough() {
        let mut sample = deployed();
        assert_eq!(sample.passes("extensions/vector").found, "0.8.5");
        sample.catalog.extensions[0].installed = Some("0.4.4".to_owned());
        let check = sample.fails("extensions/vector");
        assert_eq!(
            (check.expected.as_str(), check.found.as_str()),
            ("≥0.5", "0.4.4")
        );
        assert!(
            check
                .hint
                .unwrap()
                .contains("alter extension vector update")
        );
        sample.catalog.extensions[0].installed = None;
        assert!(
            sample
                .fails("extensions/vector")
                .hint
                .unwrap()
                .contains("create extension vector")
        );
        sample.catalog.extensions.clear();
        let check = sample.fails("extensions/vector");
        assert_eq!(check.found, "not installed");
        assert!(
            check
                .hint
                .unwrap()
                .contains("install a package with vector 0.5 or later")
        );
    }
}
