//! Serves sample pages by number, and what they load. Knows no page and judges none.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use lockkeeper::model::{BrandColours, Colour};
use lockkeeper::web::{DOORS, assets, brand};

use crate::harness::app::TestApp;
use crate::harness::client::block_on;
use crate::{console_samples, page_samples};

/// A page in one of its states.
pub(super) struct Shown {
    /// Fit for a file name.
    pub name: String,
    pub html: String,
}

/// The hosted pages.
pub(super) fn hosted() -> Vec<Shown> {
    let samples = page_samples::all().into_iter();
    let named = samples.map(|(name, html)| Shown { name: format!("hosted.{name}"), html });
    named.chain(documents()).collect()
}

/// The interfaces explained: a server makes these pages of its own tables. Shut as they come, and with
/// all that can be opened open.
fn documents() -> Vec<Shown> {
    let app = TestApp::start();
    let mut shown = Vec::new();
    for door in DOORS {
        let page = block_on(app.client().get(&format!("/docs/{}", door.name)));
        assert_eq!(page.status, 200, "{}", door.name);
        let opened = page.body.replace("<details class", "<details open class");
        assert_ne!(opened, page.body);
        for (state, html) in [("shut", page.body), ("open", opened)] {
            shown.push(Shown { name: format!("hosted.docs-{}-{state}", door.name), html });
        }
    }
    shown
}

/// The pages of the console.
pub(super) fn console() -> Vec<Shown> {
    let samples = console_samples::all().into_iter();
    let named = samples.map(|sample| {
        let path = sample.path.trim_start_matches("/console").replace("/{slug}", "");
        let path = path.replace(['{', '}'], "").replace('/', "-");
        Shown { name: format!("console{path}.{}", sample.state), html: sample.html }
    });
    named.collect()
}

/// Serves them until the test process ends: the address before the number.
pub(super) fn serve(samples: Arc<Vec<Shown>>) -> String {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://127.0.0.1:{}", door.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for caller in door.incoming() {
            let samples = Arc::clone(&samples);
            // Browsers open connections ahead of need and say nothing on them.
            std::thread::spawn(move || answer(&caller.unwrap(), &samples));
        }
    });
    base
}

fn answer(mut caller: &TcpStream, samples: &[Shown]) -> Option<()> {
    let mut head = BufReader::new(caller).lines().map_while(Result::ok);
    let request = head.next()?;
    head.find(String::is_empty);
    let path = request.split(' ').nth(1)?;
    let number = path.trim_start_matches('/').parse::<usize>().ok();
    let (kind, body) = match (number, assets::find(path)) {
        (Some(number), _) => ("text/html; charset=utf-8", samples.get(number)?.html.clone()),
        (None, Some(asset)) => (asset.content_type, String::from_utf8(asset.bytes.to_vec()).ok()?),
        (None, None) if path.ends_with("/brand.css") => {
            let colours = BrandColours::of(Colour::parse("#5B3FD6")?);
            ("text/css; charset=utf-8", brand::stylesheet(&colours))
        }
        (None, None) => ("text/plain", String::new()),
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len(),
    );
    caller.write_all(head.as_bytes()).ok()?;
    caller.write_all(body.as_bytes()).ok()
}
