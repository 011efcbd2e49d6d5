//! `create` and `alter` of functions, procedures and routines.

use std::ops::Range;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use super::syntax::{name_of_parts, says, span, tokens, words};
use super::{AlterRoutine, CreateRoutine, Name};

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
    };
    for option in options.into_iter().flat_map(|list| list.options()) {
        match &option {
            ast::FuncOption::SecurityDefinerFuncOption(_) => routine.security_definer = true,
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
