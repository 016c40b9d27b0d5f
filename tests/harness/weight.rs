//! What a page costs whoever opens it for the first time: its own bytes and those of all that it loads,
//! heads included, as a browser asks for them. Estimates it from the page alone, for samples, and asks a
//! server over a bare connection. What stands in a frame is a document of its own and not counted.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;

use lockkeeper::model::picture::MAX_PICTURE_BYTES;
use lockkeeper::web::assets;

/// What a page of a tenant may cost, and one of the console, in bytes.
pub(crate) const HOSTED: usize = 30_000;
pub(crate) const CONSOLE: usize = 120_000;

/// Longest head of an answer that is a page, and of one that is a file: estimates count them in full.
pub(crate) const PAGE_HEAD: usize = 1_000;
pub(crate) const FILE_HEAD: usize = 400;
/// Longest second stylesheet of a tenant.
const BRAND: usize = 400;

/// Stylesheets, scripts and pictures that the page names, by their paths.
pub(crate) fn loads(html: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (tag, attribute) in
        [("<link rel=\"stylesheet\"", "href"), ("<script", "src"), ("<img", "src")]
    {
        for rest in html.split(tag).skip(1) {
            let element = rest.split('>').next().unwrap();
            let value = element.split(&format!(" {attribute}=\"")).nth(1);
            let Some(value) = value else { panic!("{tag} loads nothing: {element}") };
            found.insert(value.split('"').next().unwrap().to_owned());
        }
    }
    found
}

/// The most that this page costs, worn by a tenant with the largest logo.
pub(crate) fn estimated(html: &str) -> usize {
    let mut sum = PAGE_HEAD + html.len();
    let (mut branded, mut logos) = (false, 0);
    for path in loads(html) {
        let size = match assets::find(&path) {
            Some(asset) => asset.packed.len(),
            None if path.contains("/assets/brand.") => {
                branded = true;
                BRAND
            }
            None if path.contains("/assets/logo") => {
                logos += 1;
                MAX_PICTURE_BYTES
            }
            None => panic!("nobody knows what {path} weighs"),
        };
        sum += FILE_HEAD + size;
    }
    // A tenant with a colour may have a logo too.
    if branded && logos == 0 { sum + FILE_HEAD + MAX_PICTURE_BYTES } else { sum }
}

/// A whole answer, byte by byte.
pub(crate) struct Fetched {
    /// With the line between it and the body; in lower case.
    pub head: String,
    pub body: Vec<u8>,
}

impl Fetched {
    pub(crate) fn len(&self) -> usize {
        self.head.len() + self.body.len()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_default()
    }

    pub(crate) fn html(&self) -> &str {
        assert_eq!(self.header("content-encoding"), "", "pages are sent as they are");
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Sends `method` to `path` of the server at `base` (`http://host:port`) with `headers`, and a form where
/// there is one.
pub(crate) fn ask(
    base: &str,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    form: &str,
) -> Fetched {
    let host = base.strip_prefix("http://").unwrap();
    let port = host.rsplit(':').next().unwrap();
    let mut server = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if !form.is_empty() {
        let kind = "application/x-www-form-urlencoded";
        request.push_str(&format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", form.len()));
    }
    server.write_all(format!("{request}\r\n{form}").as_bytes()).unwrap();
    let mut whole = Vec::new();
    server.read_to_end(&mut whole).unwrap();
    let end = whole.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    let body = whole.split_off(end);
    let head = String::from_utf8(whole).unwrap().to_ascii_lowercase();
    assert!(!head.contains("transfer-encoding"), "{head}");
    Fetched { head, body }
}
