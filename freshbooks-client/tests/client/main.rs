//! The client against scripted transports, a mock server, and a raw socket that misbehaves.

#[cfg(test)]
mod errors;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod observed;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod resources;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod wire;
