//! A real SMTP server (aiosmtpd in a process of its own, see `smtp_server.py`) and the mails it
//! took. Knows nothing of what our mails say.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailparse::{MailHeaderMap, ParsedMail};
use serde_json::Value;

use super::children::{self, Lines, NoLine, START_DEADLINE};

/// How the server treats messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Accept,
    /// 451 for the next so many messages, then accept.
    Defer(u32),
    /// 451 once for each recipient.
    Greylist,
    /// 550 for every recipient: there is no such mailbox.
    Reject,
    /// 550 for every sender.
    Refuse,
    /// Answers a message after so many seconds.
    Slow(u32),
    /// Takes the message, then hangs up before the answer: the sender cannot know.
    Vanish,
}

impl Mode {
    fn order(self) -> String {
        match self {
            Self::Accept => "accept".into(),
            Self::Defer(count) => format!("defer {count}"),
            Self::Greylist => "greylist".into(),
            Self::Reject => "reject".into(),
            Self::Refuse => "refuse".into(),
            Self::Slow(seconds) => format!("slow {seconds}"),
            Self::Vanish => "vanish".into(),
        }
    }
}

/// What happened at the server, in order.
#[derive(Debug)]
pub(crate) enum Event {
    Taken(Mail),
    /// A message not taken: the SMTP code it got and for whom it was.
    Refused {
        code: i64,
        to: Vec<String>,
    },
}

/// A message that the server took.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    /// Milliseconds since the epoch, by the machine's clock.
    pub arrived_ms: i64,
    pub sender: String,
    pub to: Vec<String>,
    /// As it came over the wire.
    pub raw: Vec<u8>,
}

impl Mail {
    /// The first header of this name, decoded; empty when there is none.
    pub(crate) fn header(&self, name: &str) -> String {
        self.parsed().headers.get_first_value(name).unwrap_or_default()
    }

    /// The decoded `text/plain` part.
    pub(crate) fn text(&self) -> String {
        self.part("text/plain")
    }

    /// The decoded `text/html` part.
    pub(crate) fn html(&self) -> String {
        self.part("text/html")
    }

    /// The types of all leaf parts in their order, to see that the text part comes first.
    pub(crate) fn part_types(&self) -> Vec<String> {
        leaves(&self.parsed()).iter().map(|part| part.ctype.mimetype.clone()).collect()
    }

    /// The first URL of the text part that contains `piece`.
    pub(crate) fn link(&self, piece: &str) -> String {
        let text = self.text();
        let mut words = text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>'));
        let link = words.find(|word| word.starts_with("http") && word.contains(piece));
        link.unwrap_or_else(|| panic!("no link with {piece} in:\n{text}")).to_owned()
    }

    fn part(&self, mime_type: &str) -> String {
        let parsed = self.parsed();
        let leaves = leaves(&parsed);
        let part = leaves.iter().find(|part| part.ctype.mimetype == mime_type);
        part.unwrap_or_else(|| panic!("no {mime_type} part")).get_body().unwrap()
    }

    fn parsed(&self) -> ParsedMail<'_> {
        mailparse::parse_mail(&self.raw).unwrap()
    }
}

fn leaves<'a>(part: &'a ParsedMail<'a>) -> Vec<&'a ParsedMail<'a>> {
    if part.subparts.is_empty() {
        vec![part]
    } else {
        part.subparts.iter().flat_map(leaves).collect()
    }
}

/// The server; killed when dropped.
pub(crate) struct SmtpServer {
    child: Child,
    orders: ChildStdin,
    lines: Lines,
    port: u16,
}

