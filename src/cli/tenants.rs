//! `tenant create`: a tenant with its keys. Prints the secret key, this once.

use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::json;

use super::args::Output;
use super::opened::{actor, told, with_core};
use super::output::{columns, say};
use crate::app::AppFault;
use crate::config::Config;
use crate::tenant::{CONSOLE_SLUG, CreatedTenant, NewTenant, TenantFault};
use crate::web::redirect::is_listable;
use crate::web::tenant_path::{is_own_host, is_slug};

/// Longest name, in characters: what a mail's subject line can carry.
const MAX_NAME_CHARS: usize = 100;

/// What was typed.
pub(super) struct Wanted {
    pub slug: String,
    pub name: String,
    pub live: bool,
    pub own_host: Option<String>,
    pub redirect_urls: Vec<String>,
}

/// Makes the tenant.
pub(super) async fn create(config: &Config, wanted: Wanted, output: Output) -> Result<ExitCode> {
    let new = checked(config, wanted)?;
    let (slug, own_host) = (new.slug.clone(), new.own_host.clone().unwrap_or_default());
    let created = with_core(config, async |core| match core.tenants.create_tenant(new).await {
        Err(TenantFault::Conflict { what: "own_host" }) => {
            bail!("another tenant has the host `{own_host}` already; choose another --own-host")
        }
        Err(TenantFault::Conflict { .. }) => {
            bail!("there is a tenant `{slug}` already; choose another --slug")
        }
        made => made.map_err(told),
    });
    let fields = fields(&created.await?);
    if output.json {
        // In the order of the design, which a JSON object of our library would not keep.
        let members = fields.map(|(name, value)| format!("{}:{}", json!(name), json!(value)));
        say(&format!("{{{}}}", members.join(",")));
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<_> =
        fields.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    say(&columns(&rows));
    say("\nThe secret key is not shown again: keep it now.");
    Ok(ExitCode::SUCCESS)
}

/// What is printed of a new tenant: exactly this, in this order (DESIGN §10).
pub(super) fn fields(created: &CreatedTenant) -> [(&'static str, String); 5] {
    let profile = &created.profile;
    [
        ("tenant_id", profile.id().to_string()),
        ("slug", profile.tenant.slug.clone()),
        ("publishable_key", profile.publishable_key.clone()),
        ("secret_key", created.secret_key.expose().to_owned()),
        // Its paths (`/v1/client`, `/.well-known/jwks.json`) follow this.
        ("frontend_api", profile.pages_url.clone()),
    ]
}

fn checked(config: &Config, wanted: Wanted) -> Result<NewTenant> {
    let Wanted { slug, name, live, own_host, redirect_urls } = wanted;
    if !is_slug(&slug) {
        bail!(
            "--slug: `{slug}` must be 1 to 40 lower-case letters, digits and dashes, \
             with no dash at either end"
        );
    }
    if slug == CONSOLE_SLUG {
        bail!("--slug: `{CONSOLE_SLUG}` is kept for the console; choose another");
    }
    let name = name.trim().to_owned();
    let length = name.chars().count();
    if length == 0 || length > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        bail!("--name: must be 1 to {MAX_NAME_CHARS} characters on one line");
    }
    let own_host = own_host.map(|host| host.to_ascii_lowercase());
    if let Some(host) = &own_host {
        let public = config.base_url(config.listen).ok_or(AppFault::NoPublicUrl)?;
        if !is_own_host(host, &public) {
            bail!(
                "--own-host: `{host}` must be a host name such as clerk.example.com, without scheme \
                 and port, and neither this server's own nor one below it"
            );
        }
    }
    if let Some(odd) = redirect_urls.iter().find(|url| !is_listable(url)) {
        bail!(
            "--redirect-url: `{odd}` must be an https address (http on this machine only), without \
             credentials, query or fragment, or a path"
        );
    }
    Ok(NewTenant {
        slug,
        name,
        live,
        own_host,
        policy: None,
        support_email: None,
        redirect_urls,
        brand_color: None,
        author: actor(),
    })
}
