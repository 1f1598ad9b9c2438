"""What `benchmarks/run.py` measures and how it writes it down."""
