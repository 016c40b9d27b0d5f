//! Mail: where it goes, whether the mail server lets us in and takes a mail, and who signs it.

use super::super::settings::{is_local, mailbox_is_safe};
use super::Findings;
use crate::app::{DkimPlan, MailPlan};
use crate::config::Config;
use crate::mail::SmtpSecurity;
use crate::mail::checkup::{TestLetter, lets_us_in, send_test};
use crate::model::Millis;

/// Looks, and sends a mail where there is somebody to send it to.
pub(super) async fn look(config: &Config, to: Option<&str>, now: Millis, findings: &mut Findings) {
    const CHECK: &str = "mail_server";
    let MailPlan::Smtp { server, from, dkim, .. } = MailPlan::of(config) else {
        let says = "no smtp_url is set, so mail goes to the built-in mailbox page and nowhere else";
        match (is_local(config), mailbox_is_safe(config)) {
            (true, _) => findings.ok(CHECK, format!("{says}; that is for trying it out")),
            (false, true) => findings.warning(
                CHECK,
                format!(
                    "{says}, where everybody who reaches it can press every link: set smtp_url and \
                     mail_from"
                ),
            ),
            (false, false) => findings.fault(
                CHECK,
                "no smtp_url is set, and `serve` refuses to show the mails to whoever reaches it: set \
                 smtp_url and mail_from, or mailbox_access = \"anyone\" if that is meant",
            ),
        }
        if to.is_some() {
            findings.fault("test_mail", "was not sent: set smtp_url and mail_from first");
        }
        return;
    };
    let place = format!("{}:{}", server.host, server.port);
    let signed_in = if server.credentials.is_some() { " and the login accepted" } else { "" };
    let let_in = lets_us_in(&server).await;
    match (&let_in, server.security) {
        (Ok(()), SmtpSecurity::None) if !is_near(&server.host) => findings.warning(
            CHECK,
            format!(
                "{place} answers, but mails and their links travel in the clear: leave ?tls=none out of \
                 smtp_url"
            ),
        ),
        (Ok(()), security) => {
            let tls = if security == SmtpSecurity::None { "" } else { ", TLS is set up" };
            findings.ok(CHECK, format!("{place} answers{tls}{signed_in}"));
        }
        (Err(why), _) => {
            findings.fault(CHECK, format!("{place} cannot be used: {why}; check smtp_url"));
        }
    }
    let signer = signature(config, dkim.as_ref(), findings);
    let Some(to) = to else { return };
    const TEST: &str = "test_mail";
    if let_in.is_err() {
        return findings.fault(TEST, "was not sent, because the mail server cannot be used");
    }
    let letter = TestLetter { from: &from, to, signer: signer.as_ref(), at: now };
    match send_test(&server, letter).await {
        Ok(()) => findings.ok(
            TEST,
            "the mail server took it; if it does not arrive, look into the spam folder, and at SPF and \
             DKIM of the sender's domain",
        ),
        Err(why) => findings.fault(TEST, format!("was not taken: {why}")),
    }
}

/// On this machine nobody listens.
fn is_near(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn signature(
    config: &Config,
    dkim: Option<&DkimPlan>,
    findings: &mut Findings,
) -> Option<crate::mail::DkimSigner> {
    const CHECK: &str = "mail_signature";
    let domain = config.mail_from.as_ref().map(|from| from.email.domain().to_owned());
    let Some(dkim) = dkim else {
        let domain = domain.unwrap_or_default();
        findings.warning(
            CHECK,
            format!(
                "mails of {domain} leave unsigned: set dkim_key_file, unless the mail server signs for \
                 {domain} itself"
            ),
        );
        return None;
    };
    let opened = dkim.open();
    let record = opened.as_ref().map(|signer| signer.record().map(|(name, _)| name));
    match record {
        Ok(Ok(name)) => findings.ok(
            CHECK,
            format!("mails are signed; the DNS must have {name}, as check-config shows it"),
        ),
        Ok(Err(fault)) => findings.fault(CHECK, fault.to_string()),
        Err(fault) => findings.fault(CHECK, format!("{fault}; `serve` does not start without it")),
    }
    opened.ok()
}
