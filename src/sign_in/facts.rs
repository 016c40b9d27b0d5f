//! Who may start a sign-in and who may take a step of it: beside where it stands, by what is known
//! of client, user and address. Each refusal is a row of a table.

use super::flow::{Action, Refusal, Run, judge};
use super::strategy::Strategy;
use crate::model::{Millis, SessionId};

/// How much may be told to somebody who has proved nothing; the tenant decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Candour {
    /// A known and an unknown identifier are answered alike.
    Silent,
    Revealing,
}

/// Whether the user of a sign-in is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Presence {
    /// Not looked for: in silence before a factor is passed.
    Untold,
    There,
    /// The sign-in names a user, or a name, that is gone.
    Deleted,
}

/// Whether the user has the factor that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Has {
    /// Not looked for: in silence before a factor is passed.
    Unknown,
    Yes,
    No,
}

/// Whose the address is that a code is asked for (`email_address_id`, `phone_number_id`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Address {
    /// The user's; in silence the one that the sign-in itself offered.
    Own,
    Anothers,
    Unknown,
    /// It was the user's when the sign-in began.
    Deleted,
}

/// What was asked to be sent for this sign-in, seen from a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prepared {
    /// The strategy takes no preparing.
    NotNeeded,
    Nothing,
    /// Something, by another strategy.
    Otherwise,
    This,
}

/// What is asked for beside the step: facts that a door has read, so that each refusal is one row
/// of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    pub answer: Candour,
    pub user: Presence,
    pub strategy: Strategy,
    pub has: Has,
    pub prepared: Prepared,
}

/// What a sign-in is started with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Start {
    /// With nothing: to have an unfinished one replaced.
    Blank,
    Named(Owner),
    /// With what the client's sign-up has proved.
    Transfer(Transferable),
    Ticket(TicketHolder),
}

/// Who has the identifier of a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// Not looked for: in silence.
    Untold,
    Nobody,
    Somebody,
}

/// What the client's sign-up holds. Never anything that a sign-in could take over: that would have
/// come from another service, and none is asked here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transferable {
    Nothing,
    /// An address that was proved and is another user's by now.
    Claimed,
}

/// Whether the user of a ticket can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TicketHolder {
    Named,
    Nameless,
}

/// How many live sessions a client may have; the tenant decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionMode {
    Single,
    Multi,
}

/// The live sessions of the client that starts a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveSessions {
    None,
    OfOthers,
    /// This one is of the very user.
    OfTheUser(SessionId),
}

/// What is known of a client that starts a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientFacts {
    pub mode: SessionMode,
    pub live: LiveSessions,
}

/// Whether a sign-in may be started so on this client.
///
/// # Errors
/// The one [`Refusal`] that is told: what is true of the client before what is of the user.
pub fn judge_start(start: Start, client: &ClientFacts) -> Result<(), Refusal> {
    if start == Start::Blank {
        return Ok(());
    }
    match (client.mode, &client.live) {
        (SessionMode::Single | SessionMode::Multi, LiveSessions::None)
        | (SessionMode::Multi, LiveSessions::OfOthers) => {}
        (SessionMode::Single, LiveSessions::OfOthers | LiveSessions::OfTheUser(_)) => {
            return Err(Refusal::SessionExists);
        }
        (SessionMode::Multi, LiveSessions::OfTheUser(session)) => {
            return Err(Refusal::AlreadySignedIn(session.clone()));
        }
    }
    match start {
        Start::Blank
        | Start::Named(Owner::Untold | Owner::Somebody)
        | Start::Ticket(TicketHolder::Named) => Ok(()),
        Start::Named(Owner::Nobody) => Err(Refusal::UnknownIdentifier),
        Start::Transfer(Transferable::Nothing) => Err(Refusal::NothingToTransfer),
        Start::Transfer(Transferable::Claimed) => Err(Refusal::Claimed),
        Start::Ticket(TicketHolder::Nameless) => Err(Refusal::NoIdentification),
    }
}

