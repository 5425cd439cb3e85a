-- Of the same dataset only: the sample gives way to real data, whatever they share.
copy (
    select v.record_hash
    from {version} v
    join registry.source s on s.id = v.source_id
    where v.region = %(region)s and v.seq_to is null and v.record_hash is not null
      and s.dataset = %(dataset)s
) to stdout (format binary)
