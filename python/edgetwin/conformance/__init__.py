"""A suite of generated models and boundary inputs that any runtime can be run through."""
