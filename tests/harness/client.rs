//! An HTTP client as a browser or SDK is one (cookies, an address of its own) and many of them at
//! once. Knows no path and no envelope.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, redirect};
use serde::Serialize;
use tokio::sync::Barrier;

/// Longer than any answer may take (the gate's waiting deadline is 60 s at most in the tests).
const ANSWER_DEADLINE: Duration = Duration::from_secs(120);

/// The loopback address 127.0.0.`n`: a source of attempts; all of 127/8 is ours without set-up.
pub(crate) const fn source(n: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, n))
}

/// One cookie jar behind one source address. Redirects are answers, not followed.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// A header as text; empty when absent or not text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON; panics with it when it is none.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{} is no JSON ({error}): {}", self.status, self.body))
    }

    /// The cookies that this answer sets, name to whole `Set-Cookie` line.
    pub(crate) fn set_cookies(&self) -> HashMap<String, String> {
        let lines = self.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok());
        lines
            .filter_map(|line| Some((line.split_once('=')?.0.to_owned(), line.to_owned())))
            .collect()
    }
}

impl Client {
    /// A browser at 127.0.0.1 that has never been here; `base` without a slash at the end.
    pub(crate) fn new(base: &str) -> Self {
        Self::from_source(base, source(1))
    }

    /// The same at another loopback address.
    pub(crate) fn from_source(base: &str, source: IpAddr) -> Self {
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(redirect::Policy::none())
            .local_address(source)
            .no_proxy()
            .timeout(ANSWER_DEADLINE)
            // One connection at a time: a `Client` per worker is what bounds connections in `many`.
            .pool_max_idle_per_host(1)
            // The server closes what says nothing for five seconds, and a stalled one looks at its
            // clock before it reads: what is older than this is not used again.
            .pool_idle_timeout(Duration::from_secs(3))
            .build()
            .unwrap();
        Self { http, base: base.to_owned() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Self::send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        Self::send(self.request(Method::POST, path).form(fields)).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &impl Serialize) -> Answer {
        Self::send(self.request(Method::POST, path).json(body)).await
    }

    /// Anything else: add to it and hand it to [`Self::send`].
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// Sends; panics where there is no whole answer.
    pub(crate) async fn send(request: RequestBuilder) -> Answer {
        Self::try_send(request).await.unwrap_or_else(|error| panic!("no whole answer: {error:?}"))
    }

    /// For servers that are killed meanwhile: an error is everything but a whole answer.
    pub(crate) async fn try_send(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, body: response.text().await? })
    }
}

/// Runs `task(client, number)` for the numbers below `count` over `connections` connections and
/// gives the results in the order of the numbers. Each connection belongs to a client of its own,
/// made by `client(connection)`; none starts before all are ready.
pub(crate) async fn many<T, F>(
    count: usize,
    connections: usize,
    client: impl Fn(usize) -> Client,
    task: impl Fn(Client, usize) -> F + Send + Sync + 'static,
) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send,
{
    let (task, next) = (Arc::new(task), Arc::new(AtomicUsize::new(0)));
    let start = Arc::new(Barrier::new(connections));
    let workers = (0..connections).map(|connection| {
        let (client, task) = (client(connection), Arc::clone(&task));
        let (next, start) = (Arc::clone(&next), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            let mut done = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return done;
                }
                done.push((number, task(client.clone(), number).await));
            }
        })
    });
    let mut results = Vec::with_capacity(count);
    for worker in workers.collect::<Vec<_>>() {
        results.extend(worker.await.unwrap());
    }
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

/// A multi-thread runtime for a plain `#[test]`.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex;

    use actix_web::{App, HttpRequest, HttpResponse, HttpServer, cookie::Cookie, web};

    use super::*;

    type Peers = Arc<Mutex<HashSet<std::net::SocketAddr>>>;

    /// Says who asks, counts their connections and sets a cookie.
    async fn echo(request: HttpRequest, body: String, peers: web::Data<Peers>) -> HttpResponse {
        let peer = request.peer_addr().unwrap();
        peers.lock().unwrap().insert(peer);
        let known = request.cookie("seen").is_some();
        HttpResponse::Ok().cookie(Cookie::new("seen", "yes")).body(format!(
            "{} {} {known} {body}",
            request.method(),
            peer.ip()
        ))
    }

    /// Runs `work` beside a server that echoes; gives the distinct connections it saw.
    fn beside_echo<F: Future<Output = ()>>(work: impl FnOnce(String) -> F) -> usize {
        let peers = Peers::default();
        let seen = Arc::clone(&peers);
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                App::new()
                    .app_data(web::Data::new(Arc::clone(&seen)))
                    .default_service(web::to(echo))
            });
            let server = server.workers(1).bind("127.0.0.1:0").unwrap();
            let base = format!("http://{}", server.addrs()[0]);
            let server = server.run();
            let handle = server.handle();
            actix_web::rt::spawn(server);
            work(base).await;
            handle.stop(false).await;
        });
        peers.lock().unwrap().len()
    }

    #[test]
    fn a_client_keeps_its_cookies_and_its_source_address() {
        beside_echo(|base| async move {
            let client = Client::from_source(&base, source(7));
            let first = client.post_form("/a", &[("x", "1 2")]).await;
            assert_eq!((first.status, first.body.as_str()), (200, "POST 127.0.0.7 false x=1+2"));
            assert_eq!(first.set_cookies()["seen"], "seen=yes");
            assert_eq!(client.get("/b").await.body, "GET 127.0.0.7 true ");
            assert_eq!(Client::new(&base).get("/c").await.body, "GET 127.0.0.1 false ");
        });
    }

    #[test]
    fn many_requests_share_exactly_the_given_connections() {
        let connections = beside_echo(|base| async move {
            let bodies = many(
                100,
                20,
                |_| Client::new(&base),
                |client, number| async move { client.post_json("/", &number).await.body },
            );
            let bodies = bodies.await;
            assert_eq!(bodies.len(), 100);
            assert!(bodies[42].ends_with(" 42"), "{}", bodies[42]);
        });
        assert_eq!(connections, 20);
    }
}
