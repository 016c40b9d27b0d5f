//! `demo`: one process, nothing to set up. Sample tenants with a history that really happened, each
//! attempt through the gate and the settle, on a clock that starts in the past; mail in the mailbox;
//! a clock to turn. `demo_data` says what happens, `demo_folder` where it is kept.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};

use super::args;
use super::demo_data::{ACCOUNTS, HISTORY, OWNER, STAR, STRICT, Seeding};
use super::demo_folder::DemoFolder;
use super::output::say;
use super::serve::{Signals, until_stopped};
use crate::app::{AppFault, Application, DemoClock, DemoPlan, MailPlan, Plan};
use crate::config::{Config, Origin};
use crate::model::Clock;
use crate::store::DatabaseUrl;
use crate::token::MasterKeys;
use crate::web::doors::DemoAccount;

/// The demo brings its own of these; told on the command line they would be silently ignored.
const OWN: [&str; 5] = ["database_url", "master_key_file", "smtp_url", "mail_from", "node_name"];

/// Runs the demo until it is stopped.
pub(super) async fn run(config: &Config, demo: &args::Demo) -> Result<ExitCode> {
    for key in OWN {
        if config.origin(key) == Origin::Flag {
            let flag = key.replace('_', "-");
            bail!(
                "the demo has its own data and mailbox: leave out --{flag}, or run `lockkeeper serve`"
            );
        }
    }
    let folder = if demo.ephemeral { DemoFolder::ephemeral()? } else { DemoFolder::kept()? };
    let clock =
        if folder.has_data() { DemoClock::new() } else { DemoClock::starting_earlier(HISTORY) };
    let began = clock.monotonic();
    let mut signals = Signals::listen()?;
    let app = Application::start(plan(config, &folder, &clock)?).await?;
    let took = clock.monotonic().saturating_sub(began);
    let base = config.base_url(app.address).ok_or(AppFault::NoPublicUrl)?;
    let seconds = format!("{}.{:02}", took.as_secs(), took.subsec_millis() / 10);
    say(&format!("Lockkeeper demo, ready in {seconds} s, listening on http://{}", app.address));
    say(&what_to_try(base.origin(), &folder, demo.ephemeral));
    let stopped = until_stopped(app, &mut signals, config).await;
    drop(folder);
    stopped
}

fn plan(config: &Config, folder: &DemoFolder, clock: &Arc<DemoClock>) -> Result<Plan> {
    let keys = Arc::new(MasterKeys::load_or_create(&folder.file("demo.key"))?);
    let fresh = !folder.has_data();
    let turned = folder.clock(Arc::clone(clock));
    let accounts = ACCOUNTS.iter().map(|account| DemoAccount {
        tenant_slug: account.tenant.to_owned(),
        identifier: account.identifier.to_owned(),
        password: account.password.to_owned(),
        note: account.note.to_owned(),
    });
    let path = folder.file("demo.db").display().to_string();
    let mut plan = Plan::of(config, keys, clock.clone());
    plan.database = DatabaseUrl::Sqlite { path, max_page_count: None };
    plan.mail = MailPlan::Mailbox { from: "Lockkeeper demo <no-reply@lockkeeper.test>".to_owned() };
    plan.demo = Some(DemoPlan {
        clock: Arc::new(turned),
        accounts: accounts.collect(),
        database_url: database_url(folder),
    });
    // A second demo, or a server beside it, would fight for the port that nobody asked for.
    if config.origin("metrics_listen") == Origin::Default {
        plan.metrics_listen = None;
    }
    if fresh {
        let (clock, written) = (Arc::clone(clock), folder.tenants());
        plan.seed = Some(Box::new(move |tenants, _store| {
            Box::pin(async move { Seeding::new(tenants, clock).run(&written).await })
        }));
    }
    Ok(plan)
}

/// The demo's data as other commands take it, from the folder that the demo was started in.
fn database_url(folder: &DemoFolder) -> String {
    format!("sqlite:{}", folder.file("demo.db").display())
}

fn what_to_try(base: &str, folder: &DemoFolder, ephemeral: bool) -> String {
    let path = folder.path().display();
    let data = if ephemeral {
        format!("{path}, removed at the end")
    } else {
        format!("./{path}, kept; start over: remove it")
    };
    let tenants = folder.tenants();
    format!(
        "\n\
         \x20 1  Start here: four doors, a clock to turn    {base}/\n\
         \x20 2  Lock yourself out: alex@acme.test with a\n\
         \x20    wrong password, 8 times                    {base}/t/acme/sign-in\n\
         \x20 3  Open the unlock mail, press its button     {base}/mailbox\n\
         \x20 4  Sign in: the password is {password}\n\
         \x20 5  The strict tenant locks after 5: kim@globex.test, {kim}\n\
         \x20                                               {base}/t/globex/sign-in\n\
         \x20 6  Open the console as {owner}\n\
         \x20    the password is {staff}           {base}/console\n\
         \n\
         API keys: {tenants}\n\
         Commands: lockkeeper support list --database-url {database}\n\
         Data: {data}. Stop: Ctrl-C.",
        password = STAR.password,
        kim = STRICT.password,
        owner = OWNER.identifier,
        staff = OWNER.password,
        tenants = tenants.display(),
        database = database_url(folder),
    )
}
