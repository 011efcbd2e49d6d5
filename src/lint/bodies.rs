//! What runs inside `do` blocks, and inside routines that the same file calls: the SQL of their PL/pgSQL, found by the
//! lexer, at its own bytes of the file.

use std::ops::Range;

use super::routines::Routines;
use crate::files::TextFile;
use crate::sql::tree::{self, Statement};
use crate::sql::{self, Name, Token, TokenKind};

/// First words of the SQL that rules know something of.
const VERBS: &[&str] = &[
    "alter", "cluster", "comment", "create", "delete", "drop", "grant", "insert", "lock", "merge",
    "refresh", "reindex", "revoke", "truncate", "update", "with",
];

/// What stands inside of a statement of the file.
pub(super) struct Inside {
    /// The statement that runs it, by its bytes.
    pub(super) outer: Range<usize>,
    /// Each with whether it runs again and again.
    pub(super) statements: Vec<(Statement, bool)>,
    /// Whether something in the body commits.
    pub(super) commits: bool,
    /// Whether the body is one of an earlier file; the statements then have the bytes of `outer`.
    pub(super) elsewhere: bool,
}

/// A routine's body in a file.
#[derive(Clone)]
struct Body {
    span: Range<usize>,
    /// In SQL every statement counts, in PL/pgSQL those that are recognised.
    is_sql: bool,
}

/// The bodies that the statements of a file run, in their order; of routines those that the file or an earlier one makes.
pub(super) fn inside(
    file: &TextFile,
    statements: &[sql::Statement],
    earlier: &Routines,
) -> Vec<Inside> {
    let mut routines: Vec<(String, Body)> = Vec::new();
    let mut found = Vec::new();
    for statement in statements {
        let text = |token: &Token| file.text[token.span.clone()].to_ascii_lowercase();
        let words: Vec<String> = statement.tokens.iter().map(text).collect();
        let language = || {
            let at = words.iter().position(|word| word == "language")?;
            words
                .get(at + 1)
                .map(|name| name.trim_matches('\'').to_owned())
        };
        let body = |is_sql| {
            let span = body(file, &statement.tokens)?;
            Some(Body { span, is_sql })
        };
        let mut keep = |file: &TextFile, body: &Body, elsewhere| {
            let mut statements = statements_of(file, body);
            if elsewhere {
                for (inner, _) in &mut statements {
                    inner.span = statement.span.clone();
                }
            }
            if !statements.is_empty() {
                found.push(Inside {
                    outer: statement.span.clone(),
                    statements,
                    commits: commits(file, body),
                    elsewhere,
                });
            }
        };
        match words.first().map(String::as_str) {
            Some("do") if language().is_none_or(|language| language == "plpgsql") => {
                if let Some(body) = body(false) {
                    keep(file, &body, false);
                }
            }
            Some("create") => {
                let language = language().filter(|it| ["plpgsql", "sql"].contains(&it.as_str()));
                let Some(language) = language else { continue };
                let name = routine(&words);
                if let Some((name, body)) = name.zip(body(language == "sql")) {
                    routines.push((name, body));
                }
            }
            Some("call" | "select") => {
                for name in called(&words) {
                    let here = routines.iter().rev().find(|(known, _)| *known == name.name);
                    if let Some((_, body)) = here {
                        keep(file, body, false);
                        continue;
                    }
                    let known = earlier.routine(&name);
                    let text = known.and_then(|known| known.body.as_deref());
                    if let Some((known, text)) = known.zip(text) {
                        let body = Body {
                            span: 0..text.len(),
                            is_sql: known.language == "sql",
                        };
                        keep(&TextFile::new("", text), &body, true);
                    }
                }
            }
            _ => {}
        }
    }
    found
}

fn commits(file: &TextFile, body: &Body) -> bool {
    let inner = TextFile::new("", &file.text[body.span.clone()]);
    let is_commit = |token: &Token| inner.text[token.span.clone()].eq_ignore_ascii_case("commit");
    sql::tokens(&inner)
        .unwrap_or_default()
        .iter()
        .any(is_commit)
}

/// The names in front of parentheses.
fn called(words: &[String]) -> Vec<Name> {
    let open = (1..words.len()).filter(|at| words[*at] == "(");
    open.map(|at| Name {
        schema: (at > 2 && words[at - 2] == ".").then(|| words[at - 3].clone()),
        name: words[at - 1].clone(),
    })
    .collect()
}

