//! Repeatable objects that are not as their files made them: changed by hand, or with no file any more.

use super::{Deployment, Part};

impl Part<'_> {
    /// Whether somebody changed a repeatable object, by its position, since it was applied; applying it puts it back.
    #[must_use]
    pub fn is_by_hand(&self, at: usize) -> bool {
        let object = self.deployed.objects.get(&self.objects[at].qualified());
        object.is_some_and(|object| object.by_hand)
    }
}

impl Deployment<'_> {
    /// A sentence for each object that is still there although its file is gone, in all systems of the deployment.
    #[must_use]
    pub fn without_file(&self) -> Vec<String> {
        let has =
            |part: &Part<'_>, name: &str| part.objects.iter().any(|one| one.qualified() == name);
        let mut sentences = Vec::new();
        for part in &self.parts {
            for (kind, name) in part.deployed.without_file(&part.objects) {
                // Its file may have moved to another system.
                if !self.parts.iter().any(|other| has(other, name)) {
                    sentences.push(format!(
                        "the file of {kind} {name} is gone, and it is still there: `drop {kind} {name};` in a migration removes it"
                    ));
                }
            }
        }
        sentences
    }
}
