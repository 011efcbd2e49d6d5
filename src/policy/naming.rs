//! What policies are called, and the sentence in their comments.

use super::model::Policies;
use super::model::Table;
use super::predicate::Predicate;
use super::rule::Rule;
use crate::files::fingerprint;
use crate::sql::LONGEST_NAME;

/// `<table>_<rule>_<command>`; rules that would share a name get their roles' names as well.
pub(super) fn names(policies: &Policies, table: &Table, rules: &[Rule<'_>]) -> Vec<String> {
    let role_names = |rule: &Rule<'_>| {
        let names: Vec<_> = rule
            .roles
            .iter()
            .map(|role| policies.roles[*role].name.as_str())
            .collect();
        names.join("_")
    };
    let short = |rule: &Rule<'_>| {
        let predicate = rule
            .using
            .or(rule.check)
            .map(Predicate::rule)
            .unwrap_or_default();
        match (rule.is_application, predicate.as_str()) {
            (true, predicate) => predicate.to_owned(),
            (false, "all") => role_names(rule),
            (false, predicate) => format!("{}_{predicate}", role_names(rule)),
        }
    };
    let name = |parts: &[&str]| policy_name(&[&[table.name.as_str()], parts].concat());
    rules
        .iter()
        .map(|rule| {
            let rule_name = short(rule);
            let is_shared = rules
                .iter()
                .filter(|other| other.command == rule.command && short(other) == rule_name)
                .count()
                > 1;
            if is_shared {
                name(&[&rule_name, rule.command.word(), &role_names(rule)])
            } else {
                name(&[&rule_name, rule.command.word()])
            }
        })
        .collect()
}

/// "finance, leadership may update rows whose owner they are; afterwards: rows that are not approved."
pub(super) fn says(policies: &Policies, rule: &Rule<'_>) -> String {
    let names: Vec<_> = rule
        .roles
        .iter()
        .map(|role| policies.roles[*role].name.as_str())
        .collect();
    let rows = |predicate: &Predicate| {
        if predicate.is_all() {
            return "all rows".to_owned();
        }
        let words = predicate.terms.iter().map(|term| {
            let definition = &policies.macros[&term.name];
            definition.says.clone().unwrap_or_else(|| {
                format!(
                    "where {}",
                    Predicate {
                        terms: vec![term.clone()]
                    }
                )
            })
        });
        format!("rows {}", words.collect::<Vec<_>>().join(" and "))
    };
    let mut text = format!("{} may {} ", names.join(", "), rule.command.word());
    match (rule.using, rule.check) {
        (Some(using), Some(check)) if using != check => {
            text.push_str(&format!("{}, leaving {}", rows(using), rows(check)));
        }
        (using, check) => text.push_str(&using.or(check).map(rows).unwrap_or_default()),
    }
    if let Some(columns) = rule.columns {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        text.push_str(&format!(", changing only {}", columns.join(", ")));
    }
    text.push('.');
    text
}

/// Parts joined by `_`; a name that Postgres would cut keeps its beginning and gets a fingerprint.
pub(super) fn policy_name(parts: &[&str]) -> String {
    let name = parts.join("_");
    if name.len() <= LONGEST_NAME {
        return name;
    }
    let hash = fingerprint(&name);
    let mut end = LONGEST_NAME - 9;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{}", &name[..end], &hash[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_policy_names_are_cut_and_stay_different() {
        let long = "é".repeat(40);
        let [one, other] = ["select", "update"].map(|command| policy_name(&[&long, command]));
        assert!(one.len() <= LONGEST_NAME && one != other);
        assert_eq!(policy_name(&["a", "b"]), "a_b");
    }
}
