-- Outlines that are to take the place of those in use.
create temp table outline_drawn (
    municipality_id text collate "C" not null,
    geometry geometry(MultiPolygon, 3812) not null
) on commit drop
