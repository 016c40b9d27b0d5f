//! The hash that nobody's password gives: checked for identifiers that nobody has, so that they cost
//! what real ones cost and answer as late. One per process, because the cost of new hashes is one
//! setting; an imported hash keeps its own cost until its owner's next right password.

use super::hash::{Arena, HashCost, HashFault};
use super::password::Password;
use super::stored_hash::{PhcHash, Verdict};

/// A hash with a random tag. It takes the code path of a real one; only the answer is fixed.
#[derive(Debug, Clone)]
pub struct Decoy(PhcHash);

impl Decoy {
    /// A decoy that costs what new hashes cost.
    ///
    /// # Errors
    /// [`HashFault::Random`].
    pub fn for_cost(cost: HashCost) -> Result<Self, HashFault> {
        PhcHash::random(cost).map(Self)
    }

    /// The same work as a real check; always [`Verdict::Wrong`].
    ///
    /// # Errors
    /// As a real check's.
    pub fn check(
        &self,
        password: &Password,
        present: HashCost,
        arena: &mut Arena,
    ) -> Result<Verdict, HashFault> {
        self.0.check(password, present, arena).map(|_| Verdict::Wrong)
    }

    #[must_use]
    pub const fn cost(&self) -> HashCost {
        self.0.cost()
    }
}
