//! An app's own web server: one page, and the files of the installed packages. Knows no API; its
//! pages are on `localhost`, as the server's public URL is, for cookies go to one site only.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;

use super::tool;

/// Below this path are the packages.
const PACKAGES: &str = "/packages/";

/// Serves until the test process ends; its URL, without a slash at the end.
pub(super) fn serve(page: String) -> String {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://localhost:{}", door.local_addr().unwrap().port());
    let packages = tool("clients/node_modules");
    std::thread::spawn(move || {
        for caller in door.incoming() {
            let (page, packages) = (page.clone(), packages.clone());
            // Browsers open connections ahead of need and say nothing on them.
            std::thread::spawn(move || answer(&caller.unwrap(), &page, packages));
        }
    });
    base
}

fn answer(mut caller: &TcpStream, page: &str, packages: PathBuf) -> Option<()> {
    let mut head = BufReader::new(caller).lines().map_while(Result::ok);
    let request = head.next()?;
    head.find(String::is_empty);
    let path = request.split(' ').nth(1)?;
    let path = path.split('?').next()?;
    let (status, kind, body) = match path.strip_prefix(PACKAGES) {
        None if path == "/favicon.ico" => ("404 Not Found", "text/plain", Vec::new()),
        // Client routers serve one page at every path.
        None => ("200 OK", "text/html; charset=utf-8", page.as_bytes().to_vec()),
        Some(file) => match std::fs::read(packages.join(file)) {
            Ok(body) => ("200 OK", "text/javascript; charset=utf-8", body),
            Err(_) => ("404 Not Found", "text/plain", Vec::new()),
        },
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len(),
    );
    caller.write_all(head.as_bytes()).ok()?;
    caller.write_all(&body).ok()
}
