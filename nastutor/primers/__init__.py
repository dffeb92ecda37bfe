"""One-dimensional examples that lessons draw before the real thing: a surrogate, a bilevel problem."""
