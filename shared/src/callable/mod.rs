//! The engine: one callable as a tower service, independent of Lambda. Authors use [`Callable`], [`CallableRequest`] and
//! [`AuthData`]; the other files are the steps of the pipeline in `service.rs`.

mod answer;
mod authenticator;
mod body;
mod builder;
mod callables;
mod chunk_sender;
#[cfg(feature = "contract")]
mod contract;
mod guard;
mod handler;
mod host_defaults;
mod http_function;
mod invocation;
mod limits;
mod log;
pub(crate) mod metrics;
#[cfg(not(feature = "contract"))]
mod no_contract;
mod options;
mod policy;
mod rejection;
mod request;
mod response_body;
mod revocation_check;
mod running_call;
mod service;
mod shutdown;
mod sources;
mod streaming;
mod token_headers;
mod tower;
mod typed;

#[cfg(test)]
mod tests;

pub use authenticator::{Authenticator, IdTokenVerifier};
pub use builder::Callable;
pub use callables::Callables;
pub use chunk_sender::ChunkSender;
#[cfg(feature = "contract")]
pub(crate) use contract::Contract;
pub use guard::{Admission, Guard, GuardedCall, Ticket};
pub(crate) use host_defaults::HostDefaults;
pub use http_function::HttpFunction;
pub use invocation::Invocation;
pub(crate) use limits::HostLimit;
pub use options::EmulatorProjects;
pub use policy::{has_claim, has_claim_value, signed_in};
pub use rejection::{Rejection, Unavailable, rejection, unavailable};
pub use request::CallableRequest;
pub use response_body::ResponseBody;
pub use service::CallableService;
pub(crate) use shutdown::{Shutdown, ShutdownSignal};
pub use sources::{AppCheckConsumer, RevocationSource, SignIn, SourceError};

pub use crate::token::{AppCheckData, AuthData};
