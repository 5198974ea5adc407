"""Who gets in where, and what leaks: each route of the project for each kind of caller, in a world of two organisations
whose every text column holds a word of its own."""
