//! No trigger is switched off: what it guards would go unguarded in silence.

use super::{Rule, Scope, with_hint};
use crate::catalog::{Trigger, TriggerEnabled};
use crate::report::Check;
use crate::sql;

const RULE: Rule = Rule {
    key: "triggers/enabled",
    name: "enabled triggers",
    expected: "every trigger",
    subject: "triggers",
};

pub(super) fn check(scope: &Scope<'_>) -> Option<Check> {
    let triggers: Vec<&Trigger> = scope
        .catalog
        .triggers
        .iter()
        .filter(|trigger| scope.owns(&trigger.relation))
        .collect();
    if triggers.is_empty() {
        return None;
    }
    let off: Vec<&&Trigger> = triggers
        .iter()
        .filter(|trigger| {
            matches!(
                trigger.enabled,
                TriggerEnabled::Disabled | TriggerEnabled::Replica
            )
        })
        .collect();
    let details = off
        .iter()
        .map(|trigger| {
            let how = match trigger.enabled {
                TriggerEnabled::Replica => "fires only while changes are replicated",
                _ => "disabled",
            };
            format!(
                "{} on {}: {how}",
                sql::identifier(&trigger.name),
                trigger.relation
            )
        })
        .collect();
    let check = scope.every(&RULE, triggers.len(), details);
    Some(with_hint(check, || {
        let statement = off.first().map(|trigger| {
            let name = sql::identifier(&trigger.name);
            format!("alter table {} enable trigger {name}", trigger.relation)
        });
        format!("run `{}`", statement.unwrap_or_default())
    }))
}

#[cfg(test)]
mod tests {
    use super::super::sample::deployed;
    use crate::catalog::TriggerEnabled;

    #[test]
    fn a_trigger_that_is_switched_off_is_named() {
        let mut sample = deployed();
        sample.passes("triggers/enabled");
        sample.catalog.triggers[0].enabled = TriggerEnabled::Always;
        sample.passes("triggers/enabled");
        sample.catalog.triggers[0].enabled = TriggerEnabled::Disabled;
        let check = sample.fails("triggers/enabled");
        assert_eq!(check.details, ["orders_touch on shop.orders: disabled"]);
        sample.catalog.triggers[0].enabled = TriggerEnabled::Replica;
        sample.fails("triggers/enabled");
    }
}
