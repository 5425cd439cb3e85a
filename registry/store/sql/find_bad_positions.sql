-- Addresses without a usable position: none or `0 0` published, or one that cannot be right.
insert into found
select case
           when published_position is null then 'positionMissing'
           when published_position ~ '^[-+]?0*\.?0*\s+[-+]?0*\.?0*$' then 'positionZero'
           when published_position !~ '^[-+]?[0-9.]+(e[-+]?[0-9]+)?\s+[-+]?[0-9.]+(e[-+]?[0-9]+)?$'
               then 'positionUnreadable'
           when published_crs is null or published_crs not in (3812, 31370, 4258, 4326, 3857)
               then 'positionSystemUnknown'
           else 'positionOutsideBelgium'
       end,
       'address', object_id,
       concat_ws(' ', published_position, 'EPSG:' || published_crs), source_id, source_offset
from {version}
where region = %(region)s and seq_to is null and position is null
