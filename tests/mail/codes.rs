//! Mails with a code: to its user, to an address that is being proved, and the word to somebody whose
//! address was given for another account.

use std::time::Duration;

use lockkeeper::model::*;
use lockkeeper::store::SubjectKey;
use lockkeeper::store::factor::Sent;
use lockkeeper::store::mailbox::MailboxMessage;
use lockkeeper::store::one_time_codes::{
    Addressee, AskedBy, CodePurpose, CodeRequest, Issued, OneTimeCode,
};
use lockkeeper::store::outbox::{OutboxRow, OutboxStatus};
use lockkeeper::store::pending_identifications::{Claimant, PendingIdentification};
use lockkeeper::store::sign_ins::{Client, ClientUse};
use lockkeeper::store::sign_ups::{SignUp, SignUpRecord};
use lockkeeper::token::{CodeLength, ShortCodes};

use super::bench::{Bench, FIRST_WAIT, Home, by_smtp, plain, run, to_mailbox};
use crate::harness::smtp::{Mode, SmtpServer};

const SOON: Duration = Duration::from_secs(60);
const ADDRESS: &str = "ana@acme.test";

impl Bench {
    async fn asked(&self, subject: SubjectKey, purpose: CodePurpose, to: Addressee) -> OneTimeCode {
        let request = CodeRequest {
            tenant: self.tenant.clone(),
            subject,
            purpose,
            way: Sent::Mail,
            to,
            asked_by: AskedBy::Caller,
            locale: Some("de-AT".to_owned()),
        };
        match self.store.issue_code(request).await.unwrap() {
            Issued::Code(code) => code,
            other => panic!("{other:?}"),
        }
    }

    fn digits(&self, code: &OneTimeCode) -> String {
        ShortCodes::for_tenant(&self.keys, &self.tenant).code(code.id.as_str(), CodeLength::Six)
    }

    async fn row_of(&self, code: &OneTimeCode) -> OutboxRow {
        let (tenant, subject) = (self.tenant.clone(), code.subject.clone());
        let rows = self.store.reader().mails_of_subject(tenant, subject, Millis(0)).await.unwrap();
        rows.into_iter().find(|row| row.payload.contains(code.id.as_str())).unwrap()
    }

    async fn only_mail(&self) -> MailboxMessage {
        let kept = self.store.reader().mailbox(10).await.unwrap();
        assert_eq!(kept.len(), 1, "{kept:?}");
        kept.into_iter().next().unwrap()
    }

    /// An address that a sign-up has named.
    async fn named(&self, address: &str) -> IdentificationId {
        let (now, tenant) = (self.clock.now(), self.tenant.clone());
        let client = Client::fresh(tenant.clone(), ClientId::generate(now), "hash".to_owned(), now);
        let sign_up =
            SignUp::fresh(tenant.clone(), SignUpId::generate(now), client.id.clone(), now);
        let (id, by) = (IdentificationId::generate(now), Claimant::SignUp(sign_up.id.clone()));
        let name = Identifier::parse(address).unwrap();
        let pending = vec![PendingIdentification::named(tenant, id.clone(), by, &name, now)];
        let record = SignUpRecord { sign_up, pending };
        self.store.open_sign_up(ClientUse::New(client), record).await.unwrap();
        id
    }
}

fn strangers() -> SubjectKey {
    SubjectKey::phantom("strangers")
}

#[test]
fn a_code_arrives_whole_with_no_digit_of_it_in_the_subject() {
    run(Home::sqlite(), |bench| async move {
        let mut server = SmtpServer::start(Mode::Accept);
        let user = bench.add_user(ADDRESS).await;
        let (courier, running) = bench.start(by_smtp(plain(server.port())));
        let to = Addressee::Typed(Identifier::parse(ADDRESS).unwrap().key);
        let code = bench.asked(SubjectKey::user(&user), CodePurpose::SignIn, to).await;
        let mail = server.next_mail(SOON);
        courier.stop().await;
        running.await.unwrap();
        let digits = bench.digits(&code);
        assert_eq!(mail.to, [ADDRESS.to_owned()]);
        assert_eq!(mail.header("auto-submitted"), "auto-generated");
        // A user without a language of their own reads the one that was asked for.
        assert!(mail.header("subject").starts_with("Ihr Code zur Anmeldung"));
        assert!(!mail.header("subject").contains(&digits));
        for part in [mail.text(), mail.html()] {
            assert!(part.contains(&digits) && part.contains("10 Minuten"), "{part}");
        }
    });
}

