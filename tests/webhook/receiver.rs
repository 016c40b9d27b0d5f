//! A tenant's server: takes deliveries one after the other on loopback, remembers them whole, and
//! answers as it was told to. Checks signatures by its own arithmetic, not by the program's.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Longer than any delivery takes, also one that has to wait for a dead worker's claim to end.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    heard: mpsc::Receiver<Heard>,
    plan: Arc<Mutex<VecDeque<Reply>>>,
}

/// What the server does with the next delivery; without a plan it answers 204.
pub(crate) enum Reply {
    Status(u16),
    /// These bytes as they are.
    Raw(String),
    /// Nothing until the test is over.
    Silence,
}

/// A delivery as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) line: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Receiver {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let plan: Arc<Mutex<VecDeque<Reply>>> = Arc::default();
        let (tell, heard) = mpsc::channel();
        let planned = Arc::clone(&plan);
        // Ends with the process: nobody connects any more once the test is over.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (tell, planned) = (tell.clone(), Arc::clone(&planned));
                std::thread::spawn(move || serve(stream.unwrap(), &tell, &planned));
            }
        });
        Self { address, heard, plan }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn will(&self, reply: Reply) {
        self.plan.lock().unwrap().push_back(reply);
    }

    /// The next delivery.
    pub(crate) fn hears(&self) -> Heard {
        self.heard.recv_timeout(DEADLINE).expect("a delivery")
    }

    /// The next `count`, by type: the order in which they come is not promised.
    pub(crate) fn hears_all(&self, count: usize) -> HashMap<String, Heard> {
        let mut all = HashMap::new();
        for _ in 0..count {
            let heard = self.hears();
            let before = all.insert(heard.kind(), heard);
            assert!(before.is_none(), "twice: {before:?}");
        }
        all
    }

    /// How many have come so far that nobody has looked at.
    pub(crate) fn heard_more(&self) -> usize {
        self.heard.try_iter().count()
    }

    /// That nothing has come so far.
    pub(crate) fn has_heard_nothing(&self) {
        assert!(self.heard.try_recv().is_err());
    }
}

impl Heard {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// How many of the signatures are by this secret.
    pub(crate) fn signed_by(&self, secret: &str) -> usize {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &key);
        let (id, time) = (self.header("svix-id"), self.header("svix-timestamp"));
        let signed = format!("{id}.{time}.{}", self.body);
        let right = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
        let right = format!("v1,{}", STANDARD.encode(right));
        self.header("svix-signature").split(' ').filter(|found| *found == right).count()
    }
}

fn serve(mut stream: TcpStream, tell: &mpsc::Sender<Heard>, plan: &Arc<Mutex<VecDeque<Reply>>>) {
    let Some(heard) = read(&stream) else { return };
    let reply = plan.lock().unwrap().pop_front().unwrap_or(Reply::Status(204));
    // The test may be over.
    let _gone = tell.send(heard);
    let bytes = match reply {
        Reply::Status(status) => {
            format!("HTTP/1.1 {status} So\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        Reply::Raw(bytes) => bytes,
        Reply::Silence => {
            // Until the other side gives up.
            let _closed = stream.read(&mut [0; 1]);
            return;
        }
    };
    let _sent = stream.write_all(bytes.as_bytes());
}

pub(crate) fn read(stream: impl Read) -> Option<Heard> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = HashMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length: usize = headers.get("content-length").map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let line = line.trim_end().to_owned();
    Some(Heard { line, headers, body: String::from_utf8(body).unwrap() })
}
