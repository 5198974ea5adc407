"""Access and leaks: each route of the project for each kind of caller. In the world of the tests, every text column
of both organisations holds a word of its own."""
