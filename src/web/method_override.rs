//! `POST …?_method=PATCH`: Clerk's browser library sends only GET and POST and names the method it
//! means in the query, so that browsers need no preflight. This middleware puts the real method in
//! place before routing. Only under `/v1`: pages and console have no use for it.

use std::future::{Ready, ready};

use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::Method;

use super::tenant_path::is_api_path;

/// The middleware. Wrap the whole application with it: routing happens inside.
#[derive(Debug, Clone, Copy, Default)]
pub struct MethodOverride;

impl<S, B> Transform<S, ServiceRequest> for MethodOverride
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = MethodOverrideService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(MethodOverrideService { service }))
    }
}

/// What `MethodOverride` makes of a service.
#[derive(Debug)]
pub struct MethodOverrideService<S> {
    service: S,
}

impl<S, B> Service<ServiceRequest> for MethodOverrideService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = S::Future;

    actix_web::dev::forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        if let Some(method) = meant_method(&request) {
            request.head_mut().method = method;
        }
        self.service.call(request)
    }
}

fn meant_method(request: &ServiceRequest) -> Option<Method> {
    if request.method() != Method::POST || request.query_string().is_empty() {
        return None;
    }
    let named = request.query_string().split('&').find_map(|p| p.strip_prefix("_method="))?;
    let method = match named {
        "PATCH" => Method::PATCH,
        "PUT" => Method::PUT,
        "DELETE" => Method::DELETE,
        _ => return None,
    };
    is_api_path(request.path()).then_some(method)
}
