//! How the model's names are kept in columns: text for ids, keys and sources, integers for
//! instants. One generic impl serves both databases, so rows hold the typed things themselves.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, Text};

use super::statement::{Column, Value};
use super::subjects::SubjectKey;
use crate::model::{
    AttemptId, AuditId, CampaignId, CannedReplyId, CanonicalKey, ClientId, ContactRequestId,
    IdentificationId, Millis, OneTimeCodeId, OutboxId, RequestMessageId, SessionId, SignInId,
    SignInTokenId, SignUpId, Source, TenantId, UserId, UserImportId, WebhookEndpointId,
};

/// What Diesel's derives would write; full paths, because `text_enum!` uses it in other files.
macro_rules! as_expression {
    ($name:ty, $sql:ty) => {
        impl diesel::expression::AsExpression<$sql> for $name {
            type Expression = diesel::internal::derives::as_expression::Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                diesel::internal::derives::as_expression::Bound::new(self)
            }
        }
        impl<'a> diesel::expression::AsExpression<$sql> for &'a $name {
            type Expression = diesel::internal::derives::as_expression::Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                diesel::internal::derives::as_expression::Bound::new(self)
            }
        }
        impl diesel::expression::AsExpression<diesel::sql_types::Nullable<$sql>> for $name {
            type Expression = diesel::internal::derives::as_expression::Bound<
                diesel::sql_types::Nullable<$sql>,
                Self,
            >;
            fn as_expression(self) -> Self::Expression {
                diesel::internal::derives::as_expression::Bound::new(self)
            }
        }
        impl<'a> diesel::expression::AsExpression<diesel::sql_types::Nullable<$sql>> for &'a $name {
            type Expression = diesel::internal::derives::as_expression::Bound<
                diesel::sql_types::Nullable<$sql>,
                Self,
            >;
            fn as_expression(self) -> Self::Expression {
                diesel::internal::derives::as_expression::Bound::new(self)
            }
        }
        impl<DB: diesel::backend::Backend>
            diesel::serialize::ToSql<diesel::sql_types::Nullable<$sql>, DB> for $name
        where
            Self: diesel::serialize::ToSql<$sql, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, DB>,
            ) -> diesel::serialize::Result {
                diesel::serialize::ToSql::<$sql, DB>::to_sql(self, out)
            }
        }
        impl<DB: diesel::backend::Backend> diesel::deserialize::Queryable<$sql, DB> for $name
        where
            Self: diesel::deserialize::FromSql<$sql, DB>,
        {
            type Row = Self;
            fn build(row: Self) -> diesel::deserialize::Result<Self> {
                Ok(row)
            }
        }
    };
}

macro_rules! text_columns {
    ($($name:ty),* $(,)?) => {$(
        as_expression!($name, Text);
        impl Column for $name {
            fn value(&self) -> Value<'_> {
                Value::Text(Some(self.as_str()))
            }
        }
        impl Column for Option<$name> {
            fn value(&self) -> Value<'_> {
                Value::Text(self.as_ref().map(|text| text.as_str()))
            }
        }
        impl<DB: Backend> ToSql<Text, DB> for $name
        where
            str: ToSql<Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.as_str().to_sql(out)
            }
        }
        impl<DB: Backend> FromSql<Text, DB> for $name
        where
            String: FromSql<Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(Self::from_stored(String::from_sql(bytes)?))
            }
        }
    )*};
}

text_columns!(
    TenantId,
    UserId,
    IdentificationId,
    ClientId,
    SignInId,
    SignUpId,
    SignInTokenId,
    SessionId,
    AttemptId,
    OneTimeCodeId,
    OutboxId,
    AuditId,
    ContactRequestId,
    RequestMessageId,
    CampaignId,
    CannedReplyId,
    UserImportId,
    WebhookEndpointId,
    CanonicalKey,
    Source,
    SubjectKey,
);

as_expression!(Millis, BigInt);

impl<DB: Backend> ToSql<BigInt, DB> for Millis
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Millis
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(i64::from_sql(bytes)?))
    }
}

/// Keeps a fieldless enum as text: it has `as_str` and `parse`. An unknown text is an error, never a
/// default: it means that a newer version wrote the row.
macro_rules! kept_as_text {
    ($name:ident) => {
        $crate::store::columns::as_expression!($name, diesel::sql_types::Text);

        impl $crate::store::statement::Column for $name {
            fn value(&self) -> $crate::store::statement::Value<'_> {
                $crate::store::statement::Value::Text(Some(self.as_str()))
            }
        }

        impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::Text, DB>
            for $name
        where
            str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, DB>,
            ) -> diesel::serialize::Result {
                diesel::serialize::ToSql::<diesel::sql_types::Text, DB>::to_sql(self.as_str(), out)
            }
        }

        impl<DB: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::Text, DB>
            for $name
        where
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let text = String::from_sql(bytes)?;
                $name::parse(&text)
                    .ok_or_else(|| format!("`{text}` is no {}", stringify!($name)).into())
            }
        }
    };
}

/// A fieldless enum kept as text, with its `as_str` and `parse`.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What is spelled so, if anything is.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        $crate::store::columns::kept_as_text!($name);
    };
}

pub(super) use as_expression;
pub(super) use kept_as_text;
pub(super) use text_enum;
