"""What LiteRT computes with its default delegate, XNNPACK: one file a concept. Only the host runs it."""
