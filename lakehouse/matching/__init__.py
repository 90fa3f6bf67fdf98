"""Records -> who is the same: complete blocking, comparison, scoring without labels, clusters that do not over-merge."""
