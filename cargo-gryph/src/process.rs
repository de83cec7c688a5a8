//! Child processes: the only place that spawns one, always with a directory, an environment, limits and a timeout.
