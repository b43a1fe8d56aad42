"""May we, why, and since when: consents, bans, objections, restrictions."""
