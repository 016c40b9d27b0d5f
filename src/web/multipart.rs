//! Forms with a file in them (`multipart/form-data`, RFC 7578), from a body that was read whole and is
//! bounded: fields as text, and at most one file. Whatever is odd makes the whole form none. Knows no
//! form.

/// Parts looked at; an honest form has five.
const MAX_PARTS: usize = 16;
/// Longest header of one part, in bytes.
const MAX_HEAD: usize = 1_024;
/// Longest boundary (RFC 2046, §5.1.1).
const MAX_BOUNDARY: usize = 70;

/// What a form sent.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// Names and values, in their order.
    pub fields: Vec<(String, String)>,
    /// The bytes of the one file; empty where none was chosen. What its owner calls it is not kept.
    pub file: Option<Vec<u8>>,
}

/// Sizes only.
impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("fields", &self.fields.len()).finish_non_exhaustive()
    }
}

impl Parts {
    /// Reads a body by its content type; `None` where it is no such form.
    #[must_use]
    pub fn read(content_type: &str, body: &[u8]) -> Option<Self> {
        let boundary = boundary(content_type)?;
        let first = format!("--{boundary}");
        let between = format!("\r\n--{boundary}");
        let mut rest = body.strip_prefix(first.as_bytes())?;
        let mut parts = Self::default();
        for _ in 0..=MAX_PARTS {
            if rest.strip_prefix(b"--").is_some() {
                return Some(parts);
            }
            let (head, after) = split(rest.strip_prefix(b"\r\n")?, b"\r\n\r\n")?;
            let (content, after) = split(after, between.as_bytes())?;
            parts.add(head, content)?;
            rest = after;
        }
        None
    }

    fn add(&mut self, head: &[u8], content: &[u8]) -> Option<()> {
        if head.len() > MAX_HEAD {
            return None;
        }
        let head = std::str::from_utf8(head).ok()?;
        let disposition = head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-disposition").then(|| value.trim())
        })?;
        let name = parameter(disposition, "name")?;
        if parameter(disposition, "filename").is_some() {
            // Two files are no form of ours.
            return match self.file {
                Some(_) => None,
                None => {
                    self.file = Some(content.to_vec());
                    Some(())
                }
            };
        }
        let value = String::from_utf8(content.to_vec()).ok()?;
        self.fields.push((name, value));
        Some(())
    }
}

fn boundary(content_type: &str) -> Option<String> {
    let (kind, _) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let found = parameter(content_type, "boundary")?;
    // Letters, digits and what RFC 2046 allows beside them.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    let fits = !found.is_empty() && found.len() <= MAX_BOUNDARY && found.bytes().all(plain);
    fits.then_some(found)
}

/// A parameter of a header's value, quoted or not. Browsers write `"` within a name as `%22`.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|part| {
        let (name, value) = part.trim().split_once('=')?;
        let value = value.trim();
        let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        name.trim().eq_ignore_ascii_case(wanted).then(|| bare.unwrap_or(value).to_owned())
    })
}

/// What stands before the first `mark`, and what after it.
fn split<'b>(bytes: &'b [u8], mark: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let at = bytes.windows(mark.len()).position(|window| window == mark)?;
    let (before, rest) = bytes.split_at_checked(at)?;
    Some((before, rest.strip_prefix(mark)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KIND: &str = "multipart/form-data; boundary=----WebKit123";

    fn body(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (head, content) in parts {
            bytes.extend_from_slice(b"------WebKit123\r\nContent-Disposition: form-data; ");
            bytes.extend_from_slice(head.as_bytes());
            bytes.extend_from_slice(b"\r\n\r\n");
            bytes.extend_from_slice(content);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"------WebKit123--\r\n");
        bytes
    }

    #[test]
    fn fields_and_the_file_are_read() {
        let file = b"\x89PNG\r\n\r\n--\xff".as_slice();
        let sent = body(&[
            ("name=\"form_token\"", "größe".as_bytes()),
            ("name=\"picture\"; filename=\"a;b.png\"\r\nContent-Type: image/svg+xml", file),
        ]);
        let read = Parts::read(KIND, &sent).unwrap();
        assert_eq!(read.fields, [("form_token".to_owned(), "größe".to_owned())]);
        assert_eq!(read.file.as_deref(), Some(file));
        let quoted = "Multipart/Form-Data; charset=x; boundary=\"----WebKit123\"";
        assert_eq!(Parts::read(quoted, &sent), Some(read));
    }

    #[test]
    fn what_is_odd_is_no_form() {
        let file = ("name=a; filename=b", b"x".as_slice());
        let many: Vec<_> = (0..17).map(|_| ("name=a", b"x".as_slice())).collect();
        let long = format!("name=a; x={}", "y".repeat(1_100));
        for (kind, sent) in [
            ("multipart/form-data", body(&[])),
            ("multipart/form-data; boundary=", body(&[])),
            ("multipart/mixed; boundary=----WebKit123", body(&[])),
            (KIND, b"".to_vec()),
            (KIND, b"------WebKit123\r\n\r\n\r\n".to_vec()),
            (KIND, b"------WebKit12".to_vec()),
            (KIND, body(&[file, file])),
            (KIND, body(&[("name=a", b"\xff")])),
            (KIND, body(&[("filename=a", b"x")])),
            (KIND, body(&many)),
            (KIND, body(&[(&long, b"x")])),
        ] {
            assert_eq!(Parts::read(kind, &sent), None, "{kind} {}", sent.len());
        }
        assert_eq!(Parts::read(KIND, &body(&[])), Some(Parts::default()));
    }

    proptest! {
        #[test]
        fn any_file_comes_back_as_it_was(file: Vec<u8>) {
            let holds = file.windows(15).any(|window| window == b"------WebKit123");
            prop_assume!(!holds);
            let sent = body(&[("name=\"f\"; filename=\"\"", &file)]);
            prop_assert_eq!(Parts::read(KIND, &sent).unwrap().file, Some(file));
        }

        #[test]
        fn no_body_makes_it_fall_over(bytes: Vec<u8>) {
            let _ = Parts::read(KIND, &bytes);
            let _ = Parts::read(KIND, &[b"------WebKit123\r\n".as_slice(), &bytes].concat());
        }
    }
}
