//! What runs inside `do` blocks, and inside routines that the same file calls: the SQL of their PL/pgSQL, found by the
//! lexer, at its own bytes of the file.

use std::ops::Range;

use crate::files::TextFile;
use crate::sql::tree::{self, Statement};
use crate::sql::{self, Token, TokenKind};

/// First words of the SQL that rules know something of.
const VERBS: &[&str] = &[
    "alter", "cluster", "comment", "create", "delete", "drop", "grant", "insert", "lock",
    "refresh", "reindex", "revoke", "truncate", "update",
];

/// What stands inside of a statement of the file.
pub(super) struct Inside {
    /// The statement that runs it, by its bytes.
    pub(super) outer: Range<usize>,
    pub(super) statements: Vec<Statement>,
}

/// The bodies that the statements of a file run, in their order.
pub(super) fn inside(file: &TextFile, statements: &[sql::Statement]) -> Vec<Inside> {
    let mut routines: Vec<(String, Range<usize>)> = Vec::new();
    let mut found = Vec::new();
    for statement in statements {
        let text = |token: &Token| file.text[token.span.clone()].to_ascii_lowercase();
        let words: Vec<String> = statement.tokens.iter().map(text).collect();
        let plpgsql = || {
            let language = words.iter().position(|word| word == "language");
            language.map(|at| {
                words
                    .get(at + 1)
                    .is_some_and(|name| name == "plpgsql" || name == "'plpgsql'")
            })
        };
        let mut bodies = Vec::new();
        match words.first().map(String::as_str) {
            Some("do") if plpgsql() != Some(false) => bodies.extend(body(file, &statement.tokens)),
            Some("create") if plpgsql() == Some(true) => {
                let name = routine(&words);
                if let Some((name, body)) = name.zip(body(file, &statement.tokens)) {
                    routines.push((name, body));
                }
            }
            Some("call" | "select") => {
                let called = |name: &str| {
                    words
                        .windows(2)
                        .any(|pair| pair[0] == name && pair[1] == "(")
                };
                let called = routines.iter().filter(|(name, _)| called(name));
                bodies.extend(called.map(|(_, body)| body.clone()));
            }
            _ => {}
        }
        for body in bodies {
            let (statements, _) = tree::read(&file.text, &pieces(file, &body));
            if !statements.is_empty() {
                found.push(Inside {
                    outer: statement.span.clone(),
                    statements,
                });
            }
        }
    }
    found
}

/// The bytes between the dollar quotes of a body.
fn body(file: &TextFile, tokens: &[Token]) -> Option<Range<usize>> {
    let token = tokens
        .iter()
        .find(|token| token.kind == TokenKind::DollarText)?;
    let tag = file.text[token.span.clone()][1..].find('$')? + 2;
    Some(token.span.start + tag..token.span.end - tag)
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

/// The bytes of the SQL in a body, statement by statement.
fn pieces(file: &TextFile, body: &Range<usize>) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let inner = TextFile::new(file.path.as_str(), &file.text[body.clone()]);
    let tokens = sql::tokens(&inner).unwrap_or_default();
    let mut keep = |span: Range<usize>| pieces.push(body.start + span.start..body.start + span.end);
    let is_end = |token: &Token| &inner.text[token.span.clone()] == ";";
    for chunk in tokens.split(is_end) {
        let mut chunk = chunk;
        loop {
            let word = |at: usize| {
                let token = chunk.get(at).map(|token| &inner.text[token.span.clone()]);
                token.map(str::to_ascii_lowercase).unwrap_or_default()
            };
            chunk = match word(0).as_str() {
                "" => break,
                "begin" | "else" | "loop" | "exception" => &chunk[1..],
                // `<<label>>`
                "<" => after(&inner, chunk, &[">"]).get(1..).unwrap_or_default(),
                "if" | "elsif" | "elseif" | "when" | "case" => after(&inner, chunk, &["then"]),
                "for" | "foreach" | "while" => after(&inner, chunk, &["loop"]),
                // Dynamic SQL that is written out.
                "execute" if chunk.len() == 2 => {
                    if let Some(span) = literal(&inner, &chunk[1]) {
                        keep(span);
                    }
                    break;
                }
                verb => {
                    if let (true, Some(last)) = (VERBS.contains(&verb), chunk.last()) {
                        keep(chunk[0].span.start..last.span.end);
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
        inside(&file, &sql::split(&file).unwrap())
            .into_iter()
            .flat_map(|inside| inside.statements)
            .map(|statement| file.text[statement.span].to_owned())
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
