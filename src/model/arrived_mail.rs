//! A mail that came in, as plain data: what `mail` has read in it and `tenant` takes. Knows no MIME
//! and nobody's address.

/// What a mail says, as far as anybody wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrivedMail {
    /// Whom it was delivered to, as its header says, the surest first; at most 50.
    pub recipients: Vec<String>,
    /// SHA-256 (hex) of its Message-ID, or of the whole message where it has none.
    pub mark: String,
    pub author: MailAuthor,
    /// What its author wrote, without what was quoted, and the names of what was attached; bounded.
    pub text: String,
    /// That a mail of ours did not arrive.
    pub report: Option<BounceReport>,
}

/// Who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailAuthor {
    Person,
    /// An absence note, a list, a receipt, a report: it is not answered and nobody waits for it.
    Machine,
}

/// That a mail of ours was given up on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BounceReport {
    pub blame: BounceBlame,
    /// One bounded line without the address.
    pub why: String,
}

/// What a mail was given up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BounceBlame {
    /// Nobody has the address: others would come back too.
    Address,
    /// The message, the way, or a mailbox that is full.
    Message,
}
