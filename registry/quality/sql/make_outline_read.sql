-- The polygons of a file, projected; each also under the code that its own went into.
create temp table outline_read (
    municipality_id text collate "C" not null,
    place text not null,
    geojson text not null
) on commit drop
