//! What every job has: a request that can be built, and a reply that can be read, both without a network.

use super::envelope::JobRequest;
use crate::error::Error;
use crate::evidence::JobShapes;
use crate::response::{Answer, Expected};

/// Keeps the set of jobs in this crate, where each has its evidence and its tests.
pub(crate) mod sealed {
    #[expect(unnameable_types, reason = "unnameable is what seals a trait")]
    pub trait Sealed {}
}

/// A job of the Integration Server with its parameters. [`Client::run`](crate::Client::run) sends it; without the
/// feature `client`, [`to_request`](Self::to_request) and [`read`](Self::read) are the two halves of that.
pub trait Job: sealed::Sealed + Send + Sync {
    /// What a success comes back as.
    type Reply;

    /// How its request and reply are known; its name is in there too.
    const SHAPES: &'static JobShapes;

    /// Whether it only reads, so that it may be sent again after whatever became of the first time. A job for which
    /// this is false is sent once per call: after [`Effect::Unknown`](crate::Effect::Unknown) look, do not repeat.
    const SAFE_TO_RETRY: bool;

    /// What a successful answer looks like.
    const EXPECTED: Expected;

    /// Builds the request.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for parameters the service is known to refuse or misread.
    fn to_request(&self) -> Result<JobRequest, Error>;

    /// Reads a successful answer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unexpected`](crate::ErrorKind::Unexpected) if it is not of the shape [`SHAPES`](Self::SHAPES) tells.
    fn read(&self, answer: &Answer) -> Result<Self::Reply, Error>;
}
