insert into registry.succession (region, resource, object_id, successor_id, basis, rule, evidence,
                                 happened_at, seq_from)
select region, resource, object_id, successor_id, basis, rule, evidence, happened_at, %(seq)s
from registry.succession
where region = %(region)s and seq_from <= %(until)s and seq_to > %(until)s
