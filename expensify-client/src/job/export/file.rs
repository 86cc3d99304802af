//! A file that an export makes.

use std::fmt;
use std::marker::PhantomData;

use crate::ids::FileName;

/// A file being made by an export, which remembers what its template prints.
pub struct ExportedFile<D> {
    name: FileName,
    content: PhantomData<fn() -> D>,
}

impl<D> ExportedFile<D> {
    pub(crate) const fn new(name: FileName) -> Self {
        Self {
            name,
            content: PhantomData,
        }
    }

    /// The name under which it can be downloaded once it is ready.
    pub const fn name(&self) -> &FileName {
        &self.name
    }
}

impl<D> Clone for ExportedFile<D> {
    fn clone(&self) -> Self {
        Self::new(self.name.clone())
    }
}

impl<D> fmt::Debug for ExportedFile<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ExportedFile").field(&self.name).finish()
    }
}
