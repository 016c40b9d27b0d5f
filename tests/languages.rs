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
const ENGLISH_ONLY: [&str; 4] = ["demo.ftl", "codes.ftl", "sign_in_steps.ftl", "account.ftl"];

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
    insta::assert_snapshot!(said.join("\n"), @"");
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
    insta::assert_snapshot!(said.join("\n"), @"");
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
            let parsed = FluentResource::try_new(source.to_owned());
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
    insta::assert_snapshot!(said.join("\n"), @"");
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
    insta::assert_snapshot!(said.join("\n"), @"");
}
