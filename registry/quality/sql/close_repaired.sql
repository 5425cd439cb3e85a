-- Open findings of these rules that the inspection did not make again are repaired.
update registry.finding f
set seq_to = %(seq)s
where f.region = %(region)s and f.seq_to is null and f.rule = any(%(rules)s)
  and not exists (
      select from found n
      where n.rule = f.rule and n.resource = f.resource and n.object_id = f.object_id
  )
