insert into registry.finding (rule, region, resource, object_id, detail, source_id, source_offset,
                              seq_from, municipality_id)
select rule, region, resource, object_id, detail, source_id, source_offset, %(seq)s,
       municipality_id
from registry.finding
where region = %(region)s and seq_from <= %(until)s and seq_to > %(until)s
