//! `create` and `alter` of functions, procedures and routines.

use std::ops::Range;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use super::Name;
use super::syntax::{name_of_parts, says, span, tokens, words};

#[derive(Clone, Debug)]
pub(crate) struct CreateRoutine {
    pub(crate) name: Name,
    pub(crate) replaces: bool,
    pub(crate) is_procedure: bool,
    pub(crate) language: String,
    /// How many arguments it declares.
    pub(crate) arguments: usize,
    /// `returns trigger` and `returns event_trigger`.
    pub(crate) is_trigger: bool,
    pub(crate) security_definer: bool,
    /// `return …` or `begin atomic … end`: names were resolved when it was created.
    pub(crate) standard_body: bool,
    /// The pinned search path: its value as written and the bytes of the clause.
    pub(crate) search_path: Option<(String, Range<usize>)>,
    /// Whether it is declared immutable or stable: its calls with the same arguments come to the same in a statement.
    pub(crate) is_fixed: bool,
    /// The text of its body, where it is one.
    pub(crate) body: Option<String>,
}

/// `alter function`, `alter procedure`, `alter routine`.
#[derive(Clone, Debug)]
pub(crate) struct AlterRoutine {
    pub(crate) name: Name,
    /// How many arguments it names; nothing where it goes by its name alone.
    pub(crate) arguments: Option<usize>,
    /// `security definer` or `security invoker`.
    pub(crate) security_definer: Option<bool>,
    /// What becomes of its search path: a value as written, or nothing for `reset`; and the bytes of the clause.
    pub(crate) search_path: Option<(Option<String>, Range<usize>)>,
}

impl AlterRoutine {
    /// Whether it may mean the routine.
    pub(crate) fn means(&self, name: &Name, arguments: usize) -> bool {
        name.is(&self.name) && self.arguments.is_none_or(|count| count == arguments)
    }
}

/// A function without arguments, until its caller knows better.
pub(super) fn created(
    name: Name,
    options: Option<ast::FuncOptionList>,
    standard_body: bool,
) -> CreateRoutine {
    let mut routine = CreateRoutine {
        name,
        replaces: false,
        is_procedure: false,
        language: "sql".to_owned(),
        arguments: 0,
        is_trigger: false,
        security_definer: false,
        standard_body,
        search_path: None,
        is_fixed: false,
        body: None,
    };
    for option in options.into_iter().flat_map(|list| list.options()) {
        match &option {
            ast::FuncOption::SecurityDefinerFuncOption(_) => routine.security_definer = true,
            ast::FuncOption::VolatilityFuncOption(_) => {
                routine.is_fixed = !says(option.syntax(), &["volatile"]);
            }
            ast::FuncOption::AsFuncOption(_) => {
                let text = tokens(option.syntax()).last();
                routine.body = text.and_then(|token| unquoted(token.text()));
            }
            ast::FuncOption::LanguageFuncOption(language) => {
                if let Some(language) = language.language_name() {
                    routine.language = language.name;
                }
            }
            ast::FuncOption::SetFuncOption(_) => {
                if let Some(path) = search_path(option.syntax()) {
                    routine.search_path = Some(path);
                }
            }
            _ => {}
        }
    }
    routine
}

/// `alter function` and its like, whatever it changes.
pub(super) fn altered(name: Name, arguments: Option<usize>, node: &SyntaxNode) -> AlterRoutine {
    let mut routine = AlterRoutine {
        name,
        arguments,
        security_definer: match () {
            () if says(node, &["security", "definer"]) => Some(true),
            () if says(node, &["security", "invoker"]) => Some(false),
            () => None,
        },
        search_path: None,
    };
    for option in node.descendants().filter_map(ast::FuncOption::cast) {
        match &option {
            ast::FuncOption::SetFuncOption(_) => {
                if let Some((path, span)) = search_path(option.syntax()) {
                    routine.search_path = Some((Some(path), span));
                }
            }
            ast::FuncOption::ResetFuncOption(_) => {
                let words = words(option.syntax());
                if words
                    .last()
                    .is_some_and(|what| what == "search_path" || what == "all")
                {
                    routine.search_path = Some((None, span(option.syntax())));
                }
            }
            _ => {}
        }
    }
    routine
}

/// What stands in a text, where no character of it is written in another way.
fn unquoted(text: &str) -> Option<String> {
    if let Some(inside) = text.strip_prefix('\'') {
        return Some(inside.strip_suffix('\'')?.replace("''", "'"));
    }
    let tag = text.strip_prefix('$')?.find('$')? + 2;
    Some(text.get(tag..text.len() - tag)?.to_owned())
}

/// The function that a call names.
pub(super) fn called(call: &ast::CallExpr) -> Option<Name> {
    name_of_parts(tokens(call.expr()?.syntax()))
}

/// The value of `set search_path = …` as written, and the bytes of the clause.
fn search_path(option: &SyntaxNode) -> Option<(String, Range<usize>)> {
    let words = words(option);
    let [_, setting, rest @ ..] = words.as_slice() else {
        return None;
    };
    if setting != "search_path" && setting != "\"search_path\"" {
        return None;
    }
    let value = match rest {
        [sign, value @ ..] if sign == "=" || sign == "to" => value,
        value => value,
    };
    Some((value.join(" "), span(option)))
}
