-- Open findings that this import could have made again, and did not, are repaired.
update registry.finding f
set seq_to = %(seq)s
where f.region = %(region)s and f.seq_to is null
  and (f.rule = any(%(rules_on_all)s)
       or (f.resource = any(%(resources)s) and f.rule = any(%(rules_on_addresses)s))
       -- What is wrong in a file, only a file of the same family repairs.
       or (f.resource = any(%(listed)s) and f.rule = any(%(rules_on_files)s)
           and exists (select from registry.source s
                       where s.id = f.source_id and s.family = %(family)s)))
  and not exists (
      select from found n
      where n.rule = f.rule and n.resource = f.resource and n.object_id = f.object_id
        and (n.object_id <> '' or n.detail = f.detail)
  )
