//! The short code of an unlock mail, typed instead of following the link: the same press. Whatever is
//! not right is answered alike, for identifiers that nobody has and accounts that are open as well.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::profile::TenantProfile;
use super::unlock::{PressAnswer, ROUNDS};
use super::{TenantFault, Tenants};
use crate::model::{Identifier, Source};
use crate::store::one_time_codes::{Compared, OneTimeCode};
use crate::store::unlock_codes::{CodePressRequest, CodePressed};
use crate::token::{CodeLength, ShortCodes};

/// What a typed code did.
#[derive(Debug, Clone)]
pub enum CodePress {
    /// It was right: what its press did.
    Pressed(PressAnswer),
    /// Not right, used up, of an earlier lock, or nobody's.
    Wrong,
    /// This source has tried too many; nothing was compared.
    TooMany { wait: Duration },
}

impl Tenants {
    /// Tries a code of an unlock mail. It spends a try of each code that the identifier's owner has
    /// and that is still good, before anything is answered; a right one presses in the same job.
    ///
    /// # Errors
    /// As any write: nothing was spent, nothing was unlocked, the code stays good.
    pub async fn press_code(
        &self,
        profile: &TenantProfile,
        identifier: &Identifier,
        typed: &SecretString,
        source: &Source,
    ) -> Result<CodePress, TenantFault> {
        let now = self.inner.clock.monotonic();
        if let Err(wait) = self.inner.code_tries.take(profile.id(), source, now) {
            return Ok(CodePress::TooMany { wait });
        }
        // Read before the press: a failure after it would deny an unlock that took effect.
        let tries = self.policy_in_force(profile).await?.max_attempts;
        let codes = ShortCodes::for_tenant(&self.inner.keys, profile.id());
        let nowhere = Source::from_stored(String::new());
        for _ in 0..ROUNDS {
            let subject = self.standing(profile, &identifier.key, &nowhere).await?.subject;
            let (tenant, now) = (profile.id().clone(), self.inner.clock.now());
            let live = self.inner.reader.unlock_codes(tenant, subject.clone(), now).await?;
            let compared = |code: OneTimeCode| {
                let typed = typed.expose_secret();
                let equal = codes.is_code(code.id.as_str(), CodeLength::Eight, typed);
                (code.id, if equal { Compared::Equal } else { Compared::Different })
            };
            let request = CodePressRequest {
                tenant: profile.id().clone(),
                key: identifier.key.clone(),
                subject,
                phantom: self.phantom(profile, &identifier.key),
                tried: live.into_iter().map(compared).collect(),
            };
            let asked = self.inner.directory.asked();
            match self.inner.store.press_code(request).await? {
                CodePressed::Pressed { user, pressed } => {
                    let answer = self.pressed(profile, user, *pressed, tries, asked).await?;
                    return Ok(CodePress::Pressed(answer));
                }
                CodePressed::Wrong => return Ok(CodePress::Wrong),
                CodePressed::Again => {}
            }
        }
        Err(TenantFault::Unavailable)
    }
}
