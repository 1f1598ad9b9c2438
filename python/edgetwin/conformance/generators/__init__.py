"""Random models of one operator each: of every operator of the support table that has one."""
