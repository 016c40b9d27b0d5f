//! `serve` and `healthcheck`: the application until somebody asks it to stop, and the question
//! whether it is ready.

use std::io::{IsTerminal, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::opened::master_keys;
use super::output::{complain, say};
use super::settings::{mailbox_is_safe, mailbox_refusal, warnings};
use crate::app::{Application, LiveClock, Plan};
use crate::config::Config;
use crate::model::{Clock, Span};

/// What the tenants' drain, mails under way and the store may take after the open requests' grace.
const CLOSING: Span = Span(10_000);

/// How long `healthcheck` waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// `serve`
pub(super) async fn run(config: &Config) -> Result<ExitCode> {
    if config.smtp.is_none() && !mailbox_is_safe(config) {
        bail!("{}", mailbox_refusal());
    }
    let keys = master_keys(config)?;
    let mut signals = Signals::listen()?;
    let app = Application::start(Plan::of(config, keys, Arc::new(LiveClock::new()))).await?;
    for warning in warnings(config) {
        tracing::warn!("{warning}");
    }
    let address = app.address;
    if let Some(url) = config.base_url(address) {
        tracing::info!(version = env!("CARGO_PKG_VERSION"), public_url = url.origin(), "started");
    }
    tracing::info!("listening on http://{address}");
    // For programs that wait for it; on a terminal the log line is seen already.
    if !std::io::stdout().is_terminal() {
        say(&format!("listening on http://{address}"));
    }
    until_stopped(app, &mut signals, config).await
}

/// Waits for a signal, then stops gracefully: not ready any more, then no new connections, open requests answered, attempts
/// settled, mails finished, the store closed. A second signal, or far too long a wait, cuts it short.
pub(super) async fn until_stopped(
    app: Application,
    signals: &mut Signals,
    config: &Config,
) -> Result<ExitCode> {
    let why = signals.next().await;
    tracing::info!(signal = why, "stopping");
    let grace = Span(i64::try_from(config.shutdown_grace.as_millis()).unwrap_or(i64::MAX));
    let clock = LiveClock::new();
    let last = clock.now().after(config.drain).after(grace).after(CLOSING);
    tokio::select! {
        () = app.stop() => {
            tracing::info!("stopped");
            Ok(ExitCode::SUCCESS)
        }
        again = signals.next() => Err(anyhow!("stopped at once by a second {again}; what was answered is kept")),
        () = clock.wait_until(last) => Err(anyhow!("did not stop in time; what was answered is kept")),
    }
}

/// The signals that ask a server to stop.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Takes them over from the system, which would end the process at once.
    pub(super) fn listen() -> Result<Self> {
        let of = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            terminate: of(SignalKind::terminate())?,
            interrupt: of(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// `healthcheck`: asks `/readyz` of the server that these settings describe.
pub(super) fn healthcheck(config: &Config) -> Result<ExitCode> {
    let address = reachable(config.listen);
    let answer = ask(address).with_context(|| format!("no answer from http://{address}/readyz"))?;
    let status = answer.split(' ').nth(1).unwrap_or_default();
    if status == "200" {
        say("ready");
        return Ok(ExitCode::SUCCESS);
    }
    complain(&format!("http://{address}/readyz answers {status}: not ready"));
    Ok(ExitCode::FAILURE)
}

/// What `/readyz` answers, head and all.
pub(super) fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// A server that listens everywhere is asked on this machine.
pub(super) fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
