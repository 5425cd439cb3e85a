-- The oldest number that can be asked for.
select coalesce(max(history_from), 0) from registry.pruning
