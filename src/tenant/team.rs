//! Staff: the built-in tenant whose users they are, who a browser of the console belongs to, and the
//! links that make somebody one of a team. Sessions are made by a settle only, so whoever was made
//! here signs in like anybody.

use std::sync::Arc;

use super::profile::TenantProfile;
use super::tenants::NewTenant;
use super::users::identifications;
use super::{TenantFault, Tenants};
use crate::credential::Password;
use crate::model::{Identifier, Millis, Span, TenantId, UserId};
use crate::store::sessions::{Session, SessionStatus};
use crate::store::team::{Guest, Invite, Membership, Role, StaffView, Taken};
use crate::store::tenants::TenantName;
use crate::store::users::{NewFactors, NewUser, User, UserRecord};
use crate::token::OpaqueSecret;

/// The slug of the tenant whose users the staff are.
pub const CONSOLE_SLUG: &str = "console";
/// How long an invitation is good for.
pub const INVITE_LIFE: Span = Span::DAY;
/// Staff who did nothing for so long sign in again.
pub const STAFF_IDLE: Span = Span::HOUR.times(12);
/// How often a session is marked as in use.
const TOUCHED_EVERY: Span = Span::MINUTE.times(5);

/// Somebody of the staff, signed in.
#[derive(Debug, Clone)]
pub struct Staff {
    pub session: Session,
    pub record: UserRecord,
    /// The tenants to choose from: at most 50, by name.
    pub memberships: Vec<Membership>,
    /// Of the session's forms.
    pub form_token: String,
}

impl Staff {
    #[must_use]
    pub const fn id(&self) -> &UserId {
        &self.record.user.id
    }

    /// Who acts, as the audit log has it.
    #[must_use]
    pub fn actor(&self) -> String {
        format!("staff:{}", self.id())
    }

    #[must_use]
    pub fn name(&self) -> String {
        staff_name(&self.record)
    }
}

/// The name, else the identifier, else the id.
#[must_use]
pub fn staff_name(record: &UserRecord) -> String {
    let user = &record.user;
    let parts = [user.first_name.as_deref(), user.last_name.as_deref()];
    let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if !name.trim().is_empty() {
        return name;
    }
    let first = record.identifications.first();
    first.map_or_else(|| user.id.to_string(), |identification| identification.value.clone())
}

/// What a link to join a team opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Welcome {
    Open {
        /// Name of the tenant; `None`: the whole installation.
        tenant: Option<String>,
        role: Role,
        /// The address that the link was mailed to.
        to: Option<String>,
    },
    /// Used, taken back, past its end, or never one of ours: not told apart.
    Shut,
}

/// Who takes an invitation.
pub enum Accepting {
    NewUser { identifier: Identifier, password: Password, name: String },
    Staff(UserId),
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    Joined,
    /// Used, taken back or past its end; nothing was done.
    Over,
    /// They are an owner there, and would be less; nothing was done.
    IsOwner,
    /// Somebody has an account with this identifier; nothing was done.
    NameTaken,
}

impl Tenants {
    /// The tenant of the staff, if it was made.
    ///
    /// # Errors
    /// As any read.
    pub async fn console(&self) -> Result<Option<Arc<TenantProfile>>, TenantFault> {
        let name = TenantName::Slug(CONSOLE_SLUG.to_owned());
        match self.find_cached(&name) {
            Some(found) => Ok(Some(found)),
            None => self.find(name).await,
        }
    }

