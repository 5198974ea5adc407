"""What needs a database with rows of answers; imported in processes that have set Django up."""
