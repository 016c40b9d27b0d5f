//! What a locked account is told, in every language that we speak; and that no language says less
//! than English.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::FluentResource;
use lockkeeper::lockout::{LockLength, Policy, Preset};
use lockkeeper::model::{Count, Millis, Span};
use lockkeeper::text::catalogue::{ENGLISH, TRANSLATED};
use lockkeeper::text::time::wait;
use lockkeeper::text::{Catalogue, Moment, Zone};

use crate::frontend_api::{World, text, v1};
use crate::harness::app::{TestApp, TestTenant};
use crate::harness::client::{Answer, block_on};

/// What developers read, or what has no message yet.
const ENGLISH_ONLY: [&str; 20] = [
    "console.ftl",
    "console_attacks.ftl",
    "console_audit.ftl",
    "console_branding.ftl",
    "console_inbox.ftl",
    "console_locks.ftl",
    "console_mail.ftl",
    "console_policy.ftl",
    "console_replay.ftl",
    "console_users.ftl",
    "console_user_import.ftl",
    "console_alerts.ftl",
    "console_keys.ftl",
    "console_webhooks.ftl",
    "console_first_steps.ftl",
    "console_settings.ftl",
    "console_team.ftl",
    "console_versions.ftl",
    "demo.ftl",
    "api_docs.ftl",
];

/// The long message of the first error.
fn long_message(answer: &Answer) -> String {
    text(&answer.json(), "/errors/0/long_message").to_owned()
}

/// A tenant whose first failure locks for so long.
fn locks_for(app: &TestApp, slug: &str, length: LockLength) -> TestTenant {
    let policy = Policy {
        max_attempts: 1,
        minimum_duration: length,
        maximum_duration: length,
        ..Preset::Balanced.policy()
    };
    app.tenant(slug, Some(policy))
}

async fn wrong(app: &TestApp, slug: &str, who: &str, locale: &str) -> Answer {
    let form =
        [("strategy", "password"), ("identifier", who), ("password", "wrong"), ("locale", locale)];
    // Without a cookie, as the short way of a refused try wants it.
    app.client().post_form(&format!("/t/{slug}/v1/client/sign_ins"), &form).await
}

