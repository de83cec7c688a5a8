//! The plan: what files, holes and checks a specification asks for; pure.
