-- Addresses as they are, and the last version of those that went. Every column has one width and
-- no null, so that rows can be read as an array. Texts are hashes, apart by region; so are object
-- identifiers that are no plain number, and these are negative.
copy (
    select case when a.object_id ~ '^(0|[1-9][0-9]{0,17})$' then a.object_id::bigint
                else hashtextextended(a.object_id, ascii(a.region)) | (-9223372036854775808)::bigint
           end,
           hashtextextended(a.street_name_id, ascii(a.region)),
           hashtextextended(a.house_number, ascii(a.region)),
           hashtextextended(coalesce(a.box_number, ''), ascii(a.region)),
           hashtextextended(coalesce(a.part_id, ''), ascii(a.region)),
           hashtextextended(coalesce(a.status, ''), ascii(a.region)),
           hashtextextended(coalesce(a.postal_code, ''), ascii(a.region)),
           a.seq_to is not null,
           coalesce(st_x(a.position), -1),
           coalesce(st_y(a.position), -1)
    from best.address_version a
    where a.seq_to is null or (a.removed_at is not null and not exists (
        select from best.address_version later
        where later.region = a.region and later.object_id = a.object_id
          and later.seq_from >= a.seq_to
    ))
) to stdout (format binary)
