//! What the console shows: plain data in, HTML out (askama, `templates/console`). No handler, no
//! database, no decision. Every page has one heading and at most one filled button, and works without
//! script.

pub mod alerts;
pub mod api_keys;
pub mod attacks;
pub mod audit;
pub mod branding;
pub mod bulk;
pub mod campaign_trail;
pub mod canned;
pub mod done;
pub mod fault;
pub mod frame;
pub mod guide;
pub mod hall;
pub mod import;
pub mod inbox;
pub mod lock_deed;
pub mod lock_ends;
mod lock_funnel;
pub mod lock_panel;
pub mod lock_story;
pub mod locks;
pub mod locks_many;
pub mod mail;
pub mod me;
pub mod overlay;
pub mod overview;
pub mod policy;
pub mod policy_words;
pub mod replay;
pub mod replay_account;
pub mod request;
pub mod settings;
pub mod shadow;
pub mod team;
pub mod team_member;
pub mod test_lock;
pub mod user;
pub mod user_edit;
pub mod user_import;
pub mod users;
pub mod versions;
pub mod webhook;
pub mod webhook_delivery;
pub mod webhooks;
pub mod welcome;
