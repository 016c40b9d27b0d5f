//! What was done, said once at the top of the next page. There are no notices that pass.

use serde::{Deserialize, Serialize};

/// Carried by a sealed cookie from one page to the next: nothing in it may be secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    pub words: String,
    /// A path, and the words that lead there: the way back.
    pub link: Option<(String, String)>,
}
