//! The page: one file with its style, its script and a policy that allows nothing else.

use std::fmt::Write;

use super::Source;
use super::diagram::diagram;
use super::escape::text;
use super::links::{links, table_id};
use super::matrix::matrix;
use super::sections::{migrations, others, tables};
use crate::files::source_hash;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page as HTML.
#[must_use]
pub fn html(source: &Source<'_>) -> String {
    let title = text(source.title);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        source_hash(STYLE),
        source_hash(SCRIPT)
    );
    let _ = write!(
        page,
        "<header><h1>{title}</h1>\n<p class=\"facts\">{}</p>\n\
         <input id=\"search\" type=\"search\" placeholder=\"table or column\" aria-label=\"Search tables and columns\">\n\
         <button id=\"theme\" type=\"button\">light / dark</button></header>\n",
        counts(source)
    );
    navigation(&mut page, source);
    page.push_str("<main>\n<section id=\"diagram\"><h2>Diagram</h2>\n<p class=\"tools\">");
    for (id, label) in [
        ("closer", "closer"),
        ("farther", "farther"),
        ("whole", "whole"),
        ("everything", "all tables"),
    ] {
        let _ = write!(
            page,
            "<button id=\"{id}\" type=\"button\">{label}</button> "
        );
    }
    page.push_str(
        "<span>A circle in a box shows what is near it; once more, what is near that.</span></p>\n<div id=\"canvas\" tabindex=\"0\">\n",
    );
    page.push_str(&diagram(source));
    page.push_str("</div></section>\n");
    page.push_str(&matrix(source));
    page.push_str(&tables(source, &links(source.catalog)));
    page.push_str(&others(source));
    page.push_str(&migrations(source));
    let _ = write!(
        page,
        "</main>\n<footer>Made by <code>workroom docs</code> from the project's files, as Postgres {} has them.</footer>\n\
         <script>{SCRIPT}</script>\n</body>\n</html>\n",
        source.postgres
    );
    page
}

fn counts(source: &Source<'_>) -> String {
    let catalog = source.catalog;
    let counts = [
        (source.all_tables().len(), "tables"),
        (links(catalog).len(), "references"),
        (catalog.functions.len(), "functions"),
        (catalog.policies.len(), "policies"),
        (source.roles.len(), "roles"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    counts.join(" · ")
}

fn navigation(page: &mut String, source: &Source<'_>) {
    page.push_str("<nav aria-label=\"Tables\"><details open><summary>Contents</summary>\n<ul class=\"parts\">");
    for (id, label) in [
        ("diagram", "Diagram"),
        ("access", "Access"),
        ("tables", "Tables"),
        ("migrations", "Migrations"),
    ] {
        if id != "access" || !source.roles.is_empty() {
            let _ = write!(page, "<li><a href=\"#{id}\">{label}</a></li>");
        }
    }
    page.push_str("</ul>\n");
    for (band, schema) in source.schemas_with_tables().iter().enumerate() {
        let _ = write!(
            page,
            "<h2 class=\"band{}\">{}</h2><ul>",
            band % 6,
            text(schema)
        );
        for table in source.tables(schema) {
            let columns = source.catalog.columns_of(&table.name);
            let columns: Vec<String> = columns.map(|column| text(&column.name)).collect();
            let id = table_id(&table.name);
            let _ = write!(
                page,
                "<li data-t=\"{id}\" data-words=\"{} {}\"><a href=\"#t-{id}\">{}</a></li>",
                text(&table.name.to_string()),
                columns.join(" "),
                text(&table.name.name)
            );
        }
        page.push_str("</ul>\n");
    }
    page.push_str("</details></nav>\n");
}
