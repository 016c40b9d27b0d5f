//! What the operations of e-mail addresses and phone numbers share: naming a user, reading,
//! changing and taking a name. The two differ in the kind and in the words of the wire.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde_json::{Value, json};

use super::fault::{refused, unanswered};
use super::key::Keyed;
use super::user_form;
use crate::model::identifier::MAX_IDENTIFIER_BYTES;
use crate::model::{IdentificationId, Identifier, IdentifierKind, UserId};
use crate::resource::email_address::{Shown, email_address, phone_number};
use crate::store::identifications::{Name, NameChange, Rank};
use crate::tenant::{NameStanding, NewName, TenantFault};
use crate::web::ApiError;
use crate::web::error::json as answer;
use crate::web::error_code::ErrorKind;
use crate::web::fields::{Fields, JsonBody};

type Answer = Result<HttpResponse, ApiError>;

const MAX_ID_BYTES: usize = 64;

/// One of the two kinds.
#[derive(Clone, Copy)]
pub(super) struct Names {
    pub kind: IdentifierKind,
    /// The field of the wire, also the resource's `object`.
    pub field: &'static str,
    pub words: &'static str,
}

impl Names {
    /// Names a user; verified where nothing else is said, for the tenant's server vouches.
    pub async fn create(self, keyed: Keyed<JsonBody>) -> Answer {
        let mut fields = keyed.body.fields();
        let user = fields.required("user_id", MAX_ID_BYTES);
        let name = self.name(&mut fields);
        let verified = fields.flag("verified").unwrap_or(true);
        let change = self.change_of(&mut fields);
        if !verified && wants_a_proof(change) {
            fields.refuse(ErrorKind::ParamValueInvalid, "verified");
        }
        fields.finish()?;
        let user = user.and_then(UserId::parse).ok_or_else(|| ApiError::not_found("user"))?;
        let name = name.ok_or_else(ApiError::internal)?;
        let standing = if verified { NameStanding::Verified } else { NameStanding::Unverified };
        let new = NewName { user, name, standing, change };
        let added = keyed.tenants().add_name(&keyed.profile, new, None).await;
        self.shown(&added.map_err(|fault| self.refused(fault, "user"))?)
    }

    pub async fn show(self, keyed: Keyed<()>, path: Path<String>) -> Answer {
        self.shown(&self.found(&keyed, &path).await?)
    }

    pub async fn change(self, keyed: Keyed<JsonBody>, path: Path<String>) -> Answer {
        let found = self.found(&keyed, &path).await?;
        let mut fields = keyed.body.fields();
        let standing = fields.flag("verified").map(|verified| match verified {
            true => NameStanding::Verified,
            false => NameStanding::Unverified,
        });
        let change = self.change_of(&mut fields);
        let proved = match (&found, standing) {
            (_, Some(NameStanding::Verified)) | (Name::Proved(_), None) => true,
            (_, Some(NameStanding::Unverified)) | (Name::Pending(_), None) => false,
        };
        if !proved && wants_a_proof(change) {
            fields.refuse(ErrorKind::ParamValueInvalid, "verified");
        }
        fields.finish()?;
        let changed =
            keyed.tenants().change_name(&keyed.profile, found, standing, change, None).await;
        self.shown(&changed.map_err(|fault| self.refused(fault, self.words))?)
    }

    pub async fn delete(self, keyed: Keyed<()>, path: Path<String>) -> Answer {
        let found = self.found(&keyed, &path).await?;
        let id = id_of(&found).clone();
        let gone = keyed.tenants().remove_name(&keyed.profile, found, None).await;
        gone.map_err(|fault| self.refused(fault, self.words))?;
        answer(&json!({ "object": self.field, "id": id, "deleted": true }))
    }

    pub async fn found<T>(self, keyed: &Keyed<T>, path: &Path<String>) -> Result<Name, ApiError> {
        let missing = || ApiError::not_found(self.words);
        let id = IdentificationId::parse(path).ok_or_else(missing)?;
        let found = keyed.tenants().name(&keyed.profile, id).await.map_err(unanswered)?;
        let of_kind = |name: &Name| kind_of(name) == self.kind;
        found.filter(of_kind).ok_or_else(missing)
    }

    pub fn name(self, fields: &mut Fields<'_>) -> Option<Identifier> {
        let text = fields.required(self.field, MAX_IDENTIFIER_BYTES)?;
        user_form::identifier(fields, self.field, self.kind, text)
    }

    fn change_of(self, fields: &mut Fields<'_>) -> NameChange {
        let rank = fields.flag("primary").map(|primary| match primary {
            true => Rank::Primary,
            false => Rank::Further,
        });
        let second_factor = match self.kind {
            IdentifierKind::PhoneNumber => fields.flag("reserved_for_second_factor"),
            IdentifierKind::EmailAddress | IdentifierKind::Username => None,
        };
        NameChange { rank, second_factor }
    }

    pub fn refused(self, fault: TenantFault, what: &str) -> ApiError {
        match fault {
            TenantFault::Conflict { what: "identifier" } => {
                ApiError::identifier_exists(self.field, self.words)
            }
            TenantFault::Conflict { .. }
            | TenantFault::NotFound
            | TenantFault::Busy { .. }
            | TenantFault::Unavailable => refused(fault, what),
        }
    }

    fn shown(self, name: &Name) -> Answer {
        let shown = Shown::from(name);
        let resource: Value = match self.kind {
            IdentifierKind::PhoneNumber => phone_number(shown),
            IdentifierKind::EmailAddress | IdentifierKind::Username => email_address(shown),
        };
        answer(&resource)
    }
}

/// What only a proved name can be.
fn wants_a_proof(change: NameChange) -> bool {
    change.rank == Some(Rank::Primary) || change.second_factor == Some(true)
}

fn kind_of(name: &Name) -> IdentifierKind {
    IdentifierKind::from_stored(match name {
        Name::Proved(row) => &row.kind,
        Name::Pending(row) => &row.kind,
    })
}

const fn id_of(name: &Name) -> &IdentificationId {
    match name {
        Name::Proved(row) => &row.id,
        Name::Pending(row) => &row.id,
    }
}
