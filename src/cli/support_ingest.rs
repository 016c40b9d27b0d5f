//! `support ingest`: one mail on standard input, as a mail server's pipe hands it over. Says in one
//! line what became of it, and in the exit code what the mail server is to do (sysexits.h). Knows no
//! mail server.

use std::io::Read;
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::opened::{told, with_core};
use super::output::complain;
use crate::config::Config;
use crate::mail::inbound::{self, InboundFault, MOST_BYTES};
use crate::tenant::Taken;

/// Said of an address that is none of ours where nothing can be: no mail leaves with one.
const NOT_SET: &str = "there is no such address: inbound_address (LOCKKEEPER_INBOUND_ADDRESS) is not \
                       set here, so no mail of ours says where answers go. Set it, for the server \
                       too, to the address that this command takes mail for, such as \
                       desk@mail.example.com";

/// It is not to come again: `EX_DATAERR`.
const UNUSABLE: u8 = 65;
/// `EX_NOUSER`.
const NO_SUCH_ADDRESS: u8 = 67;
/// The mail server keeps it and tries again: `EX_TEMPFAIL`. Also where the settings are at fault: an
/// operator's mistake must not send people's answers back.
pub(super) const LATER: u8 = 75;

/// Takes the mail.
pub(super) async fn ingest(config: &Config, recipient: Option<String>) -> Result<ExitCode> {
    let mut message = Vec::new();
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    std::io::stdin().take(most).read_to_end(&mut message).context("cannot read the message")?;
    let mail = match inbound::read(&message) {
        Ok(mail) => mail,
        Err(fault @ (InboundFault::TooLarge | InboundFault::NoMessage)) => {
            return Ok(ended(UNUSABLE, &fault.to_string()));
        }
    };
    drop(message);
    with_core(config, async |core| {
        let taken = core.tenants.take_mail(recipient.as_deref(), &mail).await.map_err(told)?;
        Ok(match taken {
            Taken::Message { reference } => ended(0, &format!("taken: an answer to {reference}")),
            Taken::Automatic => ended(0, "taken: an automatic answer, which changes nothing"),
            Taken::Bounce => ended(0, "taken: a mail of ours came back"),
            Taken::Dropped => ended(0, "taken, and not kept: nobody waits for it"),
            Taken::Again => ended(0, "taken before"),
            Taken::NotOurs if config.inbound_address.is_none() => ended(LATER, NOT_SET),
            Taken::NotOurs => ended(NO_SUCH_ADDRESS, "there is no such address"),
            Taken::TooMany { .. } => {
                ended(LATER, "this request takes no more mails today; try again later")
            }
        })
    })
    .await
}

fn ended(code: u8, words: &str) -> ExitCode {
    complain(words);
    ExitCode::from(code)
}
