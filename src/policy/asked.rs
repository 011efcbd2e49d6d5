//! The SQL of a policy file that commands ask which change nothing: `only_if`, which may speak of the catalog alone, and the
//! expression for the user, which is no more than one expression. Nobody may have read the file before.

use super::one_expression::several_expressions;
use super::only_if::{EXAMPLES, beyond_the_catalog};
use super::resolver::Resolver;
use super::spec::{Named, PolicyFile};

impl Resolver<'_> {
    /// Refuses SQL that could do more than commands which change nothing promise. Of a condition that is refused nothing is
    /// asked, also by what goes on with the rest of the file.
    pub(super) fn asked_sql(&mut self, entry: &PolicyFile) -> Option<String> {
        let mut condition = entry
            .policies
            .only_if
            .as_ref()
            .map(|one| one.sql.get_ref().clone());
        if let Some(only_if) = &entry.policies.only_if
            && let Some(why) = beyond_the_catalog(only_if.sql.get_ref())
        {
            self.mistake(
                &only_if.sql,
                format!("`only_if` asks for more than the catalog: {why}"),
                format!(
                    "commands that change nothing ask it, too: compare what {} and their like give, or relations of pg_catalog such as {}",
                    EXAMPLES[0], EXAMPLES[1]
                ),
            );
            condition = Some("false".to_owned());
        }
        let user = entry
            .context
            .as_ref()
            .and_then(|context| context.user.as_ref());
        if let Some(user) = user
            && let Some(why) = several_expressions(user.sql.get_ref())
        {
            self.one_expression(&user.sql, why);
        }
        condition
    }

    fn one_expression(&mut self, sql: &Named, why: String) {
        self.mistake(
            sql,
            format!("the user is not one expression: {why}"),
            "write an expression that could stand in a condition, as `auth.uid()`",
        );
    }
}
