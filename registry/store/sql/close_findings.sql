-- Open findings on the kinds of this import that it did not make again are repaired.
update registry.finding f
set seq_to = %(seq)s
where f.region = %(region)s and f.seq_to is null and f.resource = any(%(resources)s)
  and not exists (
      select from found n
      where n.rule = f.rule and n.resource = f.resource and n.object_id = f.object_id
        and n.detail = f.detail
  )