impl SmtpServer {
    pub(crate) fn start(mode: Mode) -> Self {
        let mut command = children::dying_with_us("KILL", python());
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/harness/smtp_server.py"));
        command.arg(mode.order());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = children::spawn(command);
        let mut lines = Lines::of_child(&mut child);
        let orders = child.stdin.take().unwrap();
        let port = lines.find(START_DEADLINE, |line| told(line, "ready")?["port"].as_u64());
        let port = port.unwrap_or_else(|why| panic!("the SMTP server did not start: {why:?}"));
        Self { child, orders, lines, port: u16::try_from(port).unwrap() }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// As `LOCKKEEPER_SMTP_URL` takes it.
    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    /// Changes the mode; in force when this returns.
    pub(crate) fn set_mode(&mut self, mode: Mode) {
        writeln!(self.orders, "{}", mode.order()).unwrap();
        // Events that come before the confirmation stay in the transcript but are passed over.
        self.lines.find(START_DEADLINE, |line| told(line, "mode")).unwrap();
    }

    /// The next event; `None` when there is none within `deadline` (ms precision).
    pub(crate) fn next_event(&mut self, deadline: Duration) -> Option<Event> {
        match self.lines.find(deadline, event) {
            Ok(event) => Some(event),
            Err(NoLine::Late(_)) => None,
            Err(NoLine::Ended(said)) => panic!("the SMTP server died:\n{said}"),
        }
    }

    /// The next message taken; refused ones are passed over. Panics after `deadline`.
    pub(crate) fn next_mail(&mut self, deadline: Duration) -> Mail {
        let taken = |line: &str| match event(line)? {
            Event::Taken(mail) => Some(mail),
            Event::Refused { .. } => None,
        };
        match self.lines.find(deadline, taken) {
            Ok(mail) => mail,
            Err(why) => panic!("no mail within {deadline:?}: {why:?}"),
        }
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An SMTP URL behind which nobody listens.
pub(crate) fn closed_url() -> String {
    format!("smtp://127.0.0.1:{}?tls=none", children::free_port())
}

/// The interpreter of the virtual environment that `make tools` makes in the target directory.
pub(crate) fn python() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let python = target.join("test-tools/venv/bin/python");
    assert!(python.exists(), "no {}: run `make tools`", python.display());
    python
}

fn told(line: &str, event: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(line).ok()?;
    (value["event"] == event).then_some(value)
}

fn event(line: &str) -> Option<Event> {
    let strings = |value: &Value| serde_json::from_value::<Vec<String>>(value.clone()).unwrap();
    if let Some(mail) = told(line, "mail") {
        return Some(Event::Taken(Mail {
            arrived_ms: mail["arrived_ms"].as_i64().unwrap(),
            sender: mail["sender"].as_str().unwrap().to_owned(),
            to: strings(&mail["to"]),
            raw: STANDARD.decode(mail["raw"].as_str().unwrap()).unwrap(),
        }));
    }
    let refused = told(line, "refused")?;
    Some(Event::Refused { code: refused["code"].as_i64().unwrap(), to: strings(&refused["to"]) })
}

#[cfg(test)]
mod tests {
    use lettre::message::{MultiPart, header};
    use lettre::{Message, SmtpTransport, Transport};

    use super::*;

    const SOON: Duration = Duration::from_secs(60);

    fn send(port: u16) -> Result<(), lettre::transport::smtp::Error> {
        let body = MultiPart::alternative_plain_html(
            "G\u{fc}ten Tag, see http://127.0.0.1/t/acme/unlock/abc today".to_owned(),
            "<p>G\u{fc}ten Tag</p>".to_owned(),
        );
        let mail = Message::builder()
            .from("Acme <no-reply@acme.test>".parse().unwrap())
            .to("ana@acme.test".parse().unwrap())
            .header(header::Subject::from("Entsperren \u{2713}".to_owned()))
            .multipart(body)
            .unwrap();
        let server = SmtpTransport::builder_dangerous("127.0.0.1").port(port).build();
        server.send(&mail).map(|_| ())
    }

    #[test]
    fn an_accepted_mail_comes_back_whole() {
        let mut server = SmtpServer::start(Mode::Accept);
        send(server.port()).unwrap();
        let mail = server.next_mail(SOON);
        assert_eq!(
            (mail.sender.as_str(), mail.to.as_slice()),
            ("no-reply@acme.test", &["ana@acme.test".to_owned()][..])
        );
        assert_eq!(mail.header("subject"), "Entsperren \u{2713}");
        assert_eq!(mail.part_types(), ["text/plain", "text/html"]);
        assert_eq!(mail.link("/unlock/"), "http://127.0.0.1/t/acme/unlock/abc");
        assert!(mail.html().contains("G\u{fc}ten Tag"));
        assert!(mail.arrived_ms > 1_700_000_000_000);
    }

    #[test]
    fn each_mode_answers_as_it_says() {
        let mut server = SmtpServer::start(Mode::Defer(1));
        assert!(send(server.port()).unwrap_err().is_transient());
        assert!(matches!(server.next_event(SOON), Some(Event::Refused { code: 451, .. })));
        send(server.port()).unwrap();
        assert!(matches!(server.next_event(SOON), Some(Event::Taken(_))));

        server.set_mode(Mode::Reject);
        assert!(send(server.port()).unwrap_err().is_permanent());
        assert!(matches!(server.next_event(SOON), Some(Event::Refused { code: 550, .. })));

        server.set_mode(Mode::Vanish);
        let unclear = send(server.port()).unwrap_err();
        assert!(!unclear.is_permanent() && !unclear.is_transient(), "{unclear:?}");
        assert!(matches!(server.next_event(SOON), Some(Event::Taken(_))));
        assert!(server.next_event(Duration::from_millis(50)).is_none());
    }

    #[test]
    fn nobody_listens_behind_the_closed_url() {
        let url = closed_url();
        let port = url.trim_start_matches("smtp://127.0.0.1:").trim_end_matches("?tls=none");
        assert!(send(port.parse().unwrap()).is_err());
    }
}
