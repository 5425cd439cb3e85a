copy {staged} ({columns}) from stdin