fn statements_of(file: &TextFile, body: &Body) -> Vec<(Statement, bool)> {
    let pieces = pieces(file, body);
    let spans: Vec<Range<usize>> = pieces.iter().map(|(span, _)| span.clone()).collect();
    let (statements, _) = tree::read(&file.text, &spans);
    let in_loop = |statement: &Statement| {
        let mut pieces = pieces.iter();
        pieces.any(|(span, in_loop)| *in_loop && span.contains(&statement.span.start))
    };
    statements
        .into_iter()
        .map(|statement| {
            let in_loop = in_loop(&statement);
            (statement, in_loop)
        })
        .collect()
}

/// The bytes between the quotes of a body, where each stands for itself.
fn body(file: &TextFile, tokens: &[Token]) -> Option<Range<usize>> {
    let dollar = tokens
        .iter()
        .find(|token| token.kind == TokenKind::DollarText);
    if let Some(token) = dollar {
        let tag = file.text[token.span.clone()][1..].find('$')? + 2;
        return Some(token.span.start + tag..token.span.end - tag);
    }
    let text = |token: &Token| &file.text[token.span.clone()];
    let at = tokens
        .iter()
        .position(|token| text(token).eq_ignore_ascii_case("as"))?;
    let token = tokens.get(at + 1)?;
    let inside = text(token).strip_prefix('\'')?.strip_suffix('\'')?;
    (!inside.contains('\'')).then(|| token.span.start + 1..token.span.end - 1)
}

/// The last part of a routine's name.
fn routine(words: &[String]) -> Option<String> {
    let kind = words
        .iter()
        .position(|word| word == "function" || word == "procedure")?;
    let open = words
        .iter()
        .position(|word| word == "(")
        .filter(|open| *open > kind)?;
    words.get(open - 1).cloned()
}

/// The bytes of the SQL in a body, statement by statement, and whether each stands in a loop.
fn pieces(file: &TextFile, body: &Body) -> Vec<(Range<usize>, bool)> {
    let mut pieces = Vec::new();
    let start = body.span.start;
    let inner = TextFile::new(file.path.as_str(), &file.text[body.span.clone()]);
    let tokens = sql::tokens(&inner).unwrap_or_default();
    let is_end = |token: &Token| &inner.text[token.span.clone()] == ";";
    let mut loops = 0_usize;
    for chunk in tokens.split(is_end) {
        let mut chunk = chunk;
        if let (true, Some((first, last))) = (body.is_sql, chunk.first().zip(chunk.last())) {
            pieces.push((start + first.span.start..start + last.span.end, false));
            continue;
        }
        loop {
            let word = |at: usize| {
                let token = chunk.get(at).map(|token| &inner.text[token.span.clone()]);
                token.map(str::to_ascii_lowercase).unwrap_or_default()
            };
            let mut keep = |span: Range<usize>, loops: usize| {
                pieces.push((start + span.start..start + span.end, loops > 0));
            };
            chunk = match word(0).as_str() {
                "" => break,
                "loop" => {
                    loops += 1;
                    &chunk[1..]
                }
                "end" if word(1) == "loop" => {
                    loops = loops.saturating_sub(1);
                    break;
                }
                "begin" | "else" | "exception" => &chunk[1..],
                // `<<label>>`
                "<" => after(&inner, chunk, &[">"]).get(1..).unwrap_or_default(),
                "if" | "elsif" | "elseif" | "when" | "case" => after(&inner, chunk, &["then"]),
                "for" | "foreach" | "while" => {
                    let query = after(&inner, chunk, &["in"]);
                    let rest = after(&inner, chunk, &["loop"]);
                    let query = &query[..query.len().saturating_sub(rest.len() + 1)];
                    let text = |token: &Token| inner.text[token.span.clone()].to_ascii_lowercase();
                    let begins = query.first().map(text).unwrap_or_default();
                    if let (true, Some((first, last))) = (
                        begins == "select" || begins == "with",
                        query.first().zip(query.last()),
                    ) {
                        keep(first.span.start..last.span.end, loops);
                    }
                    loops += 1;
                    rest
                }
                // Dynamic SQL that is written out.
                "execute" if chunk.len() == 2 => {
                    if let Some(span) = literal(&inner, &chunk[1]) {
                        keep(span, loops);
                    }
                    break;
                }
                verb => {
                    if let (true, Some(last)) = (VERBS.contains(&verb), chunk.last()) {
                        keep(chunk[0].span.start..last.span.end, loops);
                    }
                    break;
                }
            };
        }
    }
    pieces
}

