//! What a tenant's lists of addresses may hold: origins of its apps, addresses that people are sent
//! to. The same for every door that sets them.

use url::Url;

use super::BaseUrl;
pub use super::redirect::is_listable;

/// Most entries of a list, and the longest ones in bytes.
pub const MAX_ENTRIES: usize = 50;
pub const MAX_ORIGIN_BYTES: usize = 300;
pub const MAX_URL_BYTES: usize = 1024;

/// Scheme, host and port as a browser writes them into `Origin`; also of apps and extensions
/// (`chrome-extension://…`, `capacitor://localhost`). `None` for anything else.
#[must_use]
pub fn listed_origin(text: &str) -> Option<String> {
    if let Ok(web) = BaseUrl::parse(text) {
        return Some(web.origin().to_owned());
    }
    let url = Url::parse(text.trim()).ok()?;
    let bare = matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let app = bare && !matches!(url.scheme(), "http" | "https");
    let host = url.host_str().filter(|host| app && !host.is_empty())?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{host}{port}", url.scheme()))
}

/// The lines of a text field as a list; the first line that does not fit is told.
///
/// # Errors
/// That line, or an empty text where there are too many.
pub fn listed_lines(
    text: &str,
    most_bytes: usize,
    parsed: impl Fn(&str) -> Option<String>,
) -> Result<Vec<String>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut list = Vec::new();
    for line in lines {
        if list.len() >= MAX_ENTRIES {
            return Err(String::new());
        }
        let entry = Some(line).filter(|line| line.len() <= most_bytes).and_then(&parsed);
        list.push(entry.ok_or_else(|| line.to_owned())?);
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_its_lines_and_the_first_misfit_is_named() {
        let read = |text: &str| listed_lines(text, MAX_ORIGIN_BYTES, listed_origin);
        let two = read(" https://app.example.com/ \r\n\n capacitor://localhost\n").unwrap();
        assert_eq!(two, ["https://app.example.com", "capacitor://localhost"]);
        assert_eq!(read("https://a.test\nnone of these\nnor this"), Err("none of these".into()));
        assert_eq!(read(&"https://a.test\n".repeat(51)), Err(String::new()));
        assert_eq!(read(&format!("https://{}.test", "a".repeat(400))).unwrap_err().len(), 413);
    }

    #[test]
    fn people_return_over_https_or_on_this_machine() {
        for fine in [
            "https://app.example.com/welcome",
            "http://localhost:3000",
            "http://127.0.0.1:3000/app",
            "http://[::1]:3000",
            "/welcome",
        ] {
            assert!(is_listable(fine), "{fine}");
        }
        for odd in [
            "",
            "*",
            "welcome",
            "//evil.test",
            "http://app.example.com",
            "https://u@app.example.com",
            "https://app.example.com/?next=1",
            "javascript:alert(1)",
        ] {
            assert!(!is_listable(odd), "{odd}");
        }
    }

    #[test]
    fn origins_have_one_spelling() {
        assert_eq!(
            listed_origin("https://App.Example.com:443/").unwrap(),
            "https://app.example.com"
        );
        assert_eq!(listed_origin("http://localhost:3000").unwrap(), "http://localhost:3000");
        assert_eq!(
            listed_origin("chrome-extension://abcdef").unwrap(),
            "chrome-extension://abcdef"
        );
        assert_eq!(listed_origin("capacitor://localhost").unwrap(), "capacitor://localhost");
        for odd in
            ["", "*", "null", "example.com", "https://a.test/x", "https://u@a.test", "mailto:a@b.c"]
        {
            assert_eq!(listed_origin(odd), None, "{odd}");
        }
    }
}
