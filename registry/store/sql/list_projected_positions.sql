-- Versions whose position came from Lambert 72, in a form that can be projected again.
copy (
    select region, object_id, seq_from, published_position
    from registry.address_version
    where published_crs = 31370 and published_position is not null
      and datum_shift is distinct from %(datum_shift)s
      and (position is not null or published_position !~ '^[-+]?0*\.?0*\s+[-+]?0*\.?0*$')
) to stdout
