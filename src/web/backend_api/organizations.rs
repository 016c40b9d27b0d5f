//! What is asked about organizations, which do not exist here: empty pages.
