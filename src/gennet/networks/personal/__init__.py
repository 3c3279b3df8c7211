"""Networks of one person: what one sample adds to a cohort's network, and where that is unusual."""
