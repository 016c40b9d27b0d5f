//! What strangers mail: two hundred messages that carry scripts come in as answers to requests, and none
//! runs in the inbox or on the person's own page.

use lockkeeper::mail::inbound;
use lockkeeper::store::team::Role;
use lockkeeper::tenant::Taken;
use lockkeeper::token::{MailAddress, MailAddresses};
use thirtyfour::prelude::*;

use super::Office;
use super::inbox::{requests, write};
use super::journeys::{Agent, is_harmless, payloads};
use crate::harness::browser::{Look, Scripts, browse};
use crate::harness::client::block_on;

/// Mails that one request takes within a day.
const A_REQUEST: usize = 20;

/// A payload in every place that a mail has, in one of three shapes.
fn message(number: usize, payload: &str) -> String {
    let line = payload.replace('\n', " ");
    let head = format!(
        "From: {line} <eve@evil.test>\r\nSubject: {line}\r\nMessage-ID: <{number}@evil.test>\r\n\
         MIME-Version: 1.0\r\n"
    );
    match number % 3 {
        0 => format!("{head}\r\nplain {payload}\r\n"),
        1 => format!(
            "{head}Content-Type: text/html; charset=utf-8\r\n\r\n<p>html {payload}</p>\r\n\
             <p>{}</p>\r\n",
            payload.replace('<', "&lt;").replace('>', "&gt;")
        ),
        _ => format!(
            "{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\r\nmixed {payload}\r\n--b\r\n\
             Content-Type: image/svg+xml; name=\"{}\"\r\n\
             Content-Disposition: attachment; filename=\"{}\"\r\n\r\n{payload}\r\n--b--\r\n",
            line.replace('"', "'"),
            line.replace('"', "'")
        ),
    }
}

#[test]
fn two_hundred_payloads_by_mail_run_nowhere() {
    let office = Office::open();
    office.staff("bo", Some(&office.acme), Role::Support);
    let tenant = office.acme.profile.id().clone();
    let tag = MailAddresses::tag(&tenant);
    block_on(office.app.store.set_mail_tag(tenant.clone(), tag)).unwrap();
    let addresses = MailAddresses::for_tenant(&office.app.keys, &tenant);
    let payloads = payloads();
    assert_eq!(payloads.len(), 200);
    let mut paths = vec!["/console/acme/inbox".to_owned()];
    for (chunk, first) in payloads.chunks(A_REQUEST).zip((0..).step_by(A_REQUEST)) {
        let who = format!("person{first}@acme.test");
        let (reference, secret) = write(&office, &who, "document.title is what I see");
        let filed = requests(&office).into_iter().find(|one| one.reference == reference).unwrap();
        let signed = addresses.signed(&MailAddress::Reply(filed.id)).unwrap();
        let to = format!("desk+{signed}@in.example");
        for (number, payload) in (first..).zip(chunk) {
            let mail = inbound::read(message(number, payload).as_bytes()).unwrap();
            let taken = block_on(office.app.tenants.take_mail(Some(&to), &mail)).unwrap();
            assert!(matches!(taken, Taken::Message { .. }), "{number}: {taken:?}");
        }
        paths.push(format!("/console/acme/inbox/{reference}"));
        paths.push(format!("/t/acme/support/{secret}"));
    }
    browse(Look { scripts: Scripts::On, ..Look::default() }, async |driver| {
        let agent = Agent::signed_in(&driver, &office, "bo").await?;
        for path in &paths {
            is_harmless(&driver, &agent, path).await?;
        }
        // They are there, as text.
        driver.goto(format!("{}{}", agent.base, paths[1])).await?;
        let shown = driver.find(By::Tag("main")).await?.text().await?;
        for words in ["plain <script>document.title='ran 0'", "mixed </textarea><script>"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        Ok(())
    });
}
