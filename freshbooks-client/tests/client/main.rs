//! The client against scripted transports, a mock server, and a raw socket that misbehaves.

mod exchange;
mod pages;
mod resources;
mod scripted;
mod wire;
