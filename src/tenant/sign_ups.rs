//! Sign-ups: opening, filling in, proving an address, and the user and session that come of it.
//! Whether the tenant lets anybody sign up is the door's to know. Knows no HTTP.

use std::sync::Arc;

use secrecy::SecretString;

use super::address_codes::Unproved;
use super::attempt_answer::AttemptAnswer;
use super::lanes::Browser;
use super::profile::TenantProfile;
use super::secret::{Attempt, Joins, Secret, TypedCode};
use super::sign_ins::ClientHandle;
use super::{TenantFault, Tenants};
use crate::credential::Password;
use crate::model::{
    CanonicalKey, ClientId, IdentificationId, Identifier, IdentifierKind, Millis, OneTimeCodeId,
    SignInId, SignUpId, Source, UserId,
};
use crate::store::SubjectKey;
use crate::store::factor::{FactorStep, Sent};
use crate::store::identifications::Identification;
use crate::store::one_time_codes::{CODE_LIFETIME, CodePurpose, OneTimeCode};
use crate::store::pending_identifications::{Claimant, PendingIdentification};
use crate::store::sign_ins::{Client, ClientUse, SignIn, SignInStatus};
use crate::store::sign_ups::{SignUp, SignUpCompletion, SignUpRecord};
use crate::store::users::{NewFactors, NewUser, User};
use crate::token::{CodeLength, ShortCodes};

/// What a person says about the user they want to be; `None`: nothing about it. Parsed.
#[derive(Default)]
pub struct SignUpForm {
    pub email: Option<Identifier>,
    pub username: Option<Identifier>,
    pub password: Option<Password>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// A JSON object.
    pub unsafe_metadata: Option<String>,
    pub locale: Option<String>,
    pub legal_accepted: Option<Legal>,
}

/// The tenant's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Legal {
    Accepted,
    NotAccepted,
}

/// A sign-up that was opened. `client_token` is the cookie of a client that was made for it.
pub struct OpenedSignUp {
    pub record: SignUpRecord,
    pub client: ClientId,
    /// The client as it was before, if it was there.
    pub known: Option<Client>,
    pub client_token: Option<String>,
}

/// What came of a code that was typed for a sign-up's address.
pub enum SignUpTry {
    /// The address is not the person's, or somebody has it by now.
    Unproved(Unproved),
    /// The address is proved; the username is another user's.
    UsernameTaken,
    /// The address is proved, something else is missing.
    Proved(SignUpRecord),
    /// The user was made; whether a session began is the attempt's to say.
    Complete(SignUpRecord, Box<AttemptAnswer>),
}

/// Who types a code.
pub struct SignUpVisitor {
    pub client: ClientId,
    pub source: Source,
    pub browser: Browser,
}

impl Tenants {
    /// A sign-up by its id.
    ///
    /// # Errors
    /// As any read.
    pub async fn sign_up(
        &self,
        profile: &TenantProfile,
        id: SignUpId,
    ) -> Result<Option<SignUpRecord>, TenantFault> {
        Ok(self.inner.reader.sign_up(profile.id().clone(), id).await?)
    }

    /// Opens a sign-up, or replaces the client's present one. Its names may be anybody's.
    ///
    /// # Errors
    /// `Busy` when the hashing queue is full; as any write.
    pub async fn open_sign_up(
        &self,
        profile: &TenantProfile,
        client: Option<&ClientHandle>,
        form: SignUpForm,
        source: Source,
    ) -> Result<OpenedSignUp, TenantFault> {
        let now = self.inner.clock.now();
        let (client_id, client_use, client_token) = match client {
            Some(known) => {
                (known.client.id.clone(), ClientUse::Existing(known.client.id.clone()), None)
            }
            None => {
                let (client, token) = self.new_client(profile, None)?;
                (client.id.clone(), ClientUse::New(client), Some(token))
            }
        };
        let tenant = profile.id().clone();
        let id = SignUpId::generate(now);
        let mut sign_up = SignUp::fresh(tenant, id.clone(), client_id.clone(), now);
        let (fill_in, address) = self.filled_in(profile, id, form, source).await?;
        fill_in(&mut sign_up);
        let record = SignUpRecord { sign_up, pending: address.into_iter().collect() };
        self.inner.store.open_sign_up(client_use, record.clone()).await?;
        let known = client.map(|known| known.client.clone());
        Ok(OpenedSignUp { record, client: client_id, known, client_token })
    }

