//! What a client library asks before anybody signs in, by path and by host.

use reqwest::Method;

use super::{World, shown, v1};
use crate::harness::client::{Client, block_on};

#[test]
fn the_environment_says_how_this_tenant_signs_people_in() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let read = client.get(&v1("environment")).await;
        insta::assert_snapshot!(shown(&read), @r#"
        200
        content-type: application/json
        {
          "auth_config": {
            "object": "auth_config",
            "id": "<ins_1>",
            "single_session_mode": true,
            "reverification": false,
            "native_settings": {
              "api_enabled": true
            },
            "url_based_session_syncing": false,
            "test_mode": true,
            "identification_strategies": [
              "email_address",
              "phone_number",
              "username"
            ],
            "first_factors": [
              "password",
              "email_code",
              "email_link",
              "phone_code",
              "reset_password_email_code",
              "ticket"
            ],
            "second_factors": [
              "totp",
              "phone_code",
              "backup_code"
            ],
            "email_address_verification_strategies": [],
            "preferred_channels": null
          },
          "display_config": {
            "object": "display_config",
            "id": "<ins_1>",
            "instance_environment_type": "development",
            "application_name": "acme Ltd",
            "theme": {
              "general": {
                "color": null
              },
              "buttons": {},
              "accounts": {}
            },
            "preferred_sign_in_strategy": "password",
            "home_url": "http://localhost:<port_1>/t/acme/account",
            "sign_in_url": "http://localhost:<port_1>/t/acme/sign-in",
            "sign_up_url": "http://localhost:<port_1>/t/acme/sign-in",
            "user_profile_url": "http://localhost:<port_1>/t/acme/account",
            "after_sign_in_url": "http://localhost:<port_1>/t/acme/account",
            "after_sign_up_url": "http://localhost:<port_1>/t/acme/account",
            "after_sign_out_one_url": "http://localhost:<port_1>/t/acme/sign-in",
            "after_sign_out_all_url": "http://localhost:<port_1>/t/acme/sign-in",
            "after_switch_session_url": "http://localhost:<port_1>/t/acme/account",
            "support_email": "help@acme.test",
            "help_url": null,
            "branded": false,
            "logo_image_url": null,
            "favicon_image_url": null,
            "clerk_js_version": null,
            "captcha_public_key": null,
            "captcha_widget_type": null,
            "captcha_provider": null,
            "captcha_heartbeat": false,
            "show_devmode_warning": false
          },
          "user_settings": {
            "attributes": {
              "email_address": {
                "enabled": true,
                "required": false,
                "used_for_first_factor": true,
                "first_factors": [
                  "email_code",
                  "email_link"
                ],
                "used_for_second_factor": false,
                "second_factors": [],
                "verifications": [
                  "email_code"
                ],
                "verify_at_sign_up": true
              },
              "phone_number": {
                "enabled": true,
                "required": false,
                "used_for_first_factor": true,
                "first_factors": [
                  "phone_code"
                ],
                "used_for_second_factor": true,
                "second_factors": [
                  "phone_code"
                ],
                "verifications": [
                  "phone_code"
                ],
                "verify_at_sign_up": false
              },
              "username": {
                "enabled": true,
                "required": false,
                "used_for_first_factor": true,
                "first_factors": [],
                "used_for_second_factor": false,
                "second_factors": [],
                "verifications": [],
                "verify_at_sign_up": false
              },
              "password": {
                "enabled": true,
                "required": true,
                "used_for_first_factor": false,
                "first_factors": [],
                "used_for_second_factor": false,
                "second_factors": [],
                "verifications": [],
                "verify_at_sign_up": false
              },
              "first_name": {
                "enabled": true,
                "required": false,
                "used_for_first_factor": false,
                "first_factors": [],
                "used_for_second_factor": false,
                "second_factors": [],
                "verifications": [],
                "verify_at_sign_up": false
              },
              "last_name": {
                "enabled": true,
                "required": false,
                "used_for_first_factor": false,
                "first_factors": [],
                "used_for_second_factor": false,
                "second_factors": [],
                "verifications": [],
                "verify_at_sign_up": false
              },
              "authenticator_app": {
                "enabled": true,
                "required": false,
                "used_for_first_factor": false,
                "first_factors": [],
                "used_for_second_factor": true,
                "second_factors": [
                  "totp"
                ],
                "verifications": [],
                "verify_at_sign_up": false
              },
              "backup_code": {
                "enabled": true,
                "required": false,
                "used_for_first_factor": false,
                "first_factors": [],
                "used_for_second_factor": true,
                "second_factors": [
                  "backup_code"
                ],
                "verifications": [],
                "verify_at_sign_up": false
              },
              "passkey": {
                "enabled": false,
                "required": false,
                "used_for_first_factor": false,
                "first_factors": [],
                "used_for_second_factor": false,
                "second_factors": [],
                "verifications": [],
                "verify_at_sign_up": false
              },
              "web3_wallet": {
                "enabled": false,
                "required": false,
                "used_for_first_factor": false,
                "first_factors": [],
                "used_for_second_factor": false,
                "second_factors": [],
                "verifications": [],
                "verify_at_sign_up": false
              }
            },
            "social": {},
            "saml": {
              "enabled": false
            },
            "enterprise_sso": {
              "enabled": false
            },
            "sign_in": {
              "second_factor": {
                "required": false
              }
            },
            "sign_up": {
              "mode": "restricted",
              "captcha_enabled": false,
              "progressive": true
            },
            "password_settings": {
              "min_length": 8,
              "max_length": 1024,
              "allowed_special_characters": "",
              "show_zxcvbn": false,
              "min_zxcvbn_strength": 0,
              "disable_hibp": true
            },
            "passkey_settings": {
              "allow_autofill": false,
              "show_sign_in_button": false
            },
            "attack_protection": {
              "user_lockout": {
                "enabled": true,
                "max_attempts": 4,
                "duration_in_minutes": 1
              },
              "pii": {
                "enabled": true
              },
              "email_link": {
                "require_same_client": true
              },
              "enumeration_protection": {
                "enabled": true
              }
            },
            "actions": {
              "delete_self": false,
              "create_organization": false
            }
          },
          "organization_settings": {
            "enabled": false
          },
          "fraud_settings": {
            "native": {
              "device_attestation_mode": "disabled"
            }
          },
          "commerce_settings": {
            "billing": {
              "stripe_publishable_key": null,
              "organization": {
                "enabled": false,
                "has_paid_plans": false
              },
              "user": {
                "enabled": false,
                "has_paid_plans": false
              }
            }
          },
          "api_keys_settings": {
            "enabled": false
          },
          "protect_config": {},
          "maintenance_mode": false
        }
        "#);
        let touched = client.post_form(&v1("environment?_method=PATCH"), &[]).await;
        assert_eq!(touched.body, read.body);
    });
}

