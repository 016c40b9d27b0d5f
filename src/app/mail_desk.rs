//! The delivery of mail as the doors ask it: `web` does not know `mail`.

use crate::mail::samples::sample;
use crate::mail::view::{MailFrame, MailParts};
use crate::mail::{Courier, TestOutcome, TestWish};
use crate::model::{BrandColours, Colour, TenantId};
use crate::tenant::TenantFault;
use crate::text::{Catalogue, Zone};
use crate::web::doors::{Asked, MailDesk, MailSample, RenderedMail, TestedMail};

pub(super) struct Desk {
    courier: Courier,
}

impl Desk {
    pub(super) const fn new(courier: Courier) -> Self {
        Self { courier }
    }
}

impl MailDesk for Desk {
    fn judge<'a>(&'a self, host: &'a str) -> Asked<'a, Result<(), String>> {
        Box::pin(async move { self.courier.judge(host).await.map_err(|fault| fault.to_string()) })
    }

    fn preview(&self, of: &MailSample) -> Option<RenderedMail> {
        let colour = of.brand_color.as_deref().and_then(Colour::parse);
        let frame = MailFrame {
            lang: Catalogue::get(of.lang),
            zone: Zone::utc(),
            written_at: of.at,
            tenant: of.tenant.clone(),
            colours: colour.map(BrandColours::of).unwrap_or_default(),
            support_email: of.support_email.clone(),
            postal: None,
            reference: None,
        };
        let MailParts { subject, text, html } = sample(of.topic, frame, &of.base).ok()?;
        Some(RenderedMail { subject, text, html })
    }

    fn test(
        &self,
        tenant: TenantId,
        to: String,
        actor: String,
    ) -> Asked<'_, Result<TestedMail, TenantFault>> {
        Box::pin(async move {
            let tested = self.courier.test(TestWish { tenant, to, actor }).await?;
            let accepted = match tested.outcome {
                TestOutcome::Accepted => true,
                TestOutcome::NotAccepted => false,
            };
            Ok(TestedMail { accepted, answer: tested.answer, at: tested.at })
        })
    }
}
