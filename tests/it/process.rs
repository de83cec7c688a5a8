//! Child processes: nothing outlives the run that started it.