    /// The tenant of the staff, made where there is none: live, so that no test address opens it, and
    /// nobody signs up.
    ///
    /// # Errors
    /// As any write.
    pub async fn console_home(&self) -> Result<Arc<TenantProfile>, TenantFault> {
        if let Some(found) = self.console().await? {
            return Ok(found);
        }
        let new = NewTenant {
            slug: CONSOLE_SLUG.to_owned(),
            name: "Lockkeeper".to_owned(),
            live: true,
            own_host: None,
            policy: None,
            support_email: None,
            redirect_urls: Vec::new(),
            brand_color: None,
            author: "lockkeeper".to_owned(),
        };
        match self.create_tenant(new).await {
            Ok(made) => Ok(made.profile),
            // Another node was first.
            Err(TenantFault::Conflict { .. }) => {
                self.console().await?.ok_or(TenantFault::Unavailable)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Whose browser this is, by the cookie of the console's tenant. A session that was idle for too
    /// long is ended: the sign-in page would else take it for one that goes on.
    ///
    /// # Errors
    /// As any read or write.
    pub async fn staff_of(
        &self,
        console: &TenantProfile,
        cookie: &str,
    ) -> Result<Option<Staff>, TenantFault> {
        let Ok(opened) = console.client_tokens().open(cookie) else { return Ok(None) };
        let (id, now) = (console.id().clone(), self.inner.clock.now());
        let found = self.inner.reader.staff_view(id, opened.client, now).await?;
        let genuine = |view: &StaffView| opened.rotating.matches(&view.client.rotating_hash);
        let Some(view) = found.filter(genuine) else { return Ok(None) };
        let StaffView { client, mut session, record, memberships } = view;
        let idle = now.since(session.last_active_at);
        if idle >= STAFF_IDLE {
            self.end_session(console, session.id, SessionStatus::Abandoned).await?;
            return Ok(None);
        }
        if idle >= TOUCHED_EVERY {
            self.touch_session(console, session.id.clone(), client.id).await?;
            session.last_active_at = now;
        }
        let form_token = console.form_tokens().of(&session.id);
        Ok(Some(Staff { session, record, memberships, form_token }))
    }

    /// Makes a link's secret that gives its holder `role` in the team of `profile`, once and for a
    /// day. It is shown this once. `actor` as in the audit log.
    ///
    /// # Errors
    /// As any write.
    pub async fn invite(
        &self,
        profile: &TenantProfile,
        role: Role,
        actor: &str,
    ) -> Result<OpaqueSecret, TenantFault> {
        let secret = OpaqueSecret::generate()?;
        let invite = new_invite(profile, &secret, role, actor, self.inner.clock.now());
        self.inner.store.invite(invite, None, None).await?;
        Ok(secret)
    }

    /// What a link opens, without opening it.
    ///
    /// # Errors
    /// As any read.
    pub async fn look_at_invite(&self, secret: &str) -> Result<Welcome, TenantFault> {
        let Some(secret) = OpaqueSecret::parse(secret) else { return Ok(Welcome::Shut) };
        // Whoever takes the first invitation makes it.
        let console = self.console().await?.map(|console| console.id().clone());
        let now = self.inner.clock.now();
        let found = self.inner.reader.open_invite(console, secret.digest(), now).await?;
        let Some(invite) = found else { return Ok(Welcome::Shut) };
        let Some(profile) = self.find(TenantName::Id(invite.tenant_id)).await? else {
            return Ok(Welcome::Shut);
        };
        let tenant = Some(profile.tenant.name.clone());
        let everywhere = profile.tenant.slug == CONSOLE_SLUG;
        let tenant = tenant.filter(|_| !everywhere);
        Ok(Welcome::Open { tenant, role: invite.role, to: invite.mailed_to })
    }

    /// Makes `who` one of the team of the invitation: account, role and the link's end in one
    /// transaction.
    ///
    /// # Errors
    /// As any write; `Busy` when the hashing queue is full.
    pub async fn accept_invite(
        &self,
        secret: &str,
        who: Accepting,
    ) -> Result<Accepted, TenantFault> {
        let Some(secret) = OpaqueSecret::parse(secret) else { return Ok(Accepted::Over) };
        // Before a password is hashed for it.
        if !matches!(self.look_at_invite(secret.expose()).await?, Welcome::Open { .. }) {
            return Ok(Accepted::Over);
        }
        let console = self.console_home().await?;
        let guest = match who {
            Accepting::Staff(id) => Guest::Staff(id),
            Accepting::NewUser { identifier, password, name } => {
                let hash = self.hashed(&console, password).await?;
                let phantoms = self.phantoms_of(&console, std::iter::once(&identifier.key));
                let now = self.inner.clock.now();
                let user = staff_user(console.id().clone(), hash, &name, now);
                let identifications = identifications(&user, &[identifier], now);
                let primary = identifications.first().map(|i| i.id.clone());
                let user = User { primary_identification_id: primary, ..user };
                let factors = NewFactors::default();
                Guest::New(Box::new(NewUser { user, identifications, phantoms, factors }))
            }
        };
        let taken = self.inner.store.take_invite(console.id().clone(), secret.digest(), guest);
        match taken.await.map_err(TenantFault::from) {
            Ok(Taken::Joined) => Ok(Accepted::Joined),
            Ok(Taken::Over) => Ok(Accepted::Over),
            Ok(Taken::IsOwner) => Ok(Accepted::IsOwner),
            Err(TenantFault::Conflict { .. }) => Ok(Accepted::NameTaken),
            Err(fault) => Err(fault),
        }
    }

    /// What `staff` may do in the console of a tenant; `None`: nothing, not even know of it.
    ///
    /// # Errors
    /// As any read.
    pub async fn role_in(
        &self,
        console: &TenantProfile,
        profile: &TenantProfile,
        staff: &UserId,
    ) -> Result<Option<Role>, TenantFault> {
        let (home, tenant) = (console.id().clone(), profile.id().clone());
        Ok(self.inner.reader.membership(home, tenant, staff.clone()).await?)
    }
}

/// An invitation to the team of `profile`, good for a day from `now`.
pub(super) fn new_invite(
    profile: &TenantProfile,
    secret: &OpaqueSecret,
    role: Role,
    actor: &str,
    now: Millis,
) -> Invite {
    Invite {
        tenant_id: profile.id().clone(),
        secret_hash: secret.digest(),
        role,
        made_by: actor.to_owned(),
        created_at: now,
        expires_at: now.after(INVITE_LIFE),
        used_at: None,
        used_by: None,
        mailed_to: None,
        mail_id: None,
        revoked_at: None,
    }
}

fn staff_user(tenant: TenantId, hash: String, name: &str, now: Millis) -> User {
    let (first, last) = name.split_once(' ').map_or((name, None), |(f, l)| (f, Some(l)));
    let mut user = User::blank(tenant, UserId::generate(now), now);
    user.password_hash = Some(hash);
    user.password_changed_at = Some(now);
    user.first_name = Some(first.to_owned()).filter(|name| !name.is_empty());
    user.last_name = last.map(str::to_owned);
    user
}
