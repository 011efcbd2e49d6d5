//! The access matrix as a table: roles beside tables, four letters a cell, the condition on hover.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Source;
use super::access::{Access, COMMANDS, cell};
use super::escape::text;
use super::links::table_id;

/// The matrix; nothing where no role is known.
pub(super) fn matrix(source: &Source<'_>) -> String {
    if source.roles.is_empty() {
        return String::new();
    }
    let mut html = String::from(
        "<section id=\"access\"><h2>Access</h2>\n<p class=\"legend\"><b class=\"rows\">S</b> the rows that policies let through \
         <b class=\"all\">S</b> every row <b class=\"bad\">S</b> a grant without a policy, or a policy without a grant. \
         S select, I insert, U update, D delete; the condition is shown on hover and by a click.</p>\n\
         <div class=\"wide\"><table class=\"matrix\"><thead><tr><th scope=\"col\">table</th>",
    );
    for role in &source.roles {
        let note = if role.bypasses {
            " <small>bypasses</small>"
        } else {
            ""
        };
        let _ = write!(html, "<th scope=\"col\">{}{note}</th>", text(&role.name));
    }
    html.push_str("</tr></thead><tbody>\n");
    // Most conditions hold for several roles.
    let mut conditions: BTreeMap<String, usize> = BTreeMap::new();
    for table in source.all_tables() {
        let state = match (table.row_security, table.force_row_security) {
            (true, true) => "forced",
            (true, false) => "enabled",
            _ => "off",
        };
        let _ = write!(
            html,
            "<tr data-t=\"{0}\"><th scope=\"row\"><a href=\"#t-{0}\">{1}</a> <small class=\"rls-{state}\">{state}</small></th>",
            table_id(&table.name),
            text(&table.name.to_string())
        );
        for role in &source.roles {
            html.push_str("<td>");
            for command in COMMANDS {
                let found = cell(source, table, role, command);
                let class = match found.access {
                    Access::Nothing => continue,
                    Access::Rows => "rows",
                    Access::Everything => "all",
                    Access::Broken => "bad",
                };
                let word = command.0.to_string();
                let letter = word.chars().next().unwrap_or(' ').to_ascii_uppercase();
                let next = conditions.len();
                let at = *conditions.entry(found.says).or_insert(next);
                let _ = write!(
                    html,
                    "<b class=\"{class}\" tabindex=\"0\" data-says=\"{at}\">{letter}</b>"
                );
            }
            html.push_str("</td>");
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody></table></div>\n<output id=\"cell\" aria-live=\"polite\"></output>\n");
    html.push_str("<ol id=\"conditions\" hidden>\n");
    let mut said: Vec<(usize, String)> = conditions
        .into_iter()
        .map(|(says, at)| (at, says))
        .collect();
    said.sort_unstable();
    for (_, says) in said {
        let _ = writeln!(html, "<li>{}</li>", text(&says));
    }
    html + "</ol></section>\n"
}
