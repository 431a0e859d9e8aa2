//! Functions without HTTP types, made into handlers of requests.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::response::Response;
use pgo_api::Call;

use super::gate::{self, Received};
use crate::app::App;
use crate::auth::Caller;
use crate::refusal::{Body, Outcome, Refusal, answer};

/// `async fn(&App, &Caller, Request) -> Outcome<Reply>`.
pub(crate) trait Handler<'a, C: Call>: Send + Sync + 'static {
    /// The reply, in one form or another.
    type Body: Body<C::Reply>;
    /// What the function returns.
    type Future: Future<Output = Outcome<Self::Body>> + Send + 'a;

    /// Calls it.
    fn run(&self, app: &'a App, caller: &'a Caller, request: C) -> Self::Future;
}

impl<'a, C, F, Fut, B> Handler<'a, C> for F
where
    C: Call,
    F: Fn(&'a App, &'a Caller, C) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Outcome<B>> + Send + 'a,
    B: Body<C::Reply>,
{
    type Body = B;
    type Future = Fut;

    fn run(&self, app: &'a App, caller: &'a Caller, request: C) -> Fut {
        self(app, caller, request)
    }
}

/// A handler of which only the shape is known.
pub(super) type Erased = Box<dyn Fn(Arc<App>, Received) -> Answering + Send + Sync>;
type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Hides which message a function is for: gate, function, answer.
pub(super) fn erase<C, F>(function: F) -> Erased
where
    C: Call,
    F: for<'a> Handler<'a, C>,
{
    let function = Arc::new(function);
    Box::new(move |app, received| {
        let function = Arc::clone(&function);
        Box::pin(async move {
            let refused = |refusal: Refusal| answer::<C::Reply>(Err::<C::Reply, _>(refusal.into()));
            let (caller, request) = match gate::pass::<C>(&app, received).await {
                Ok(passed) => passed,
                Err(refusal) => return gate::challenged(refused(refusal)),
            };
            let answered = gate::to_the_end(Arc::clone(&app), async move {
                answer::<C::Reply>(function.run(&app, &caller, request).await)
            });
            gate::challenged(answered.await.unwrap_or_else(refused))
        })
    })
}

/// Makes a function without message a handler.
pub(super) fn erase_open(function: fn(&App) -> Response) -> Erased {
    Box::new(move |app, _| Box::pin(async move { function(&app) }))
}