/// As [`judge`], and whether this user can take the step so. `address` where one is named.
///
/// # Errors
/// The one [`Refusal`] that is told. Before a factor is passed silence tells nothing that depends
/// on the user: there only the sign-in's own offer is an address, and the rest passes.
pub fn judge_factor(
    run: &Run,
    action: Action,
    facts: &Facts,
    address: Option<Address>,
    now: Millis,
) -> Result<(), Refusal> {
    judge(run, action, now)?;
    let told = match (action, facts.answer) {
        (Action::Show, Candour::Silent | Candour::Revealing) => return Ok(()),
        (Action::PrepareFirstFactor | Action::AttemptFirstFactor, answer) => answer,
        // A factor was passed: there is a user, and this is the one who asks.
        (
            Action::PrepareSecondFactor | Action::AttemptSecondFactor | Action::ResetPassword,
            Candour::Silent | Candour::Revealing,
        ) => Candour::Revealing,
    };
    match told {
        Candour::Silent => silent_address(address)?,
        Candour::Revealing => {
            if facts.user == Presence::Deleted {
                return Err(Refusal::Deleted);
            }
            told_address(facts.answer, address)?;
            if facts.has == Has::No {
                return Err(lacking(action, facts.strategy));
            }
        }
    }
    match (action, facts.prepared) {
        (Action::AttemptFirstFactor | Action::AttemptSecondFactor, Prepared::Nothing) => {
            Err(Refusal::NotPrepared)
        }
        (Action::AttemptFirstFactor | Action::AttemptSecondFactor, Prepared::Otherwise) => {
            Err(Refusal::PreparedOtherwise)
        }
        (
            Action::Show
            | Action::PrepareFirstFactor
            | Action::AttemptFirstFactor
            | Action::PrepareSecondFactor
            | Action::AttemptSecondFactor
            | Action::ResetPassword,
            Prepared::NotNeeded | Prepared::Nothing | Prepared::Otherwise | Prepared::This,
        ) => Ok(()),
    }
}

/// Another user's address is as unknown as one that nobody has.
const fn silent_address(address: Option<Address>) -> Result<(), Refusal> {
    match address {
        None | Some(Address::Own) => Ok(()),
        Some(Address::Anothers | Address::Unknown | Address::Deleted) => {
            Err(Refusal::UnknownAddress)
        }
    }
}

/// To a user who is there. What belongs to others stays untold in silence.
const fn told_address(answer: Candour, address: Option<Address>) -> Result<(), Refusal> {
    match (address, answer) {
        (None | Some(Address::Own), Candour::Silent | Candour::Revealing) => Ok(()),
        (Some(Address::Deleted), Candour::Silent | Candour::Revealing) => Err(Refusal::Deleted),
        (Some(Address::Anothers), Candour::Revealing) => Err(Refusal::BelongsToOther),
        (Some(Address::Anothers), Candour::Silent)
        | (Some(Address::Unknown), Candour::Silent | Candour::Revealing) => {
            Err(Refusal::UnknownAddress)
        }
    }
}

