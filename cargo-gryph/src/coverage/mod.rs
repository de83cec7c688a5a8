//! Line coverage from instrumented builds, without LLVM tools.
