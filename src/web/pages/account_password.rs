//! Changing one's own password, with the present one, which counts.
