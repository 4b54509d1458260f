"""Whether what arXiv 2409.15019 reports holds here: its numbers, or elsewhere its findings."""
