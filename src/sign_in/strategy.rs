//! The ways to pass a factor, in Clerk's words. Which of them this server can do now is one list.

/// A way to pass a factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strategy {
    Password,
    EmailCode,
    PhoneCode,
    EmailLink,
    ResetPasswordEmailCode,
    ResetPasswordPhoneCode,
    Ticket,
    Totp,
    BackupCode,
}

/// First factors that can be passed here.
pub const ENABLED_FIRST_FACTORS: &[Strategy] = &[
    Strategy::Password,
    Strategy::EmailCode,
    Strategy::EmailLink,
    Strategy::PhoneCode,
    Strategy::ResetPasswordEmailCode,
    Strategy::Ticket,
];

/// Second factors that can be passed here. One joins when its door is there: what is offered and
/// cannot be done leaves a person standing.
pub const ENABLED_SECOND_FACTORS: &[Strategy] =
    &[Strategy::Totp, Strategy::PhoneCode, Strategy::BackupCode];

/// Why a strategy cannot be used. Depends on the word alone, never on the identifier, so that the
/// answer says nothing about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrategyFault {
    /// No such word.
    Unknown,
    /// Known, but not switched on here.
    Disabled,
}

impl Strategy {
    pub const ALL: [Self; 9] = [
        Self::Password,
        Self::EmailCode,
        Self::PhoneCode,
        Self::EmailLink,
        Self::ResetPasswordEmailCode,
        Self::ResetPasswordPhoneCode,
        Self::Ticket,
        Self::Totp,
        Self::BackupCode,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::EmailCode => "email_code",
            Self::PhoneCode => "phone_code",
            Self::EmailLink => "email_link",
            Self::ResetPasswordEmailCode => "reset_password_email_code",
            Self::ResetPasswordPhoneCode => "reset_password_phone_code",
            Self::Ticket => "ticket",
            Self::Totp => "totp",
            Self::BackupCode => "backup_code",
        }
    }

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| strategy.as_str() == word)
    }
}

/// The first-factor strategy behind a word, if it can be used.
///
/// # Errors
/// [`StrategyFault`].
pub fn first_factor_strategy(word: &str) -> Result<Strategy, StrategyFault> {
    enabled(word, ENABLED_FIRST_FACTORS)
}

/// The second-factor strategy behind a word, if it can be used.
///
/// # Errors
/// [`StrategyFault`].
pub fn second_factor_strategy(word: &str) -> Result<Strategy, StrategyFault> {
    enabled(word, ENABLED_SECOND_FACTORS)
}

fn enabled(word: &str, list: &[Strategy]) -> Result<Strategy, StrategyFault> {
    let strategy = Strategy::parse(word).ok_or(StrategyFault::Unknown)?;
    if list.contains(&strategy) { Ok(strategy) } else { Err(StrategyFault::Disabled) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back_as_its_strategy() {
        for strategy in Strategy::ALL {
            assert_eq!(Strategy::parse(strategy.as_str()), Some(strategy));
        }
        assert_eq!(first_factor_strategy("password"), Ok(Strategy::Password));
        assert_eq!(first_factor_strategy("totp"), Err(StrategyFault::Disabled));
        assert_eq!(first_factor_strategy("oauth_nowhere"), Err(StrategyFault::Unknown));
        assert_eq!(second_factor_strategy("oauth_nowhere"), Err(StrategyFault::Unknown));
    }

    #[test]
    fn a_step_takes_the_strategies_of_its_list_and_no_other() {
        for strategy in Strategy::ALL {
            let word = strategy.as_str();
            let first = ENABLED_FIRST_FACTORS.contains(&strategy);
            let second = ENABLED_SECOND_FACTORS.contains(&strategy);
            assert_eq!(first_factor_strategy(word).is_ok(), first, "{word}");
            assert_eq!(second_factor_strategy(word).is_ok(), second, "{word}");
        }
    }
}
