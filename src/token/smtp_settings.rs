//! One SMTP server: where it is, what protects the connection, as whom we come. The operator's stands in
//! the settings; a tenant's own is sealed in the database. Knows no connection.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{KeyFault, MasterKeys, Purpose};
use crate::model::TenantId;

/// One SMTP server.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    /// User name and password.
    pub credentials: Option<(String, SecretString)>,
}

/// What protects the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// Plain, then upgraded; no mail where the server does not offer it.
    StartTls,
    /// From the first byte.
    Tls,
    /// Never.
    None,
}

impl SmtpSecurity {
    pub const ALL: [Self; 3] = [Self::StartTls, Self::Tls, Self::None];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StartTls => "starttls",
            Self::Tls => "tls",
            Self::None => "none",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|security| security.as_str() == text)
    }
}

/// As sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    host: String,
    port: u16,
    security: SmtpSecurity,
    /// User name and password.
    credentials: Option<(String, String)>,
}

impl SmtpSettings {
    /// # Errors
    /// [`KeyFault::Seal`].
    pub fn seal(&self, keys: &MasterKeys, tenant: &TenantId) -> Result<String, KeyFault> {
        let credentials = self.credentials.as_ref();
        let kept = Kept {
            host: self.host.clone(),
            port: self.port,
            security: self.security,
            credentials: credentials
                .map(|(user, password)| (user.clone(), password.expose_secret().to_owned())),
        };
        let json = serde_json::to_vec(&kept).map_err(|_| KeyFault::Seal)?;
        keys.seal(Purpose::MailAtRest, tenant, &json)
    }

    /// Opens what [`SmtpSettings::seal`] made.
    ///
    /// # Errors
    /// [`KeyFault::Open`].
    pub fn open(keys: &MasterKeys, tenant: &TenantId, sealed: &str) -> Result<Self, KeyFault> {
        let json = keys.open(Purpose::MailAtRest, tenant, sealed)?;
        let kept: Kept =
            serde_json::from_slice(json.expose_secret()).map_err(|_| KeyFault::Open)?;
        Ok(Self {
            host: kept.host,
            port: kept.port,
            security: kept.security,
            credentials: kept.credentials.map(|(user, password)| (user, password.into())),
        })
    }
}
