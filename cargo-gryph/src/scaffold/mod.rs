//! The scaffold: plan and templates become a tree with holes; pure.
