//! What runs did, kept in LMDB as versioned receipts.