/// What follows the first of these words outside of parentheses.
fn after<'tokens>(file: &TextFile, tokens: &'tokens [Token], words: &[&str]) -> &'tokens [Token] {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        let text = file.text[token.span.clone()].to_ascii_lowercase();
        match text.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            word if depth == 0 && words.contains(&word) => return &tokens[at + 1..],
            _ => {}
        }
    }
    &[]
}

/// The bytes of a text that stands for itself.
fn literal(file: &TextFile, token: &Token) -> Option<Range<usize>> {
    let text = &file.text[token.span.clone()];
    let inside = match token.kind {
        TokenKind::Text if text.starts_with('\'') && !text[1..text.len() - 1].contains('\'') => {
            token.span.start + 1..token.span.end - 1
        }
        TokenKind::DollarText => {
            let tag = text[1..].find('$')? + 2;
            token.span.start + tag..token.span.end - tag
        }
        _ => return None,
    };
    let first = file.text[inside.clone()].split_whitespace().next()?;
    let is_known = VERBS.contains(&first.to_ascii_lowercase().as_str());
    is_known.then_some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{says, scripts};

    fn found(text: &str) -> Vec<String> {
        let file = TextFile::new("a.sql", text);
        inside(&file, &sql::split(&file).unwrap(), &Routines::default())
            .into_iter()
            .flat_map(|inside| inside.statements)
            .map(|(statement, _)| file.text[statement.span].to_owned())
            .collect()
    }

    #[test]
    fn sql_is_found_behind_every_control_word() {
        let text = "do $é$ declare a int := 1; r record; begin\n\
            if exists (select 1 from x where y > 2) then alter table s.t add b int; elsif a > 1 then drop table u; else truncate v; end if;\n\
            <<l>> for r in select id from t where then_what loop update t set é = 'x;y' where id = r.id; end loop;\n\
            while a < 3 loop a := a + 1; delete from t; end loop;\n\
            execute 'create index i on t (a)'; execute $q$lock table w$q$; execute format('drop table %I', 'z');\n\
            perform f(); insert into t values (1) returning id into a;\n\
            exception when others then drop view q; end $é$;";
        assert_eq!(
            found(text),
            [
                "alter table s.t add b int",
                "drop table u",
                "truncate v",
                "select id from t where then_what",
                "update t set é = 'x;y' where id = r.id",
                "delete from t",
                "create index i on t (a)",
                "lock table w",
                // PL/pgSQL's own `into` is left out.
                "insert into t values (1) returning id",
                "drop view q",
            ]
        );
    }

    #[test]
    fn routines_count_when_the_file_calls_them() {
        let make = "create or replace procedure s.p(a int) language plpgsql as $$ begin truncate t; end $$;";
        assert_eq!(found(make), [""; 0]);
        assert_eq!(found(&format!("{make} call s.p(1);")), ["truncate t"]);
        assert_eq!(found("do language plperl $$ drop table t; $$;"), [""; 0]);
    }

    #[test]
    fn rules_speak_at_the_place_inside_and_are_allowed_there_or_around() {
        let rule = "set-not-null-scans";
        let body = "do $$\nbegin\n  alter table t alter a set not null;\nend $$;\n";
        assert_eq!(says(rule, body).len(), 1);
        assert!(
            says(rule, body)[0].starts_with("3:17 "),
            "{:?}",
            says(rule, body)
        );
        let allow = "-- workroom: allow set-not-null-scans because it is small\n";
        assert_eq!(says(rule, &format!("{allow}{body}")), [""; 0]);
        let inner = body.replace("  alter", &format!("  {allow}  alter"));
        assert_eq!(says(rule, &inner), [""; 0]);
        assert_eq!(says("unused-allow", &inner), [""; 0]);
        // What the block itself has made is new.
        assert_eq!(
            says(
                rule,
                "do $$ begin create table t (a int); alter table t alter a set not null; end $$;"
            ),
            [""; 0]
        );
    }

    #[test]
    fn nothing_inside_is_mended_by_itself() {
        let text = "do $$ begin create index i on t (a); end $$;";
        assert_eq!(says("create-index-blocks-writes", text).len(), 1);
        let scripts = scripts(text);
        let fixed = crate::lint::fix(&scripts, &[0], &["missing-lock-timeout".to_owned()]);
        assert!(fixed.is_empty(), "{fixed:?}");
    }
}