#[test]
fn a_tenants_host_is_its_frontend_api() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let by_path = client.get(&v1("environment")).await;
        let host = format!("acme.localhost:{}", world.app.address.port());
        let by_host = client.request(Method::GET, "/v1/environment").header("host", host);
        assert_eq!(Client::send(by_host).await.body, by_path.body);
    });
}

#[test]
fn pages_of_other_sites_are_told_nothing() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let from = |origin| client.request(Method::GET, &v1("client")).header("origin", origin);
        let evil = Client::send(from("https://evil.test")).await;
        assert_eq!(evil.header("access-control-allow-origin"), "");
        let local = Client::send(from("http://localhost:3000")).await;
        assert_eq!(local.header("access-control-allow-origin"), "http://localhost:3000");
        assert_eq!(local.header("access-control-allow-credentials"), "true");
        for name in ["authorization", "retry-after", "x-country", "clerk-db-jwt"] {
            let exposed = local.header("access-control-expose-headers").to_lowercase();
            assert!(exposed.contains(name), "{exposed}");
        }
        let asked = client
            .request(Method::OPTIONS, &v1("client/sign_ins"))
            .header("origin", "http://localhost:3000")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization");
        let preflight = Client::send(asked).await;
        assert_eq!(preflight.status, 200, "{}", preflight.body);
        let allowed = preflight.header("access-control-allow-headers").to_lowercase();
        assert!(allowed.contains("authorization"), "{allowed}");
    });
}

#[test]
fn a_listed_origin_may_call_with_cookies() {
    let world = World::new();
    let change = lockkeeper::store::tenants::TenantChange {
        allowed_origins: Some(r#"["https://app.acme.test"]"#.to_owned()),
        ..Default::default()
    };
    block_on(world.app.tenants.update_tenant(&world.acme.profile, change, "test")).unwrap();
    block_on(async {
        let request = world
            .client()
            .request(Method::GET, &v1("client"))
            .header("origin", "https://app.acme.test");
        let told = Client::send(request).await;
        assert_eq!(told.header("access-control-allow-origin"), "https://app.acme.test");
    });
}

#[test]
fn health_and_dev_browser_answer() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        assert_eq!(client.get(&v1("health")).await.status, 200);
        let named = client.post_form(&v1("dev_browser"), &[]).await.json();
        assert_eq!(named["object"], "dev_browser");
        assert!(named["id"].as_str().unwrap().starts_with("dvb_"));
    });
}
