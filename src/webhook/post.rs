//! One POST over one connection: to an address that was judged, with an end to everything (time, the
//! answer's head and body), and without redirects, cookies or a proxy. Knows no event.

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::WebhookSettings;
use super::destination::{self, DestinationFault, PlainText};
use super::tls::Tls;
use crate::model::{Names, Span, WebhookUrl};

/// How long a whole try may take, from the name to the answer's last byte.
const LONGEST_TRY: Duration = Duration::from_secs(10);
/// How long one of several addresses may take to be connected to.
const LONGEST_CONNECT: Duration = Duration::from_secs(4);
/// The answer's head in bytes, and its headers.
const MOST_HEAD: usize = 16 << 10;
const MOST_HEADERS: usize = 100;
/// Of the answer's body so much is read, so that the server may finish it, and thrown away.
const MOST_BODY: usize = 64 << 10;
/// Who we say we are.
const AGENT: &str = concat!("Lockkeeper-Webhooks/", env!("CARGO_PKG_VERSION"));

/// What is sent.
pub(super) struct Post<'a> {
    pub url: &'a WebhookUrl,
    pub plain: PlainText,
    pub headers: &'a [(String, String)],
    pub body: &'a str,
}

/// What the server said: its words are not kept, lest a private server's leak through the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answered {
    pub status: u16,
    pub retry_after: Option<Span>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PostFault {
    #[error("not called: {0}")]
    Destination(#[from] DestinationFault),
    #[error("no connection")]
    Unreachable,
    #[error("no answer within {} seconds", LONGEST_TRY.as_secs())]
    TooSlow,
    #[error("{0}")]
    Encryption(String),
    #[error("the connection broke before a whole answer")]
    Broken,
}

/// Sends.
pub(super) struct Poster {
    allowed: Vec<IpNet>,
    names: std::sync::Arc<dyn Names>,
    tls: Tls,
}

impl Poster {
    pub(super) fn new(settings: WebhookSettings) -> Self {
        let WebhookSettings { allow_private, names, roots } = settings;
        Self { allowed: allow_private, names, tls: Tls::new(roots) }
    }

    /// # Errors
    /// [`PostFault`].
    pub(super) async fn send(&self, post: &Post<'_>) -> Result<Answered, PostFault> {
        match tokio::time::timeout(LONGEST_TRY, self.attempt(post)).await {
            Ok(answer) => answer,
            Err(_) => Err(PostFault::TooSlow),
        }
    }

    async fn attempt(&self, post: &Post<'_>) -> Result<Answered, PostFault> {
        let names = self.names.as_ref();
        let addresses = destination::addresses(post.url, &self.allowed, post.plain, names).await?;
        let stream = connected(&addresses).await?;
        match post.url.url().host() {
            Some(host) if post.url.is_encrypted() => {
                let stream = self.tls.connect(&host, stream).await;
                exchange(stream.map_err(PostFault::Encryption)?, post).await
            }
            Some(_) | None => exchange(stream, post).await,
        }
    }
}

/// A connection to the first address that takes one.
async fn connected(addresses: &[SocketAddr]) -> Result<TcpStream, PostFault> {
    for address in addresses {
        let connecting = tokio::time::timeout(LONGEST_CONNECT, TcpStream::connect(address));
        if let Ok(Ok(stream)) = connecting.await {
            // What it costs when it cannot be set is a delay.
            let _plain = stream.set_nodelay(true);
            return Ok(stream);
        }
    }
    Err(PostFault::Unreachable)
}

async fn exchange<S>(stream: S, post: &Post<'_>) -> Result<Answered, PostFault>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let request = request(post).ok_or(PostFault::Broken)?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MOST_HEAD)
        .max_headers(MOST_HEADERS)
        .handshake::<_, Full<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(|_| PostFault::Broken)?;
    let answering = async {
        let response = sender.send_request(request).await.map_err(|_| PostFault::Broken)?;
        let answer =
            Answered { status: response.status().as_u16(), retry_after: retry_after(&response) };
        drain(response).await;
        Ok(answer)
    };
    tokio::pin!(connection, answering);
    tokio::select! {
        biased;
        answer = &mut answering => answer,
        // The connection has ended; what it brought is still to be taken.
        _ended = &mut connection => answering.await,
    }
}

fn request(post: &Post<'_>) -> Option<Request<Full<Bytes>>> {
    let url = post.url.url();
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str()?),
        None => url.host_str()?.to_owned(),
    };
    let mut request = Request::post(target)
        .header(HOST, host)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, AGENT)
        .header(CONNECTION, "close");
    for (name, value) in post.headers {
        request = request.header(name, value);
    }
    request.body(Full::new(Bytes::copy_from_slice(post.body.as_bytes()))).ok()
}

/// Reads a bounded part of the body; how that goes changes nothing.
async fn drain(response: Response<Incoming>) {
    let mut body = response.into_body();
    let mut read = 0_usize;
    while read < MOST_BODY {
        match body.frame().await {
            Some(Ok(frame)) => {
                read = read.saturating_add(frame.data_ref().map_or(0, Bytes::len));
            }
            Some(Err(_)) | None => return,
        }
    }
}

/// In seconds; a date is not followed.
fn retry_after(response: &Response<Incoming>) -> Option<Span> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    let seconds: u32 = text.trim().parse().ok()?;
    Some(Span::from_seconds(i64::from(seconds)))
}
