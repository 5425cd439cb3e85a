-- A mirror gives the moment at which it was published elsewhere.
insert into registry.release (number, region, dataset, first_seq, last_seq, published_at, counts,
                              datum_shift, accuracy_metres, root, undoes)
values (%(number)s, %(region)s, %(dataset)s, %(first_seq)s, %(last_seq)s,
        coalesce(%(published_at)s, clock_timestamp()),
        %(counts)s, %(datum_shift)s, %(accuracy_metres)s, %(root)s, %(undoes)s)
