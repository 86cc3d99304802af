//! The one way for every job.

use crate::client::Client;
use crate::error::Error;
use crate::job::Job;

impl Client {
    /// Sends a job and reads its reply. A job that only reads ([`Job::SAFE_TO_RETRY`]) is repeated as
    /// [`RetrySettings`](crate::RetrySettings) allows; any other is sent once.
    ///
    /// # Errors
    ///
    /// Every kind. After [`Effect::Unknown`](crate::Effect::Unknown) of a job that changes something, look before
    /// sending it again.
    pub async fn run<J: Job>(&self, job: &J) -> Result<J::Reply, Error> {
        let request = job.to_request()?;
        job.read(&self.perform(&request).await?)
    }
}
