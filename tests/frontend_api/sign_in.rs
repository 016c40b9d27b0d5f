//! Signing in with a password: the whole way, in one step and in two.

use super::{ALEX, PASSWORD, World, shown, signed_in, text, try_password, v1};
use crate::harness::client::block_on;

#[test]
pub(super) fn identifier_and_password_together_complete_at_once() {
    let world = World::new();
    let answer = block_on(async { try_password(&world.client(), ALEX, PASSWORD).await });
    insta::assert_snapshot!(shown(&answer), @r#"
    200
    content-type: application/json
    set-cookie: __client_<suffix>=<jwt_1>; HttpOnly; SameSite=Lax; Path=/; Max-Age=34560000
    set-cookie: __lane_<suffix>=<jwt_2>; HttpOnly; SameSite=Lax; Path=/; Max-Age=34560000
    {
      "response": {
        "object": "sign_in_attempt",
        "id": "<sia_1>",
        "status": "complete",
        "supported_identifiers": [
          "email_address",
          "phone_number",
          "username"
        ],
        "supported_first_factors": [
          {
            "strategy": "password"
          },
          {
            "strategy": "email_code",
            "safe_identifier": "a**@acme.test",
            "email_address_id": "<idn_1>"
          },
          {
            "strategy": "email_link",
            "safe_identifier": "a**@acme.test",
            "email_address_id": "<idn_1>"
          },
          {
            "strategy": "reset_password_email_code",
            "safe_identifier": "a**@acme.test",
            "email_address_id": "<idn_1>"
          }
        ],
        "supported_second_factors": null,
        "first_factor_verification": {
          "object": "verification_password",
          "status": "verified",
          "strategy": "password",
          "attempts": null,
          "expire_at": null
        },
        "second_factor_verification": null,
        "identifier": "alex@acme.test",
        "user_data": null,
        "created_session_id": "<sess_1>",
        "abandon_at": <ms_1>
      },
      "client": {
        "object": "client",
        "id": "<client_1>",
        "sessions": [
          {
            "object": "session",
            "id": "<sess_1>",
            "status": "active",
            "expire_at": <ms_2>,
            "abandon_at": <ms_2>,
            "last_active_at": <ms_3>,
            "last_active_token": {
              "object": "token",
              "jwt": "<jwt_3>"
            },
            "last_active_organization_id": null,
            "actor": null,
            "tasks": null,
            "user": {
              "id": "<user_1>",
              "object": "user",
              "external_id": null,
              "username": null,
              "first_name": null,
              "last_name": null,
              "locale": null,
              "time_zone": null,
              "image_url": "http://localhost:<port_1>/t/acme/assets/avatar-41-0b5a66.svg",
              "profile_image_url": "http://localhost:<port_1>/t/acme/assets/avatar-41-0b5a66.svg",
              "has_image": false,
              "primary_email_address_id": "<idn_2>",
              "primary_phone_number_id": null,
              "primary_web3_wallet_id": null,
              "email_addresses": [
                {
                  "id": "<idn_2>",
                  "object": "email_address",
                  "email_address": "alex@acme.test",
                  "reserved": false,
                  "verification": {
                    "object": "verification_admin",
                    "status": "verified",
                    "strategy": "admin",
                    "attempts": null,
                    "expire_at": null
                  },
                  "linked_to": [],
                  "matches_sso_connection": false,
                  "created_at": <ms_3>,
                  "updated_at": <ms_3>
                }
              ],
              "phone_numbers": [],
              "web3_wallets": [],
              "passkeys": [],
              "external_accounts": [],
              "saml_accounts": [],
              "enterprise_accounts": [],
              "public_metadata": {},
              "unsafe_metadata": {},
              "password_enabled": true,
              "password_last_updated_at": <ms_3>,
              "two_factor_enabled": false,
              "totp_enabled": false,
              "backup_code_enabled": false,
              "mfa_enabled_at": null,
              "mfa_disabled_at": null,
              "banned": false,
              "locked": false,
              "lockout_expires_in_seconds": null,
              "verification_attempts_remaining": 4,
              "locked_at": null,
              "lock_reason": null,
              "locked_sources": [],
              "last_sign_in_at": <ms_3>,
              "last_active_at": <ms_4>,
              "legal_accepted_at": null,
              "created_at": <ms_3>,
              "updated_at": <ms_3>,
              "delete_self_enabled": false,
              "create_organization_enabled": false,
              "organization_memberships": []
            },
            "public_user_data": {
              "first_name": null,
              "last_name": null,
              "image_url": "http://localhost:<port_1>/t/acme/assets/avatar-41-0b5a66.svg",
              "has_image": false,
              "identifier": "alex@acme.test",
              "user_id": "<user_1>",
              "username": null,
              "banned": false
            },
            "factor_verification_age": [
              0,
              -1
            ],
            "created_at": <ms_3>,
            "updated_at": <ms_3>
          }
        ],
        "sign_in": null,
        "sign_up": null,
        "last_active_session_id": "<sess_1>",
        "last_authentication_strategy": "password",
        "cookie_expires_at": null,
        "captcha_bypass": false,
        "created_at": <ms_3>,
        "updated_at": <ms_3>
      }
    }
    "#);
}

#[test]
fn an_identifier_alone_opens_a_sign_in_for_the_first_factor() {
    let world = World::new();
    let form = [("identifier", ALEX), ("locale", "en-US"), ("unheard_of", "1")];
    let answer = block_on(async { world.client().post_form(&v1("client/sign_ins"), &form).await });
    insta::assert_snapshot!(shown(&answer), @r#"
    200
    content-type: application/json
    set-cookie: __client_<suffix>=<jwt_1>; HttpOnly; SameSite=Lax; Path=/; Max-Age=34560000
    {
      "response": {
        "object": "sign_in_attempt",
        "id": "<sia_1>",
        "status": "needs_first_factor",
        "supported_identifiers": [
          "email_address",
          "phone_number",
          "username"
        ],
        "supported_first_factors": [
          {
            "strategy": "password"
          },
          {
            "strategy": "email_code",
            "safe_identifier": "a**@acme.test",
            "email_address_id": "<idn_1>"
          },
          {
            "strategy": "email_link",
            "safe_identifier": "a**@acme.test",
            "email_address_id": "<idn_1>"
          },
          {
            "strategy": "reset_password_email_code",
            "safe_identifier": "a**@acme.test",
            "email_address_id": "<idn_1>"
          }
        ],
        "supported_second_factors": null,
        "first_factor_verification": null,
        "second_factor_verification": null,
        "identifier": "alex@acme.test",
        "user_data": null,
        "created_session_id": null,
        "abandon_at": <ms_1>
      },
      "client": {
        "object": "client",
        "id": "<client_1>",
        "sessions": [],
        "sign_in": {
          "object": "sign_in_attempt",
          "id": "<sia_1>",
          "status": "needs_first_factor",
          "supported_identifiers": [
            "email_address",
            "phone_number",
            "username"
          ],
          "supported_first_factors": [
            {
              "strategy": "password"
            },
            {
              "strategy": "email_code",
              "safe_identifier": "a**@acme.test",
              "email_address_id": "<idn_1>"
            },
            {
              "strategy": "email_link",
              "safe_identifier": "a**@acme.test",
              "email_address_id": "<idn_1>"
            },
            {
              "strategy": "reset_password_email_code",
              "safe_identifier": "a**@acme.test",
              "email_address_id": "<idn_1>"
            }
          ],
          "supported_second_factors": null,
          "first_factor_verification": null,
          "second_factor_verification": null,
          "identifier": "alex@acme.test",
          "user_data": null,
          "created_session_id": null,
          "abandon_at": <ms_1>
        },
        "sign_up": null,
        "last_active_session_id": null,
        "last_authentication_strategy": null,
        "cookie_expires_at": null,
        "captcha_bypass": false,
        "created_at": <ms_2>,
        "updated_at": <ms_2>
      }
    }
    "#);
}

#[test]
fn an_empty_body_starts_over() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let first = client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await.json();
        let blank = client.post_form(&v1("client/sign_ins"), &[]).await;
        assert_eq!(blank.json()["response"]["status"], "needs_identifier");
        assert_eq!(blank.json()["response"]["supported_first_factors"], serde_json::Value::Null);
        assert_eq!(blank.json()["client"]["id"], first["client"]["id"]);
        assert!(blank.set_cookies().is_empty());
    });
}

