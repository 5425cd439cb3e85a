copy {staged} (region, seq_from, change, valid_from, valid_from_assumed, removed_at, {columns})
from stdin
