//! How people reach the server: the public URL, whether one runs here, and whether it sees where
//! people come from.

use std::collections::HashMap;
use std::net::IpAddr;

use super::super::output::with_causes;
use super::super::serve::{ask, reachable};
use super::super::settings::is_local;
use super::Findings;
use crate::config::Config;
use crate::model::{Millis, Source, Span};
use crate::store::checkup::Checkup;
use crate::web::base_url::Scheme;

/// Fewer tries than this say nothing about where people come from.
const ENOUGH: usize = 20;

/// How long back is looked.
const LATELY: Span = Span::DAY;

/// Whether what people type travels in the clear.
pub(super) fn public_url(config: &Config, findings: &mut Findings) {
    const CHECK: &str = "public_url";
    let Some(url) = config.base_url(config.listen) else {
        return findings.fault(CHECK, "is missing: set LOCKKEEPER_PUBLIC_URL");
    };
    let shown = url.origin();
    match url.scheme() {
        Scheme::Https => findings.ok(CHECK, shown),
        Scheme::Http if is_local(config) => {
            findings.ok(CHECK, format!("{shown}, which only this machine reaches"));
        }
        Scheme::Http => findings.fault(
            CHECK,
            format!(
                "{shown} is http: passwords and cookies travel in the clear; let a proxy terminate TLS \
                 and set public_url to its https address"
            ),
        ),
    }
}

/// Asks the server that these settings describe.
pub(super) fn server(config: &Config, findings: &mut Findings) {
    const CHECK: &str = "server";
    let address = reachable(config.listen);
    match ask(address) {
        Err(error) => findings.warning(
            CHECK,
            format!(
                "no answer from http://{address}/readyz ({error}); start it with: lockkeeper serve"
            ),
        ),
        Ok(answer) if answer.split(' ').nth(1) == Some("200") => {
            findings.ok(CHECK, format!("http://{address} is ready"));
        }
        Ok(answer) => {
            let why = answer.lines().last().unwrap_or_default();
            findings.fault(
                CHECK,
                format!("http://{address} answers but is not ready ({why}); look into its log"),
            );
        }
    }
}

/// Whether everybody seems to come from one address, which is then a proxy's: all share one count.
pub(super) fn sources(
    config: &Config,
    checkup: &mut Checkup,
    now: Millis,
    findings: &mut Findings,
) {
    const CHECK: &str = "client_addresses";
    let found = match checkup.sources(now.before(LATELY)) {
        Ok(found) => found,
        Err(error) => return findings.fault(CHECK, with_causes(&error.into())),
    };
    let addresses: Vec<IpAddr> = found.iter().filter_map(address).collect();
    if addresses.len() < ENOUGH {
        return findings.ok(CHECK, "too few tries in the last day to tell");
    }
    let Some((one, tries)) = commonest(&addresses) else { return };
    // Nineteen of twenty.
    let nearly_all = tries.saturating_mul(20) >= addresses.len().saturating_mul(19);
    if !nearly_all || !is_inside(one) {
        return findings.ok(CHECK, "people come from different places");
    }
    if is_local(config) {
        return findings.ok(CHECK, "everybody comes from this machine, as nobody else reaches it");
    }
    let header = config.trusted_proxies.header.as_str();
    let trusted = config.trusted_proxies.networks.iter().any(|network| network.contains(&one));
    let what = if trusted {
        format!("trusted_proxies names it, so let that proxy send {header}")
    } else {
        format!("name it in trusted_proxies and let it send {header}")
    };
    findings.warning(
        CHECK,
        format!(
            "{tries} of the last {} tries seem to come from {one}, which looks like a proxy: everybody \
             shares one address there, so one attacker's tries count for all; {what}",
            addresses.len()
        ),
    );
}

/// `None` for what came over no network. An IPv6 source is its line's first address.
fn address(source: &Source) -> Option<IpAddr> {
    source.as_str().split('/').next()?.parse().ok()
}

fn commonest(addresses: &[IpAddr]) -> Option<(IpAddr, usize)> {
    let mut counts: HashMap<IpAddr, usize> = HashMap::new();
    for address in addresses {
        let count = counts.entry(*address).or_default();
        *count = count.saturating_add(1);
    }
    counts.into_iter().max_by_key(|(_, count)| *count)
}

/// Of this machine or a private network. `::1` stands in the log as the line `::`.
fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || shared
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_proxies_are_told_from_peoples() {
        let of = |text: &str| address(&Source::of(text.parse().unwrap())).unwrap();
        for inside in ["127.0.0.1", "10.1.2.3", "172.17.0.1", "100.64.0.9", "::1", "fd00::7"] {
            assert!(is_inside(of(inside)), "{inside}");
        }
        for outside in ["8.8.8.8", "100.128.0.1", "2a00:1450::1"] {
            assert!(!is_inside(of(outside)), "{outside}");
        }
        assert_eq!(address(&Source::from_stored("cli".to_owned())), None);
    }

    #[test]
    fn the_commonest_address_is_counted() {
        let [one, other]: [IpAddr; 2] = ["10.0.0.1", "10.0.0.2"].map(|a| a.parse().unwrap());
        assert_eq!(commonest(&[one, other, one]), Some((one, 2)));
        assert_eq!(commonest(&[]), None);
    }
}
