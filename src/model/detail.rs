//! What a kind alone knows of a resource: a typed value that the other parts carry around unseen.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A value of a type that only its kind knows. Clones share it.
#[derive(Clone)]
pub struct Detail(Arc<dyn Opaque>);

/// What every detail can do without its type being known.
trait Opaque: Any + Send + Sync + fmt::Debug {
    fn equals(&self, other: &dyn Any) -> bool;
    fn as_any(&self) -> &dyn Any;
}

impl<T: Any + Send + Sync + fmt::Debug + PartialEq> Opaque for T {
    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<T>().is_some_and(|other| self == other)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Detail {
    /// Wraps a value.
    pub fn new<T: Any + Send + Sync + fmt::Debug + PartialEq>(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// The value, if it is of that type.
    pub fn get<T: Any>(&self) -> Option<&T> {
        (*self.0).as_any().downcast_ref()
    }
}

impl PartialEq for Detail {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals((*other.0).as_any())
    }
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_equal_if_their_values_are() {
        let number = Detail::new(1_u64);
        assert_eq!(number, Detail::new(1_u64));
        assert_ne!(number, Detail::new(2_u64));
        assert_ne!(number, Detail::new(1_u32));
        assert_eq!((number.get::<u64>(), number.get::<u32>()), (Some(&1), None));
        assert_eq!(format!("{number:?}"), "1");
    }
}
