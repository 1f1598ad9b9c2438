"""Model graphs: types, validation, folding, lowering and memory plans."""
