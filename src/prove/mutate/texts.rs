//! What can be broken inside a condition: its parts, its columns, its roles, and what becomes of null.

use super::operators::Maker;
use crate::catalog::Policy;
use crate::policy::RoleKind;
use crate::sql::{identifier, literal};

/// A new text for one of a policy's conditions, or for both.
type Setter = fn(&mut Policy, &str);

impl Maker<'_> {
    /// Every change inside the conditions of a policy.
    pub(super) fn texts(&mut self, at: usize, policy: &Policy, tenant: Option<&str>) {
        let (using, check) = (policy.using.as_deref(), policy.check.as_deref());
        let both: Setter = |one, text| {
            one.using = one.using.as_ref().map(|_| text.to_owned());
            one.check = one.check.as_ref().map(|_| text.to_owned());
        };
        let mut targets: Vec<(&str, Setter)> = Vec::new();
        match (using, check) {
            (Some(using), Some(check)) if using != check => {
                targets.push((using, |one, text| one.using = Some(text.to_owned())));
                targets.push((check, |one, text| one.check = Some(text.to_owned())));
            }
            (Some(text), _) | (None, Some(text)) => targets.push((text, both)),
            (None, None) => {}
        }
        for (text, set) in targets {
            for (operator, new) in self.variants(at, text, tenant) {
                if new != text {
                    self.of_policy(operator, at, policy, |one| set(one, &new));
                }
            }
        }
    }

    fn variants(&self, at: usize, text: &str, tenant: Option<&str>) -> Vec<(&'static str, String)> {
        let mut variants = Vec::new();
        for group in groups(text) {
            let swapped = if group.is_and {
                (" AND ", " OR ")
            } else {
                (" OR ", " AND ")
            };
            let parts: Vec<&str> = group
                .parts
                .iter()
                .map(|(start, end)| &text[*start..*end])
                .collect();
            let (first, last) = (group.parts[0].0, group.parts[group.parts.len() - 1].1);
            let operator = if group.is_and { "AND_OR" } else { "OR_AND" };
            variants.push((
                operator,
                format!(
                    "{}{}{}",
                    &text[..first],
                    parts.join(swapped.1),
                    &text[last..]
                ),
            ));
            let (operator, neutral) = if group.is_and {
                ("DROP_CONJUNCT", "true")
            } else {
                ("DROP_DISJUNCT", "false")
            };
            for (start, end) in &group.parts {
                variants.push((
                    operator,
                    format!("{}{neutral}{}", &text[..*start], &text[*end..]),
                ));
            }
        }
        variants.extend(self.roles_in(text));
        variants.extend(self.columns_in(at, text, tenant));
        if let Some(atom) = self.atom(at) {
            variants.push(("ADD_CONJUNCT", format!("({text}) and {atom}")));
            variants.push(("ADD_DISJUNCT", format!("({text}) or {atom}")));
        }
        variants.push(("FAIL_OPEN", format!("({text}) is not false")));
        variants
    }

    fn roles_in(&self, text: &str) -> Vec<(&'static str, String)> {
        let roles = self.context.intent.policies.roles.iter();
        let names: Vec<String> = roles
            .filter(|role| role.kind == RoleKind::Application)
            .map(|role| format!("'{}'::text", role.name))
            .collect();
        let other = names.iter().find(|name| !text.contains(*name));
        let mut variants = Vec::new();
        for name in names.iter().filter(|name| text.contains(*name)) {
            if let Some(other) = other {
                variants.push(("SWAP_ROLE", text.replacen(name, other, 1)));
            }
            variants.push(("DROP_ROLE", text.replacen(name, "'nobody at all'::text", 1)));
        }
        if let Some(other) = other {
            variants.push((
                "ADD_ROLE",
                text.replacen("ARRAY['", &format!("ARRAY[{other}, '"), 1),
            ));
        }
        variants
    }

    /// A condition that reads another column of the same type.
    fn columns_in(
        &self,
        at: usize,
        text: &str,
        tenant: Option<&str>,
    ) -> Vec<(&'static str, String)> {
        let columns = &self.context.world.tables[at].columns;
        let mut variants = Vec::new();
        for column in columns {
            let Some(other) = columns.iter().find(|other| {
                other.name != column.name
                    && other.type_name == column.type_name
                    && !text.contains(&other.name)
            }) else {
                continue;
            };
            let operator = if tenant == Some(column.name.as_str()) {
                "WRONG_TENANT_COL"
            } else {
                "WRONG_COL"
            };
            let from = format!("({} ", identifier(&column.name));
            let to = format!("({} ", identifier(&other.name));
            variants.push((operator, text.replacen(&from, &to, 1)));
        }
        variants
    }

    /// A condition that holds for some rows: a column of which conditions take notice has a certain value.
    fn atom(&self, at: usize) -> Option<String> {
        let table = &self.context.world.tables[at];
        let hints = self.context.hints;
        let mut columns: Vec<usize> = (0..table.columns.len())
            .filter(|column| !hints.tenants.contains(&(at, *column)) && !table.key.contains(column))
            .collect();
        columns.sort_by_key(|column| {
            let key = (at, *column);
            (!hints.users.contains(&key), !hints.read.contains(&key))
        });
        columns.into_iter().find_map(|column| {
            let value = table.rows.iter().find_map(|row| row[column].clone())?;
            let has_other = table
                .rows
                .iter()
                .any(|row| row[column].as_ref() != Some(&value));
            let name = identifier(&table.columns[column].name);
            has_other.then(|| format!("{name} = {}", literal(&value)))
        })
    }
}

