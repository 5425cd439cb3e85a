-- The names of every object in the region's lists, by language.
select t.resource, t.object_id, municipality_id, s.extracted_at::date,
       jsonb_strip_nulls(
           jsonb_build_object('nl', name_nl, 'fr', name_fr, 'de', name_de, 'en', name_en)
       )
from (
    select 'municipality' as resource, object_id, object_id as municipality_id, source_id,
           name_nl, name_fr, name_de, name_en
    from registry.municipality_version
    where region = %(region)s and seq_to is null
    union all
    select 'part_of_municipality', object_id, null, source_id, name_nl, name_fr, name_de, null
    from registry.part_of_municipality_version
    where region = %(region)s and seq_to is null
    union all
    select 'postal_info', object_id, null, source_id, name_nl, name_fr, name_de, null
    from registry.postal_info_version
    where region = %(region)s and seq_to is null
    union all
    select 'street_name', object_id, municipality_id, source_id, name_nl, name_fr, name_de, null
    from registry.street_name_version
    where region = %(region)s and seq_to is null
      and coalesce(status, '') <> all(%(ended)s)
) t
join registry.source s on s.id = t.source_id
