//! Second factors and codes through the whole path of an attempt (rule 17): verified, settled, used
//! up; a code that was used meanwhile is verified again and is wrong.

use lockkeeper::credential::{TotpSecret, TotpStep};
use lockkeeper::model::{ClientId, Clock, OneTimeCodeId, Span};
use lockkeeper::store::factor::{FactorStep, Sent};
use lockkeeper::store::one_time_codes::{
    Addressee, AskedBy, CODE_SPACING, CodeFault, CodePurpose, CodeRequest, Issued,
};
use lockkeeper::tenant::Browser;
use lockkeeper::tenant::{CodeAttempt, LinkAttempt, OpenedSignIn};
use lockkeeper::token::{CodeLength, Purpose, RecoveryCodes, ShortCodes, SignInLink};

use super::*;
use crate::harness::client::block_on;

impl Scene {
    async fn open(&self, name: &str) -> OpenedSignIn {
        let name = Identifier::parse(name).unwrap();
        let opened = self.app.tenants.open_sign_in(&self.acme.profile, None, Some(&name), None);
        opened.await.unwrap()
    }

    fn typed(&self, name: &str, sign_in: &SignInId, client: &ClientId, typed: &str) -> CodeAttempt {
        CodeAttempt {
            profile: self.acme.profile.clone(),
            key: Identifier::parse(name).unwrap().key,
            typed: typed.to_owned().into(),
            source: source(),
            browser: Browser::NONE,
            sign_in: sign_in.clone(),
            client: client.clone(),
        }
    }

    /// A link that would use up `code`.
    fn followed(&self, of: &OpenedSignIn, code: OneTimeCodeId) -> LinkAttempt {
        let now = self.app.clock.now();
        LinkAttempt {
            profile: self.acme.profile.clone(),
            link: SignInLink {
                sign_in: of.sign_in.id.clone(),
                code,
                redirect_url: "https://acme.test/".to_owned(),
                issued_at: now,
                expires_at: now.after(Span::MINUTE),
            },
            key: Identifier::parse(ALEX).unwrap().key,
            source: source(),
            browser: Browser::NONE,
            client: of.client.clone(),
        }
    }

    /// Gives Alex an app and a recovery code.
    async fn second_factor(&self) -> (TotpSecret, String) {
        let (store, tenant) = (&self.app.store, self.acme.profile.id());
        let secret = TotpSecret::generate().unwrap();
        let sealed = self.app.keys.seal(Purpose::TotpAtRest, tenant, secret.expose()).unwrap();
        let app = Some((sealed, 0));
        store.set_totp(tenant.clone(), self.alex.clone(), app).await.unwrap();
        let codes = RecoveryCodes::for_tenant(&self.app.keys, tenant);
        let code = codes.generate().unwrap()[0].expose().to_owned();
        let digests = vec![codes.digest(&self.alex, &code)];
        store.set_recovery_codes(tenant.clone(), self.alex.clone(), digests).await.unwrap();
        (secret, code)
    }

    /// A sign-in of Alex past its password; its client.
    async fn past_password(&self) -> (SignInId, ClientId) {
        let opened = self.open(ALEX).await;
        let attempt = self.attempt_in(&opened.sign_in.id, &opened.client, RIGHT);
        let answer = self.app.tenants.attempt_password(attempt).await.unwrap();
        assert!(matches!(answer, AttemptAnswer::Passed(_)), "{answer:?}");
        (opened.sign_in.id, opened.client)
    }

    /// A code that the sign-in asked for; its row, and what was sent.
    async fn issue(
        &self,
        of: &OpenedSignIn,
        subject: SubjectKey,
        purpose: CodePurpose,
    ) -> (OneTimeCodeId, String) {
        let tenant = self.acme.profile.id();
        let (id, address) = (of.sign_in.id.clone(), "idn_one".to_owned());
        let request = CodeRequest {
            tenant: tenant.clone(),
            subject,
            purpose,
            way: Sent::Mail,
            to: Addressee::Nobody,
            asked_by: AskedBy::SignIn { id, strategy: purpose.as_str(), address },
            locale: None,
        };
        let issued = self.app.store.issue_code(request).await.unwrap();
        let Issued::Code(code) = issued else { panic!("{issued:?}") };
        let codes = ShortCodes::for_tenant(&self.app.keys, tenant);
        let sent = codes.code(code.id.as_str(), CodeLength::Six);
        (code.id, sent)
    }
}

#[test]
fn a_step_of_the_app_completes_one_sign_in_and_no_other() {
    let scene = Scene::new();
    block_on(async {
        let (secret, _) = scene.second_factor().await;
        let (one, two) = (scene.past_password().await, scene.past_password().await);
        let code = secret.code(TotpStep::at(scene.app.clock.now()));
        let tenants = &scene.app.tenants;
        let attempt = |of: &(SignInId, ClientId)| {
            tenants.attempt_totp(scene.typed(ALEX, &of.0, &of.1, &code))
        };
        let both = tokio::join!(attempt(&one), attempt(&two));
        let mut seen = [both.0.unwrap(), both.1.unwrap()];
        seen.sort_by_key(|answer| matches!(answer, AttemptAnswer::Wrong { .. }));
        assert!(matches!(seen[0], AttemptAnswer::Complete(_)), "{seen:?}");
        assert!(matches!(seen[1], AttemptAnswer::Wrong { .. }), "{seen:?}");
        assert_eq!(scene.sessions().await, 1);
        scene.app.advance(Span::SECOND.times(30));
        let next = secret.code(TotpStep::at(scene.app.clock.now()));
        let third = scene.past_password().await;
        let attempt = scene.typed(ALEX, &third.0, &third.1, &next);
        let answer = tenants.attempt_totp(attempt).await.unwrap();
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
    });
}

