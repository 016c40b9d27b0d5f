//! What differs between two policies, field by field, as both are written down. Knows nothing of
//! versions or authors.

use serde_json::Value;

use super::policy::Policy;
use super::policy_document::PolicyDocument;

/// A field that two policies fill differently.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub field: String,
    pub from: Value,
    pub to: Value,
}

/// The fields that differ, in the order in which a policy is shown.
#[must_use]
pub fn changes(from: &Policy, to: &Policy) -> Vec<Change> {
    let (from, to) = (PolicyDocument::of(from), PolicyDocument::of(to));
    // Both documents name every field, in one order.
    let pairs = from.fields().iter().zip(to.fields());
    pairs
        .filter(|((_, from), (_, to))| from != to)
        .map(|((field, from), (_, to))| Change {
            field: field.clone(),
            from: from.clone(),
            to: to.clone(),
        })
        .collect()
}
