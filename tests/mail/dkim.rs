//! Signed mail: another library, which knows nothing of ours, agrees with the signature, and not
//! with a message that was changed.

use std::io::Write;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lockkeeper::mail::{DkimSigner, MailSettings};

use super::bench::{FIRST_WAIT, Home, by_smtp, plain, run};
use crate::harness::children;
use crate::harness::smtp::{Mode, SmtpServer, python};

const SOON: Duration = Duration::from_secs(60);
const ADDRESS: &str = "ana@acme.test";

/// Says `True` or `False` of the message on its input; the DNS has the one record it is given.
const VERIFY: &str = "
import sys, dkim
name, text = sys.argv[1].encode(), sys.argv[2].encode()
lookup = lambda asked, timeout=5: text if asked.rstrip(b'.') == name else None
try:
    print(dkim.verify(sys.stdin.buffer.read(), dnsfunc=lookup))
except dkim.DKIMException:
    print(False)
";

pub(crate) fn new_key() -> String {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let text = BASE64_STANDARD.encode(der.as_ref());
    let lines: Vec<_> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

fn agrees(signer: &DkimSigner, message: &[u8]) -> bool {
    let (name, text) = signer.record().unwrap();
    verified(&name, &text, message)
}

/// Whether the signature on a message is good where the DNS has this one record.
pub(crate) fn verified(name: &str, text: &str, message: &[u8]) -> bool {
    let mut command = children::dying_with_us("KILL", python());
    command.args(["-c", VERIFY, name, text]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = children::spawn(command);
    child.stdin.take().unwrap().write_all(message).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    match String::from_utf8(output.stdout).unwrap().trim() {
        "True" => true,
        "False" => false,
        other => panic!("{other}"),
    }
}

#[test]
fn a_signed_mail_is_believed_and_a_changed_one_is_not() {
    run(Home::sqlite(), |bench| async move {
        // The first time the server takes it and hangs up before it says so.
        let mut server = SmtpServer::start(Mode::Vanish);
        let key = new_key();
        let signer = DkimSigner::new(key.as_bytes(), "mail.example".to_owned(), "2026a".to_owned());
        let signer = Arc::new(signer.unwrap());
        bench.locked_user(ADDRESS).await;
        let settings =
            MailSettings { dkim: Some(Arc::clone(&signer)), ..by_smtp(plain(server.port())) };
        bench.round(settings.clone()).await;
        let first = server.next_mail(SOON);
        server.set_mode(Mode::Accept);
        bench.clock.advance(FIRST_WAIT);
        bench.round(settings).await;
        let mail = server.next_mail(SOON);
        assert!(first.raw == mail.raw, "the second try has other bytes");

        let raw = mail.raw;
        assert!(agrees(&signer, &raw));
        let text = String::from_utf8(raw).unwrap();
        assert!(text.starts_with("DKIM-Signature: "));
        for (from, to) in [
            ("Hello Ana", "Hello Eve"),
            ("To: ana@", "To: eve@"),
            ("From: ", "From: Eve <eve@evil.test>\r\nFrom: "),
            ("Subject: ", "Subject: Re: "),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            assert!(!agrees(&signer, changed.as_bytes()), "{from}");
        }
        // White space at a line's end is what servers change; it is not signed.
        assert!(agrees(&signer, text.replacen("Hello Ana,", "Hello Ana, ", 1).as_bytes()));
    });
}
