//! A message taken apart (MIME, RFC 2046): its parts one after the other, at most so many and so deep,
//! each looked at for so many bytes. Not left to the library, which goes as deep as a message likes.
//! Knows nothing of what the parts say.

use mailparse::body::Body;
use mailparse::{MailHeader, ParsedContentType, parse_content_disposition, parse_content_type};

/// Parts that are looked at, and how deep they may lie; what is beyond is passed over. Mail programs
/// make up to four levels.
const MOST_PARTS: usize = 50;
const MOST_DEPTH: usize = 8;
/// Bytes of a header, of one of its fields, and of a part's text that are looked at.
const HEAD_BYTES: usize = 256 << 10;
const FIELD_BYTES: usize = 4 << 10;
const TEXT_BYTES: usize = 256 << 10;
/// Fields of one name.
const SAME_NAME: usize = 20;
/// Longest boundary (RFC 2046 §5.1.1 has 70).
const BOUNDARY_BYTES: usize = 200;

/// One part, or the message itself.
pub(super) struct Part<'a> {
    headers: Vec<MailHeader<'a>>,
    kind: ParsedContentType,
    body: &'a [u8],
}

impl<'a> Part<'a> {
    /// `None`: nothing that begins with a header, not even an empty one.
    pub(super) fn read(raw: &'a [u8]) -> Option<Self> {
        let head = raw.get(..HEAD_BYTES).unwrap_or(raw);
        let (headers, end) = mailparse::parse_headers(head).ok()?;
        let kind = value_of(&headers, "Content-Type").map(|text| parse_content_type(&text));
        Some(Self { headers, kind: kind.unwrap_or_default(), body: raw.get(end..)? })
    }

    /// Whether there is no field at all.
    pub(super) fn is_bare(&self) -> bool {
        self.headers.is_empty()
    }

    /// The first field of a name, decoded.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        value_of(&self.headers, name)
    }

    /// All fields of a name.
    pub(super) fn headers(&self, name: &str) -> Vec<String> {
        named(&self.headers, name).take(SAME_NAME).map(value).collect()
    }

    /// `text/plain` where nothing is said.
    pub(super) fn mime(&self) -> &str {
        &self.kind.mimetype
    }

    /// The name that it was attached by; of one without a name, its type. `None`: it is part of
    /// what is read.
    pub(super) fn attached_as(&self) -> Option<String> {
        let said = self.header("Content-Disposition").map(|text| parse_content_disposition(&text));
        let of_it = said.as_ref().and_then(|said| said.params.get("filename"));
        let name = of_it.or_else(|| self.kind.params.get("name")).cloned();
        let is_attachment =
            said.is_some_and(|said| said.disposition == mailparse::DispositionType::Attachment);
        let readable = matches!(self.mime(), "text/plain" | "text/html");
        (is_attachment || name.is_some() || !readable)
            .then(|| name.unwrap_or_else(|| self.kind.mimetype.clone()))
    }

    /// Its text, decoded as far as it can be.
    pub(super) fn text(&self) -> String {
        let body = match self.body.get(..TEXT_BYTES) {
            // Whole lines: half a group of Base64 could not be decoded.
            Some(start) => {
                let end = start.iter().rposition(|byte| *byte == b'\n');
                end.and_then(|end| start.get(..end)).unwrap_or(start)
            }
            None => self.body,
        };
        let encoding = self.header("Content-Transfer-Encoding");
        let encoding = encoding.map(|name| name.trim().to_ascii_lowercase());
        let decoded = match Body::new(body, &self.kind, &encoding) {
            Body::Base64(body) | Body::QuotedPrintable(body) => body.get_decoded_as_string(),
            Body::SevenBit(body) | Body::EightBit(body) => body.get_as_string(),
            Body::Binary(body) => body.get_as_string(),
        };
        decoded.unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned())
    }

    /// What stands between its boundaries; empty for a part that has none.
    fn inner(&self) -> Vec<&'a [u8]> {
        let boundary = self.kind.params.get("boundary").filter(|_| self.is_multipart());
        match boundary {
            Some(text) if !text.is_empty() && text.len() <= BOUNDARY_BYTES => {
                between(self.body, format!("--{text}").as_bytes())
            }
            Some(_) | None => Vec::new(),
        }
    }

    fn is_multipart(&self) -> bool {
        self.mime().starts_with("multipart/")
    }
}

fn named<'b, 'a>(
    headers: &'b [MailHeader<'a>],
    name: &'b str,
) -> impl Iterator<Item = &'b MailHeader<'a>> {
    let fits = move |header: &&MailHeader<'a>| {
        header.get_key_raw().trim_ascii_end().eq_ignore_ascii_case(name.as_bytes())
            && header.get_value_raw().len() <= FIELD_BYTES
    };
    headers.iter().filter(fits)
}

fn value(header: &MailHeader<'_>) -> String {
    header.get_value().trim().to_owned()
}

fn value_of(headers: &[MailHeader<'_>], name: &str) -> Option<String> {
    named(headers, name).next().map(value)
}

/// The pieces between lines that begin with `boundary`, up to the one that ends it.
fn between<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut open: Option<usize> = None;
    let mut at = 0_usize;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let start = at;
        at = at.saturating_add(line.len());
        let Some(rest) = line.strip_prefix(boundary) else { continue };
        let ends = rest.starts_with(b"--");
        if !ends && !rest.trim_ascii().is_empty() {
            // Another boundary, which begins like ours.
            continue;
        }
        if let Some(piece) = open.and_then(|open| body.get(open..start)) {
            pieces.push(piece);
        }
        open = (!ends).then_some(at);
        if ends || pieces.len() >= MOST_PARTS {
            return pieces;
        }
    }
    // Cut off on its way: what is there is there.
    pieces.extend(open.and_then(|open| body.get(open..)));
    pieces
}

/// All parts of a message that hold no others, in its order.
pub(super) fn leaves(message: &[u8]) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    let mut seen = 0_usize;
    let mut waiting: Vec<_> = Part::read(message).into_iter().map(|top| (top, 0_usize)).collect();
    while let Some((part, depth)) = waiting.pop() {
        seen = seen.saturating_add(1);
        if seen > MOST_PARTS {
            break;
        }
        let inner = if depth < MOST_DEPTH { part.inner() } else { Vec::new() };
        if inner.is_empty() && !part.is_multipart() {
            found.push(part);
            continue;
        }
        let below = inner.into_iter().rev().filter_map(Part::read);
        waiting.extend(below.map(|part| (part, depth.saturating_add(1))));
    }
    found
}
