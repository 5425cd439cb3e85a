insert into registry.source (region, dataset, resource, family, rank, complete, container, sha256,
                             path, extracted_at, imported_at, seen)
values (%(region)s, %(dataset)s, %(resource)s, %(family)s, %(rank)s, %(complete)s, %(container)s,
        %(sha256)s, %(path)s, %(extracted_at)s, %(imported_at)s, 0)
returning id
