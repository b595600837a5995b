//! Makes a type that answers any request a tower service.

/// Implements `tower_service::Service` for a type that is cheap to clone and has `async fn answer(&self, request)`.
macro_rules! impl_tower_service {
    ($service:ty) => {
        impl<B> tower_service::Service<http::Request<B>> for $service
        where
            B: http_body::Body + Send + 'static,
            B::Data: Send,
        {
            type Response = http::Response<crate::callable::ResponseBody>;
            type Error = std::convert::Infallible;
            type Future = crate::net::BoxFuture<'static, Result<Self::Response, Self::Error>>;

            fn poll_ready(
                &mut self,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Result<(), Self::Error>> {
                std::task::Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: http::Request<B>) -> Self::Future {
                let service = self.clone();
                Box::pin(async move { Ok(service.answer(request).await) })
            }
        }
    };
}

pub(super) use impl_tower_service;