    /// Adds to what a sign-up knows; an address takes the place of the one before it.
    ///
    /// # Errors
    /// `Conflict { what: "sign_up" }` when it is finished or replaced by now.
    pub async fn change_sign_up(
        &self,
        profile: &TenantProfile,
        id: SignUpId,
        form: SignUpForm,
        source: Source,
    ) -> Result<SignUpRecord, TenantFault> {
        let (fill_in, address) = self.filled_in(profile, id.clone(), form, source).await?;
        let tenant = profile.id().clone();
        self.inner.store.change_sign_up(tenant, id.clone(), fill_in, address).await?;
        self.sign_up(profile, id).await?.ok_or(TenantFault::NotFound)
    }

    /// What is to be said of the row of sign-up `id`, and its address. The password is hashed here, so
    /// the row may have changed by the time it is said.
    async fn filled_in(
        &self,
        profile: &TenantProfile,
        id: SignUpId,
        form: SignUpForm,
        source: Source,
    ) -> Result<(impl Fn(&mut SignUp) + Send + use<>, Option<PendingIdentification>), TenantFault>
    {
        let now = self.inner.clock.now();
        let hash = match form.password {
            Some(password) => Some(self.inner.pool.hash(profile.id(), source, password).await?),
            None => None,
        };
        let address = form.email.map(|email| {
            let (tenant, own) = (profile.id().clone(), IdentificationId::generate(now));
            PendingIdentification::named(tenant, own, Claimant::SignUp(id), &email, now)
        });
        let fill_in = move |sign_up: &mut SignUp| {
            if hash.is_some() {
                sign_up.password_hash.clone_from(&hash);
            }
            if let Some(name) = &form.username {
                sign_up.username = Some(name.display.clone());
                sign_up.username_key = Some(name.key.clone());
            }
            if form.first_name.is_some() {
                sign_up.first_name.clone_from(&form.first_name);
            }
            if form.last_name.is_some() {
                sign_up.last_name.clone_from(&form.last_name);
            }
            if let Some(metadata) = &form.unsafe_metadata {
                sign_up.unsafe_metadata.clone_from(metadata);
            }
            if form.locale.is_some() {
                sign_up.locale.clone_from(&form.locale);
            }
            match form.legal_accepted {
                Some(Legal::Accepted) => sign_up.legal_accepted_at = Some(now),
                Some(Legal::NotAccepted) => sign_up.legal_accepted_at = None,
                None => {}
            }
        };
        Ok((fill_in, address))
    }

    /// Tries a code for a sign-up's address: five tries a code, spent before the answer. With
    /// nothing else missing the user is made and signs in.
    ///
    /// # Errors
    /// `Conflict { what: "sign_up" }` when it is finished or replaced by now; as any write.
    pub async fn attempt_sign_up(
        &self,
        profile: &Arc<TenantProfile>,
        record: SignUpRecord,
        typed: &SecretString,
        visitor: SignUpVisitor,
    ) -> Result<SignUpTry, TenantFault> {
        let Some(address) = record.email().cloned() else {
            return Ok(SignUpTry::Unproved(Unproved::NotPrepared));
        };
        if let Err(why) = self.try_address_code(profile, &address, typed).await? {
            return Ok(SignUpTry::Unproved(why));
        }
        let tenant = profile.id().clone();
        self.inner.store.prove_pending(tenant, address.id.clone()).await?;
        let proved = self.sign_up(profile, record.sign_up.id).await?;
        self.finish_sign_up(profile, proved.ok_or(TenantFault::NotFound)?, visitor).await
    }

    /// Makes the user of a sign-up that lacks nothing, and signs it in.
    ///
    /// # Errors
    /// As [`Tenants::attempt_sign_up`].
    pub async fn finish_sign_up(
        &self,
        profile: &Arc<TenantProfile>,
        record: SignUpRecord,
        visitor: SignUpVisitor,
    ) -> Result<SignUpTry, TenantFault> {
        let proved = record.email().cloned().filter(|address| address.verified_at.is_some());
        let Some(address) = proved.filter(|_| record.missing().is_empty()) else {
            return Ok(SignUpTry::Proved(record));
        };
        let now = self.inner.clock.now();
        let id = record.sign_up.id.clone();
        let new = self.user_of(profile, &record.sign_up, &address, now);
        let completion = self.completion(profile, &record.sign_up, &address, new, now);
        let (sign_in, code) = (completion.sign_in.id.clone(), completion.code.id.clone());
        match self.inner.store.complete_sign_up(completion).await.map_err(TenantFault::from) {
            Ok(()) => {}
            Err(TenantFault::Conflict { what: "identifier" }) => {
                let key = address.canonical_key.clone();
                let taken = self.inner.reader.identified(profile.id().clone(), key).await?;
                return Ok(match taken {
                    Some(_) => SignUpTry::Unproved(Unproved::Claimed),
                    None => SignUpTry::UsernameTaken,
                });
            }
            Err(fault) => return Err(fault),
        }
        let answer = self.follow(profile, &address, (sign_in, code), visitor).await?;
        if let AttemptAnswer::Complete(signed_in) = &answer {
            let (tenant, session) = (profile.id().clone(), signed_in.session.clone());
            self.inner.store.note_sign_up_session(tenant, id.clone(), session).await?;
        }
        let record = self.sign_up(profile, id).await?.ok_or(TenantFault::NotFound)?;
        Ok(SignUpTry::Complete(record, Box::new(answer)))
    }

