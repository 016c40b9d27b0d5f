//! What the mails around a lock tell, as they come into the mailbox of a running server.

use std::time::Duration;

use lockkeeper::store::SubjectKey;
use lockkeeper::store::mailbox::MailboxMessage;
use lockkeeper::store::outbox::OutboxTopic;

use super::*;
use crate::harness::client::{block_on, source};

const SOON: Duration = Duration::from_secs(60);

impl House {
    /// The mails that have come, newest first, once there are `count` of them.
    pub(crate) async fn mails(&self, count: usize) -> Vec<MailboxMessage> {
        let come = async {
            loop {
                let kept = self.app.store.reader().mailbox(50).await.unwrap();
                if kept.len() >= count {
                    return kept;
                }
            }
        };
        tokio::time::timeout(SOON, come).await.unwrap_or_else(|_| panic!("{count} mails"))
    }

    fn visitor_from(&self, number: u8) -> Visitor {
        let base = self.app.base();
        Visitor { client: Client::from_source(&base, source(number)), origin: base }
    }

    async fn topics(&self) -> Vec<OutboxTopic> {
        let (reader, tenant) = (self.app.store.reader(), self.acme.profile.id().clone());
        let subject = SubjectKey::user(&self.alex);
        let rows = reader.mails_of_subject(tenant, subject, Millis(0)).await.unwrap();
        rows.into_iter().map(|row| row.topic).collect()
    }
}

#[test]
fn the_mail_says_when_how_often_and_from_where_in_its_owners_words() {
    let house = House::open();
    block_on(async {
        let form = UserChangeForm {
            profile: lockkeeper::store::users::UserChange {
                locale: Some(Some("de".to_owned())),
                time_zone: Some(Some("Europe/Vienna".to_owned())),
                ..Default::default()
            },
            ..UserChangeForm::default()
        };
        let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
        tenants.change_user(acme, house.alex.clone(), form).await.unwrap();
        for number in [2, 3] {
            assert_eq!(house.visitor_from(number).sign_in(ALEX, "wrong").await.status, 422);
        }
        house.lock(&house.visitor_from(9), ALEX).await;
        let mail = house.mails(1).await.remove(0);
        assert_eq!(mail.subject, "Ihr Konto bei acme Ltd entsperren");
        let code = house.short_code(ALEX).await;
        for fact in [
            "13:00 CET (12:00 UTC) waren 8 Anmeldeversuche von 3 Adressen (darunter \
             127.0.0.*) fehlgeschlagen",
            &code,
            "Link und Code gelten 24 Stunden lang, bis 4. März 2026, 13:00 CET",
        ] {
            assert!(mail.text.contains(fact), "{fact} is not in {}", mail.text);
        }
        assert!(!mail.text.contains("127.0.0.9"), "coarse: {}", mail.text);
    });
}

#[test]
fn one_confirmation_follows_an_unlock() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        // Pressed before it is sent, a mail is dropped.
        house.mails(1).await;
        for _ in 0..3 {
            assert_eq!(house.visitor().post(&house.link(1), &[]).await.status, 303);
        }
        let mails = house.mails(2).await;
        let told = mails.iter().find(|mail| mail.subject.contains("is unlocked")).unwrap();
        assert!(told.text.contains("with the link from our mail"), "{}", told.text);
        assert!(told.text.contains("/t/acme/sign-in/forgot"), "{}", told.text);
        assert_eq!(house.topics().await.iter().filter(|t| **t == OutboxTopic::Unlocked).count(), 1);

        house.app.advance(Span::MINUTE);
        house.lock(&house.visitor(), ALEX).await;
        house.mails(3).await;
        let code = house.short_code(ALEX).await;
        let typed = [("identifier", ALEX), ("code", code.as_str())];
        assert_eq!(house.visitor().post("/t/acme/unlock/code", &typed).await.status, 303);
        let newest = house.mails(4).await;
        assert!(newest.iter().any(|mail| mail.text.contains("with the code from our mail")));
    });
}

#[test]
fn staff_and_a_new_password_are_confirmed_too_and_never_more_than_five_a_day() {
    let house = House::open();
    block_on(async {
        let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
        for _ in 0..7 {
            tenants.lock_user(acme, house.alex.clone(), "test", None).await.unwrap();
            tenants.unlock_user(acme, house.alex.clone(), "test", None).await.unwrap();
        }
        let mails = house.mails(5).await;
        assert!(mails.iter().all(|mail| mail.text.contains("by the staff of acme Ltd")));
        assert_eq!(house.topics().await, [OutboxTopic::Unlocked; 5]);
        // Nothing was locked: there is nothing to tell.
        house.app.advance(Span::DAY);
        tenants.unlock_user(acme, house.alex.clone(), "test", None).await.unwrap();
        assert_eq!(house.topics().await.len(), 5);
    });
}

#[test]
fn without_unlock_mails_nothing_is_confirmed() {
    let house = House::with_policy(|policy| policy.unlock_mail = false);
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
        tenants.unlock_user(acme, house.alex.clone(), "test", None).await.unwrap();
        assert_eq!(house.topics().await, []);
    });
}
