//! `exchangeClerkToken`: one callable, one binary.

mod handler;

fn main() -> std::process::ExitCode {
    shared::run_service(|setup| {
        #[cfg(feature = "emulator")]
        setup.accept_auth_emulator(shared::EmulatorProjects::DemoOnly)?;
        let exchange = handler::Exchange::new(setup.clerk_sessions()?, setup.custom_tokens()?);
        let callable = setup.callable(handler::callable(exchange))?;
        Ok(shared::clerk::BearerForm::new(callable, "clerkToken"))
    })
}
