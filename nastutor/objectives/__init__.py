"""Several objectives at once: fronts and hypervolumes (`pareto`), rewards that make one of several."""
