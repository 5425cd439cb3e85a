-- Versions that ended before this software knew how: those without a successor were removed. The
-- tables are read whole, so this is a migration by itself, which keeps only writers out.
do $$
declare
    version text;
begin
    foreach version in array array['municipality_version', 'part_of_municipality_version',
                                   'postal_info_version', 'street_name_version',
                                   'address_version'] loop
        execute format(
            'update registry.%1$I v '
            'set removed_at = coalesce( '
            '    (select max(s.extracted_at) '
            '     from registry.release r '
            '     join registry.source s on s.release_number = r.number '
            '     where r.region = v.region and v.seq_to between r.first_seq and r.last_seq), '
            '    %2$L) '
            'where v.seq_to is not null and not exists ( '
            '    select from registry.%1$I later '
            '    where later.region = v.region and later.object_id = v.object_id '
            '      and later.seq_from = v.seq_to)',
            version, '0001-01-01 00:00:00+00');
        execute format('create index %I on registry.%I (seq_to) where removed_at is not null',
                       'ix_' || version || '_removed', version);
    end loop;
end $$;
