//! Webhook endpoints of a tenant: making, changing, removing them, new secrets, and deliveries once
//! more. What is said about them is read by the doors themselves.

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{OutboxId, Span, WebhookEndpointId, WebhookUrl};
use crate::store::events::EventKind;
use crate::store::webhook_deliveries::WebhookDelivery;
use crate::store::webhook_endpoints::{WebhookEndpoint, WebhookEndpointChange};
use crate::token::{WebhookSecret, WebhookSecrets};

/// How long a replaced secret goes on signing, where nothing else is asked for: a day to deploy the
/// new one.
pub const OVERLAP: Span = Span::DAY;
/// The longest that may be asked for.
pub const LONGEST_OVERLAP: Span = Span::DAY.times(7);

/// An endpoint to make.
#[derive(Debug, Clone)]
pub struct NewEndpoint {
    pub url: WebhookUrl,
    /// Empty: all, also those that come later.
    pub events: Vec<EventKind>,
    pub enabled: bool,
}

/// A change to an endpoint; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct EndpointChange {
    pub url: Option<WebhookUrl>,
    pub events: Option<Vec<EventKind>>,
    pub enabled: Option<bool>,
}

/// An endpoint with its newest secret, which is shown this once.
pub struct EndpointWithSecret {
    pub endpoint: WebhookEndpoint,
    pub secret: WebhookSecret,
}

impl Tenants {
    /// # Errors
    /// `Conflict { what: "webhook_endpoints" }` where there are as many as there may be.
    pub async fn create_webhook_endpoint(
        &self,
        profile: &TenantProfile,
        new: NewEndpoint,
        actor: &str,
    ) -> Result<EndpointWithSecret, TenantFault> {
        let now = self.inner.clock.now();
        let secret = WebhookSecret::generate()?;
        let sealed = WebhookSecrets::first(secret.clone()).seal(&self.inner.keys, profile.id())?;
        let endpoint = WebhookEndpoint {
            tenant_id: profile.id().clone(),
            id: WebhookEndpointId::generate(now),
            url: new.url.as_str().to_owned(),
            sealed,
            events: names(&new.events),
            enabled: new.enabled,
            failures: 0,
            failing_since: None,
            spared_until: None,
            off_because: None,
            created_at: now,
            updated_at: now,
        };
        self.inner.store.create_webhook_endpoint(endpoint.clone(), actor.to_owned()).await?;
        Ok(EndpointWithSecret { endpoint, secret })
    }

    /// The endpoint as changed; switching it on forgets its failures.
    ///
    /// # Errors
    /// `NotFound` for an unknown endpoint.
    pub async fn change_webhook_endpoint(
        &self,
        profile: &TenantProfile,
        id: WebhookEndpointId,
        change: EndpointChange,
        actor: &str,
    ) -> Result<WebhookEndpoint, TenantFault> {
        let change = WebhookEndpointChange {
            url: change.url.map(|url| url.as_str().to_owned()),
            sealed: None,
            events: change.events.map(|events| names(&events)),
            enabled: change.enabled,
        };
        self.save_webhook_endpoint(profile, id, change, actor).await
    }

    /// Gives an endpoint a new secret; the one before it goes on signing beside it for `overlap`, at
    /// most [`LONGEST_OVERLAP`].
    ///
    /// # Errors
    /// `NotFound` for an unknown endpoint.
    pub async fn rotate_webhook_secret(
        &self,
        profile: &TenantProfile,
        id: WebhookEndpointId,
        overlap: Span,
        actor: &str,
    ) -> Result<EndpointWithSecret, TenantFault> {
        let found = self.inner.reader.webhook_endpoint(profile.id().clone(), id.clone()).await?;
        let before = found.ok_or(TenantFault::NotFound)?;
        let (keys, now) = (&self.inner.keys, self.inner.clock.now());
        let secrets = WebhookSecrets::open(keys, profile.id(), &before.sealed)?;
        let secret = WebhookSecret::generate()?;
        let until = now.after(overlap.min(LONGEST_OVERLAP));
        let sealed = secrets.rotated(secret.clone(), until, now).seal(keys, profile.id())?;
        let change = WebhookEndpointChange { sealed: Some(sealed), ..Default::default() };
        let endpoint = self.save_webhook_endpoint(profile, id, change, actor).await?;
        Ok(EndpointWithSecret { endpoint, secret })
    }

    async fn save_webhook_endpoint(
        &self,
        profile: &TenantProfile,
        id: WebhookEndpointId,
        change: WebhookEndpointChange,
        actor: &str,
    ) -> Result<WebhookEndpoint, TenantFault> {
        let (tenant, actor) = (profile.id().clone(), actor.to_owned());
        Ok(self.inner.store.change_webhook_endpoint(tenant, id, change, actor).await?)
    }

    /// # Errors
    /// `NotFound` for an unknown endpoint.
    pub async fn remove_webhook_endpoint(
        &self,
        profile: &TenantProfile,
        id: WebhookEndpointId,
        actor: &str,
    ) -> Result<(), TenantFault> {
        let (tenant, actor) = (profile.id().clone(), actor.to_owned());
        Ok(self.inner.store.remove_webhook_endpoint(tenant, id, actor).await?)
    }

    /// Delivers once more, with the same id and bytes, whatever came of it before.
    ///
    /// # Errors
    /// `NotFound` for an unknown delivery; `Conflict { what: "webhook_endpoint" }` where the endpoint
    /// is switched off.
    pub async fn redeliver(
        &self,
        profile: &TenantProfile,
        endpoint: WebhookEndpointId,
        message: OutboxId,
        actor: &str,
    ) -> Result<WebhookDelivery, TenantFault> {
        let place = (profile.id().clone(), endpoint, message);
        Ok(self.inner.store.redeliver(place, actor.to_owned()).await?)
    }

    /// Delivers `body` to this endpoint alone, whatever it listens to.
    ///
    /// # Errors
    /// As [`Tenants::redeliver`].
    pub async fn test_webhook_endpoint(
        &self,
        profile: &TenantProfile,
        endpoint: WebhookEndpointId,
        body: String,
        actor: &str,
    ) -> Result<WebhookDelivery, TenantFault> {
        let message = (EventKind::EndpointTest, body);
        let (tenant, actor) = (profile.id().clone(), actor.to_owned());
        Ok(self.inner.store.deliver_alone(tenant, endpoint, message, actor).await?)
    }
}

fn names(events: &[EventKind]) -> String {
    let names: Vec<&str> = events.iter().map(|kind| kind.as_str()).collect();
    serde_json::json!(names).to_string()
}
