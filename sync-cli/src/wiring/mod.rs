//! Putting the parts together: the store, the vault, the two services, the engine.

mod app;
mod logging;
mod offline;
mod services;
mod vault;
mod witness;

pub(crate) use app::App;
pub(crate) use logging::{start_logging, stopped};
pub(crate) use services::CategoryOfWorkspace;
pub(crate) use vault::{Vault, put_key};
