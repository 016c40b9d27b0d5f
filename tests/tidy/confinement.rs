//! Which library may be known in which modules, and what the pure core may not know at all.

use super::paths;
use super::sources::Source;
use super::tokens::{Token, tokens};

/// A library (as Rust spells it) and the modules that may name it.
const CONFINED: [(&str, &[&str]); 21] = [
    ("diesel", &["store"]),
    ("diesel_migrations", &["store"]),
    ("libsqlite3_sys", &["store"]),
    // The actor library; `app` starts its system.
    ("actix", &["tenant", "app"]),
    ("actix_web", &["web", "app"]),
    ("actix_cors", &["web", "app"]),
    // `config` reads an address or an SMTP URL into lettre's type.
    ("lettre", &["mail", "config"]),
    ("mailparse", &["mail"]),
    // `text` hands out words that are already escaped, a type of askama's.
    ("askama", &["web", "mail", "text"]),
    ("fluent_bundle", &["text"]),
    ("argon2", &["credential"]),
    ("jsonwebtoken", &["token"]),
    ("qrcode", &["web"]),
    ("clap", &["cli", "config", "main"]),
    ("anyhow", &["cli", "main"]),
    ("tracing_subscriber", &["telemetry"]),
    // What calls servers that tenants name.
    ("hyper", &["webhook"]),
    ("hyper_util", &["webhook"]),
    ("http_body_util", &["webhook"]),
    ("tokio_rustls", &["webhook"]),
    ("rustls_native_certs", &["webhook"]),
];

/// The rooms that decide and do nothing else.
const PURE: [&str; 2] = ["lockout", "sign_in"];

/// Libraries by which a pure room would reach the world.
const WORLDLY: [&str; 4] = ["tokio", "tracing", "parking_lot", "aws_lc_rs"];

/// Parts of the standard library by which it would.
const WORLDLY_STD: [&str; 6] = ["fs", "env", "process", "thread", "io", "sync"];

pub(super) fn offences(source: &Source) -> Vec<String> {
    let room = room(source);
    let forbidden = CONFINED.iter().filter(|(_, rooms)| !rooms.contains(&room));
    forbidden
        .flat_map(|(library, rooms)| {
            let named = paths::of_crate(source, library).into_iter();
            named.map(move |named| {
                let place = format!("{}:{}", source.path, named.line);
                format!("{place}: `{library}` is known only in {}", rooms.join(", "))
            })
        })
        .collect()
}

pub(super) fn impurities(source: &Source) -> Vec<String> {
    if !PURE.contains(&room(source)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for library in WORLDLY {
        found.extend(
            paths::of_crate(source, library).into_iter().map(|named| (named.line, library)),
        );
    }
    for named in paths::of_crate(source, "std") {
        let part = named.path.first().map_or("", String::as_str);
        found.extend(
            WORLDLY_STD.into_iter().filter(|std| *std == part).map(|std| (named.line, std)),
        );
    }
    let words = tokens(&source.text).into_iter();
    found.extend(
        words.filter(|(token, _)| *token == Token::Word("async")).map(|(_, line)| (line, "async")),
    );
    found.into_iter().map(|(line, what)| format!("{}:{line}: {what}", source.path)).collect()
}

fn room(source: &Source) -> &str {
    let inner = source.path.trim_start_matches("src/").trim_end_matches(".rs");
    inner.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_outside_its_room_is_caught() {
        for (path, text) in [
            ("src/web/error.rs", "use diesel::result::Error;"),
            ("src/web/mod.rs", "#[actix::main] async fn f() {}"),
            ("src/store/outbox.rs", "fn f() -> lettre::Address { todo() }"),
            ("src/tenant/mod.rs", "use askama::Template;"),
            ("src/tenant/mod.rs", "use actix_web::web;"),
            ("src/app.rs", "use diesel as d;"),
        ] {
            assert_eq!(offences(&Source::planted(path, text)).len(), 1, "{path}: {text}");
        }
        for (path, text) in [
            ("src/store/outbox.rs", "use diesel::prelude::*; // lettre::Address"),
            ("src/tenant/mod.rs", "use actix::Actor;"),
            ("src/app.rs", "use actix_web::{App, web}; fn f() { crate::mail::lettre::x() }"),
        ] {
            assert_eq!(offences(&Source::planted(path, text)), Vec::<String>::new(), "{path}");
        }
    }

    #[test]
    fn an_impure_core_is_caught() {
        for text in [
            "async fn f() {}",
            "use std::{fmt, fs::File};",
            "tracing::info!(x)",
            "use tokio::sync;",
        ] {
            assert_eq!(
                impurities(&Source::planted("src/lockout/decide.rs", text)).len(),
                1,
                "{text}"
            );
            assert_eq!(impurities(&Source::planted("src/store/mod.rs", text)).len(), 0, "{text}");
        }
        let pure = Source::planted("src/lockout/decide.rs", "//! no async\nuse std::fmt;");
        assert_eq!(impurities(&pure), Vec::<String>::new());
    }
}
