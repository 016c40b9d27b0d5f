//! Mails: what they say and how they are delivered.

pub mod view;

use std::sync::Arc;

use tokio::runtime::Handle;
use url::Url;

use crate::model::{Clock, Meter};
use crate::store::Store;
use crate::token::MasterKeys;

#[derive(Debug, Clone)]
pub struct SmtpSettings;

#[derive(Debug, Clone)]
pub struct MailSettings;

impl MailSettings {
    pub fn smtp(_: SmtpSettings, _: String, _: Url) -> Self {
        Self
    }
    pub fn mailbox(_: String, _: Url) -> Self {
        Self
    }
}

#[derive(Clone)]
pub struct Courier;

impl Courier {
    pub fn new(
        _: MailSettings,
        _: Store,
        _: Arc<MasterKeys>,
        _: Arc<dyn Clock>,
        _: Arc<dyn Meter>,
        _: Handle,
    ) -> Result<Self, String> {
        Ok(Self)
    }
    pub async fn run(&self) {}
    pub async fn stop(&self) {}
}
