//! A mail server that accepts everything and says when: as fast as one can be, so that what is
//! measured is ours. One thread a connection.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

/// Its port, and for each accepted mail its first recipient and when it was accepted.
pub(crate) fn start() -> (u16, Receiver<(String, Instant)>) {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = door.local_addr().unwrap().port();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for caller in door.incoming() {
            let tell = tell.clone();
            std::thread::spawn(move || talk(&caller.unwrap(), &tell));
        }
    });
    (port, told)
}

fn talk(stream: &TcpStream, tell: &Sender<(String, Instant)>) {
    stream.set_nodelay(true).unwrap();
    let mut out = stream;
    let mut say = |line: &str| out.write_all(format!("{line}\r\n").as_bytes()).is_ok();
    say("220 sink");
    let (mut to, mut in_data) = (String::new(), false);
    for line in BufReader::new(stream).split(b'\n') {
        let Ok(line) = line else { return };
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if in_data {
            if line == "." {
                in_data = false;
                // Before the word: the other side may count from its own side later than this.
                let _nobody = tell.send((std::mem::take(&mut to), Instant::now()));
                say("250 taken");
            }
            continue;
        }
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" | "HELO" => say("250 sink"),
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                say("250 ok")
            }
            "DATA" => {
                in_data = true;
                say("354 go on")
            }
            "QUIT" => {
                say("221 bye");
                return;
            }
            _ => say("250 ok"),
        };
    }
}
