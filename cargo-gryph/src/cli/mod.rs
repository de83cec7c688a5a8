//! The command line: the only module that prints, reads the terminal or exits.