/// The user lacks what the step takes.
const fn lacking(action: Action, strategy: Strategy) -> Refusal {
    match action {
        Action::PrepareSecondFactor | Action::AttemptSecondFactor => {
            Refusal::NoSecondFactor(strategy)
        }
        Action::Show
        | Action::PrepareFirstFactor
        | Action::AttemptFirstFactor
        | Action::ResetPassword => Refusal::StrategyForUser,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign_in::{Place, Status};

    const NOW: Millis = Millis(1_000);

    fn session() -> SessionId {
        SessionId::from_stored("sess_1".to_owned())
    }

    fn client(mode: SessionMode, live: LiveSessions) -> ClientFacts {
        ClientFacts { mode, live }
    }

    const STARTS: [Start; 7] = [
        Start::Named(Owner::Untold),
        Start::Named(Owner::Nobody),
        Start::Named(Owner::Somebody),
        Start::Transfer(Transferable::Nothing),
        Start::Transfer(Transferable::Claimed),
        Start::Ticket(TicketHolder::Named),
        Start::Ticket(TicketHolder::Nameless),
    ];

    /// What each start is told on a client that has no session in the way.
    const fn told(start: Start) -> Result<(), Refusal> {
        match start {
            Start::Named(Owner::Nobody) => Err(Refusal::UnknownIdentifier),
            Start::Transfer(Transferable::Nothing) => Err(Refusal::NothingToTransfer),
            Start::Transfer(Transferable::Claimed) => Err(Refusal::Claimed),
            Start::Ticket(TicketHolder::Nameless) => Err(Refusal::NoIdentification),
            Start::Blank
            | Start::Named(Owner::Untold | Owner::Somebody)
            | Start::Ticket(TicketHolder::Named) => Ok(()),
        }
    }

    #[test]
    fn every_start_on_every_client_is_told_one_thing() {
        use LiveSessions::{None, OfOthers, OfTheUser};
        use SessionMode::{Multi, Single};
        for start in STARTS {
            for free in [client(Single, None), client(Multi, None), client(Multi, OfOthers)] {
                assert_eq!(judge_start(start, &free), told(start), "{start:?} {free:?}");
            }
            for taken in [client(Single, OfOthers), client(Single, OfTheUser(session()))] {
                let exists = Err(Refusal::SessionExists);
                assert_eq!(judge_start(start, &taken), exists, "{start:?} {taken:?}");
            }
            let own = client(Multi, OfTheUser(session()));
            let signed_in = Err(Refusal::AlreadySignedIn(session()));
            assert_eq!(judge_start(start, &own), signed_in, "{start:?}");
        }
        for live in [None, OfOthers, OfTheUser(session())] {
            for mode in [Single, Multi] {
                assert_eq!(judge_start(Start::Blank, &client(mode, live.clone())), Ok(()));
            }
        }
    }

    /// The status in which a step may be taken.
    const STEPS: [(Action, Status); 5] = [
        (Action::PrepareFirstFactor, Status::NeedsFirstFactor),
        (Action::AttemptFirstFactor, Status::NeedsFirstFactor),
        (Action::PrepareSecondFactor, Status::NeedsSecondFactor),
        (Action::AttemptSecondFactor, Status::NeedsSecondFactor),
        (Action::ResetPassword, Status::NeedsNewPassword),
    ];
    const ADDRESSES: [Option<Address>; 5] = [
        None,
        Some(Address::Own),
        Some(Address::Anothers),
        Some(Address::Unknown),
        Some(Address::Deleted),
    ];
    const FIRST: [Action; 2] = [Action::PrepareFirstFactor, Action::AttemptFirstFactor];
    const TRIES: [Action; 2] = [Action::AttemptFirstFactor, Action::AttemptSecondFactor];

    fn run(status: Status) -> Run {
        Run { status, place: Place::Current, abandon_at: Millis(2_000) }
    }

    fn facts(answer: Candour) -> Facts {
        let (user, strategy) = (Presence::There, Strategy::EmailCode);
        Facts { answer, user, strategy, has: Has::Yes, prepared: Prepared::This }
    }

    #[test]
    fn the_flow_is_asked_before_any_fact() {
        let facts = Facts {
            user: Presence::Deleted,
            has: Has::No,
            prepared: Prepared::Nothing,
            ..facts(Candour::Revealing)
        };
        for (action, awaited) in STEPS {
            for status in Status::ALL.into_iter().filter(|status| *status != awaited) {
                let address = Some(Address::Anothers);
                let told = judge_factor(&run(status), action, &facts, address, NOW);
                let expected = match status {
                    Status::Abandoned => Refusal::Older,
                    Status::NeedsIdentifier
                    | Status::NeedsFirstFactor
                    | Status::NeedsSecondFactor
                    | Status::NeedsNewPassword
                    | Status::Complete => Refusal::WrongState(status),
                };
                assert_eq!(told, Err(expected), "{status:?} {action:?}");
            }
        }
    }

    #[test]
    fn an_address_is_told_about_as_the_tenant_allows() {
        for (action, status) in STEPS {
            for address in ADDRESSES {
                for answer in [Candour::Silent, Candour::Revealing] {
                    let told = judge_factor(&run(status), action, &facts(answer), address, NOW);
                    let untold = answer == Candour::Silent && FIRST.contains(&action);
                    let expected = match address {
                        None | Some(Address::Own) => Ok(()),
                        Some(Address::Unknown) => Err(Refusal::UnknownAddress),
                        Some(Address::Deleted) if untold => Err(Refusal::UnknownAddress),
                        Some(Address::Deleted) => Err(Refusal::Deleted),
                        Some(Address::Anothers) if answer == Candour::Silent => {
                            Err(Refusal::UnknownAddress)
                        }
                        Some(Address::Anothers) => Err(Refusal::BelongsToOther),
                    };
                    assert_eq!(told, expected, "{action:?} {answer:?} {address:?}");
                }
            }
        }
    }

    #[test]
    fn who_is_gone_and_what_is_lacking_is_told_where_it_gives_nothing_away() {
        for (action, status) in STEPS {
            for answer in [Candour::Silent, Candour::Revealing] {
                let untold = answer == Candour::Silent && FIRST.contains(&action);
                let judged = |facts: Facts| judge_factor(&run(status), action, &facts, None, NOW);
                let gone = judged(Facts { user: Presence::Deleted, ..facts(answer) });
                let expected = if untold { Ok(()) } else { Err(Refusal::Deleted) };
                assert_eq!(gone, expected, "{action:?} {answer:?}");
                let lacking = judged(Facts { has: Has::No, ..facts(answer) });
                let expected = match action {
                    _ if untold => Ok(()),
                    Action::PrepareSecondFactor | Action::AttemptSecondFactor => {
                        Err(Refusal::NoSecondFactor(Strategy::EmailCode))
                    }
                    Action::Show
                    | Action::PrepareFirstFactor
                    | Action::AttemptFirstFactor
                    | Action::ResetPassword => Err(Refusal::StrategyForUser),
                };
                assert_eq!(lacking, expected, "{action:?} {answer:?}");
                let unseen = Facts { user: Presence::Untold, has: Has::Unknown, ..facts(answer) };
                assert_eq!(judged(unseen), Ok(()), "{action:?} {answer:?}");
            }
        }
    }

    #[test]
    fn only_a_try_wants_something_to_have_been_sent() {
        for (action, status) in STEPS {
            for answer in [Candour::Silent, Candour::Revealing] {
                for prepared in
                    [Prepared::NotNeeded, Prepared::Nothing, Prepared::Otherwise, Prepared::This]
                {
                    let facts = Facts { prepared, ..facts(answer) };
                    let told = judge_factor(&run(status), action, &facts, None, NOW);
                    let expected = match prepared {
                        Prepared::Nothing if TRIES.contains(&action) => Err(Refusal::NotPrepared),
                        Prepared::Otherwise if TRIES.contains(&action) => {
                            Err(Refusal::PreparedOtherwise)
                        }
                        Prepared::NotNeeded
                        | Prepared::Nothing
                        | Prepared::Otherwise
                        | Prepared::This => Ok(()),
                    };
                    assert_eq!(told, expected, "{action:?} {prepared:?}");
                }
            }
        }
    }

    #[test]
    fn a_sign_in_is_shown_whatever_the_facts() {
        let facts = Facts { user: Presence::Deleted, ..facts(Candour::Revealing) };
        let shown = judge_factor(&run(Status::Complete), Action::Show, &facts, None, NOW);
        assert_eq!(shown, Ok(()));
    }
}
