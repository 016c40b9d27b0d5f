//! Deliveries over TLS: to a server whose certificate is believed and has the URL's name, and to no
//! other. The certificate is for tests alone and good for a hundred years.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use lockkeeper::webhook::Roots;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::destinations::Script;
use super::{BOB, Bench, block_on, text};

fn certificate() -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(include_bytes!("../data/tls/hooks.test.pem")).unwrap()
}

fn acceptor() -> TlsAcceptor {
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../data/tls/hooks.test.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// What the endpoint at `name` heard at first, and how the try ended.
fn tried(name: &str, roots: Roots) -> (Option<String>, serde_json::Value) {
    let bench = Bench::with(move |webhooks| {
        webhooks.allow_private = vec!["127.0.0.0/8".parse().unwrap()];
        webhooks.names =
            Arc::new(Script { answers: vec![&["127.0.0.1"]], asked: AtomicUsize::new(0) });
        webhooks.roots = roots;
    });
    block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = acceptor().accept(stream).await.ok()?;
            let mut heard = vec![0; 256];
            let read = stream.read(&mut heard).await.ok()?;
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.ok()?;
            stream.shutdown().await.ok()?;
            heard.truncate(read);
            String::from_utf8(heard).ok()
        });
        let url = json!({ "url": format!("https://{name}:{port}/in") });
        let endpoint = bench.ok(Method::POST, "webhook_endpoints", Some(url)).await;
        bench.user(BOB).await;
        let delivery = bench.until_tried(&endpoint, 1).await;
        (server.await.unwrap(), delivery)
    })
}

#[test]
fn a_server_with_a_certificate_that_is_believed_is_told() {
    let (heard, delivery) = tried("hooks.test", Roots::Only(vec![certificate()]));
    assert!(heard.unwrap().starts_with("POST /in HTTP/1.1\r\n"));
    assert_eq!(delivery["status"], "delivered");
}

#[test]
fn a_server_whose_certificate_has_another_name_or_is_not_believed_hears_nothing() {
    for (name, roots) in
        [("other.test", Roots::Only(vec![certificate()])), ("hooks.test", Roots::Machine)]
    {
        let (heard, delivery) = tried(name, roots);
        assert_eq!(heard, None);
        assert_eq!(delivery["status"], "due");
        let error = text(&delivery["attempts"][0]["error"]);
        assert!(error.starts_with("no encrypted connection: "), "{error}");
    }
}
