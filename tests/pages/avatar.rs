//! The pictures of users who have brought none: drawn where their address says, kept for ever.

use lockkeeper::store::tenants::TenantChange;
use serde_json::Value;

use super::*;
use crate::harness::client::block_on;

impl House {
    async fn image_url(&self) -> String {
        let path = format!("/v1/users/{}", self.alex);
        let request = self.app.client().request(Method::GET, &path);
        let user: Value = Client::send(request.bearer_auth(&self.acme.secret_key)).await.json();
        assert_eq!(user["has_image"], false);
        user["image_url"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_users_picture_is_drawn_in_the_tenants_colour() {
    let house = House::open();
    block_on(async {
        let url = house.image_url().await;
        let path = url.strip_prefix(house.acme.profile.pages_url.as_str()).unwrap();
        let path = house.acme.path(path);
        let picture = house.app.client().get(&path).await;
        assert_eq!(picture.status, 200);
        assert_eq!(picture.header("content-type"), "image/svg+xml");
        assert_eq!(picture.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(picture.header("x-content-type-options"), "nosniff");
        assert_eq!(picture.header("cross-origin-resource-policy"), "cross-origin");
        assert!(picture.header("content-security-policy").starts_with("default-src 'none'"));
        assert!(picture.body.contains(">A</text>"), "{}", picture.body);
        let yellow = TenantChange {
            brand_color: Some(Some("#FFEE00".to_owned())),
            ..TenantChange::default()
        };
        house.app.tenants.update_tenant(&house.acme.profile, yellow, "test").await.unwrap();
        house.app.advance(Span::SECOND.times(2));
        let other = house.image_url().await;
        assert!(other.ends_with("/avatar-41-ffee00.svg"), "{other}");
        // Whoever kept the former address still has a picture.
        assert_eq!(house.app.client().get(&path).await.body, picture.body);
    });
}

#[test]
fn nothing_else_is_a_picture() {
    let house = House::open();
    block_on(async {
        for odd in ["avatar-3c3e-0b5a66.svg", "avatar-414141-0b5a66.svg", "avatar-41.svg"] {
            let path = house.acme.path(&format!("/assets/{odd}"));
            assert_eq!(house.app.client().get(&path).await.status, 404, "{odd}");
        }
    });
}