#[test]
fn a_code_that_is_sent_again_is_the_same_and_an_old_one_is_not_sent() {
    run(Home::sqlite(), |bench| async move {
        let user = bench.add_user(ADDRESS).await;
        let to = Addressee::Typed(Identifier::parse(ADDRESS).unwrap().key);
        let code = bench.asked(SubjectKey::user(&user), CodePurpose::Reset, to).await;
        let server = SmtpServer::start(Mode::Defer(1));
        bench.round(by_smtp(plain(server.port()))).await;
        assert_eq!(bench.row_of(&code).await.status, OutboxStatus::Due);
        bench.clock.advance(FIRST_WAIT);
        bench.round(to_mailbox()).await;
        let mail = bench.only_mail().await;
        assert!(mail.text.contains(&bench.digits(&code)));
        assert!(mail.text.contains("10 Minuten"), "as it was written: {}", mail.text);

        let to = Addressee::Typed(Identifier::parse(ADDRESS).unwrap().key);
        let late = bench.asked(SubjectKey::user(&user), CodePurpose::Reset, to).await;
        bench.clock.advance(Span::MINUTE.times(10));
        bench.round(to_mailbox()).await;
        assert_eq!(bench.row_of(&late).await.status, OutboxStatus::Dead);
        bench.only_mail().await;
    });
}

#[test]
fn an_address_that_is_being_proved_is_sent_its_code() {
    run(Home::sqlite(), |bench| async move {
        let id = bench.named("Zoe@new.test").await;
        let to = Addressee::Pending(id.clone());
        let code = bench.asked(strangers(), CodePurpose::Address, to).await;
        bench.round(to_mailbox()).await;
        let mail = bench.only_mail().await;
        assert_eq!(mail.recipient, "Zoe@new.test");
        assert!(mail.subject.contains("Bestätigung Ihrer Adresse"), "{}", mail.subject);
        assert!(mail.text.contains(&bench.digits(&code)));

        // Proved, or gone with its sign-up: nobody waits for it.
        let again = bench.asked(strangers(), CodePurpose::Address, Addressee::Pending(id.clone()));
        let again = again.await;
        bench.store.prove_pending(bench.tenant.clone(), id).await.unwrap();
        bench.round(to_mailbox()).await;
        assert_eq!(bench.row_of(&again).await.status, OutboxStatus::Dropped);
        bench.only_mail().await;
    });
}

#[test]
fn the_owner_of_an_address_is_told_of_a_claim_on_it_and_sent_no_code() {
    run(Home::sqlite(), |bench| async move {
        bench.add_user(ADDRESS).await;
        let id = bench.named("ANA@acme.test").await;
        let code = bench.asked(strangers(), CodePurpose::Address, Addressee::Pending(id)).await;
        bench.round(to_mailbox()).await;
        let mail = bench.only_mail().await;
        assert_eq!(mail.recipient, ADDRESS);
        assert!(mail.subject.starts_with("You already have an account at Acme"));
        assert!(mail.text.contains("https://login.example/t/acme/sign-in"), "{}", mail.text);
        for part in [&mail.text, &mail.html] {
            assert!(!part.contains(&bench.digits(&code)), "{part}");
        }
    });
}

#[test]
fn a_code_for_nobody_is_a_row_and_no_mail() {
    run(Home::sqlite(), |bench| async move {
        let user = bench.add_user(ADDRESS).await;
        let key = Identifier::parse(ADDRESS).unwrap().key;
        // Somebody else's address, or nobody's.
        for (subject, to) in [
            (strangers(), Addressee::Typed(key)),
            (SubjectKey::user(&user), Addressee::Row(IdentificationId::generate(Millis(1)))),
            (SubjectKey::user(&user), Addressee::Nobody),
        ] {
            let code = bench.asked(subject, CodePurpose::SignIn, to).await;
            assert_eq!(bench.row_of(&code).await.status, OutboxStatus::Void);
        }
        bench.round(to_mailbox()).await;
        assert!(bench.store.reader().mailbox(10).await.unwrap().is_empty());
    });
}
