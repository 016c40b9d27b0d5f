//! The packages we build on: a reason for each, permissive licences, no version with a published
//! flaw, one cryptography library. Asks cargo, offline.

use std::process::Command;

use serde_json::Value;

use super::sources;

/// One sentence may explain at most this many dependencies that belong together.
const SHARED_REASON: usize = 3;

/// Licences that ask for no more than their text beside the program.
const PERMISSIVE: [&str; 13] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "Unlicense",
    "Unicode-3.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
];

/// The first version without the flaw. Kept by hand, because the tests have no network.
const LEAST: [(&str, [u64; 3], &str); 4] = [
    ("jsonwebtoken", [10, 3, 0], "CVE-2026-25537: claims of a wrong type were not checked"),
    ("lettre", [0, 11, 22], "RUSTSEC-2026-0141: a TLS back end without check of the host name"),
    ("rustls", [0, 23, 45], "RUSTSEC-2026-0285: handshake messages at the wrong level"),
    ("idna", [1, 0, 0], "RUSTSEC-2024-0421: Punycode that decodes to plain ASCII"),
];

/// Other cryptography than aws-lc-rs; `rsa` also has an open timing flaw (RUSTSEC-2023-0071).
const UNWELCOME: [&str; 6] = ["ring", "rsa", "openssl", "openssl-sys", "native-tls", "boring"];

/// Name, version, licence expression.
pub(super) struct Package {
    name: String,
    version: String,
    licence: String,
}

/// Every package that the program and its tests are built from on this machine's kind.
pub(super) fn metadata() -> Vec<Package> {
    let host = run("rustc", &["-vV"]);
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let flags = ["metadata", "--format-version=1", "--offline", "--locked", "--features=postgres"];
    let listed = run(env!("CARGO"), &[&flags[..], &["--filter-platform", host]].concat());
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let text = |package: &Value, key: &str| package[key].as_str().unwrap_or_default().to_owned();
    let packages = listed["packages"].as_array().unwrap().iter();
    packages
        .map(|package| Package {
            name: text(package, "name"),
            version: text(package, "version"),
            licence: text(package, "license"),
        })
        .collect()
}

/// `name vVersion` of what is linked into the program with its default features. `cargo tree`, for
/// `cargo metadata` also lists what only the tests switch on.
pub(super) fn shipped() -> Vec<String> {
    let flags = ["tree", "--edges=normal", "--offline", "--locked", "--prefix=none"];
    run(env!("CARGO"), &flags).lines().map(str::to_owned).collect()
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output =
        Command::new(program).args(arguments).current_dir(sources::root()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

pub(super) fn unwelcome(shipped: &[String]) -> Vec<String> {
    let name = |line: &String| line.split(' ').next().unwrap_or_default().to_owned();
    shipped.iter().filter(|line| UNWELCOME.contains(&name(line).as_str())).cloned().collect()
}

pub(super) fn too_old(packages: &[Package]) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages {
        let least = LEAST.iter().find(|(name, ..)| *name == package.name);
        if let Some((name, least, why)) =
            least.filter(|(_, least, _)| numbers(&package.version) < *least)
        {
            let [major, minor, patch] = least;
            found.push(format!("{name} {} < {major}.{minor}.{patch}: {why}", package.version));
        }
    }
    found
}

fn numbers(version: &str) -> [u64; 3] {
    let plain = version.split(['-', '+']).next().unwrap_or_default();
    let mut parts = plain.split('.').map(|part| part.parse().unwrap_or(0));
    [(); 3].map(|()| parts.next().unwrap_or(0))
}

pub(super) fn unwelcome_licences(packages: &[Package]) -> Vec<String> {
    let unwelcome = packages.iter().filter(|package| !is_permissive(&package.licence));
    unwelcome.map(|p| format!("{} {}: {:?}", p.name, p.version, p.licence)).collect()
}

/// Whether an SPDX expression (old style: `A/B`) can be met by permissive licences alone.
fn is_permissive(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (met, read) = any_of(&words);
    met && read == words.len()
}

/// Alternatives; whether one can be met, and how many words were read.
fn any_of(words: &[&str]) -> (bool, usize) {
    let (mut met, mut read) = all_of(words);
    while words.get(read) == Some(&"OR") {
        let (also, more) = all_of(&words[read + 1..]);
        (met, read) = (met || also, read + 1 + more);
    }
    (met, read)
}

fn all_of(words: &[&str]) -> (bool, usize) {
    let (mut met, mut read) = one(words);
    while words.get(read) == Some(&"AND") {
        let (also, more) = one(&words[read + 1..]);
        (met, read) = (met && also, read + 1 + more);
    }
    (met, read)
}

fn one(words: &[&str]) -> (bool, usize) {
    match words {
        ["(", inner @ ..] => {
            let (met, read) = any_of(inner);
            (met && inner.get(read) == Some(&")"), read + 2)
        }
        [licence, "WITH", exception, ..] => {
            (PERMISSIVE.contains(&format!("{licence} WITH {exception}").as_str()), 3)
        }
        [licence, ..] => (PERMISSIVE.contains(licence), 1),
        [] => (false, 0),
    }
}

/// Dependencies in a `Cargo.toml` that stand under no comment of their own.
pub(super) fn without_reason(manifest: &str) -> Vec<String> {
    let (mut in_list, mut left) = (false, 0);
    let mut found = Vec::new();
    for (at, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            in_list = line.ends_with("dependencies]");
            left = 0;
        } else if line.starts_with('#') {
            left = SHARED_REASON;
        } else if line.trim().is_empty() {
            left = 0;
        } else if in_list {
            if left == 0 {
                found.push(format!("Cargo.toml:{}: {line}", at + 1));
            } else {
                left -= 1;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str, licence: &str) -> Package {
        Package { name: name.into(), version: version.into(), licence: licence.into() }
    }

    #[test]
    fn a_dependency_without_reason_is_caught() {
        let manifest = "[package]\nname = 1\n[dependencies]\n# Why.\na = 1\nb = 1\nc = 1\nd = 1\n\ne = 1\n\
                        [dev-dependencies]\nf = 1\n[features]\ng = 1\n";
        let lines: Vec<String> = without_reason(manifest);
        assert_eq!(lines, ["Cargo.toml:8: d = 1", "Cargo.toml:10: e = 1", "Cargo.toml:12: f = 1"]);
    }

    #[test]
    fn a_licence_that_binds_is_caught() {
        for good in
            ["MIT", "MIT/Apache-2.0", "(MIT OR GPL-3.0-only) AND ISC", "GPL-2.0-only OR MIT"]
        {
            assert!(is_permissive(good), "{good}");
        }
        for bad in [
            "",
            "AGPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "(MIT",
            "MIT MIT",
            "GPL-2.0 WITH X OR GPL-3.0",
        ] {
            assert!(!is_permissive(bad), "{bad}");
        }
        assert_eq!(unwelcome_licences(&[package("a", "1.0.0", "SSPL-1.0")]).len(), 1);
    }

    #[test]
    fn an_old_version_is_caught() {
        let versions = ["10.2.9", "10.3.0", "9.99.0", "11.1.0-rc.1"];
        let packages = versions.map(|version| package("jsonwebtoken", version, "MIT"));
        assert_eq!(too_old(&packages).len(), 2);
    }

    #[test]
    fn a_second_cryptography_library_is_caught() {
        let shipped =
            ["openssl-probe v0.2.2", "ring v0.17.14", "lockkeeper v0.1.0"].map(String::from);
        assert_eq!(unwelcome(&shipped), ["ring v0.17.14"]);
    }
}
