//! The page behind a link with a ticket, which asks before it signs anybody in, and the one behind a
//! ticket that lets nobody in.

use askama::Template;

use super::frame::Frame;
use crate::text::Markup;

/// `GET /t/{slug}/sign-in/ticket` with a ticket that would work (200). Changes nothing.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/ticket.html")]
pub struct TicketPage {
    pub frame: Frame,
    /// In full: whoever holds the ticket can be this person, and must see that before they are.
    pub identifier: String,
    pub ticket: String,
    pub redirect_url: Option<String>,
}

impl TicketPage {
    fn what(&self) -> Markup {
        let who = Markup::breakable(&self.identifier);
        self.frame.say("ticket-what").markup("who", who).html()
    }
}

/// Why a ticket lets nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadTicket {
    /// No ticket of ours, or cut off on its way.
    Forged,
    Expired,
    Revoked,
    Used,
    /// Its user is gone, or has no name to sign in with.
    Void,
}

/// A ticket that lets nobody in (410).
#[derive(Debug, Clone, Template)]
#[template(path = "pages/dead_ticket.html")]
pub struct DeadTicketPage {
    pub frame: Frame,
    pub reason: DeadTicket,
}

impl DeadTicketPage {
    fn why(&self) -> String {
        match self.reason {
            DeadTicket::Forged => self.frame.line("ticket-dead-forged"),
            DeadTicket::Expired => self.frame.line("ticket-dead-expired"),
            DeadTicket::Revoked => self.frame.line("ticket-dead-revoked"),
            DeadTicket::Used => self.frame.line("ticket-dead-used"),
            DeadTicket::Void => self.frame.line("ticket-dead-void"),
        }
    }
}