/// Parts that are joined by the same word, inside of one pair of parentheses.
struct Group {
    is_and: bool,
    parts: Vec<(usize, usize)>,
}

/// Every such group at any depth; the server puts each part in parentheses.
fn groups(text: &str) -> Vec<Group> {
    let mut open: Vec<(usize, Vec<usize>, Option<bool>)> = vec![(0, Vec::new(), None)];
    let mut groups = Vec::new();
    let close = |end: usize, (start, cuts, is_and): (usize, Vec<usize>, Option<bool>)| {
        let is_and = is_and?;
        let joiner = if is_and { 5 } else { 4 };
        let mut parts = Vec::new();
        let mut from = start;
        for cut in cuts {
            parts.push((from, cut));
            from = cut + joiner;
        }
        parts.push((from, end));
        let is_whole = parts.iter().all(|(start, end)| {
            let part = text[*start..*end].trim();
            part.starts_with('(') || part.starts_with("NOT (") || !part.contains(' ')
        });
        is_whole.then_some(Group { is_and, parts })
    };
    let mut is_quoted = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '\'' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '(' => open.push((at + 1, Vec::new(), None)),
            ')' => {
                if let Some(group) = open.pop() {
                    groups.extend(close(at, group));
                }
            }
            ' ' => {
                let word = match &text[at..] {
                    rest if rest.starts_with(" AND ") => Some(true),
                    rest if rest.starts_with(" OR ") => Some(false),
                    _ => None,
                };
                if let (Some(is_and), Some(group)) = (word, open.last_mut()) {
                    group.1.push(at);
                    group.2 = Some(is_and);
                }
            }
            _ => {}
        }
    }
    if let Some(group) = open.pop() {
        groups.extend(close(text.len(), group));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_at_every_depth_and_not_in_texts() {
        let text = "((a = 'x AND y'::text) AND ((b = 1) OR c OR (NOT d)))";
        let parts: Vec<Vec<&str>> = groups(text)
            .iter()
            .map(|group| {
                group
                    .parts
                    .iter()
                    .map(|(start, end)| &text[*start..*end])
                    .collect()
            })
            .collect();
        assert_eq!(
            parts,
            [
                vec!["(b = 1)", "c", "(NOT d)"],
                vec!["(a = 'x AND y'::text)", "((b = 1) OR c OR (NOT d))"]
            ]
        );
        assert!(groups("( SELECT a FROM b WHERE (c = 1))").is_empty());
    }
}
