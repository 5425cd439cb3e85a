insert into registry.pruning (history_from, pruned_at, versions, findings)
values (%(history_from)s, %(pruned_at)s, %(versions)s, %(findings)s)
on conflict do nothing
