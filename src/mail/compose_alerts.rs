//! What becomes of an outbox row that tells staff of an attack or of their tenant's day. Staff are
//! written to in their own language, and no mail names a user: it may be read on a locked phone. An
//! attack is told as the campaign that it is, where one is known; else by the figures alone.

use super::compose::{Composed, Desk, frame};
use super::retry;
use super::view::MailFrame;
use super::view_staff_note::StaffNote;
use crate::model::{IdentifierKind, Millis};
use crate::store::alerts::{AlertPayload, NamedCampaign};
use crate::store::campaigns::CampaignKind;
use crate::store::digests::DigestPayload;
use crate::store::mail_facts::MailFacts;
use crate::store::outbox::OutboxRow;
use crate::text::Said;

impl Desk {
    pub(super) fn alert(&self, row: &OutboxRow, facts: &MailFacts) -> Composed {
        let Ok(payload) = serde_json::from_str::<AlertPayload>(&row.payload) else {
            return Composed::Impossible("the row's payload cannot be read".to_owned());
        };
        let frame = frame(row, facts);
        let told = match &payload.campaign {
            Some(campaign) => of_campaign(&frame, &payload, campaign),
            None => of_figures(&frame, &payload),
        };
        let named = |said: Said| said.text("tenant", &payload.tenant).to_string();
        let note = StaffNote {
            subject: named(frame.say("mail-alert-subject")),
            title: named(frame.say("mail-alert-title")),
            when: told.when,
            lines: told.lines,
            what: frame.line("mail-alert-what"),
            link: self.console_page(&payload.slug, &told.page),
            button: frame.line("mail-alert-button"),
            why: named(frame.say("mail-alert-why")),
            frame,
        };
        self.to_staff(row, facts, &note)
    }

    pub(super) fn digest(&self, row: &OutboxRow, facts: &MailFacts) -> Composed {
        let Ok(payload) = serde_json::from_str::<DigestPayload>(&row.payload) else {
            return Composed::Impossible("the row's payload cannot be read".to_owned());
        };
        let (frame, day) = (frame(row, facts), payload.day);
        let until = frame.moment(Millis(payload.until));
        let named = |said: Said| said.text("tenant", &payload.tenant).to_string();
        let lines = [
            (frame.say("mail-digest-attacks"), day.attacks),
            (frame.say("mail-digest-locks"), day.locks),
            (frame.say("mail-digest-by-owner"), day.by_owner),
            (frame.say("mail-digest-by-staff"), day.by_staff),
            (frame.say("mail-digest-requests"), day.requests),
            (frame.say("mail-digest-open"), day.open),
            (frame.say("mail-digest-undelivered"), day.undelivered),
        ];
        let happened = lines.into_iter().filter(|(_, count)| *count > 0);
        let note = StaffNote {
            subject: named(frame.say("mail-digest-subject")),
            title: named(frame.say("mail-digest-title")),
            when: frame.timed(frame.say("mail-digest-when"), until).to_string(),
            lines: happened.map(counted).collect(),
            what: frame.line("mail-digest-what"),
            link: self.console_page(&payload.slug, "overview"),
            button: frame.line("mail-digest-button"),
            why: named(frame.say("mail-alert-why")),
            frame,
        };
        self.to_staff(row, facts, &note)
    }

    fn to_staff(&self, row: &OutboxRow, facts: &MailFacts, note: &StaffNote) -> Composed {
        let Some(staff) = &facts.user else { return Composed::Unwanted("nobody works there") };
        let primary = staff.user.primary_identification_id.as_ref();
        let mut own: Vec<_> = staff
            .identifications
            .iter()
            .filter(|name| name.proves(IdentifierKind::EmailAddress))
            .collect();
        own.sort_by_key(|name| Some(&name.id) != primary);
        let Some(address) = own.first() else {
            return Composed::Unwanted("they have no address");
        };
        let deadline = retry::deadline(row.created_at, None);
        self.letter(row, facts, &address.value, note.parts(), deadline)
    }

    fn console_page(&self, slug: &str, rest: &str) -> String {
        let base = self.public_url.as_str().trim_end_matches('/');
        format!("{base}/console/{slug}/{rest}")
    }
}

/// What a mail says of an attack, and where more is said.
struct Attack {
    when: String,
    lines: Vec<String>,
    /// Behind the tenant's part of the console.
    page: String,
}

fn of_figures(frame: &MailFrame, payload: &AlertPayload) -> Attack {
    let began = frame.moment(Millis(payload.began_at));
    let lines = [
        (frame.say("mail-alert-locks"), payload.locks),
        (frame.say("mail-alert-failures"), payload.failures),
        (frame.say("mail-alert-sources"), payload.sources),
    ];
    Attack {
        when: frame.timed(frame.say("mail-alert-when"), began).to_string(),
        lines: lines.map(counted).to_vec(),
        page: "attacks".to_owned(),
    }
}

fn of_campaign(frame: &MailFrame, payload: &AlertPayload, campaign: &NamedCampaign) -> Attack {
    let began = frame.moment(Millis(campaign.began_at));
    let since = match CampaignKind::parse(&campaign.kind) {
        Some(CampaignKind::Spray) => frame.say("mail-alert-spray"),
        Some(CampaignKind::OneAccount) => frame.say("mail-alert-one-account"),
        Some(CampaignKind::Distributed) => frame.say("mail-alert-distributed"),
        // A kind of a newer program's, which wrote the row.
        None => frame.say("mail-alert-since"),
    };
    let lines = [
        (frame.say("mail-alert-accounts"), campaign.accounts),
        (frame.say("mail-alert-networks"), campaign.networks),
        // A campaign's locks are of users; those of the last ten minutes also of names nobody has.
        (frame.say("mail-alert-locks"), campaign.locks.max(payload.locks)),
        (frame.say("mail-alert-failures"), campaign.tries),
        (frame.say("mail-alert-sources"), campaign.sources),
    ];
    Attack {
        when: frame.timed(since, began).to_string(),
        lines: lines.map(counted).to_vec(),
        page: format!("attacks/{}", campaign.id),
    }
}

fn counted((said, count): (Said, i64)) -> String {
    said.count("count", count).to_string()
}
