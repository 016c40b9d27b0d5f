//! Whether a sign-in may start on the client that asks: reads what the flow wants to know for it,
//! and no more, so that silence costs the same for everybody. Decides nothing itself.

use super::answer::live_sessions;
use super::factors::candour;
use super::front_door::Caller;
use super::refusals::refused;
use crate::model::{Identifier, UserId};
use crate::sign_in::{
    Action, Candour, ClientFacts, LiveSessions, Owner, Refusal, SessionMode, Start, TicketHolder,
    Transferable, judge_start,
};
use crate::store::sessions::Session;
use crate::store::sign_ups::SignUpStatus;
use crate::tenant::{ClientHandle, TenantFault, Ticket};
use crate::web::ApiError;
use crate::web::doors::Doors;

/// Whether a sign-in for this identifier may start.
///
/// # Errors
/// The refusal of the contract.
pub(super) async fn may_start(
    doors: &Doors,
    caller: &Caller,
    client: Option<&ClientHandle>,
    identifier: &Identifier,
) -> Result<(), ApiError> {
    let live = live_of(doors, client).await?;
    let told = candour(caller);
    if live.is_empty() && told == Candour::Silent {
        // Nothing may depend on who has the identifier, not even the time.
        return judged(Start::Named(Owner::Untold), &facts(caller, &live, None));
    }
    let owner = owner_of(doors, caller, identifier).await?;
    let start = match (told, &owner) {
        (Candour::Silent, _) => Owner::Untold,
        (Candour::Revealing, Some(_)) => Owner::Somebody,
        (Candour::Revealing, None) => Owner::Nobody,
    };
    judged(Start::Named(start), &facts(caller, &live, owner.as_ref()))
}

/// Whether a sign-in with this ticket may start.
///
/// # Errors
/// The refusal of the contract.
pub(super) async fn may_start_with_ticket(
    doors: &Doors,
    caller: &Caller,
    client: Option<&ClientHandle>,
    ticket: &Ticket,
) -> Result<(), ApiError> {
    let live = live_of(doors, client).await?;
    let holder = match ticket.name {
        Some(_) => TicketHolder::Named,
        None => TicketHolder::Nameless,
    };
    judged(Start::Ticket(holder), &facts(caller, &live, Some(&ticket.user)))
}

/// Why a sign-in cannot take over what the client's sign-up has proved.
pub(super) async fn no_transfer(
    doors: &Doors,
    caller: &Caller,
    client: Option<&ClientHandle>,
) -> Result<ApiError, ApiError> {
    let live = live_of(doors, client).await?;
    let held = match client {
        Some(known) => transferable(doors, caller, known).await?,
        None => Transferable::Nothing,
    };
    let told = judged(Start::Transfer(held), &facts(caller, &live, None));
    Ok(told.err().unwrap_or_else(|| nothing_told(Refusal::NothingToTransfer)))
}

async fn transferable(
    doors: &Doors,
    caller: &Caller,
    client: &ClientHandle,
) -> Result<Transferable, ApiError> {
    let Some(id) = client.client.sign_up_id.clone() else { return Ok(Transferable::Nothing) };
    let found = doors.tenants.sign_up(&caller.profile, id).await?;
    let open = found.filter(|record| {
        record.sign_up.status == SignUpStatus::MissingRequirements
            && doors.now() < record.sign_up.abandon_at
    });
    let proved = open.as_ref().and_then(|record| record.email());
    let Some(address) = proved.filter(|address| address.verified_at.is_some()) else {
        return Ok(Transferable::Nothing);
    };
    let tenant = caller.profile.id().clone();
    let found = doors.reader().identified(tenant, address.canonical_key.clone()).await;
    Ok(match found.map_err(TenantFault::from)? {
        Some(_) => Transferable::Claimed,
        None => Transferable::Nothing,
    })
}

async fn owner_of(
    doors: &Doors,
    caller: &Caller,
    identifier: &Identifier,
) -> Result<Option<UserId>, ApiError> {
    let tenant = caller.profile.id().clone();
    let found = doors.reader().identified(tenant, identifier.key.clone()).await;
    Ok(found.map_err(TenantFault::from)?.map(|record| record.user.id))
}

async fn live_of(doors: &Doors, client: Option<&ClientHandle>) -> Result<Vec<Session>, ApiError> {
    match client {
        Some(known) => live_sessions(doors, &known.client).await,
        None => Ok(Vec::new()),
    }
}

fn facts(caller: &Caller, live: &[Session], user: Option<&UserId>) -> ClientFacts {
    let own = live.iter().find(|session| Some(&session.user_id) == user);
    ClientFacts {
        mode: match caller.profile.tenant.single_session {
            true => SessionMode::Single,
            false => SessionMode::Multi,
        },
        live: match (own, live) {
            (Some(session), _) => LiveSessions::OfTheUser(session.id.clone()),
            (None, []) => LiveSessions::None,
            (None, [_, ..]) => LiveSessions::OfOthers,
        },
    }
}

fn judged(start: Start, client: &ClientFacts) -> Result<(), ApiError> {
    judge_start(start, client).map_err(nothing_told)
}

/// There is no sign-in yet whose id could be named.
fn nothing_told(refusal: Refusal) -> ApiError {
    refused(refusal, Action::Show, "")
}
