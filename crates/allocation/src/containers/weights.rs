//! What a processor costs against memory.

use serde::{Deserialize, Serialize};

/// Bytes of the unit that memory is weighed in.
pub const GIB: f64 = 1_073_741_824.0;

/// What one virtual processor costs against one GiB of memory.
///
/// Providers sell both together, so no bill tells. AWS splits its own container costs 9 : 1
/// ("Understanding split cost allocation data", AWS Data Exports guide), which is the default, so
/// that our figures can be laid beside theirs; others take a fixed share of the node, which comes to
/// 3 : 1 where a processor has 2 GiB and to 12 : 1 where it has 8. [`Weights::ALTERNATIVES`] spans
/// them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    pub cpu: f64,
    pub memory: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { cpu: 9.0, memory: 1.0 }
    }
}

impl Weights {
    /// Weights that others use, to tell how much depends on the choice.
    pub const ALTERNATIVES: [Self; 3] = [
        Self { cpu: 12.0, memory: 1.0 },
        Self { cpu: 6.0, memory: 1.0 },
        Self { cpu: 3.0, memory: 1.0 },
    ];

    /// How much of something of so many processors and bytes is due to each of the two.
    pub fn of(self, cpu: f64, memory_bytes: f64) -> (f64, f64) {
        (self.cpu * cpu, self.memory * memory_bytes / GIB)
    }
}