#[test]
fn a_recovery_code_works_once_and_guesses_are_counted() {
    let scene = Scene::new();
    block_on(async {
        let (_, code) = scene.second_factor().await;
        let tenants = &scene.app.tenants;
        for expected in [true, false] {
            let (sign_in, client) = scene.past_password().await;
            let attempt = scene.typed(ALEX, &sign_in, &client, &code);
            let answer = tenants.attempt_recovery_code(attempt).await.unwrap();
            assert_eq!(matches!(answer, AttemptAnswer::Complete(_)), expected, "{answer:?}");
        }
        assert_eq!(scene.state(scene.alex_subject()).await.count, 1);
    });
}

#[test]
fn a_mailed_code_signs_in_and_its_guesses_count_for_known_and_unknown_alike() {
    let scene = Scene::new();
    let nobody = "nobody@acme.test";
    block_on(async {
        let tenants = &scene.app.tenants;
        for (name, subject) in [(ALEX, scene.alex_subject()), (nobody, scene.phantom(nobody))] {
            let opened = scene.open(name).await;
            let (row, code) = scene.issue(&opened, subject, CodePurpose::SignIn).await;
            let tried = |text: &str| {
                let typed = scene.typed(name, &opened.sign_in.id, &opened.client, text);
                tenants.attempt_code(typed, row.clone(), Sent::Mail, FactorStep::First)
            };
            let wrong = tried("no code").await.unwrap();
            assert_eq!(wrong, AttemptAnswer::Wrong { remaining: Some(N - 1) }, "{name}");
            let answer = tried(&code).await.unwrap();
            match answer {
                AttemptAnswer::Complete(_) => assert_eq!(name, ALEX),
                AttemptAnswer::Wrong { .. } => {
                    assert_eq!(name, nobody, "a phantom's is never right")
                }
                other => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn a_reset_code_is_taken_while_locked_and_a_sign_in_code_is_not() {
    let scene = Scene::new();
    block_on(async {
        let tenants = &scene.app.tenants;
        let opened = scene.open(ALEX).await;
        let typed = |text: &str| scene.typed(ALEX, &opened.sign_in.id, &opened.client, text);
        let (row, code) = scene.issue(&opened, scene.alex_subject(), CodePurpose::SignIn).await;
        scene.lock(ALEX).await;
        let step = FactorStep::First;
        let refused = tenants.attempt_code(typed(&code), row, Sent::Mail, step).await.unwrap();
        assert!(matches!(refused, AttemptAnswer::Locked(_)), "{refused:?}");
        let (row, code) = scene.issue(&opened, scene.alex_subject(), CodePurpose::Reset).await;
        let wrong = tenants.attempt_reset_code(typed("no code"), row.clone()).await.unwrap();
        assert_eq!(wrong, AttemptAnswer::Wrong { remaining: None });
        let passed = tenants.attempt_reset_code(typed(&code), row).await.unwrap();
        assert!(matches!(passed, AttemptAnswer::Passed(_)), "{passed:?}");
    });
}

#[test]
fn a_code_that_another_took_the_place_of_meanwhile_is_good_for_nothing() {
    let scene = Scene::new();
    block_on(async {
        let tenants = &scene.app.tenants;
        let opened = scene.open(ALEX).await;
        let (first, code) = scene.issue(&opened, scene.alex_subject(), CodePurpose::SignIn).await;
        scene.app.advance(CODE_SPACING);
        let (second, newer) = scene.issue(&opened, scene.alex_subject(), CodePurpose::SignIn).await;
        let typed = |text: &str| scene.typed(ALEX, &opened.sign_in.id, &opened.client, text);
        let tried = |text: &str, row: &OneTimeCodeId| {
            tenants.attempt_code(typed(text), row.clone(), Sent::Mail, FactorStep::First)
        };
        // As whoever read the sign-in a moment before the second was sent.
        let answer = tried(&code, &first).await.unwrap();
        assert_eq!(answer, AttemptAnswer::Unusable(CodeFault::Missing));
        let reset = tenants.attempt_reset_code(typed("no code"), first.clone()).await.unwrap();
        assert_eq!(reset, AttemptAnswer::Unusable(CodeFault::Missing));
        let link = scene.followed(&opened, first);
        let answer = tenants.attempt_link(link).await.unwrap();
        assert_eq!(answer, AttemptAnswer::Unusable(CodeFault::Missing));
        let answer = tried(&newer, &second).await.unwrap();
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
    });
}

#[test]
fn a_link_whose_address_changed_hands_meanwhile_is_good_for_nothing() {
    let scene = Scene::new();
    block_on(async {
        let opened = scene.open(ALEX).await;
        let before = scene.phantom("before@acme.test");
        let (row, _) = scene.issue(&opened, before, CodePurpose::SignIn).await;
        let answer = scene.app.tenants.attempt_link(scene.followed(&opened, row)).await.unwrap();
        assert_eq!(answer, AttemptAnswer::Unusable(CodeFault::Missing));
    });
}