    fn user_of(
        &self,
        profile: &TenantProfile,
        sign_up: &SignUp,
        address: &PendingIdentification,
        now: Millis,
    ) -> NewUser {
        let id = UserId::generate(now);
        let mut user = User::blank(profile.id().clone(), id.clone(), now);
        user.password_hash.clone_from(&sign_up.password_hash);
        user.password_changed_at = sign_up.password_hash.as_ref().map(|_| now);
        user.first_name.clone_from(&sign_up.first_name);
        user.last_name.clone_from(&sign_up.last_name);
        user.unsafe_metadata.clone_from(&sign_up.unsafe_metadata);
        user.locale.clone_from(&sign_up.locale);
        user.legal_accepted_at = sign_up.legal_accepted_at;
        user.primary_identification_id = Some(address.id.clone());
        let name =
            |id, kind: &str, value: &str, key: &CanonicalKey, by: Option<&str>| Identification {
                tenant_id: profile.id().clone(),
                id,
                user_id: user.id.clone(),
                kind: kind.to_owned(),
                value: value.to_owned(),
                canonical_key: key.clone(),
                verified: true,
                created_at: now,
                updated_at: now,
                second_factor: false,
                verified_by: by.map(str::to_owned),
            };
        let (kind, value, key) = (&address.kind, &address.value, &address.canonical_key);
        let mut identifications =
            vec![name(address.id.clone(), kind, value, key, Some("email_code"))];
        if let (Some(username), Some(key)) = (&sign_up.username, &sign_up.username_key) {
            let kind = IdentifierKind::Username.as_str();
            identifications.push(name(IdentificationId::generate(now), kind, username, key, None));
        }
        let keys = identifications.iter().map(|i| &i.canonical_key);
        let phantoms = self.phantoms_of(profile, keys);
        NewUser { user, identifications, phantoms, factors: NewFactors::default() }
    }

    /// A sign-in of the new user that waits for a code which is handed on here and sent to nobody.
    fn completion(
        &self,
        profile: &TenantProfile,
        sign_up: &SignUp,
        address: &PendingIdentification,
        new: NewUser,
        now: Millis,
    ) -> SignUpCompletion {
        let tenant = profile.id().clone();
        let code = OneTimeCode {
            tenant_id: tenant.clone(),
            id: OneTimeCodeId::generate(now),
            subject: SubjectKey::user(&new.user.id),
            purpose: CodePurpose::SignIn,
            tries: 0,
            used_at: None,
            created_at: now,
            expires_at: now.after(CODE_LIFETIME),
            episode: None,
        };
        let named = Some((address.value.clone(), address.canonical_key.clone()));
        let (id, client) = (SignInId::generate(now), sign_up.client_id.clone());
        let status = SignInStatus::NeedsFirstFactor;
        let locale = sign_up.locale.clone();
        let mut sign_in = SignIn::fresh(tenant, id, client, status, named, locale, now);
        sign_in.prepared = Some("email_code".to_owned());
        sign_in.prepared_code = Some(code.id.clone());
        SignUpCompletion { id: sign_up.id.clone(), new, sign_in, code }
    }

    /// Signs the new user in, as everybody: past the gate and through the settle, where the lock of
    /// a phantom that was taken over still holds.
    async fn follow(
        &self,
        profile: &Arc<TenantProfile>,
        address: &PendingIdentification,
        (sign_in, code): (SignInId, OneTimeCodeId),
        visitor: SignUpVisitor,
    ) -> Result<AttemptAnswer, TenantFault> {
        let codes = ShortCodes::for_tenant(&self.inner.keys, profile.id());
        let typed = SecretString::from(codes.code(code.as_str(), CodeLength::Six));
        let (sent, step) = (Sent::Mail, FactorStep::First);
        self.attempt(Attempt {
            profile: Arc::clone(profile),
            key: address.canonical_key.clone(),
            secret: Secret::Code(TypedCode { typed, code, sent, step }),
            source: visitor.source,
            browser: visitor.browser,
            joins: Joins::SignIn(sign_in),
            client: Some(visitor.client),
        })
        .await
    }
}