#[test]
pub(super) fn the_two_steps_end_where_the_one_does() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let opened = client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await;
        let id = text(&opened.json(), "/response/id").to_owned();
        let path = v1(&format!("client/sign_ins/{id}"));
        let secret = [("strategy", "password"), ("password", PASSWORD)];
        let done = client.post_form(&format!("{path}/attempt_first_factor"), &secret).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let json = done.json();
        assert_eq!(text(&json, "/response/id"), id);
        assert_eq!(text(&json, "/response/status"), "complete");
        let session = text(&json, "/response/created_session_id");
        assert_eq!(text(&json, "/client/sessions/0/id"), session);
        assert_eq!(text(&json, "/client/last_active_session_id"), session);
        assert_eq!(text(&client.get(&path).await.json(), "/response/status"), "complete");
        // Once more: its time is over.
        let again = client.post_form(&format!("{path}/attempt_first_factor"), &secret).await;
        insta::assert_snapshot!(shown(&again), @r#"
        400
        content-type: application/json
        {
          "errors": [
            {
              "message": "Invalid action",
              "long_message": "We were unable to complete attempting the first factor for this Client. This sign in is complete; start a new one.",
              "code": "client_state_invalid"
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
    });
}

#[test]
fn the_client_cookie_changes_with_the_sign_in_and_the_old_one_is_worth_nothing() {
    let world = World::new();
    block_on(async {
        let (client, thief) = (world.client(), world.client());
        let opened = client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await;
        let planted = opened.set_cookies().into_values().next().unwrap();
        let done = try_password(&client, ALEX, PASSWORD).await;
        let fresh = done.set_cookies().into_values().next().unwrap();
        assert_ne!(planted, fresh);
        let pair = planted.split(';').next().unwrap().to_owned();
        let stolen = thief.request(reqwest::Method::GET, &v1("client")).header("cookie", pair);
        let told = crate::harness::client::Client::send(stolen).await;
        assert_eq!(told.json(), serde_json::json!({ "response": null, "client": null }));
    });
}

#[test]
fn a_second_sign_in_beside_a_live_session_is_refused() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        signed_in(&client).await;
        let second = client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await;
        insta::assert_snapshot!(shown(&second), @r#"
        400
        content-type: application/json
        {
          "errors": [
            {
              "message": "Session already exists",
              "long_message": "You're currently in single session mode. You can only be signed into one account at a time.",
              "code": "session_exists"
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
        let blank = client.post_form(&v1("client/sign_ins"), &[]).await;
        assert_eq!(blank.status, 200);
    });
}

#[test]
pub(super) fn an_older_sign_in_may_be_read_and_not_changed() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let named = [("identifier", ALEX)];
        let first = client.post_form(&v1("client/sign_ins"), &named).await.json();
        client.post_form(&v1("client/sign_ins"), &named).await;
        let path = v1(&format!("client/sign_ins/{}", text(&first, "/response/id")));
        assert_eq!(text(&client.get(&path).await.json(), "/response/status"), "abandoned");
        let secret = [("strategy", "password"), ("password", PASSWORD)];
        let late = client.post_form(&format!("{path}/attempt_first_factor"), &secret).await;
        insta::assert_snapshot!(shown(&late), @r#"
        403
        content-type: application/json
        {
          "errors": [
            {
              "message": "Update operations are not allowed on older sign ins",
              "long_message": "Update operations are not allowed on older sign ins",
              "code": "resource_forbidden"
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
    });
}

#[test]
fn another_clients_sign_in_is_not_found() {
    let world = World::new();
    block_on(async {
        let (client, other) = (world.client(), world.client());
        let named = [("identifier", ALEX)];
        let opened = client.post_form(&v1("client/sign_ins"), &named).await.json();
        let path = v1(&format!("client/sign_ins/{}", text(&opened, "/response/id")));
        assert_eq!(other.get(&path).await.status, 404);
        other.post_form(&v1("client/sign_ins"), &named).await;
        insta::assert_snapshot!(shown(&other.get(&path).await), @r#"
        404
        content-type: application/json
        {
          "errors": [
            {
              "message": "not found",
              "long_message": "No sign in was found with id <sia_1>",
              "code": "resource_not_found"
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
        let secret = [("strategy", "password"), ("password", PASSWORD)];
        let tried = other.post_form(&format!("{path}/attempt_first_factor"), &secret).await;
        assert_eq!(shown(&tried), shown(&other.get(&path).await));
        let nobody =
            world.client().post_form(&format!("{path}/attempt_first_factor"), &secret).await;
        assert_eq!(
            (nobody.status, text(&nobody.json(), "/errors/0/code")),
            (400, "client_not_found")
        );
    });
}

#[test]
pub(super) fn a_banned_user_is_told_so_only_with_the_right_password() {
    let world = World::new();
    let acme = &world.acme.profile;
    let card = world.app.user(&world.acme, "ban@acme.test", PASSWORD);
    let banned = lockkeeper::store::users::Standing::Banned;
    block_on(world.app.tenants.set_standing(acme, card.record.user.id, banned)).unwrap();
    block_on(async {
        let client = world.client();
        let wrong = try_password(&client, "ban@acme.test", "wrong").await;
        assert_eq!(wrong.status, 422);
        let right = try_password(&client, "ban@acme.test", PASSWORD).await;
        insta::assert_snapshot!(shown(&right), @r#"
        403
        content-type: application/json
        {
          "errors": [
            {
              "message": "Account banned",
              "long_message": "This account is banned. For more information, please contact support.",
              "code": "user_banned"
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
    });
}
