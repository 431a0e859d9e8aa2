//! Functions without HTTP types, made into handlers of requests.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::response::Response;
use pgo_api::Call;

use super::gate::{self, Received};
use crate::app::App;
use crate::auth::Caller;
use crate::refusal::{Outcome, answer};

/// `async fn(&App, &Caller, Request) -> Outcome<Reply>`.
pub(crate) trait Handler<'a, C: Call>: Send + Sync + 'static {
    /// What the function returns.
    type Future: Future<Output = Outcome<C::Reply>> + Send + 'a;

    /// Calls it.
    fn run(&self, app: &'a App, caller: &'a Caller, request: C) -> Self::Future;
}

impl<'a, C, F, Fut> Handler<'a, C> for F
where
    C: Call,
    F: Fn(&'a App, &'a Caller, C) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Outcome<C::Reply>> + Send + 'a,
{
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
            let (caller, request) = match gate::pass::<C>(&app, received).await {
                Ok(passed) => passed,
                Err(refusal) => return gate::challenged(answer::<C::Reply>(Err(refusal.into()))),
            };
            let carried_out = gate::to_the_end(Arc::clone(&app), async move {
                function.run(&app, &caller, request).await
            });
            gate::challenged(answer(carried_out.await))
        })
    })
}

/// Makes a function without message a handler.
pub(super) fn erase_open(function: fn(&App) -> Response) -> Erased {
    Box::new(move |app, _| Box::pin(async move { function(&app) }))
}
