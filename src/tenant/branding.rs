//! What a tenant's pages and mails wear: its logos. Name, colour, address and texts are changed with its
//! other settings (`tenants`).

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::branding::{Logo, LogoFor};
use crate::model::picture::Picture;
use crate::token::sha256_hex;

/// Digits of the content's hash in a file's name.
const HASH_DIGITS: usize = 16;

impl Tenants {
    /// Makes `bytes`, which were read as `picture`, the logo for one ground.
    ///
    /// # Errors
    /// As any write.
    pub async fn set_logo(
        &self,
        profile: &TenantProfile,
        ground: LogoFor,
        (picture, bytes): (Picture, Vec<u8>),
        actor: &str,
    ) -> Result<(), TenantFault> {
        let hash: String = sha256_hex(&bytes).chars().take(HASH_DIGITS).collect();
        let file = format!("logo.{hash}.{}", picture.kind.ending());
        let logo = Logo { file, width: picture.width, height: picture.height };
        self.save_logo(profile, ground, Some((logo, bytes)), actor).await
    }

    /// # Errors
    /// As any write.
    pub async fn remove_logo(
        &self,
        profile: &TenantProfile,
        ground: LogoFor,
        actor: &str,
    ) -> Result<(), TenantFault> {
        self.save_logo(profile, ground, None, actor).await
    }

    async fn save_logo(
        &self,
        profile: &TenantProfile,
        ground: LogoFor,
        logo: Option<(Logo, Vec<u8>)>,
        actor: &str,
    ) -> Result<(), TenantFault> {
        let (id, actor) = (profile.id().clone(), actor.to_owned());
        self.inner.store.set_logo(id, ground, logo, actor).await?;
        self.forget(profile.id());
        Ok(())
    }
}
