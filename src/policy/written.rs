//! The definitions in a rendered statement, in parts that compare with what a server has.

use std::collections::BTreeSet;

use crate::files::TextFile;
use crate::sql::{Statement, Token, TokenKind, catalog_name, split};

/// A policy as `create policy` writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WrittenPolicy {
    /// As `pg_policy.polcmd` has it.
    pub(super) command: char,
    pub(super) is_permissive: bool,
    /// `public` for everybody.
    pub(super) roles: BTreeSet<String>,
    pub(super) using: Option<String>,
    pub(super) check: Option<String>,
}

/// A function as `create function` writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WrittenFunction {
    /// Everything from its parameters on.
    pub(super) definition: String,
    /// Who gets it, if that is said.
    pub(super) owner: Option<String>,
}

/// The one policy that a text creates; `None` where it creates none or several, or where something of it is not understood.
pub(super) fn policy(text: &str) -> Option<WrittenPolicy> {
    let file = TextFile::new("", text);
    let statements = split(&file).ok()?;
    let create = only(&statements, &[&["create", "policy"]])?;
    let mut reader = Reader {
        file: &file,
        tokens: create.tokens.get(2..)?,
    };
    reader.name()?;
    reader.word("on").then_some(())?;
    reader.name()?;
    if reader.symbol(".") {
        reader.name()?;
    }
    let mut policy = WrittenPolicy {
        command: '*',
        is_permissive: true,
        roles: BTreeSet::new(),
        using: None,
        check: None,
    };
    while !reader.tokens.is_empty() {
        if reader.word("as") {
            policy.is_permissive = reader.word("permissive");
            (policy.is_permissive || reader.word("restrictive")).then_some(())?;
        } else if reader.word("for") {
            policy.command = match reader.name()?.as_str() {
                "select" => 'r',
                "insert" => 'a',
                "update" => 'w',
                "delete" => 'd',
                "all" => '*',
                _ => return None,
            };
        } else if reader.word("to") {
            policy.roles.insert(reader.name()?);
            while reader.symbol(",") {
                policy.roles.insert(reader.name()?);
            }
        } else if reader.word("using") {
            policy.using = Some(reader.parenthesised()?);
        } else if reader.word("with") && reader.word("check") {
            policy.check = Some(reader.parenthesised()?);
        } else {
            return None;
        }
    }
    if policy.roles.is_empty() {
        policy.roles.insert("public".to_owned());
    }
    Some(policy)
}

/// The one function that a text creates; `None` where it creates none or several.
pub(super) fn function(text: &str) -> Option<WrittenFunction> {
    let file = TextFile::new("", text);
    let statements = split(&file).ok()?;
    let heads: [&[&str]; 2] = [
        &["create", "function"],
        &["create", "or", "replace", "function"],
    ];
    let create = only(&statements, &heads)?;
    let open = create
        .tokens
        .iter()
        .find(|token| &file.text[token.span.clone()] == "(")?;
    let owner = statements
        .iter()
        .filter(|one| one.starts_with(&["alter", "function"]))
        .find_map(|alter| {
            let [.., owner, to, name] = alter.tokens.as_slice() else {
                return None;
            };
            let says =
                |token: &Token, word| file.text[token.span.clone()].eq_ignore_ascii_case(word);
            (says(owner, "owner") && says(to, "to"))
                .then(|| catalog_name(&file.text[name.span.clone()]))
        });
    Some(WrittenFunction {
        definition: file.text[open.span.start..create.span.end].to_owned(),
        owner,
    })
}

/// The one statement that begins in one of these ways.
fn only<'a>(statements: &'a [Statement], heads: &[&[&str]]) -> Option<&'a Statement> {
    let mut found = statements
        .iter()
        .filter(|one| heads.iter().any(|head| one.starts_with(head)));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

struct Reader<'text> {
    file: &'text TextFile,
    tokens: &'text [Token],
}

impl Reader<'_> {
    fn text(&self) -> Option<&str> {
        let token = self.tokens.first()?;
        Some(&self.file.text[token.span.clone()])
    }

    fn skip_if(&mut self, is_it: bool) -> bool {
        if is_it {
            self.tokens = &self.tokens[1..];
        }
        is_it
    }

    fn word(&mut self, word: &str) -> bool {
        let is_it = self
            .text()
            .is_some_and(|text| text.eq_ignore_ascii_case(word));
        self.skip_if(is_it)
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let is_it = self.text() == Some(symbol);
        self.skip_if(is_it)
    }

    fn name(&mut self) -> Option<String> {
        let token = self.tokens.first()?;
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedName);
        let name = catalog_name(self.text()?);
        self.skip_if(is_name).then_some(name)
    }

    /// What stands between a parenthesis and the one that closes it, both included, so that it cannot end in a comment.
    fn parenthesised(&mut self) -> Option<String> {
        let start = self.tokens.first()?.span.start;
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate() {
            match &self.file.text[token.span.clone()] {
                "(" => depth += 1,
                ")" => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 {
                self.tokens = &self.tokens[at + 1..];
                let text = &self.file.text[start..token.span.end];
                return (at > 0).then(|| text.to_owned());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_in_parts() {
        let read = policy(
            "create policy \"of (it)\" on shop.\"Orders\"\n  as restrictive for update to clerk, \"Big Boss\"\n  \
             using ((a = ')') or (b)) with check (true -- so\n);\ncomment on policy x on shop.orders is 'y';",
        )
        .unwrap();
        assert_eq!(read.command, 'w');
        assert!(!read.is_permissive);
        assert_eq!(
            read.roles,
            BTreeSet::from(["clerk".to_owned(), "Big Boss".to_owned()])
        );
        assert_eq!(read.using.as_deref(), Some("((a = ')') or (b))"));
        assert_eq!(read.check.as_deref(), Some("(true -- so\n)"));
        let short = policy("create policy a on t using (true)").unwrap();
        assert_eq!((short.command, short.is_permissive), ('*', true));
        assert_eq!(short.roles, BTreeSet::from(["public".to_owned()]));
        assert_eq!(short.check, None);
    }

    #[test]
    fn what_is_not_one_policy_is_none() {
        for text in [
            "create policy a on t using (true",
            "create policy a on t using true",
            "create policy a on t to current_role, using (true)",
            "create policy a on t using (true) and more",
            "create policy a on t; create policy b on t;",
            "select 1",
        ] {
            assert_eq!(policy(text), None, "{text}");
        }
    }

    #[test]
    fn a_function_is_its_parameters_and_what_follows() {
        let read = function(
            "create or replace function \"a\".b(c text) returns bool language sql begin atomic select true; end;\n\
             alter function a.b(text) owner to \"Definer\";",
        )
        .unwrap();
        assert_eq!(
            read.definition,
            "(c text) returns bool language sql begin atomic select true; end"
        );
        assert_eq!(read.owner.as_deref(), Some("Definer"));
    }
}