#[test]
fn the_wait_is_said_in_the_language_of_the_sdk() {
    let app = TestApp::start();
    // The couriers, the upkeep and the acts of staff have looked once and read nothing meanwhile.
    block_on(app.clock.until_waiting(4));
    let lengths = [
        ("minutes", LockLength::For(Span::MINUTE.times(30))),
        ("hour", LockLength::For(Span::HOUR)),
        ("days", LockLength::For(Span::DAY.times(2))),
        ("endless", LockLength::UntilUnlocked),
    ];
    let mut said = Vec::new();
    for (slug, length) in lengths {
        locks_for(&app, slug, length);
        for locale in ["en-US", "de-DE", "fr-FR", "es-MX", "ja-JP"] {
            let who = format!("{locale}@example.com");
            block_on(async {
                let first = wrong(&app, slug, &who, locale).await;
                assert_eq!(first.status, 403, "{}", first.body);
                let words = long_message(&first);
                // Read once more, then answered by the thread that has the words at hand.
                for _ in 0..2 {
                    assert_eq!(long_message(&wrong(&app, slug, &who, locale).await), words);
                }
                let reads = app.metrics.value(Count::Reads);
                let short = wrong(&app, slug, &who, locale).await;
                assert_eq!((short.status, long_message(&short)), (403, words.clone()));
                assert_eq!(app.metrics.value(Count::Reads), reads, "it went the short way");
                // The same lock, asked for in another language: nothing is remembered too long.
                let other = wrong(&app, slug, &who, "it-IT").await;
                assert!(long_message(&other).starts_with("Your account is locked."));
                assert_eq!(long_message(&wrong(&app, slug, &who, locale).await), words);
                said.push(format!("{slug} {locale}: {words}"));
            });
        }
    }
    insta::assert_snapshot!(said.join("\n"), @"
        minutes en-US: Your account is locked. You can try again in 30 minutes. For more information, contact help@minutes.test.
        minutes de-DE: Ihr Konto ist gesperrt. Die Sperre dauert noch 30 Minuten, danach können Sie es wieder versuchen. Bei Fragen wenden Sie sich an help@minutes.test.
        minutes fr-FR: Votre compte est verrouillé. Vous pourrez réessayer dans 30 minutes. Pour en savoir plus, contactez help@minutes.test.
        minutes es-MX: Su cuenta está bloqueada. Podrá volver a intentarlo en 30 minutos. Para más información, póngase en contacto con help@minutes.test.
        minutes ja-JP: アカウントはロックされています。あと30分で再度お試しいただけます。詳しくはhelp@minutes.testまでお問い合わせください。
        hour en-US: Your account is locked. You can try again in 1 hour. For more information, contact help@hour.test.
        hour de-DE: Ihr Konto ist gesperrt. Die Sperre dauert noch 1 Stunde, danach können Sie es wieder versuchen. Bei Fragen wenden Sie sich an help@hour.test.
        hour fr-FR: Votre compte est verrouillé. Vous pourrez réessayer dans 1 heure. Pour en savoir plus, contactez help@hour.test.
        hour es-MX: Su cuenta está bloqueada. Podrá volver a intentarlo en 1 hora. Para más información, póngase en contacto con help@hour.test.
        hour ja-JP: アカウントはロックされています。あと1時間で再度お試しいただけます。詳しくはhelp@hour.testまでお問い合わせください。
        days en-US: Your account is locked. You can try again in 2 days. For more information, contact help@days.test.
        days de-DE: Ihr Konto ist gesperrt. Die Sperre dauert noch 2 Tage, danach können Sie es wieder versuchen. Bei Fragen wenden Sie sich an help@days.test.
        days fr-FR: Votre compte est verrouillé. Vous pourrez réessayer dans 2 jours. Pour en savoir plus, contactez help@days.test.
        days es-MX: Su cuenta está bloqueada. Podrá volver a intentarlo en 2 días. Para más información, póngase en contacto con help@days.test.
        days ja-JP: アカウントはロックされています。あと2日で再度お試しいただけます。詳しくはhelp@days.testまでお問い合わせください。
        endless en-US: Your account is locked. For more information, contact help@endless.test.
        endless de-DE: Ihr Konto ist gesperrt. Bei Fragen wenden Sie sich an help@endless.test.
        endless fr-FR: Votre compte est verrouillé. Pour en savoir plus, contactez help@endless.test.
        endless es-MX: Su cuenta está bloqueada. Para más información, póngase en contacto con help@endless.test.
        endless ja-JP: アカウントはロックされています。詳しくはhelp@endless.testまでお問い合わせください。
    ");
}

#[test]
fn the_last_two_tries_are_counted_down_in_the_language_of_the_sdk() {
    let world = World::new();
    let mut said = Vec::new();
    for locale in ["en", "de", "fr", "es", "ja"] {
        let who = format!("{locale}@example.com");
        let form = [("identifier", who.as_str()), ("password", "wrong"), ("locale", locale)];
        block_on(async {
            let client = world.client();
            for left in [3, 2, 1] {
                let answer = client.post_form(&v1("client/sign_ins"), &form).await.json();
                let warning = answer.pointer("/errors/1");
                assert_eq!(warning.is_some(), left <= 2, "{answer}");
                let Some(warning) = warning else { continue };
                assert_eq!(text(warning, "/code"), "account_lockout_warning");
                let words = text(warning, "/long_message");
                assert!(text(&answer, "/errors/0/long_message").ends_with(words));
                said.push(format!("{locale}: {}", text(&answer, "/errors/0/long_message")));
            }
        });
    }
    insta::assert_snapshot!(said.join("\n"), @"
        en: The password is incorrect. Try again. 2 tries left before sign-in is locked.
        en: The password is incorrect. Try again. 1 try left before sign-in is locked.
        de: Das Passwort ist falsch. Versuchen Sie es noch einmal. Noch 2 Versuche, dann wird die Anmeldung gesperrt.
        de: Das Passwort ist falsch. Versuchen Sie es noch einmal. Noch 1 Versuch, dann wird die Anmeldung gesperrt.
        fr: Le mot de passe est incorrect. Réessayez. Il reste 2 essais avant le verrouillage de la connexion.
        fr: Le mot de passe est incorrect. Réessayez. Il reste 1 essai avant le verrouillage de la connexion.
        es: La contraseña es incorrecta. Inténtelo de nuevo. Quedan 2 intentos antes de que se bloquee el inicio de sesión.
        es: La contraseña es incorrecta. Inténtelo de nuevo. Queda 1 intento antes de que se bloquee el inicio de sesión.
        ja: パスワードが正しくありません。もう一度お試しください。あと2回失敗すると、サインインがロックされます。
        ja: パスワードが正しくありません。もう一度お試しください。あと1回失敗すると、サインインがロックされます。
    ");
}

/// Each message of a file with the arguments and tags that it uses.
fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut id = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line;
        if line.starts_with(|c: char| c.is_ascii_lowercase()) {
            let (name, rest) = line.split_once(" =").unwrap();
            (id, words) = (name.to_owned(), rest);
            assert!(found.insert(id.clone(), BTreeSet::new()).is_none(), "{id} is there twice");
        }
        let of = |from: char, to: char| {
            words.split(from).skip(1).map(move |rest| {
                let name: String = rest.chars().take_while(|c| *c != to && *c != '}').collect();
                format!("{from}{name}")
            })
        };
        let parts: Vec<String> = of('$', ' ').chain(of('<', '>')).collect();
        found.get_mut(&id).into_iter().for_each(|set| set.extend(parts.iter().cloned()));
    }
    found
}

