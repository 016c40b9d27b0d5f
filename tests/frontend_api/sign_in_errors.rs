//! Errors of a sign-in's steps, one test each, named after the error.

use super::factors::{Scene, second};
use super::{ALEX, PASSWORD, World, try_password, v1};
use crate::harness::client::{Answer, block_on};

fn told(answer: &Answer) -> (u16, String) {
    let code = answer.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned();
    (answer.status, code)
}

#[test]
fn invalid_client_state_for_action() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let opened = client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await;
        let id = opened.json()["response"]["id"].as_str().unwrap().to_owned();
        let path = v1(&format!("client/sign_ins/{id}"));
        let early = second(&client, &path, "totp", "123456").await;
        assert_eq!(told(&early), (400, "client_state_invalid".to_owned()));
    });
}

#[test]
fn no_second_factors_for_strategy() {
    let scene = Scene::new();
    block_on(async {
        let client = scene.world.client();
        let path = scene.past_password(&client).await;
        let refused = (400, "no_second_factors".to_owned());
        assert_eq!(told(&second(&client, &path, "phone_code", "123456").await), refused);
        let form = [("strategy", "phone_code")];
        let prepared = client.post_form(&format!("{path}/prepare_second_factor"), &form).await;
        assert_eq!(told(&prepared), refused);
        let (store, tenant) = (&scene.world.app.store, scene.world.acme.profile.id());
        store.set_recovery_codes(tenant.clone(), scene.alex.clone(), Vec::new()).await.unwrap();
        let client = scene.world.client();
        let path = scene.past_password(&client).await;
        assert_eq!(told(&second(&client, &path, "backup_code", "any").await), refused);
    });
}

#[test]
fn sign_in_identification_or_user_deleted() {
    let scene = Scene::new();
    block_on(async {
        let client = scene.world.client();
        let path = scene.past_password(&client).await;
        let deleted =
            scene.world.app.tenants.delete_user(&scene.world.acme.profile, scene.alex.clone());
        deleted.await.unwrap();
        let answer = second(&client, &path, "totp", &scene.totp()).await;
        let gone = (400, "sign_in_identification_or_user_deleted".to_owned());
        assert_eq!(told(&answer), gone);
        // Before a factor was passed it is as any unknown name.
        let unknown = try_password(&scene.world.client(), ALEX, PASSWORD).await;
        assert_eq!(told(&unknown), (422, "form_password_incorrect".to_owned()));
    });
}
