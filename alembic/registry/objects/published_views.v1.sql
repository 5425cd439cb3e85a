-- The published views: the contract for the open API and for people who use the database
-- directly. Columns are only ever added. They show all versions where the name ends in
-- _version, the current state elsewhere.

create schema if not exists best;
comment on schema best is 'Published views of the Belgian open address registry: a contract.';

create view best.release as select * from registry.release;
comment on view best.release is 'Publications of the regions; seq numbers are taken in commit order.';
create view best.source as select * from registry.source;
comment on view best.source is 'Every file that was imported: name, sha256, timestamp.';
create view best.finding as select * from registry.finding;
comment on view best.finding is 'What is wrong or odd in the data; open where seq_to is null.';
create view best.total as select * from registry.total;
comment on view best.total is 'How many objects are current, per region, municipality, postal code.';

create view best.municipality_version as select * from registry.municipality_version;
comment on view best.municipality_version is 'Every state of every municipality; object_id is the NIS code.';
create view best.part_of_municipality_version as select * from registry.part_of_municipality_version;
comment on view best.part_of_municipality_version is 'Every state of every part of municipality (Wallonia).';
create view best.postal_info_version as select * from registry.postal_info_version;
comment on view best.postal_info_version is 'Every state of every postal info; object_id is the postal code.';
create view best.street_name_version as select * from registry.street_name_version;
comment on view best.street_name_version is 'Every state of every street name.';
create view best.address_version as select * from registry.address_version;
comment on view best.address_version is 'Every state of every address; position in EPSG:3812.';

create view best.municipality as
select region || '-' || object_id as id, region, object_id as nis_code,
       name_nl, name_fr, name_de, name_en
from registry.municipality_version where seq_to is null;
comment on view best.municipality is 'Municipalities as they are now.';

create view best.part_of_municipality as
select region || '-' || object_id as id, region, object_id, name_nl, name_fr, name_de
from registry.part_of_municipality_version where seq_to is null;
comment on view best.part_of_municipality is 'Parts of municipalities as they are now.';

create view best.postal_info as
select region, object_id as postal_code, name_nl, name_fr, name_de
from registry.postal_info_version where seq_to is null;
comment on view best.postal_info is 'Postal codes with their names as they are now.';

create view best.street_name as
select s.region || '-' || s.object_id as id, s.region, s.object_id, s.version_id, s.status,
       s.name_nl, s.name_fr, s.name_de, s.homonym_addition, s.street_name_type,
       s.municipality_id as nis_code, m.name_nl as municipality_nl, m.name_fr as municipality_fr,
       m.name_de as municipality_de
from registry.street_name_version s
left join registry.municipality_version m
  on m.region = s.region and m.object_id = s.municipality_id and m.seq_to is null
where s.seq_to is null;
comment on view best.street_name is 'Street names as they are now, with their municipality.';

create view best.address as
select a.region || '-' || a.object_id as id, a.region, a.object_id, a.version_id, a.status,
       a.house_number, a.box_number, a.officially_assigned,
       a.region || '-' || a.street_name_id as street_name_id,
       s.name_nl as street_nl, s.name_fr as street_fr, s.name_de as street_de,
       a.postal_code, p.name_nl as postal_nl, p.name_fr as postal_fr, p.name_de as postal_de,
       a.municipality_id as nis_code, m.name_nl as municipality_nl, m.name_fr as municipality_fr,
       m.name_de as municipality_de,
       a.region || '-' || a.part_id as part_id,
       t.name_nl as part_nl, t.name_fr as part_fr, t.name_de as part_de,
       a.position, a.longitude, a.latitude, a.position_method, a.position_specification,
       a.published_position, a.published_crs, a.datum_shift, a.valid_from, a.valid_to,
       a.life_begin, a.life_end, a.seq_from as seq
from registry.address_version a
left join registry.street_name_version s
  on s.region = a.region and s.object_id = a.street_name_id and s.seq_to is null
left join registry.municipality_version m
  on m.region = a.region and m.object_id = a.municipality_id and m.seq_to is null
left join registry.part_of_municipality_version t
  on t.region = a.region and t.object_id = a.part_id and t.seq_to is null
left join registry.postal_info_version p
  on p.region = a.region and p.object_id = a.postal_code and p.seq_to is null
where a.seq_to is null;
comment on view best.address is 'Addresses as they are now, with every name; position in EPSG:3812.';

-- Columns say what they are: like the table's column of the same name, or as listed here.
do $$
declare
    col record;
begin
    for col in
        select c.relname as view_name, a.attname as name, coalesce(listed.comment, same.comment)
               as comment
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        left join (
            values ('id', 'public id: region and object identifier; a number for findings'),
                   ('nis_code', 'NIS code of the municipality'),
                   ('postal_code', 'text of four digits'),
                   ('street_name_id', 'the street name it refers to; may dangle'),
                   ('part_id', 'the part of municipality it refers to; may dangle'),
                   ('seq', 'recorded from this number'),
                   ('number', 'number of the release'),
                   ('first_seq', 'first number of its changes'),
                   ('last_seq', 'last number of its changes'),
                   ('dataset', 'open or sample'),
                   ('resource', 'kind of object'),
                   ('source_id', 'the file it came from'),
                   ('source_offset', 'byte offset in it'),
                   ('imported_at', 'when it was imported'),
                   ('count', 'how many objects')
            union all
            select place || '_' || language, 'name of the ' || meaning || ' in ' || language
            from (values ('street', 'street'), ('municipality', 'municipality'),
                         ('postal', 'postal code'), ('part', 'part of municipality'))
                 as named (place, meaning),
                 unnest(array['nl', 'fr', 'de']) as language
        ) as listed (name, comment) on listed.name = a.attname
        left join lateral (
            select col_description(t.oid, ta.attnum) as comment
            from pg_class t
            join pg_attribute ta on ta.attrelid = t.oid and ta.attname = a.attname
            where t.relnamespace = 'registry'::regnamespace
              and t.relname in (c.relname, c.relname || '_version')
              and col_description(t.oid, ta.attnum) is not null
            order by t.relname = c.relname desc
            limit 1
        ) same on true
        where c.relkind = 'v' and c.relnamespace = 'best'::regnamespace
    loop
        if col.comment is null then
            raise exception 'best.% has no comment for %', col.view_name, col.name;
        end if;
        execute format('comment on column best.%I.%I is %L', col.view_name, col.name, col.comment);
    end loop;
end $$;
