-- A change that does not follow on what is current here.
select d.seq, d.change, d.object_id
from {delta} d
left join {version} v
  on v.region = %(region)s and v.object_id = d.object_id and v.seq_to is null
where case d.change when 'added' then v.object_id is not null
                    when 'restored' then false
                    else v.object_id is null end
order by d.seq
limit 1