#[test]
fn every_language_has_every_message_with_the_same_arguments_and_tags() {
    for (tag, files) in TRANSLATED {
        let mut left: BTreeSet<&str> = ENGLISH_ONLY.into_iter().collect();
        for (name, english) in ENGLISH {
            let Some((_, translated)) = files.iter().find(|(file, _)| *file == name) else {
                assert!(left.remove(name), "{tag} lacks {name}");
                continue;
            };
            let (wanted, found) = (messages(english), messages(translated));
            let keys = |of: &BTreeMap<String, BTreeSet<String>>| of.keys().cloned().collect();
            let (wanted_keys, found_keys): (BTreeSet<String>, BTreeSet<String>) =
                (keys(&wanted), keys(&found));
            let missing: Vec<_> = wanted_keys.difference(&found_keys).collect();
            let idle: Vec<_> = found_keys.difference(&wanted_keys).collect();
            assert!(missing.is_empty() && idle.is_empty(), "{tag}/{name}: {missing:?} {idle:?}");
            for (id, uses) in &wanted {
                assert_eq!(&found[id], uses, "{tag}/{name}: {id}");
            }
        }
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn every_file_parses_and_keeps_the_tone() {
    for (tag, files) in TRANSLATED {
        let lang = Catalogue::get(tag);
        assert_eq!(lang.tag, tag);
        for (name, source) in files {
            let parsed = FluentResource::try_new((*source).to_owned());
            assert!(parsed.is_ok(), "{tag}/{name}: {:?}", parsed.err().map(|(_, faults)| faults));
            assert!(source.lines().count() < 500, "{tag}/{name} is too long");
            for line in source.lines().filter(|line| !line.starts_with('#')) {
                assert!(!line.contains(['!', '！', '¡']), "{tag}/{name}: {line}");
            }
            for id in messages(source).keys().filter(|id| id.contains("button")) {
                let words = lang.line(id);
                assert!(words.chars().count() <= 22, "{tag}/{name} {id}: {words}");
            }
        }
    }
}

#[test]
fn waits_follow_the_plural_rules_of_their_language() {
    let spans =
        [Span(1), Span::MINUTE, Span::MINUTE.times(95), Span::DAY.times(2), Span::HOUR.times(73)];
    let said: Vec<String> = ["en", "de", "fr", "es", "ja"]
        .into_iter()
        .map(|tag| {
            let waits = spans.map(|span| wait(Catalogue::get(tag), span));
            format!("{tag}: {}", waits.join(" / "))
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
        en: less than a minute / 1 minute / 1 hour 35 minutes / 2 days / 3 days 1 hour
        de: weniger als eine Minute / 1 Minute / 1 Stunde und 35 Minuten / 2 Tage / 3 Tage und 1 Stunde
        fr: moins d’une minute / 1 minute / 1 heure et 35 minutes / 2 jours / 3 jours et 1 heure
        es: menos de un minuto / 1 minuto / 1 hora y 35 minutos / 2 días / 3 días y 1 hora
        ja: 1分未満 / 1分 / 1時間35分 / 2日 / 3日1時間
    ");
}

#[test]
fn dates_are_written_as_people_write_them() {
    let at = Millis(1_795_266_360_000);
    let said: Vec<String> = ["en", "de", "fr", "es", "ja"]
        .into_iter()
        .map(|tag| {
            let moment =
                Moment::new(Catalogue::get(tag), &Zone::named("Europe/Vienna"), at, Millis(0));
            format!("{tag}: {}", moment.dated)
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
        en: 21 Nov 2026, 14:06 CET
        de: 21. November 2026, 14:06 CET
        fr: 21 novembre 2026, 14:06 CET
        es: 21 de noviembre de 2026, 14:06 CET
        ja: 2026年11月21日 14:06 CET
    ");
}
