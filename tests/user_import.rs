//! Moving in: every hash scheme, every refusal of a row, and a run that was killed half way.
