create temp table reprojected (
    region text collate "C" not null,
    object_id text collate "C" not null,
    seq_from bigint not null,
    position geometry(Point, 3812),
    longitude double precision,
    latitude double precision,
    datum_shift text collate "C"
) on commit drop
