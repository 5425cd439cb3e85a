delete from registry.proof_street p
using touched_street t
where p.region = %(region)s
  and p.municipality_id = t.municipality_id and p.street_name_id = t.street_name_id
