//! The mails that people of a tenant are sent, by what they are about: what can be looked at before one
//! is sent. Knows no words.

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTopic {
    Unlock,
    Unlocked,
    Code,
    SignInLink,
    AddressClaimed,
    SupportAck,
    Reply,
}

impl MailTopic {
    pub const ALL: [Self; 7] = [
        Self::Unlock,
        Self::Unlocked,
        Self::Code,
        Self::SignInLink,
        Self::AddressClaimed,
        Self::SupportAck,
        Self::Reply,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unlock => "unlock",
            Self::Unlocked => "unlocked",
            Self::Code => "code",
            Self::SignInLink => "sign_in_link",
            Self::AddressClaimed => "address_claimed",
            Self::SupportAck => "support_ack",
            Self::Reply => "reply",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == text)
    }
}
